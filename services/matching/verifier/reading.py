"""A record from its bytes, and the people in it by their places."""

import gzip
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = Any
FORMAT = "fairlead.matching-run/1"
ERASED = "erased"  # a candidate of whom only the digest is left

_GZIP = b"\x1f\x8b"


class Unreadable(Exception):
    """These bytes are no record of a matching run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """All mentees or all mentors of a run, in the order of the record."""

    people: Sequence[Mapping[str, Json]]
    ids: Sequence[str]
    place: Mapping[str, int]
    erased: Sequence[int]  # places of those who are gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A record whose parts are where they should be; what they say is still to be checked."""

    whole: Mapping[str, Json]
    mentees: Side
    mentors: Side

    @property
    def policy(self) -> Mapping[str, Json]:
        """What the program wanted."""
        policy: Mapping[str, Json] = self.whole["policy"]
        return policy

    @property
    def input(self) -> Mapping[str, Json]:
        """What the run looked at."""
        taken: Mapping[str, Json] = self.whole["input"]
        return taken

    @property
    def result(self) -> Mapping[str, Json]:
        """What it found."""
        found: Mapping[str, Json] = self.whole["result"]
        return found

    @property
    def lottery(self) -> Mapping[str, Json]:
        """The seed with its commitment, and the draw that counted."""
        lottery: Mapping[str, Json] = self.whole["lottery"]
        return lottery

    @property
    def erased(self) -> int:
        """How many people were taken out."""
        return len(self.mentees.erased) + len(self.mentors.erased)

    @property
    def bars_withheld(self) -> bool:
        """Whether this copy leaves out who is kept apart, and what would tell of it."""
        return "apart" not in self.input


def read(raw: bytes) -> Record:
    """The record in these bytes, gzip'ed or not.

    Raises:
        Unreadable: they hold none, or one that lacks a part.
    """
    try:
        whole = json.loads(gzip.decompress(raw) if raw.startswith(_GZIP) else raw)
        if whole["format"] != FORMAT:
            message = f"its format is {whole['format']!r}, not {FORMAT!r}"
            raise Unreadable(message)
        record = Record(
            whole=whole,
            mentees=_side(whole["input"]["mentees"]),
            mentors=_side(whole["input"]["mentors"]),
        )
        _assert_complete(record)
    except KeyError as error:
        message = f"it lacks {error}"
        raise Unreadable(message) from error
    except (ValueError, TypeError, AttributeError, OSError, EOFError) as error:
        raise Unreadable(str(error)) from error
    return record


def _side(people: Sequence[Mapping[str, Json]]) -> Side:
    ids = [who["enrollment_id"] for who in people]
    place = {name: at for at, name in enumerate(ids)}
    if len(place) != len(ids):
        message = "somebody is in it twice"
        raise Unreadable(message)
    return Side(
        people=people,
        ids=ids,
        place=place,
        erased=[at for at, who in enumerate(people) if who.get(ERASED)],
    )


def _assert_complete(record: Record) -> None:
    """Name the first part that is missing.

    Raises:
        KeyError: its name.
    """
    for name in ("policy_sha256", "input_sha256", "result_sha256", "record_sha256", "as_of"):
        record.whole[name]
    for name in ("parted", "order", "locked", "emphasis", "apart_sha256", "digests"):
        record.input[name]
    for name in ("pairs", "unserved", "served", "total", "unique", "proof_sha256"):
        record.result[name]
    for name in ("commitment", "seed", "counter"):
        record.lottery[name]
    if not record.bars_withheld:
        for name in ("closed_at", "tiers"):
            record.result[name]
        record.input["salt"]
