"""A run once more, from its record alone: the bytes come out again, or it is said where not."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import msgspec

from services.matching.domain.engine.flow import Engine, by_flow
from services.matching.domain.engine.matching import by_matching
from services.matching.domain.engine.prices import NotOptimal
from services.matching.domain.pool import Apart, Candidate, Emphasis, Locked, Parted, RunInput
from services.matching.domain.run_record import About, erased_in
from services.matching.domain.solution import solve
from services.matching.domain.solved import NobodyAllowed
from shared.errors import Refused
from shared.events.matching import LogPosition, MatchingPolicySet
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, ProgramId, RunId

FIRST = "ortools"  # what services solve with
ENGINES: Mapping[str, Engine] = MappingProxyType({FIRST: by_flow, "scipy": by_matching})
SECOND_MAX = 4_000_000  # mentees times free seats; about a GB

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNSAID = {  # what a policy says that no run looks at, and no record holds
    "trial_days": 1,
    "answer_days": 1,
    "exit_criteria": (),
    "reason": "",
    "at": _EPOCH,
}


class NotReplayable(Refused):
    """This copy of the record does not hold all that the run looked at."""


class TooLargeForEngine(Refused):
    """Mentees times free seats are too many for this engine: rerun with `--engine ortools`."""


class NotExact(Refused):
    """This engine's numbers are too coarse for this record: rerun with `--engine ortools`."""


@frozen
class Difference:
    """Where a run comes out otherwise than its record says."""

    part: str  # such as "pairs", "tiers"
    text: str
    ids: tuple[str, ...] = ()


def replay(document: Mapping[str, Any], engine: str = FIRST) -> Difference | None:
    """Solve again and compare; None where every byte is the same.

    Args:
        document: the record as JSON.
        engine: by name, what solves: each finds the same bytes, in its own way.

    Raises:
        NotReplayable: people were erased, or private bars are withheld.
        TooLargeForEngine: it is no engine for so many.
        NotExact: its numbers are too coarse for what this record weighs.
    """
    _assert_replayable(document)
    source = source_of(document)
    try:
        solved = solve(source, about_of(document), engine=_engine(engine, source))
    except NotOptimal as reason:
        raise NotExact from reason
    if isinstance(solved, NobodyAllowed):
        return Difference(part="pairs", text="the rules leave nobody anybody")
    again = json.loads(solved.record.opened)
    return None if again == document else _difference(document, again)


def _engine(name: str, source: RunInput) -> Engine:
    size = len(source.mentees) * sum(max(0, who.free) for who in source.mentors)
    if name != FIRST and size > SECOND_MAX:
        message = f"{TooLargeForEngine.__doc__} These are {size:,}, and {SECOND_MAX:,} are allowed."
        raise TooLargeForEngine(message)
    return ENGINES[name]


def source_of(document: Mapping[str, Any]) -> RunInput:
    """What the run looked at."""
    taken, policy = document["input"], document["policy"]
    said = {"program_id": document["program_id"], "author": document["program_id"]}
    return RunInput(
        program_id=msgspec.convert(document["program_id"], ProgramId),
        cohort_id=msgspec.convert(document["cohort_id"], CohortId),
        policy=msgspec.convert({**_UNSAID, **said, **policy}, MatchingPolicySet),
        mentees=msgspec.convert(taken["mentees"], tuple[Candidate, ...]),
        mentors=msgspec.convert(taken["mentors"], tuple[Candidate, ...]),
        parted=msgspec.convert(taken["parted"], tuple[Parted, ...]),
        apart=msgspec.convert(taken["apart"], tuple[Apart, ...]),
        order=msgspec.convert(taken["order"], tuple[EnrollmentId, ...]),
        locked=msgspec.convert(taken["locked"], tuple[Locked, ...]),
        emphasis=msgspec.convert(taken["emphasis"], Emphasis | None),
    )


def about_of(document: Mapping[str, Any]) -> About:
    """Which run it is, with the chance that it was given."""
    return About(
        run_id=msgspec.convert(document["run_id"], RunId),
        as_of=tuple(
            LogPosition(service=service, slot=int(slot), number=number)
            for service, slots in document["as_of"].items()
            for slot, number in slots.items()
        ),
        seed=bytes.fromhex(document["lottery"]["seed"]),
        salt=bytes.fromhex(document["input"]["salt"]),
        engine=document["engine"],
    )


def _assert_replayable(document: Mapping[str, Any]) -> None:
    gone = erased_in(document)
    if gone:
        message = f"not replayable: {gone} people erased"
        raise NotReplayable(message)
    if "apart" not in document["input"]:
        message = (
            "not replayable: this copy leaves out private bars; auditors have the whole record"
        )
        raise NotReplayable(message)


def _difference(document: Mapping[str, Any], again: Mapping[str, Any]) -> Difference:
    """The first pair that differs, else the first part."""
    said = {pair["mentee"]: pair for pair in document["result"]["pairs"]}
    found = {pair["mentee"]: pair for pair in again["result"]["pairs"]}
    for mentee in sorted({*said, *found}):
        if said.get(mentee) != found.get(mentee):
            here, there = _told(said.get(mentee)), _told(found.get(mentee))
            text = f"mentee {mentee} has {here} in the record, and {there} in the rerun"
            both = (pair["mentor"] for pair in (said.get(mentee), found.get(mentee)) if pair)
            return Difference(part="pairs", text=text, ids=(mentee, *dict.fromkeys(both)))
    for whole in ("result", "input", "lottery"):
        for name, part in document[whole].items():
            if again[whole].get(name) != part:
                return Difference(part=name, text=f"{name} comes out otherwise")
    part = next(name for name in document if document[name] != again.get(name))
    return Difference(part=part, text=f"{part} comes out otherwise")


def _told(pair: Mapping[str, Any] | None) -> str:
    return "nobody" if pair is None else f"mentor {pair['mentor']} with {pair['score']} points"
