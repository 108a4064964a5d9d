"""A company so small that everybody meets everybody: two mentors, three mentees, three seats."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from services.matching.domain import closing
from services.matching.domain.closing import Sides
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    ConfirmTrial,
    DeclinePairing,
    EndPairing,
    ProposePairing,
)
from services.matching.domain.roster import (
    ROSTER,
    ChangeSeats,
    ListParticipant,
    SeekPartner,
)
from services.matching.domain.seating import SeatCommand, decider_of, proposing
from shared.command_handler import Step
from shared.events.matching import EndReason
from shared.events.vocabulary import Part
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, TenantId, derived_id

AnyStep: TypeAlias = Step[Any, Any, Any]

TENANT = TenantId("tiny")
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROGRAM = ProgramId(derived_id("program"))
COHORT = CohortId(derived_id("cohort"))
MENTORS = tuple(EnrollmentId(derived_id("mentor", number)) for number in range(2))
MENTEES = tuple(EnrollmentId(derived_id("mentee", number)) for number in range(3))
SEATS = dict(zip((*MENTORS, *MENTEES), (1, 2, 1, 1, 1), strict=True))


def listed(who: EnrollmentId) -> Sequence[AnyStep]:
    command = ListParticipant(
        enrollment_id=who,
        program_id=PROGRAM,
        cohort_id=COHORT,
        person_id=_person(who),
        part=Part.MENTOR if who in MENTORS else Part.MENTEE,
        seats=SEATS[who],
    )
    return (Step(decider=ROSTER, command=command),)


def proposed(sides: Sides) -> Sequence[AnyStep]:
    """The pairing and a seat on both rosters, as the API asks for them."""
    command = ProposePairing(
        pairing_id=sides.pairing_id,
        program_id=PROGRAM,
        cohort_id=COHORT,
        mentor=sides.mentor,
        mentee=sides.mentee,
        mentor_person=_person(sides.mentor),
        mentee_person=_person(sides.mentee),
        run_id=None,
        score=70,
        cross_functional=True,
        answer_days=7,
        trial_days=28,
    )
    return tuple(map(_step, proposing(command)))


def accepted(sides: Sides, by: Part) -> Sequence[AnyStep]:
    return (_step(AcceptPairing(pairing_id=sides.pairing_id, by=by)),)


def confirmed(sides: Sides, by: Part) -> Sequence[AnyStep]:
    return (_step(ConfirmTrial(pairing_id=sides.pairing_id, by=by)),)


def declined(sides: Sides, by: Part) -> Sequence[AnyStep]:
    decline = DeclinePairing(pairing_id=sides.pairing_id, by=by)
    return (_step(decline), *map(_step, closing.after_decline(sides, by)))


def ended(sides: Sides, by: Part) -> Sequence[AnyStep]:
    reason = EndReason.NOT_A_FIT
    end = EndPairing(pairing_id=sides.pairing_id, reason=reason)
    return (_step(end), *map(_step, closing.after_end(sides, reason, by)))


def resized(who: EnrollmentId, seats: int) -> Sequence[AnyStep]:
    return (_step(ChangeSeats(enrollment_id=who, seats=seats)),)


def seeking(who: EnrollmentId) -> Sequence[AnyStep]:
    return (_step(SeekPartner(enrollment_id=who)),)


def pair_of(number: int) -> Sides:
    """Any mentor with any mentee, by a number; the pairing's id is new with each number."""
    mentor = MENTORS[number % len(MENTORS)]
    mentee = MENTEES[number // len(MENTORS) % len(MENTEES)]
    return Sides(
        pairing_id=PairingId(derived_id("pairing", number)),
        mentor=mentor,
        mentee=mentee,
        mentor_person=_person(mentor),
        mentee_person=_person(mentee),
    )


def _person(who: EnrollmentId) -> PersonId:
    return PersonId(derived_id("person", who))


def _step(command: SeatCommand) -> AnyStep:
    return Step(decider=decider_of(command), command=command)
