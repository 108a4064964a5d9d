"""What becomes of the seats of two who parted in silence."""

from dataclasses import replace
from datetime import timedelta

from services.matching.domain import closing
from services.matching.domain.closing import Sides
from services.matching.domain.load import ReleaseLoad
from services.matching.domain.roster import ROSTER, ReturnSeat
from services.matching.domain.roster_commands import TakeOrphanStep
from shared.events.matching import (
    OrphanStep,
    OrphanStepTaken,
    RematchRequested,
    SeatReleased,
)
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, PAIR, listed, person, reserved

DAY = timedelta(days=1)


def test_nobody_is_at_fault_and_the_mentee_is_looked_after() -> None:
    sides = Sides(
        pairing_id=PAIR,
        mentor=ANA,
        mentee=BEN,
        mentor_person=person("ana"),
        mentee_person=person("ben"),
    )
    seat = ReturnSeat(enrollment_id=ANA, pairing_id=PAIR, seek=True, priority=True, silent=True)
    assert closing.after_silence(sides) == (
        seat,
        replace(seat, enrollment_id=BEN, orphaned=True),
        ReleaseLoad(person_id=person("ana"), pairing_id=PAIR),
        ReleaseLoad(person_id=person("ben"), pairing_id=PAIR),
    )


def test_the_steps_for_the_mentee_say_to_the_last_that_it_was_silence() -> None:
    back = ReturnSeat(
        enrollment_id=BEN, pairing_id=PAIR, seek=True, priority=True, orphaned=True, silent=True
    )
    told = OrphanStepTaken(
        enrollment_id=BEN,
        pairing_id=PAIR,
        step=OrphanStep.TOLD,
        next_step=OrphanStep.NUDGED,
        next_at=NOW + DAY,
        at=NOW,
        silent=True,
    )
    story = given(ROSTER, listed(BEN, Part.MENTEE), reserved(BEN, PAIR))
    story.when(back).then(
        SeatReleased(enrollment_id=BEN, pairing_id=PAIR, at=NOW),
        RematchRequested(enrollment_id=BEN, pairing_id=PAIR, priority=True, at=NOW),
        told,
    )
    nudge = story.and_when(back).when(TakeOrphanStep(enrollment_id=BEN), at=NOW + DAY)
    (nudged,) = nudge.decide()
    assert isinstance(nudged, OrphanStepTaken)
    assert (nudged.step, nudged.silent) == (OrphanStep.NUDGED, True)
