from dataclasses import replace

from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import CompleteJourney, SessionsMissing
from services.sessions.domain.template import FLASH_SESSIONS
from shared.events.sessions import JourneyCompleted, JourneyStarted
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.sessions.pair import HELD, PAIR, PAIRED, PLANNED, PREPARED

FLASH = replace(PAIRED, flash=True)
BEGUN = JOURNEY.decide(JOURNEY.initial, FLASH, NOW)
COMPLETE = CompleteJourney(pairing_id=PAIR, by=Part.MENTEE)


def test_two_who_meet_for_a_few_days_have_one_session() -> None:
    begun = BEGUN[0]
    assert isinstance(begun, JourneyStarted)
    assert (begun.template, begun.sessions) == ("one_session", FLASH_SESSIONS)


def test_their_journey_is_complete_after_it() -> None:
    given(JOURNEY, *BEGUN, PLANNED, PREPARED).when(COMPLETE).then_refused(SessionsMissing)
    story = given(JOURNEY, *BEGUN, PLANNED, PREPARED, HELD)
    events = story.when(COMPLETE).decide()
    assert any(isinstance(event, JourneyCompleted) for event in events)
