"""A journey: what a pair plans, does and writes down from the first session to the last."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.sessions.domain.journey.commands import (
    CancelSession,
    CompleteJourney,
    EndJourney,
    GiveFeedback,
    HoldSession,
    JourneyCommand,
    JourneyOver,
    JourneyUnknown,
    MissCadence,
    MissSession,
    RecordCheckIn,
    RecordReflection,
    RecordSelfAssessment,
    RemindOfNextSession,
    RemindOfReflection,
    RemindOfReview,
    RemindOfSession,
    RescheduleSession,
    ScheduleSession,
    SetCadence,
    StartJourney,
)
from services.sessions.domain.journey.course import decide_course, decide_timer, start
from services.sessions.domain.journey.meetings import decide_session
from services.sessions.domain.journey.records import decide_record
from services.sessions.domain.journey.state import Journey, Phase, evolve
from shared.decider import Decider
from shared.events.sessions import JourneyEvent, JourneyStarted


def decide(journey: Journey, command: JourneyCommand, now: datetime) -> Sequence[JourneyEvent]:
    """The facts that follow from a command."""
    started = journey.started
    if isinstance(command, StartJourney):
        return () if started else start(command, now)
    if started is None:
        return _decide_without_journey(command)
    if journey.phase is not Phase.ACTIVE:
        return _decide_afterwards(journey, started, command, now)
    return _decide_active(journey, started, command, now)


def _decide_active(
    journey: Journey,
    started: JourneyStarted,
    command: JourneyCommand,
    now: datetime,
) -> Sequence[JourneyEvent]:
    match command:
        case (
            ScheduleSession()
            | RescheduleSession()
            | HoldSession()
            | MissSession()
            | CancelSession()
        ):
            return decide_session(journey, started, command, now)
        case RecordReflection() | RecordCheckIn() | GiveFeedback() | RecordSelfAssessment():
            return decide_record(journey, started, command, now)
        case SetCadence() | CompleteJourney() | EndJourney():
            return decide_course(journey, started, command, now)
        case (
            MissCadence()
            | RemindOfSession()
            | RemindOfNextSession()
            | RemindOfReview()
            | RemindOfReflection()
        ):
            return decide_timer(journey, started, command, now)
        case StartJourney():
            return ()
        case _:
            assert_never(command)


def _decide_without_journey(command: JourneyCommand) -> Sequence[JourneyEvent]:
    if isinstance(command, EndJourney):
        return ()  # a pairing that ended before both had accepted
    raise JourneyUnknown


def _decide_afterwards(
    journey: Journey, started: JourneyStarted, command: JourneyCommand, now: datetime
) -> Sequence[JourneyEvent]:
    """What may still be said when the journey is over: how it was, not what is to come."""
    match command:
        case RecordReflection() | GiveFeedback():
            return decide_record(journey, started, command, now)
        case RecordSelfAssessment() if journey.phase is Phase.COMPLETED:
            return decide_record(journey, started, command, now)
        case CompleteJourney() if journey.phase is Phase.COMPLETED:
            return ()
        case (
            EndJourney()
            | MissCadence()
            | RemindOfSession()
            | RemindOfNextSession()
            | RemindOfReview()
            | RemindOfReflection()
        ):
            return ()
        case _:
            raise JourneyOver


JOURNEY: Decider[Journey, JourneyCommand, JourneyEvent] = Decider(
    category="journey",
    key=lambda command: command.pairing_id,
    initial=Journey(),
    evolve=evolve,
    decide=decide,
)
