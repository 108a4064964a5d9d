"""Reminders, as rows of the persons who got them."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events.sessions import ReminderIssued
from shared.projection import Effect, Put, hears


@hears(ReminderIssued)
def reminders(recorded: Recorded) -> Iterator[Effect]:
    """One row for each reminder and person."""
    event = recorded.event
    if isinstance(event, ReminderIssued):
        for person_id in event.to:
            row = {
                "person_id": person_id,
                "reminder_id": event.reminder_id,
                "pairing_id": event.pairing_id,
                "kind": event.kind,
                "subject": event.subject,
                "due_at": event.due_at,
                "issued_at": event.at,
            }
            yield Put(table="reminders", row=row)
