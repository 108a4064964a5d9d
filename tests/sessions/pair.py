"""Ana is the mentee, Ben her mentor: who and what the stories of sessions are about."""

from dataclasses import replace
from datetime import timedelta

from services.sessions.domain.journey.commands import (
    CancelSession,
    HoldSession,
    MissSession,
    RescheduleSession,
    ScheduleSession,
    StartJourney,
)
from services.sessions.domain.journey.course import start
from services.sessions.domain.template import SESSIONS, agenda
from shared.events.sessions import (
    AgendaPrepared,
    JourneyStarted,
    SessionCancelled,
    SessionHeld,
    SessionMissed,
    SessionRescheduled,
    SessionScheduled,
)
from shared.events.vocabulary import Part
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    SessionId,
    derived_id,
)
from shared.sealed import Sealed
from shared.testing import NOW

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PAIR = PairingId(derived_id("pair"))
ANA = PersonId(derived_id("ana"))
BEN = PersonId(derived_id("ben"))
LISTENING = CompetencyId(derived_id("listening"))
FIRST = SessionId(derived_id("first"))
SECOND = SessionId(derived_id("second"))
TOMORROW = NOW + DAY
IN_TEN_DAYS = NOW + 10 * DAY

PAIRED = StartJourney(
    pairing_id=PAIR,
    program_id=ProgramId(derived_id("program")),
    cohort_id=CohortId(derived_id("cohort")),
    mentor=EnrollmentId(derived_id("ben takes part")),
    mentee=EnrollmentId(derived_id("ana takes part")),
    mentor_person=BEN,
    mentee_person=ANA,
)
BEGUN = start(PAIRED, NOW)
STARTED = BEGUN[0]
assert isinstance(STARTED, JourneyStarted)

ANA_PLANS = ScheduleSession(
    pairing_id=PAIR, session_id=FIRST, starts_at=IN_TEN_DAYS, by=Part.MENTEE
)
PLANNED = SessionScheduled(
    pairing_id=PAIR,
    session_id=FIRST,
    place=1,
    starts_at=IN_TEN_DAYS,
    minutes=60,
    by=Part.MENTEE,
    at=NOW,
)
PREPARED = AgendaPrepared(pairing_id=PAIR, session_id=FIRST, items=agenda(SESSIONS[0], 60), at=NOW)
BEN_MOVES = RescheduleSession(
    pairing_id=PAIR, session_id=FIRST, starts_at=IN_TEN_DAYS + HOUR, by=Part.MENTOR
)
MOVED = SessionRescheduled(
    pairing_id=PAIR, session_id=FIRST, starts_at=IN_TEN_DAYS + HOUR, by=Part.MENTOR, at=NOW
)
BEN_SAYS_HELD = HoldSession(pairing_id=PAIR, session_id=FIRST, by=Part.MENTOR)
AFTERWARDS = IN_TEN_DAYS + 2 * HOUR
HELD = SessionHeld(
    pairing_id=PAIR,
    session_id=FIRST,
    place=1,
    minutes=60,
    by=Part.MENTOR,
    next_session_by=IN_TEN_DAYS + 30 * DAY,
    at=AFTERWARDS,
)
BEN_SAYS_ANA_WAS_ABSENT = MissSession(
    pairing_id=PAIR, session_id=FIRST, absent=Part.MENTEE, by=Part.MENTOR
)
MISSED = SessionMissed(
    pairing_id=PAIR,
    session_id=FIRST,
    absent=Part.MENTEE,
    by=Part.MENTOR,
    next_session_by=NOW + 30 * DAY,
    at=AFTERWARDS,
)
ANA_CANCELS = CancelSession(pairing_id=PAIR, session_id=FIRST, by=Part.MENTEE)
CANCELLED = SessionCancelled(
    pairing_id=PAIR,
    session_id=FIRST,
    by=Part.MENTEE,
    next_session_by=NOW + 30 * DAY,
    at=NOW,
)
WORDS = Sealed(
    subject=str(ANA),
    purpose="session",
    nonce="bm9uY2Vub25jZW5v",
    ciphertext="Y2lwaGVydGV4dA",
    commitment="Y29tbWl0bWVudA",
)
OTHER_WORDS = replace(WORDS, ciphertext="b3RoZXIgd29yZHM")
