"""What a caller may see of a program: a role alone opens nothing, the relationship does."""

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID

from shared.auth import Principal, Role
from shared.database import Database
from shared.frozen import frozen

_RELATIONS = """
SELECT (SELECT array_agg(g.role) FROM figures.governance g
        WHERE g.program_id = $1 AND g.person_id = $2) AS governing,
       (SELECT array_agg(e.cohort_id) FROM figures.enrollments e
        WHERE e.program_id = $1 AND e.person_id = $2 AND e.enrolled_at IS NOT NULL) AS cohorts
WHERE EXISTS (SELECT FROM figures.programs p WHERE p.program_id = $1)
"""


class Detail(StrEnum):
    """How closely somebody may look."""

    FULL = "full"  # every number of the program; groups of people stay protected
    AGGREGATE = "aggregate"  # the program's totals, where enough people stand behind them
    OWN_COHORT = "own_cohort"  # the same, of the cohort they take part in


@frozen
class Sight:
    """What one caller may see of one program."""

    detail: Detail
    cohorts: Sequence[UUID] = ()  # the caller's own, where that is all they may see
    drafts: bool = False  # what a manager has not published is seen by managers alone


async def sight_of(db: Database, *, caller: Principal, program_id: UUID) -> Sight | None:
    """How closely the caller may look at this program; None if it is not theirs to see."""
    row = await db.fetchrow(_RELATIONS, program_id, caller.person)
    if row is None:
        return None
    governing, roles = frozenset(row["governing"] or ()), caller.roles
    manages = bool({Role.PROGRAM_MANAGER} & governing & roles)
    if Role.AUDITOR in roles or manages:
        return Sight(detail=Detail.FULL, drafts=manages)
    if Role.ADVISORY in roles or {Role.SPONSOR} & governing & roles:
        return Sight(detail=Detail.AGGREGATE)
    if row["cohorts"]:
        return Sight(detail=Detail.OWN_COHORT, cohorts=tuple(row["cohorts"]))
    return None
