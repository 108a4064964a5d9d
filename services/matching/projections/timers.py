"""Timers as rows: one for each kind and subject, there while something is due."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.ids import derived_id
from shared.projection import Effect, Put, Remove


def due(
    kind: str, subject: UUID, due_at: datetime, payload: Mapping[str, Any] | None = None
) -> Effect:
    """Something is due; a later date takes the place of the one before."""
    row = {
        "deadline_id": derived_id(kind, subject),
        "due_at": due_at,
        "kind": kind,
        "subject": subject,
        "payload": payload or {},
    }
    return Put(table="deadlines", row=row)


def answered(kind: str, subject: UUID) -> Effect:
    """Nothing of this kind is due any more."""
    return Remove(table="deadlines", key={"deadline_id": derived_id(kind, subject)})
