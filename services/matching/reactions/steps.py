"""Commands of matching as the steps of one transaction."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

from services.matching.domain.closing import Sides
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import PairingCommand
from services.matching.domain.seating import SeatCommand, decider_of
from services.matching.queries.pool import Pair
from shared.command_handler import Step

Steps: TypeAlias = Sequence[Step[Any, Any, Any]]


def of_pairing(command: PairingCommand) -> Step[Any, Any, Any]:
    return Step(decider=PAIRING, command=command)


def of_rosters(commands: Iterable[SeatCommand]) -> list[Step[Any, Any, Any]]:
    """Commands to rosters, and to what goes with their seats."""
    return [Step(decider=decider_of(command), command=command) for command in commands]


def sides_of(pair: Pair) -> Sides:
    return Sides(
        pairing_id=pair.pairing_id,
        mentor=pair.mentor,
        mentee=pair.mentee,
        mentor_person=pair.mentor_person,
        mentee_person=pair.mentee_person,
    )
