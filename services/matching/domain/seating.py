"""What goes together: a pairing, a seat on both rosters, and what both people carry."""

from collections.abc import Sequence
from typing import Any, TypeAlias, get_args

from services.matching.domain.load import LOAD, LoadCommand, ReserveLoad
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import PairingCommand, ProposePairing
from services.matching.domain.roster import ROSTER, ReserveSeat
from services.matching.domain.roster_commands import OfferSeat, RosterCommand
from shared.decider import Decider
from shared.events.vocabulary import Part

SeatCommand: TypeAlias = PairingCommand | RosterCommand | LoadCommand

_DECIDERS: tuple[tuple[Any, Decider[Any, Any, Any]], ...] = (
    (get_args(PairingCommand), PAIRING),
    (get_args(RosterCommand), ROSTER),
    (get_args(LoadCommand), LOAD),
)
_DECIDER_OF = {kind: decider for kinds, decider in _DECIDERS for kind in kinds}


def decider_of(command: SeatCommand) -> Decider[Any, Any, Any]:
    """Who answers a command."""
    return _DECIDER_OF[type(command)]


def proposing(command: ProposePairing) -> Sequence[SeatCommand]:
    """The pairing, a seat on both rosters, and the load of both: all of it, or nothing."""
    seats = (
        ReserveSeat(enrollment_id=who, pairing_id=command.pairing_id)
        for who in (command.mentor, command.mentee)
    )
    return (command, *seats, *_loads(command))


def offering(command: ProposePairing, position: int) -> Sequence[SeatCommand]:
    """The same, to somebody who waits at this place of the list and has not asked."""
    pairing = command.pairing_id
    return (
        command,
        OfferSeat(
            enrollment_id=command.mentee,
            pairing_id=pairing,
            mentor=command.mentor,
            position=position,
        ),
        ReserveSeat(enrollment_id=command.mentor, pairing_id=pairing, seen_free=True),
        *_loads(command),
    )


def _loads(command: ProposePairing) -> Sequence[ReserveLoad]:
    persons = {Part.MENTOR: command.mentor_person, Part.MENTEE: command.mentee_person}
    return [
        ReserveLoad(
            person_id=person,
            pairing_id=command.pairing_id,
            program_id=command.program_id,
            part=part,
            hours=command.hours,
            programs_max=command.programs_max,
        )
        for part, person in persons.items()
    ]
