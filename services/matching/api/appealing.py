"""What can be contested, who had a part in it, and who may decide."""

from collections.abc import Sequence
from uuid import UUID

from services.matching.api.rights import CallerIsNobody
from services.matching.domain.appeal import AppealUnknown
from services.matching.domain.roster import RosterUnknown
from services.matching.queries import appeals as queries
from services.matching.queries import pool
from services.matching.queries.appeals import AppealView, Contender, Contested
from shared.auth import Principal
from shared.database import Database
from shared.errors import Refused
from shared.events.matching import AppealSubject
from shared.ids import PersonId
from shared.vault import Vault


class NothingToContest(Refused):
    """This did not happen to you, or you did it yourself: there is nothing to contest."""


async def contested(
    db: Database, caller: Principal, enrollment_id: UUID, subject: AppealSubject, about: UUID
) -> tuple[Contender, tuple[PersonId, ...]]:
    """Who contests, and who had a part in what is contested.

    Raises:
        CallerIsNobody: the token belongs to no person.
        RosterUnknown: the enrollment is not the caller's.
        NothingToContest: there is no such thing, or they did it themselves.
    """
    if caller.person is None:
        raise CallerIsNobody
    who = await queries.place(db, enrollment_id)
    if who is None or who.person_id != caller.person:
        raise RosterUnknown(field="/enrollment_id")
    if subject is AppealSubject.UNMATCHED:
        if not await queries.was_unmatched(db, about, enrollment_id):
            raise NothingToContest(field="/about")
        return who, tuple(await queries.people_of_run(db, about))
    pairing = await queries.pairing(db, about, enrollment_id)
    if pairing is None or not _was_done_to(pairing, who, subject):
        raise NothingToContest(field="/about")
    return who, tuple(await _involved(db, pairing))


async def assert_decides(
    db: Database, caller: Principal, appeal_id: UUID, vault: Vault
) -> tuple[AppealView, PersonId]:
    """The appeal, for somebody of the program's governance; whether they are involved, it says.

    Raises:
        AppealUnknown: the caller has no role in the program.
    """
    view = await queries.appeal(db, caller, appeal_id=appeal_id, vault=vault)
    if view is None or caller.person is None:
        raise AppealUnknown
    if caller.person not in {who for who, _ in await pool.governance_of(db, view.program_id)}:
        raise AppealUnknown
    return view, caller.person


def _was_done_to(pairing: Contested, who: Contender, subject: AppealSubject) -> bool:
    wanted = "declined" if subject is AppealSubject.DECLINED else "ended"
    part = "mentor" if pairing.mentor == who.enrollment_id else "mentee"
    return pairing.state == wanted and pairing.closed_by not in (None, part)


async def _involved(db: Database, pairing: Contested) -> Sequence[PersonId]:
    involved = [PersonId(pairing.mentor_person), PersonId(pairing.mentee_person)]
    if pairing.closed_by_manager is not None:
        involved.append(PersonId(pairing.closed_by_manager))
    if pairing.run_id is not None:
        involved += await queries.people_of_run(db, pairing.run_id)
    return involved
