"""Pairs by lot over HTTP: who wants to be drawn, and draws that anybody can repeat."""

import secrets
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api.gathering import managed_policy
from services.matching.api.proposals import AnyStep, proposal_steps
from services.matching.api.rights import ProgramUnknown, assert_oversees, own_place
from services.matching.domain.fit import Fit, fits
from services.matching.domain.load import MentorInTooManyPrograms, MentorOverloaded
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.proposal import Way, proposal
from services.matching.domain.roster import (
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
    RosterUnknown,
)
from services.matching.domain.roulette import (
    ROULETTE,
    DrawRoulette,
    JoinRoulette,
    LeaveRoulette,
    NobodyToDraw,
    PlayersChanged,
    Roulette,
    drawn,
)
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries import circles, pool
from services.matching.queries import fits as fitting
from services.matching.queries.circles import DrawnPairView, DrawView
from services.matching.queries.openness import Openness, openness
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import DrawnPair, MatchingPolicySet, PairingFormat
from shared.events.vocabulary import Part
from shared.http import Commands, PageOf, PageRequest, Reads, Routes, View, problems, require
from shared.ids import CohortId, EnrollmentId, PersonId, TenantId, new_id

router = Routes("roulette")

SEED_BYTES = 32
KIND = PairingFormat.ROULETTE


class PlayingView(View):
    enrollment_id: UUID
    playing: bool = Field(description="Whether you are in the next draw.")


class DrawReceipt(View):
    draw_id: UUID
    seed: str = Field(description="Hex; with it anybody can draw the same pairs again.")
    pairs: list[DrawnPairView]


@router.put(
    "/v1/rosters/{enrollment_id}/roulette",
    response_model=PlayingView,
    responses=problems(RosterUnknown, NotListed),
)
async def join_roulette(enrollment_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Ask to be in the next draw by lot; nobody is drawn who did not ask."""
    await reads.wait()
    async with reads.db() as db:
        own = await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
    if not own.listed:
        raise NotListed
    join = JoinRoulette(cohort_id=own.cohort_id, enrollment_id=own.enrollment_id)
    return await commands.by("participant").handle(
        ROULETTE, join, show=partial(_playing, own.enrollment_id)
    )


@router.delete(
    "/v1/rosters/{enrollment_id}/roulette",
    response_model=PlayingView,
    responses=problems(RosterUnknown),
)
async def leave_roulette(enrollment_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Be in no draw any more; a pair that was drawn stands until somebody declines it."""
    await reads.wait()
    async with reads.db() as db:
        own = await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
    leave = LeaveRoulette(cohort_id=own.cohort_id, enrollment_id=own.enrollment_id)
    return await commands.by("participant").handle(
        ROULETTE, leave, show=partial(_playing, own.enrollment_id)
    )


@router.post(
    "/v1/cohorts/{cohort_id}/roulette-draws",
    status_code=201,
    response_model=DrawReceipt,
    responses=problems(
        ProgramUnknown,
        NoMatchingPolicy,
        NobodyToDraw,
        PlayersChanged,
        MentorAtCapacity,
        MenteeAlreadyPaired,
        MentorOverloaded,
        MentorInTooManyPrograms,
        NotListed,
        ParticipantOnPause,
        HardRuleBroken,
        PairNotOpen,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def draw_roulette(cohort_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Draw pairs by lot among those who asked for it, and propose them.

    The rules of the program hold, as in a run. The seed is chosen by the service and recorded.
    """
    await reads.wait()
    tenant = reads.caller.tenant
    async with reads.db() as db:
        policy = await managed_policy(db, reads.caller, cohort_id)
        players = await circles.players(db, tenant, cohort_id)
        places = await openness(db, tenant, players)
        found = await _fits(db, tenant, policy, CohortId(cohort_id), list(places.values()))
    seed = secrets.token_hex(SEED_BYTES)
    free = {
        fit.mentor.enrollment_id: min(fit.mentor.free, places[fit.mentor.enrollment_id].free)
        for fit in found
    }
    pairs = drawn(seed, free, _allowed(found))
    draw = DrawRoulette(
        cohort_id=CohortId(cohort_id),
        draw_id=new_id(),
        seed=seed,
        players=tuple(players),
        pairs=pairs,
        drawn_by=_person(reads),
    )
    steps: list[AnyStep] = [Step(decider=ROULETTE, command=draw)]
    known = {(fit.mentor.enrollment_id, fit.mentee.enrollment_id): fit for fit in found}
    for pair in pairs:
        way = Way(pairing_id=pair.pairing_id, cohort_id=draw.cohort_id, format=KIND)
        steps += proposal_steps(proposal(known[pair.mentor, pair.mentee], policy, way))
    return await commands.handle_all(
        steps,
        show=lambda _: DrawReceipt(draw_id=draw.draw_id, seed=seed, pairs=_views(pairs)),
        location=f"/v1/cohorts/{cohort_id}/roulette-draws",
    )


@router.get(
    "/v1/cohorts/{cohort_id}/roulette-draws",
    response_model=PageOf[DrawView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_roulette_draws(cohort_id: UUID, reads: Reads) -> Response:
    """Draws by lot in a cohort, newest first, with seed and players."""

    async def query(db: Database, page: PageRequest) -> PageOf[DrawView]:
        program_id = await pool.program_of(db, cohort_id)
        if program_id is None:
            raise ProgramUnknown
        await assert_oversees(db, reads.caller, program_id)
        return await circles.draws(db, page, cohort_id=cohort_id)

    return await reads.page(query)


async def _fits(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    cohort_id: CohortId,
    places: Sequence[Openness],
) -> Sequence[Fit]:
    """All pairs of those who play and have a place free."""
    playing = [place for place in places if place.refusal is None]
    mentees = [place.enrollment_id for place in playing if place.part == Part.MENTEE]
    mentors = [place.enrollment_id for place in playing if place.part == Part.MENTOR]
    if not mentees or not mentors:
        return ()
    return fits(await fitting.source(db, tenant, policy, cohort_id, (mentees, mentors)))


def _allowed(found: Sequence[Fit]) -> dict[EnrollmentId, list[EnrollmentId]]:
    allowed: dict[EnrollmentId, list[EnrollmentId]] = {}
    for fit in found:
        if fit.is_allowed:
            allowed.setdefault(fit.mentee.enrollment_id, []).append(fit.mentor.enrollment_id)
    return allowed


def _person(reads: Reads) -> PersonId:
    if reads.caller.person is None:
        raise ProgramUnknown
    return reads.caller.person


def _playing(enrollment_id: EnrollmentId, roulette: Roulette) -> PlayingView:
    return PlayingView(enrollment_id=enrollment_id, playing=enrollment_id in roulette.players)


def _views(pairs: Sequence[DrawnPair]) -> list[DrawnPairView]:
    return [DrawnPairView.model_validate(pair) for pair in pairs]
