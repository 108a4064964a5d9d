"""Rows from the journeys of pairs: the journey itself, its sessions, and missed cadences."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events import sessions as told
from shared.projection import Change, Effect, Put, hears


@hears(
    told.JourneyStarted,
    told.CadenceSet,
    told.CadenceMissed,
    told.SessionHeld,
    told.SessionMissed,
    told.SessionCancelled,
    told.JourneyCompleted,
    told.JourneyEnded,
)
def journeys(recorded: Recorded) -> Iterator[Effect]:
    """Each journey from its start to its end."""
    match recorded.event:
        case told.JourneyStarted() as fact:
            row = {
                "pairing_id": fact.pairing_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "mentor": fact.mentor,
                "mentee": fact.mentee,
                "mentor_person": fact.mentor_person,
                "mentee_person": fact.mentee_person,
                "planned_sessions": len(fact.sessions),
                "started_at": fact.at,
            }
            yield Put(table="journeys", row=row)
        case told.CadenceSet() | told.CadenceMissed() | told.SessionHeld() as fact:
            yield _journey(fact, next_session_by=fact.next_session_by)
        case told.SessionMissed() | told.SessionCancelled() as fact if fact.next_session_by:
            yield _journey(fact, next_session_by=fact.next_session_by)
        case told.JourneyCompleted() as fact:
            yield _journey(fact, completed_at=fact.at)
        case told.JourneyEnded() as fact:
            yield _journey(fact, ended_at=fact.at)
        case _:
            return


@hears(
    told.SessionScheduled,
    told.SessionRescheduled,
    told.SessionHeld,
    told.SessionMissed,
    told.SessionCancelled,
)
def sessions(recorded: Recorded) -> Iterator[Effect]:
    """Each session with its state."""
    match recorded.event:
        case told.SessionScheduled() as fact:
            row = {
                "session_id": fact.session_id,
                "pairing_id": fact.pairing_id,
                "place": fact.place,
                "state": "scheduled",
                "starts_at": fact.starts_at,
                "minutes": fact.minutes,
            }
            yield Put(table="sessions", row=row)
        case told.SessionRescheduled() as fact:
            yield _session(fact, state="scheduled", starts_at=fact.starts_at)
        case told.SessionHeld() as fact:
            yield _session(fact, state="held", minutes=fact.minutes, held_at=fact.at)
        case told.SessionMissed() as fact:
            yield _session(fact, state="missed")
        case told.SessionCancelled() as fact:
            yield _session(fact, state="cancelled")
        case _:
            return


@hears(told.CadenceMissed)
def cadence_misses(recorded: Recorded) -> Iterator[Effect]:
    """Each time that a pair did not meet when it should have."""
    match recorded.event:
        case told.CadenceMissed() as fact:
            row = {"pairing_id": fact.pairing_id, "due_at": fact.due_at}
            yield Put(table="cadence_misses", row=row)
        case _:
            return


def _journey(fact: told.JourneyEvent, **values: object) -> Effect:
    return Change(table="journeys", key={"pairing_id": fact.pairing_id}, values=values)


def _session(
    fact: told.SessionRescheduled | told.SessionHeld | told.SessionMissed | told.SessionCancelled,
    **values: object,
) -> Effect:
    return Change(table="sessions", key={"session_id": fact.session_id}, values=values)
