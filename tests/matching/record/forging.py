"""A record as a forger would leave it: changed, and all digests taken anew."""

import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from hashlib import sha256
from typing import Any, TypeAlias

from services.matching.verifier.digests import digest

Document: TypeAlias = dict[str, Any]
Change: TypeAlias = Callable[[Document], tuple[str, ...]]  # changes it; names whom it concerns

_HEAD = (
    "format",
    "run_id",
    "program_id",
    "cohort_id",
    "policy_sha256",
    "as_of",
    "input_sha256",
    "lottery",
    "result_sha256",
)


def document_of(packed: bytes) -> Document:
    document: Document = json.loads(gzip.decompress(packed))
    return document


def changed(document: Document, change: Change) -> tuple[Document, tuple[str, ...]]:
    other = deepcopy(document)
    return other, change(other)


def rehashed(document: Document) -> Document:
    taken, found = document["input"], document["result"]
    taken["digests"] = {side: list(map(digest, taken[side])) for side in ("mentees", "mentors")}
    taken["apart_sha256"] = digest([taken["salt"], taken["apart"]])
    document["lottery"]["commitment"] = sha256(
        bytes.fromhex(document["lottery"]["seed"])
    ).hexdigest()
    found["proof_sha256"] = digest({name: found[name] for name in ("closed_at", "tiers")})
    document["policy_sha256"] = digest(document["policy"])
    document["input_sha256"] = digest(_without(taken, "mentees", "mentors", "apart", "salt"))
    document["result_sha256"] = digest(_without(found, "closed_at", "tiers"))
    document["record_sha256"] = digest({name: document[name] for name in _HEAD})
    return document


def raw(document: Document) -> bytes:
    return json.dumps(document).encode()


def _without(part: Document, *names: str) -> Document:
    return {name: value for name, value in part.items() if name not in names}
