"""Whether every digest in a record is that of what it stands for.

The form is RFC 8785 as far as a record needs it: keys sorted, no blanks, whole numbers.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from services.matching.verifier.findings import Notes
from services.matching.verifier.reading import ERASED, Json, Record, Side

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
_LEFT_OUT_OF_INPUT = frozenset({"mentees", "mentors", "apart", "salt"})
_LEFT_OUT_OF_RESULT = frozenset({"closed_at", "tiers"})


_spelt = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
).encode


def digest(value: Json) -> str:
    """SHA-256, hex, of the one spelling of a value."""
    return sha256(_spelt(value).encode()).hexdigest()


def check(record: Record, notes: Notes) -> None:
    """Compare every digest with what it is of."""
    whole, taken, found = record.whole, record.input, record.result
    _people(record.mentees, taken["digests"]["mentees"], "mentee", notes)
    _people(record.mentors, taken["digests"]["mentors"], "mentor", notes)
    parts: list[tuple[str, str, Json, str]] = [
        ("policy_differs", "the policy", whole["policy"], whole["policy_sha256"]),
        ("input_differs", "the input", _without(taken, _LEFT_OUT_OF_INPUT), whole["input_sha256"]),
        (
            "result_differs",
            "the result",
            _without(found, _LEFT_OUT_OF_RESULT),
            whole["result_sha256"],
        ),
        (
            "record_differs",
            "the record",
            {name: whole[name] for name in _HEAD},
            whole["record_sha256"],
        ),
    ]
    if not record.bars_withheld:
        proof = {name: found[name] for name in sorted(_LEFT_OUT_OF_RESULT)}
        bars = [taken["salt"], taken["apart"]]
        parts.append(("proof_differs", "the proof", proof, found["proof_sha256"]))
        parts.append(("bars_differ", "the list of bars", bars, taken["apart_sha256"]))
    for code, name, value, said in parts:
        if digest(value) != said:
            notes.add(code, f"{name} is not what its digest {said} was taken of")
    seed = bytes.fromhex(record.lottery["seed"])
    if sha256(seed).hexdigest() != record.lottery["commitment"]:
        notes.add("lottery_differs", "the seed of the lottery is not the one that was committed to")


def _people(side: Side, said: Sequence[str], part: str, notes: Notes) -> None:
    if len(said) != len(side.ids):
        text = f"there are {len(side.ids)} {part}s, and digests of {len(said)}"
        notes.add("input_differs", text)
        return
    for who, name, expected in zip(side.people, side.ids, said, strict=True):
        if not who.get(ERASED) and digest(who) != expected:
            text = f"what the run knew of {part} {name} is not what its digest was taken of"
            notes.add("candidate_differs", text, (name,))


def _without(value: Mapping[str, Json], names: frozenset[str]) -> Mapping[str, Json]:
    return {name: part for name, part in value.items() if name not in names}
