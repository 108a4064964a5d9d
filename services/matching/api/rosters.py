"""Rosters and waiting lists over HTTP."""

from uuid import UUID

from starlette.responses import Response

from services.matching.api.rights import ProgramUnknown, assert_oversees, oversees
from services.matching.domain.roster import (
    ROSTER,
    MenteeAlreadyPaired,
    NotListed,
    Roster,
    RosterUnknown,
    SeekPartner,
)
from services.matching.queries import pool, rosters
from services.matching.queries.rosters import PlaceView, RosterQuestion, RosterView, WaitingView
from shared.auth import Role
from shared.database import Database
from shared.events.vocabulary import Part
from shared.http import (
    Commands,
    Moment,
    PageOf,
    PageRequest,
    Reads,
    Routes,
    View,
    problems,
    require,
)
from shared.ids import EnrollmentId

router = Routes("rosters")


class SeekingView(View):
    enrollment_id: UUID
    seeking: bool
    since: Moment | None


@router.get(
    "/v1/cohorts/{cohort_id}/rosters",
    response_model=PageOf[RosterView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_rosters(cohort_id: UUID, reads: Reads, part: Part | None = None) -> Response:
    """Everybody of a cohort who is or was in the pool, with seats and how many are taken."""
    question = RosterQuestion(cohort_id=cohort_id, part=part)

    async def query(db: Database, page: PageRequest) -> PageOf[RosterView]:
        await _assert_oversees_cohort(db, reads, cohort_id)
        return await rosters.rosters(db, page, question=question)

    return await reads.page(query)


@router.get(
    "/v1/cohorts/{cohort_id}/waiting-list",
    response_model=PageOf[WaitingView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_waiting(cohort_id: UUID, reads: Reads) -> Response:
    """Who waits for a mentor in a cohort: those let down first, then the longest wait."""

    async def query(db: Database, page: PageRequest) -> PageOf[WaitingView]:
        await _assert_oversees_cohort(db, reads, cohort_id)
        return await rosters.waiting_list(db, page, cohort_id=cohort_id)

    return await reads.page(query)


@router.get(
    "/v1/rosters/{enrollment_id}",
    response_model=PlaceView,
    responses=problems(RosterUnknown),
)
async def show_roster(enrollment_id: UUID, reads: Reads) -> Response:
    """Your own place in the pool, with your position on the waiting list if you are on it."""

    async def query(db: Database) -> PlaceView:
        roster = await rosters.roster(db, enrollment_id=enrollment_id)
        if roster is None:
            raise RosterUnknown
        own = reads.caller.person is not None and roster.person_id == reads.caller.person
        if not own and not await oversees(db, reads.caller, roster.program_id):
            raise RosterUnknown
        return roster

    return await reads.one(query)


@router.post(
    "/v1/rosters/{enrollment_id}/rematch",
    response_model=SeekingView,
    responses=problems(RosterUnknown, NotListed, MenteeAlreadyPaired),
)
async def seek_partner(enrollment_id: UUID, commands: Commands) -> Response:
    """Ask for a new partner after a pairing that ended well."""

    def own(roster: Roster) -> None:
        if roster.listing is None or roster.listing.person_id != commands.caller.person:
            raise RosterUnknown

    command = SeekPartner(enrollment_id=EnrollmentId(enrollment_id))
    return await commands.by("participant").handle(
        ROSTER, command, show=lambda roster: _seeking(enrollment_id, roster), check=own
    )


async def _assert_oversees_cohort(db: Database, reads: Reads, cohort_id: UUID) -> None:
    program_id = await pool.program_of(db, cohort_id)
    if program_id is None:
        raise ProgramUnknown
    await assert_oversees(db, reads.caller, program_id)


def _seeking(enrollment_id: UUID, roster: Roster) -> SeekingView:
    return SeekingView(
        enrollment_id=enrollment_id, seeking=roster.seeking, since=roster.waiting_since
    )
