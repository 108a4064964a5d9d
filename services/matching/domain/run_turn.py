"""One run at a time in a cohort: while it is worked out or published, no other is."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain.run_refusals import PublicationUnderWay, RunUnderWay
from shared.decider import Decider
from shared.events.matching import RunTurnEnded, RunTurnEvent, RunTurnTaken, Turn
from shared.frozen import frozen
from shared.ids import CohortId, RunId


@frozen
class TakeTurn:
    cohort_id: CohortId
    run_id: RunId
    turn: Turn


@frozen
class EndTurn:
    """Only whoever has the turn gives it back."""

    cohort_id: CohortId
    run_id: RunId


TurnCommand: TypeAlias = TakeTurn | EndTurn


@frozen
class Free:
    """Nobody is at work in the cohort."""


RunTurn: TypeAlias = Free | RunTurnTaken


def evolve(_: RunTurn, event: RunTurnEvent) -> RunTurn:
    return event if isinstance(event, RunTurnTaken) else Free()


def decide(turn: RunTurn, command: TurnCommand, now: datetime) -> Sequence[RunTurnEvent]:
    match command:
        case TakeTurn():
            return _take(turn, command, now)
        case EndTurn(cohort_id=cohort_id, run_id=run_id):
            if isinstance(turn, Free) or turn.run_id != run_id:
                return ()
            return (RunTurnEnded(cohort_id=cohort_id, run_id=run_id, at=now),)
        case _:
            assert_never(command)


def _take(turn: RunTurn, command: TakeTurn, now: datetime) -> Sequence[RunTurnEvent]:
    if isinstance(turn, RunTurnTaken):
        if (turn.run_id, turn.turn) == (command.run_id, command.turn):
            return ()
        raise RunUnderWay if turn.turn is Turn.COMPUTING else PublicationUnderWay
    return (
        RunTurnTaken(cohort_id=command.cohort_id, run_id=command.run_id, turn=command.turn, at=now),
    )


RUN_TURN: Decider[RunTurn, TurnCommand, RunTurnEvent] = Decider(
    category="run_turn",
    key=lambda command: command.cohort_id,
    initial=Free(),
    evolve=evolve,
    decide=decide,
)
