"""Who may see or do what: rights come from governance and from being one of the two."""

from uuid import UUID

from services.matching.domain.roster import RosterUnknown
from services.matching.queries import pool
from services.matching.queries.openness import Openness, openness
from services.matching.queries.pairings import PairingView
from shared.auth import Principal, Role
from shared.database import Database
from shared.errors import NotFound
from shared.events.vocabulary import Part
from shared.http import BoundReads
from shared.ids import PersonId, TenantId


class ProgramUnknown(NotFound):
    """There is no such program that you may see."""


class CallerIsNobody(NotFound):
    """This token belongs to no person."""


async def assert_manages(db: Database, caller: Principal, program_id: UUID) -> PersonId:
    """The manager of a program, who is asking.

    Raises:
        ProgramUnknown: the caller does not manage it.
    """
    if (
        Role.PROGRAM_MANAGER not in caller.roles
        or caller.person is None
        or not await pool.manages(db, program_id, caller.person)
    ):
        raise ProgramUnknown
    return caller.person


async def manager_of(reads: BoundReads, program_id: UUID) -> PersonId:
    """The same, before a command: waits for what the request's consistency token names."""
    await reads.wait()
    async with reads.db() as db:
        return await assert_manages(db, reads.caller, program_id)


async def assert_oversees(db: Database, caller: Principal, program_id: UUID) -> None:
    """Let managers of a program read, and auditors, who see ids only.

    Raises:
        ProgramUnknown: the caller is neither, or nobody has told of it.
    """
    if Role.AUDITOR not in caller.roles:
        await assert_manages(db, caller, program_id)
    elif not await pool.is_known(db, program_id):
        raise ProgramUnknown


async def oversees(db: Database, caller: Principal, program_id: UUID) -> bool:
    """Whether the caller manages the program or audits all of them."""
    if Role.AUDITOR in caller.roles:
        return True
    return Role.PROGRAM_MANAGER in caller.roles and await pool.manages(
        db, program_id, caller.person
    )


def side_of(pairing: PairingView, caller: Principal) -> Part | None:
    """Which side of a pairing the caller is, if any."""
    if caller.person is None:
        return None
    sides = {pairing.mentor_person: Part.MENTOR, pairing.mentee_person: Part.MENTEE}
    return sides.get(caller.person)


async def own_place(
    db: Database, tenant: TenantId, person: UUID | None, enrollment_id: UUID
) -> Openness:
    """The place in the pool that a person asks about, if it is their own.

    Raises:
        RosterUnknown: it is somebody else's, or there is none.
    """
    place = (await openness(db, tenant, [enrollment_id])).get(enrollment_id)
    if place is None or person is None or place.person_id != person:
        raise RosterUnknown
    return place
