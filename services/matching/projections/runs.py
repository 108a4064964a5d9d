"""Runs as rows, with the pairs of each, what was changed by hand, and the timers of a run."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import msgspec

from shared.envelope import Recorded
from shared.events.matching import (
    DraftOverridden,
    MatchingRunCancelled,
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPairsRecorded,
    MatchingRunPublished,
    MatchingRunRejected,
    MatchingRunRequested,
    PublicationCompleted,
)
from shared.ids import RunId, derived_id
from shared.projection import Add, Change, Effect, Put, Remove, hears

RUN_TIMER = "matching_run"
PUBLICATION_TIMER = "matching_publication"
PUBLISHING = timedelta(seconds=60)  # a request has so long before a timer goes on for it


@hears(
    MatchingRunRequested,
    MatchingRunRejected,
    MatchingRunCompleted,
    MatchingRunFailed,
    MatchingRunCancelled,
    MatchingRunPublished,
    PublicationCompleted,
    MatchingRunDiscarded,
)
def runs(recorded: Recorded) -> Iterator[Effect]:
    """One row for each run, with its sums once it is complete."""
    match recorded.event:
        case MatchingRunRequested() as fact:
            told = {
                "state": "computing",
                "what_if": fact.what_if,
                "request": msgspec.to_builtins(fact),
                "lottery_commitment": fact.lottery_commitment or None,
            }
            yield Put(table="runs", row={**_asked(recorded, fact), **told})
        case MatchingRunRejected() as fact:
            told = {"state": "rejected", "reason": fact.code, "finished_at": fact.at}
            yield Put(table="runs", row={**_asked(recorded, fact), **told})
        case MatchingRunCompleted() as fact:
            yield _change(recorded, fact.run_id, _sums(fact))
        case MatchingRunFailed() as fact:
            yield _change(recorded, fact.run_id, _failure(fact))
        case MatchingRunCancelled(run_id=run_id, reason=reason, at=at):
            cancelled = {"state": "cancelled", "reason": reason, "finished_at": at}
            yield _change(recorded, run_id, cancelled)
        case MatchingRunPublished() as fact:
            state = "publishing" if fact.completion_follows else "published"
            by = {"published_at": fact.at, "published_by": fact.published_by}
            yield _change(recorded, fact.run_id, {"state": state, **by})
        case PublicationCompleted() as fact:
            yield _change(recorded, fact.run_id, _told(fact))
        case MatchingRunDiscarded(run_id=run_id, reason=reason):
            yield _change(recorded, run_id, {"state": "discarded", "reason": reason})
        case _:
            return


@hears(MatchingRunPairsRecorded, MatchingRunCompleted)
def run_results(recorded: Recorded) -> Iterator[Effect]:
    """The pairs of a run with their components, and who found no seat."""
    match recorded.event:
        case MatchingRunCompleted() | MatchingRunPairsRecorded() as fact:
            for pair in fact.pairs:
                row = {
                    "run_id": fact.run_id,
                    "mentee": pair.mentee,
                    "mentor": pair.mentor,
                    "score": pair.score,
                    "components": asdict(pair.components),
                    "cross_functional": pair.cross_functional,
                }
                yield Put(table="run_pairs", row=row)
            for left in fact.unserved:
                told = {"run_id": fact.run_id, "mentee": left.mentee, "reason": left.reason}
                yield Put(table="run_unserved", row=told)
        case _:
            return


@hears(DraftOverridden)
def run_overrides(recorded: Recorded) -> Iterator[Effect]:
    """What a manager changed in a draft; the last word on a mentee counts."""
    match recorded.event:
        case DraftOverridden() as fact:
            why = {
                "overridden_by": fact.overridden_by,
                "reason": msgspec.to_builtins(fact.reason),
                "at": fact.at,
            }
            made = {pair.mentee for pair in fact.paired}
            for parted in fact.unpaired:
                if parted.mentee not in made:
                    key = {"run_id": fact.run_id, "mentee": parted.mentee}
                    without = {"mentor": None, "score": None, "components": None}
                    row = {**key, **without, "cross_functional": None, **why}
                    yield Put(table="run_overrides", row=row)
            for pair in fact.paired:
                points = {"components": asdict(pair.components), "score": pair.score}
                key = {"run_id": fact.run_id, "mentee": pair.mentee, "mentor": pair.mentor}
                row = {**key, **points, "cross_functional": pair.cross_functional, **why}
                yield Put(table="run_overrides", row=row)
            yield Add(table="runs", key={"run_id": fact.run_id}, amounts={"overrides": 1})
            yield _change(recorded, fact.run_id, {})
        case _:
            return


@hears(
    MatchingRunRequested,
    MatchingRunCompleted,
    MatchingRunFailed,
    MatchingRunCancelled,
    MatchingRunPublished,
    PublicationCompleted,
)
def run_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """A run is due to be computed when it is asked for; a publication is finished by a timer."""
    match recorded.event:
        case MatchingRunRequested(run_id=run_id, at=at):
            yield _timer(RUN_TIMER, run_id, at)
        case (
            MatchingRunCompleted(run_id=run_id)
            | MatchingRunFailed(run_id=run_id)
            | MatchingRunCancelled(run_id=run_id)
        ):
            yield Remove(table="deadlines", key={"deadline_id": derived_id(RUN_TIMER, run_id)})
        case MatchingRunPublished(run_id=run_id, at=at, completion_follows=True):
            yield _timer(PUBLICATION_TIMER, run_id, at + PUBLISHING)
        case PublicationCompleted(run_id=run_id):
            where = derived_id(PUBLICATION_TIMER, run_id)
            yield Remove(table="deadlines", key={"deadline_id": where})
        case _:
            return


def _timer(kind: str, run_id: RunId, due_at: datetime) -> Effect:
    row = {
        "deadline_id": derived_id(kind, run_id),
        "due_at": due_at,
        "kind": kind,
        "subject": run_id,
        "payload": {},
    }
    return Put(table="deadlines", row=row)


def _change(recorded: Recorded, run_id: RunId, values: Mapping[str, Any]) -> Effect:
    key = {"run_id": run_id}
    return Change(table="runs", key=key, values={**values, "version": recorded.version})


def _asked(
    recorded: Recorded, fact: MatchingRunRequested | MatchingRunRejected
) -> Mapping[str, Any]:
    return {
        "run_id": fact.run_id,
        "program_id": fact.program_id,
        "cohort_id": fact.cohort_id,
        "policy_version": fact.policy_version,
        "requested_by": fact.requested_by,
        "requested_at": fact.at,
        "version": recorded.version,
    }


def _sums(fact: MatchingRunCompleted) -> Mapping[str, Any]:
    return {
        "state": "draft",
        "finished_at": fact.at,
        "input_digest": fact.input_digest,
        "result_digest": fact.result_digest,
        "mentees": fact.mentees,
        "mentors": fact.mentors,
        "seats": fact.seats,
        "pairs": len(fact.pairs) if fact.pairs_total is None else fact.pairs_total,
        "unserved": len(fact.unserved) if fact.unserved_total is None else fact.unserved_total,
        "total_score": fact.total_score,
        "cross_functional_pairs": fact.cross_functional_pairs,
        "worst_score": fact.worst_score,
        "objective": fact.objective.value,
        "lottery_seed": fact.lottery_seed or None,
        "is_unique": fact.unique,
        "as_of": [asdict(place) for place in fact.as_of],
        "record_digest": fact.record_digest or None,
    }


def _failure(fact: MatchingRunFailed) -> Mapping[str, Any]:
    return {
        "state": "failed",
        "reason": fact.reason,
        "finished_at": fact.at,
        "rules": [asdict(rule) for rule in fact.rules],
        "lottery_seed": fact.lottery_seed or None,
    }


def _told(fact: PublicationCompleted) -> Mapping[str, Any]:
    return {
        "state": "published",
        "told_at": fact.at,
        "proposed": fact.proposed,
        "waitlisted": fact.waitlisted,
        "left_out": [msgspec.to_builtins(pair) for pair in fact.left_out],
    }
