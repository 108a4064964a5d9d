"""Runs as rows, with the pairs of each run and the timer that computes it."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from shared.envelope import Recorded
from shared.events.matching import (
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPublished,
    MatchingRunRequested,
)
from shared.ids import RunId, derived_id
from shared.projection import Change, Effect, Put, Remove, hears

RUN_TIMER = "matching_run"


@hears(
    MatchingRunRequested,
    MatchingRunCompleted,
    MatchingRunFailed,
    MatchingRunPublished,
    MatchingRunDiscarded,
)
def runs(recorded: Recorded) -> Iterator[Effect]:
    """One row for each run, with its sums once it is complete."""
    match recorded.event:
        case MatchingRunRequested() as fact:
            row = {
                "run_id": fact.run_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "policy_version": fact.policy_version,
                "state": "computing",
                "requested_by": fact.requested_by,
                "requested_at": fact.at,
                "version": recorded.version,
            }
            yield Put(table="runs", row=row)
        case MatchingRunCompleted() as fact:
            yield _change(recorded, fact.run_id, _sums(fact))
        case MatchingRunFailed(run_id=run_id, reason=reason, at=at):
            failed = {"state": "failed", "reason": reason, "finished_at": at}
            yield _change(recorded, run_id, failed)
        case MatchingRunPublished(run_id=run_id, at=at):
            yield _change(recorded, run_id, {"state": "published", "published_at": at})
        case MatchingRunDiscarded(run_id=run_id, reason=reason):
            yield _change(recorded, run_id, {"state": "discarded", "reason": reason})
        case _:
            return


@hears(MatchingRunCompleted)
def run_results(recorded: Recorded) -> Iterator[Effect]:
    """The pairs of a run with their components, and who found no seat."""
    match recorded.event:
        case MatchingRunCompleted() as fact:
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


@hears(MatchingRunRequested, MatchingRunCompleted, MatchingRunFailed)
def run_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """A run is due to be computed from the moment it is asked for."""
    match recorded.event:
        case MatchingRunRequested(run_id=run_id, at=at):
            row = {
                "deadline_id": derived_id(RUN_TIMER, run_id),
                "due_at": at,
                "kind": RUN_TIMER,
                "subject": run_id,
                "payload": {},
            }
            yield Put(table="deadlines", row=row)
        case MatchingRunCompleted(run_id=run_id) | MatchingRunFailed(run_id=run_id):
            yield Remove(table="deadlines", key={"deadline_id": derived_id(RUN_TIMER, run_id)})
        case _:
            return


def _change(recorded: Recorded, run_id: RunId, values: Mapping[str, Any]) -> Effect:
    key = {"run_id": run_id}
    return Change(table="runs", key=key, values={**values, "version": recorded.version})


def _sums(fact: MatchingRunCompleted) -> Mapping[str, Any]:
    return {
        "state": "draft",
        "finished_at": fact.at,
        "input_digest": fact.input_digest,
        "result_digest": fact.result_digest,
        "mentees": fact.mentees,
        "mentors": fact.mentors,
        "seats": fact.seats,
        "pairs": len(fact.pairs),
        "unserved": len(fact.unserved),
        "total_score": fact.total_score,
        "cross_functional_pairs": fact.cross_functional_pairs,
    }
