"""What a run found, as events that no message of the bus is too small for."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from services.matching.domain.run_commands import CompleteRun
from shared.events.matching import (
    MatchingRunCompleted,
    MatchingRunPairsRecorded,
    MatchingRunRequested,
)

PEOPLE_A_PART = 500  # pairs and unserved in one event: about 200 kB, where brokers take 1 MiB


def completed(
    request: MatchingRunRequested, command: CompleteRun, now: datetime
) -> Sequence[MatchingRunPairsRecorded | MatchingRunCompleted]:
    """The result of a run as events: one, or its parts and then their sums."""
    solution = command.solution
    parts = tuple(_parts(command, now))
    return (
        *parts,
        MatchingRunCompleted(
            run_id=command.run_id,
            program_id=request.program_id,
            cohort_id=request.cohort_id,
            policy_version=request.policy_version,
            input_digest=solution.input_digest,
            result_digest=solution.result_digest,
            mentees=solution.mentees,
            mentors=solution.mentors,
            seats=solution.seats,
            pairs=() if parts else solution.pairs,
            unserved=() if parts else solution.unserved,
            total_score=sum(pair.score for pair in solution.pairs),
            cross_functional_pairs=sum(pair.cross_functional for pair in solution.pairs),
            at=now,
            parts=len(parts),
            pairs_total=len(solution.pairs),
            unserved_total=len(solution.unserved),
            worst_score=min((pair.score for pair in solution.pairs), default=None),
            what_if=request.what_if,
            objective=solution.objective,
            as_of=solution.as_of,
            lottery_seed=solution.lottery_seed,
            lottery_counter=solution.lottery_counter,
            unique=solution.unique,
            record_digest=solution.record_digest,
        ),
    )


def _parts(command: CompleteRun, now: datetime) -> Iterator[MatchingRunPairsRecorded]:
    """None where one event holds all."""
    pairs, unserved = command.solution.pairs, command.solution.unserved
    if len(pairs) + len(unserved) <= PEOPLE_A_PART:
        return
    longer = max(len(pairs), len(unserved))
    half = PEOPLE_A_PART // 2 if pairs and unserved else PEOPLE_A_PART
    for part, start in enumerate(range(0, longer, half), start=1):
        yield MatchingRunPairsRecorded(
            run_id=command.run_id,
            part=part,
            pairs=pairs[start : start + half],
            unserved=unserved[start : start + half],
            at=now,
        )
