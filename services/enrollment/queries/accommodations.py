"""What people declared that matching must respect; asked for by nobody but themselves."""

from uuid import UUID

import msgspec
from pydantic import Field

from services.enrollment.queries import rows
from shared.database import Database
from shared.events.enrollment import Period
from shared.http import Moment, View
from shared.sealed import Sealed


class AccommodationView(View):
    person_id: UUID
    remote_only: bool
    needs: list[str] = Field(examples=[["captions"]])
    unavailable: list[Period]
    note: str | None = None
    declared_at: Moment
    version: int


async def accommodation(db: Database, *, person_id: UUID) -> AccommodationView | None:
    """What a person declared, without the note."""
    query = """SELECT a.person_id, a.remote_only, a.needs, a.unavailable, a.declared_at,
               greatest(p.version, c.version, t.version, a.version) AS version
        FROM read.accommodations a
        LEFT JOIN read.profiles p USING (tenant, person_id)
        LEFT JOIN read.capacities c USING (tenant, person_id)
        LEFT JOIN read.protected_times t USING (tenant, person_id)
        WHERE a.person_id = $1"""
    return await rows.one(db, AccommodationView, query, person_id)


async def note(db: Database, *, person_id: UUID) -> Sealed | None:
    """The words behind it, sealed; None if there are none."""
    text = await db.fetchval(
        "SELECT note::text FROM read.accommodations WHERE person_id = $1", person_id
    )
    return None if text is None else msgspec.json.decode(text, type=Sealed)
