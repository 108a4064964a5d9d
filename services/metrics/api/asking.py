"""What routes about a program have in common: who may look, and how closely."""

from functools import cache
from uuid import UUID

from services.metrics.queries.sight import Detail, Sight, sight_of
from shared import settings
from shared.auth import Principal, Role
from shared.database import Database
from shared.errors import InvalidCommand, NotAllowed, NotFound
from shared.fairness.suppression import Threshold
from shared.http import require

VIEWERS = [
    require(
        Role.PROGRAM_MANAGER,
        Role.AUDITOR,
        Role.ADVISORY,
        Role.SPONSOR,
        Role.MENTOR,
        Role.MENTEE,
        Role.EMPLOYEE,
    )
]
WATCHERS = [require(Role.PROGRAM_MANAGER, Role.AUDITOR)]


class DetailNotAllowed(NotAllowed):
    """Your part in this program shows you less than this: ask for its totals."""


class OnePartitionAtATime(InvalidCommand):
    """Ask by cohort or by function, not both: together they could single people out."""


@cache
def chosen() -> settings.Settings:
    """The settings of this process."""
    return settings.load()


def threshold() -> Threshold:
    """How many people must stand behind a number."""
    return Threshold(size=chosen().figures.group_size_min)


async def looked_at(db: Database, caller: Principal, program_id: UUID) -> Sight:
    """How closely the caller may look at a program.

    Raises:
        NotFound: it is not theirs to see.
    """
    sight = await sight_of(db, caller=caller, program_id=program_id)
    if sight is None:
        raise NotFound
    return sight


async def looked_into(db: Database, caller: Principal, program_id: UUID) -> Sight:
    """Let only those through who may see single pairings.

    Raises:
        NotFound: the program is not theirs to see.
        DetailNotAllowed: they may see its totals only.
    """
    sight = await looked_at(db, caller, program_id)
    if sight.detail is not Detail.FULL:
        raise DetailNotAllowed
    return sight
