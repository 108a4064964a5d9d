"""What enrollment has told that a pair's choices are checked against."""

from collections.abc import Iterable

import msgspec

from shared.auth import Principal
from shared.database import Database
from shared.ids import CompetencyId, ProgramId


async def competencies_in_use(
    db: Database, named: Iterable[CompetencyId]
) -> frozenset[CompetencyId]:
    """Those of the named competencies that the catalogue has and has not retired."""
    rows = await db.fetch(
        "SELECT competency_id FROM programs.competencies"
        " WHERE competency_id = ANY ($1::uuid[]) AND NOT retired",
        list(named),
    )
    return frozenset(CompetencyId(row["competency_id"]) for row in rows)


async def priorities(db: Database, program_id: ProgramId) -> frozenset[str]:
    """The codes of what a program aims at."""
    stored = await db.fetchval(
        "SELECT priorities::text FROM programs.charters WHERE program_id = $1", program_id
    )
    return frozenset(msgspec.json.decode(stored, type=list[str])) if stored else frozenset()


async def manages(db: Database, caller: Principal, program_id: ProgramId) -> bool:
    """Whether the caller runs this program."""
    query = (
        "SELECT EXISTS (SELECT FROM programs.program_managers"
        " WHERE program_id = $1 AND person_id = $2)"
    )
    return bool(await db.fetchval(query, program_id, caller.person))
