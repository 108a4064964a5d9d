"""Private bars: "not with this person or team", kept by who says it and shown to nobody else."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never
from uuid import UUID

from services.matching.domain.bar_target import Target
from shared.decider import Decider
from shared.errors import InvalidCommand, NotFound, Refused
from shared.events.matching import BarDeclared, BarEvent, BarWithdrawn
from shared.frozen import frozen
from shared.ids import PersonId
from shared.sealed import Sealed

BARS_MAX = 50  # of one person at a time


@frozen
class DeclareBar:
    person_id: PersonId
    bar_id: UUID  # the same for the same wish of the same person
    target: Target
    sealed: Sealed  # the target, as everybody else may hold it


@frozen
class WithdrawBar:
    person_id: PersonId
    bar_id: UUID


BarCommand: TypeAlias = DeclareBar | WithdrawBar


class BarNeedsOneTarget(InvalidCommand):
    """A bar is against one person or one function: name exactly one of the two."""


class BarAgainstYourself(InvalidCommand):
    """Nobody is ever paired with themselves: name somebody else."""


class TooManyBars(Refused):
    """You have declared 50 bars: take one back before you declare another."""


class BarUnknown(NotFound):
    """You have declared no such bar, or have taken it back."""


@frozen
class Bars:
    """What one person has asked for and not taken back."""

    standing: tuple[BarDeclared, ...] = ()

    def of(self, bar_id: UUID) -> BarDeclared | None:
        """The one by this id, if it stands."""
        return next((bar for bar in self.standing if bar.bar_id == bar_id), None)


def evolve(bars: Bars, event: BarEvent) -> Bars:
    others = tuple(bar for bar in bars.standing if bar.bar_id != event.bar_id)
    match event:
        case BarDeclared():
            return Bars(standing=(*others, event))
        case BarWithdrawn():
            return Bars(standing=others)
        case _:
            assert_never(event)


def decide(bars: Bars, command: BarCommand, now: datetime) -> Sequence[BarEvent]:
    match command:
        case DeclareBar():
            return _declare(bars, command, now)
        case WithdrawBar(person_id=person_id, bar_id=bar_id):
            if bars.of(bar_id) is None:
                raise BarUnknown
            return (BarWithdrawn(bar_id=bar_id, person_id=person_id, at=now),)
        case _:
            assert_never(command)


def _declare(bars: Bars, command: DeclareBar, now: datetime) -> Sequence[BarEvent]:
    target = command.target
    if (target.against is None) == (target.function is None):
        raise BarNeedsOneTarget(field="/against")
    if target.against == command.person_id:
        raise BarAgainstYourself(field="/against")
    if bars.of(command.bar_id) is not None:
        return ()
    if len(bars.standing) >= BARS_MAX:
        raise TooManyBars
    return (
        BarDeclared(
            bar_id=command.bar_id, person_id=command.person_id, target=command.sealed, at=now
        ),
    )


BARS: Decider[Bars, BarCommand, BarEvent] = Decider(
    category="bar",
    key=lambda command: command.person_id,
    initial=Bars(),
    evolve=evolve,
    decide=decide,
)
