"""A small market of mentors and mentees in memory, in which anybody may ask for anything."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from hypothesis import strategies as st

from services.matching.api.proposals import proposal_steps
from services.matching.domain import closing
from services.matching.domain.closing import Freed, Sides
from services.matching.domain.load import LOAD, LimitLoad
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    DeclinePairing,
    EndPairing,
    ExpirePairing,
    LeavePairing,
    LeaveTrial,
    PairingCommand,
    PausePairing,
    ProposePairing,
    ResumePairing,
    RotatePairing,
)
from services.matching.domain.roster import ROSTER, ChangeSeats, Delist, ListParticipant
from services.matching.domain.roster_commands import (
    BreakCommand,
    LimitSeats,
    PauseParticipant,
    ResumeParticipant,
)
from services.matching.domain.seating import decider_of, offering, proposing
from shared.command_handler import Step
from shared.events.matching import Actor, EndReason
from shared.events.vocabulary import Part
from shared.ids import EnrollmentId, PairingId, derived_id
from shared.testing import NOW
from tests.matching.cast import COHORT, PROGRAM, enrollment, person

MENTORS, MENTEES = ("ana", "eva"), ("ben", "cem", "dia")
Steps: TypeAlias = Sequence[Step[Any, Any, Any]]

PAIRS = st.tuples(st.sampled_from(MENTORS), st.sampled_from(MENTEES))
PARTS = st.sampled_from(Part)


class Dial:
    """A clock that the story turns."""

    def __init__(self) -> None:
        self.days = 0

    def now(self) -> datetime:
        return NOW + timedelta(days=self.days)


def sides(pair: tuple[str, str]) -> Sides:
    mentor, mentee = pair
    return Sides(
        pairing_id=PairingId(derived_id("pairing", mentor, mentee)),
        mentor=enrollment(mentor),
        mentee=enrollment(mentee),
        mentor_person=person(mentor),
        mentee_person=person(mentee),
    )


def listing(name: str) -> Steps:
    part, seats = (Part.MENTOR, 2) if name in MENTORS else (Part.MENTEE, 1)
    return (
        Step(
            decider=ROSTER,
            command=ListParticipant(
                enrollment_id=enrollment(name),
                program_id=PROGRAM,
                cohort_id=COHORT,
                person_id=person(name),
                part=part,
                seats=seats,
            ),
        ),
    )


def proposal(pair: tuple[str, str]) -> ProposePairing:
    mentor, mentee = pair
    return ProposePairing(
        pairing_id=sides(pair).pairing_id,
        program_id=PROGRAM,
        cohort_id=COHORT,
        mentor=enrollment(mentor),
        mentee=enrollment(mentee),
        mentor_person=person(mentor),
        mentee_person=person(mentee),
        run_id=None,
        score=500,
        cross_functional=True,
        answer_days=7,
        trial_days=30,
    )


def being_proposed(pair: tuple[str, str]) -> Steps:
    return proposal_steps(proposal(pair))


def being_offered(pair: tuple[str, str]) -> Steps:
    """A freed seat for somebody who waits."""
    return _all(offering(proposal(pair), 1))


def rotating(pair: tuple[str, str], mentor: str) -> Steps:
    """The mentee moves on to this mentor."""
    then = (mentor, pair[1])
    rotate = RotatePairing(
        pairing_id=sides(pair).pairing_id,
        next_pairing=sides(then).pairing_id,
        next_mentor=enrollment(mentor),
        continuing=False,
        same_function=False,
        manager=person("pia"),
    )
    return _all((rotate, *closing.after_rotation(sides(pair)), *proposing(proposal(then))))


def accepting(pair: tuple[str, str], by: Part) -> Steps:
    return _steps(AcceptPairing(pairing_id=sides(pair).pairing_id, by=by))


def declining(pair: tuple[str, str], by: Part) -> Steps:
    decline = DeclinePairing(pairing_id=sides(pair).pairing_id, by=by)
    return _steps(decline, closing.after_decline(sides(pair), by))


def expiring(pair: tuple[str, str]) -> Steps:
    expire = ExpirePairing(pairing_id=sides(pair).pairing_id)
    return _steps(expire, closing.after_expiry(sides(pair), frozenset()))


def leaving_trial(pair: tuple[str, str], by: Part) -> Steps:
    leave = LeaveTrial(pairing_id=sides(pair).pairing_id, by=by)
    return _steps(leave, closing.after_trial(sides(pair)))


def ending(pair: tuple[str, str], reason: EndReason) -> Steps:
    end = EndPairing(pairing_id=sides(pair).pairing_id, reason=reason)
    return _steps(end, closing.after_end(sides(pair), reason, None))


def changing_seats(name: str, seats: int) -> Steps:
    return (Step(decider=ROSTER, command=ChangeSeats(enrollment_id=enrollment(name), seats=seats)),)


def resting(pair: tuple[str, str], by: Actor) -> Steps:
    return _steps(PausePairing(pairing_id=sides(pair).pairing_id, by=by))


def resuming(pair: tuple[str, str], by: Actor) -> Steps:
    return _steps(ResumePairing(pairing_id=sides(pair).pairing_id, by=by))


def breaking(name: str, *, back: bool) -> Steps:
    """Somebody takes nobody new for the time being, or is back."""
    who = enrollment(name)
    command: BreakCommand = PauseParticipant(enrollment_id=who)
    return _all([ResumeParticipant(enrollment_id=who) if back else command])


def limiting(name: str, seats: int) -> Steps:
    return _all([LimitSeats(enrollment_id=enrollment(name), limit=seats)])


def declaring(name: str, seats: int) -> Steps:
    """Room for so many in all programs together."""
    limit = LimitLoad(person_id=person(name), seats=seats, hours=2 * seats)
    return (Step(decider=LOAD, command=limit),)


def withdrawing(pair: tuple[str, str], leaver: Part) -> Steps:
    """One side goes, as if this were their only pairing."""
    leave = LeavePairing(
        pairing_id=sides(pair).pairing_id, by=leaver, reason=EndReason.PARTNER_LEFT
    )
    gone: EnrollmentId = sides(pair).of(leaver)
    delist = Step(decider=ROSTER, command=Delist(enrollment_id=gone, reason="withdrew"))
    return (*_steps(leave, closing.after_leaving(sides(pair), leaver)), delist)


def _all(commands: Sequence[Any]) -> Steps:
    return [Step(decider=decider_of(command), command=command) for command in commands]


def _steps(command: PairingCommand, seats: Freed = ()) -> Steps:
    return (
        Step(decider=PAIRING, command=command),
        *(Step(decider=decider_of(seat), command=seat) for seat in seats),
    )


WISHES: st.SearchStrategy[Steps] = st.one_of(
    st.builds(being_proposed, PAIRS),
    st.builds(being_offered, PAIRS),
    st.builds(rotating, PAIRS, st.sampled_from(MENTORS)),
    st.builds(resting, PAIRS, st.sampled_from(Actor)),
    st.builds(resuming, PAIRS, st.sampled_from(Actor)),
    st.builds(breaking, st.sampled_from((*MENTORS, *MENTEES)), back=st.booleans()),
    st.builds(limiting, st.sampled_from(MENTORS), st.integers(0, 3)),
    st.builds(declaring, st.sampled_from(MENTORS), st.integers(0, 3)),
    st.builds(accepting, PAIRS, PARTS),
    st.builds(declining, PAIRS, PARTS),
    st.builds(expiring, PAIRS),
    st.builds(leaving_trial, PAIRS, PARTS),
    st.builds(ending, PAIRS, st.sampled_from(EndReason)),
    st.builds(changing_seats, st.sampled_from(MENTORS), st.integers(0, 3)),
    st.builds(withdrawing, PAIRS, PARTS),
)
