"""Reminders that a person got, and whom a reminder is for."""

from uuid import UUID

from pydantic import Field

from shared.database import Database
from shared.events.sessions import ReminderKind
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import GoalId, PairingId, PersonId, TenantId


class ReminderView(View):
    reminder_id: UUID
    pairing_id: UUID
    kind: ReminderKind
    subject: UUID = Field(description="The session, milestone, goal or pairing it is about.")
    due_at: Moment = Field(description="When the reminder was due.")
    issued_at: Moment


_REMINDERS = """
SELECT reminder_id, pairing_id, kind, subject, due_at, issued_at FROM read.reminders
WHERE person_id = $1 AND ($2::text IS NULL OR kind = $2)
AND ($3::timestamptz IS NULL OR (issued_at, reminder_id) < ($3, $4::uuid))
ORDER BY issued_at DESC, reminder_id DESC LIMIT $5
"""
_OWNERS_OF_GOAL = """
SELECT mentor_person, mentee_person, joint FROM read.goals
JOIN read.journeys USING (tenant, pairing_id)
WHERE tenant = $1 AND goal_id = $2 AND phase <> 'ended'
"""
_OWNER_OF_MILESTONE = """
SELECT mentee_person FROM read.journeys
WHERE tenant = $1 AND pairing_id = $2 AND phase <> 'ended'
"""


async def reminders(
    db: Database, page: PageRequest, *, person: PersonId | None, kind: ReminderKind | None
) -> PageOf[ReminderView]:
    """Reminders of one person, newest first."""
    after = page.after or (None, None)
    rows = await db.fetch(_REMINDERS, person, kind, *after, page.rows)
    items = [ReminderView(**row) for row in rows]
    return page.of(items, lambda item: (item.issued_at, item.reminder_id))


async def owners_of_goal(db: Database, tenant: TenantId, goal_id: GoalId) -> tuple[PersonId, ...]:
    """Whose goal it is: the mentee's, or both's if they set it jointly; asked by a worker.

    Nobody's once the journey was broken off: they can do no more for it.
    """
    row = await db.fetchrow(_OWNERS_OF_GOAL, tenant, goal_id)
    if row is None:
        return ()
    mentee = PersonId(row["mentee_person"])
    return (PersonId(row["mentor_person"]), mentee) if row["joint"] else (mentee,)


async def owners_of_milestone(
    db: Database, tenant: TenantId, pairing_id: PairingId
) -> tuple[PersonId, ...]:
    """Whose milestones a roadmap holds: the mentee's; nobody's once the journey was broken off."""
    mentee = await db.fetchval(_OWNER_OF_MILESTONE, tenant, pairing_id)
    return () if mentee is None else (PersonId(mentee),)
