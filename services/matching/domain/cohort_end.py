"""The end of a cohort in matching: carried out some pairings at a time until nothing is left."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.events.matching import (
    CohortEndAdvanced,
    CohortEndBegun,
    CohortEndCompleted,
    CohortEndEvent,
)
from shared.frozen import frozen
from shared.ids import CohortId, ProgramId


@frozen
class BeginCohortEnd:
    cohort_id: CohortId
    program_id: ProgramId


@frozen
class AdvanceCohortEnd:
    """Some of it is done; there may be more."""

    cohort_id: CohortId


@frozen
class CompleteCohortEnd:
    cohort_id: CohortId


CohortEndCommand: TypeAlias = BeginCohortEnd | AdvanceCohortEnd | CompleteCohortEnd


@frozen
class CohortEnd:
    begun: bool = False
    steps: int = 0
    complete: bool = False


def evolve(state: CohortEnd, event: CohortEndEvent) -> CohortEnd:
    match event:
        case CohortEndBegun():
            return CohortEnd(begun=True)
        case CohortEndAdvanced(step=step):
            return CohortEnd(begun=True, steps=step)
        case CohortEndCompleted():
            return CohortEnd(begun=True, steps=state.steps, complete=True)
        case _:
            assert_never(event)


def decide(state: CohortEnd, command: CohortEndCommand, now: datetime) -> Sequence[CohortEndEvent]:
    where = command.cohort_id
    match command:
        case BeginCohortEnd(program_id=program_id):
            if state.begun:
                return ()
            return (CohortEndBegun(cohort_id=where, program_id=program_id, at=now),)
        case AdvanceCohortEnd():
            if not state.begun or state.complete:
                return ()
            return (CohortEndAdvanced(cohort_id=where, step=state.steps + 1, at=now),)
        case CompleteCohortEnd():
            if not state.begun or state.complete:
                return ()
            return (CohortEndCompleted(cohort_id=where, at=now),)
        case _:
            assert_never(command)


COHORT_END: Decider[CohortEnd, CohortEndCommand, CohortEndEvent] = Decider(
    category="cohort_end",
    key=lambda command: command.cohort_id,
    initial=CohortEnd(),
    evolve=evolve,
    decide=decide,
)
