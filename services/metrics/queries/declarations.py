"""What people say of themselves: kept beside the log, so that it can be taken back for good."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from services.metrics.domain.declaration import Dimension
from services.metrics.queries.views import DeclarationsView
from shared.database import Database
from shared.errors import NotFound
from shared.ids import PersonId, TenantId

_READ = """
SELECT dimension, value, consented_at FROM vault.declarations
WHERE person_id = $1 ORDER BY dimension
"""
_WRITE = """
INSERT INTO vault.declarations (tenant, person_id, dimension, value, consented_at)
SELECT $1, $2, dimension, value, $5 FROM unnest($3::text[], $4::text[]) AS d(dimension, value)
"""

# An erasure and a declaration of the same person take turns: the second sees the first.
_TAKE_TURN = "SELECT vault.take_turn($1, $2)"
_IS_ERASED = "SELECT EXISTS (SELECT FROM vault.erased WHERE tenant = $1 AND subject = $2)"


async def declarations(db: Database, *, person_id: UUID) -> DeclarationsView | None:
    """What somebody has declared; None if nobody here is known by that id."""
    known = await db.fetchval(
        "SELECT true FROM figures.people WHERE person_id = $1 AND erased_at IS NULL", person_id
    )
    if not known:
        return None
    rows = await db.fetch(_READ, person_id)
    return DeclarationsView(
        person_id=person_id,
        groups={Dimension(row["dimension"]): row["value"] for row in rows},
        consented_at=min((row["consented_at"] for row in rows), default=None),
    )


async def replace(
    db: Database, tenant: TenantId, person: PersonId, groups: Mapping[Dimension, str], at: datetime
) -> None:
    """Let somebody's declarations be these and no others; in a transaction.

    Raises:
        NotFound: they were erased, which the figures may not know yet.
    """
    await db.execute(_TAKE_TURN, tenant, str(person))
    if await db.fetchval(_IS_ERASED, tenant, str(person)):
        raise NotFound
    await forget(db, tenant, person)
    names = [dimension.value for dimension in groups]
    await db.execute(_WRITE, tenant, person, names, list(groups.values()), at)


async def forget(db: Database, tenant: TenantId, person: PersonId) -> None:
    """Remove all that somebody declared."""
    await db.execute(
        "DELETE FROM vault.declarations WHERE tenant = $1 AND person_id = $2", tenant, person
    )
