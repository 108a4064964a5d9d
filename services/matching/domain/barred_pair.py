"""Two whom a program's managers keep apart, with a reason that only managers read."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from shared.decider import Decider
from shared.errors import InvalidCommand, NotFound
from shared.events.matching import BarredPairEvent, PairBarred, PairUnbarred
from shared.frozen import frozen
from shared.ids import PersonId, ProgramId
from shared.sealed import Sealed


@frozen
class BarPair:
    bar_id: UUID  # the same for the same two in the same program
    program_id: ProgramId
    people: tuple[PersonId, PersonId]  # in any order
    sealed: Sealed  # the two, as everybody else may hold them
    by: PersonId
    reason: Sealed


@frozen
class UnbarPair:
    bar_id: UUID
    program_id: ProgramId
    by: PersonId
    reason: Sealed


BarredPairCommand: TypeAlias = BarPair | UnbarPair


class PairOfOnePerson(InvalidCommand):
    """A pair is two people: name two who are not the same."""


class PairNotBarred(NotFound):
    """These two are not on the program's list, or no longer."""


@frozen
class NotBarred:
    """Nobody keeps these two apart."""


BarredPair: TypeAlias = NotBarred | PairBarred


def evolve(_: BarredPair, event: BarredPairEvent) -> BarredPair:
    return event if isinstance(event, PairBarred) else NotBarred()


def decide(
    pair: BarredPair, command: BarredPairCommand, now: datetime
) -> Sequence[BarredPairEvent]:
    match command:
        case BarPair():
            return _bar(pair, command, now)
        case UnbarPair():
            return _unbar(pair, command, now)
        case _:
            assert_never(command)


def _bar(pair: BarredPair, command: BarPair, now: datetime) -> Sequence[BarredPairEvent]:
    first, second = command.people
    if first == second:
        raise PairOfOnePerson(field="/people/1")
    if isinstance(pair, PairBarred):
        return ()  # the first reason stands
    return (
        PairBarred(
            bar_id=command.bar_id,
            program_id=command.program_id,
            people=command.sealed,
            by=command.by,
            reason=command.reason,
            at=now,
        ),
    )


def _unbar(pair: BarredPair, command: UnbarPair, now: datetime) -> Sequence[BarredPairEvent]:
    if isinstance(pair, NotBarred) or pair.program_id != command.program_id:
        raise PairNotBarred
    return (
        PairUnbarred(
            bar_id=command.bar_id,
            program_id=command.program_id,
            by=command.by,
            reason=command.reason,
            at=now,
        ),
    )


BARRED_PAIR: Decider[BarredPair, BarredPairCommand, BarredPairEvent] = Decider(
    category="barred_pair",
    key=lambda command: command.bar_id,
    initial=NotBarred(),
    evolve=evolve,
    decide=decide,
)
