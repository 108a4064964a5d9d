"""Pairs proposed by hand, and what proposing takes: the pairing and a seat on both sides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.matching.api.receipts import PairingReceipt, receipt_of
from services.matching.api.rights import ProgramUnknown, assert_manages
from services.matching.domain.fit import as_asked
from services.matching.domain.load import MentorInTooManyPrograms, MentorOverloaded
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.proposal import Way, proposal
from services.matching.domain.roster import (
    ROSTER,
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
    RosterUnknown,
)
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.domain.seating import decider_of, proposing
from services.matching.queries import candidates, fits, pool
from services.matching.queries.pool import Place
from services.matching.queries.sponsors import people_sponsoring
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.errors import InvalidCommand
from shared.events.matching import MatchingPolicySet, PairingFormat
from shared.events.vocabulary import Part
from shared.http import Commands, Reads, Request, Routes, problems, require
from shared.ids import PairingId, TenantId, new_id

router = Routes("pairings")

AnyStep: TypeAlias = Step[Any, Any, Any]


class NotAMentor(InvalidCommand):
    """This enrollment is not one of a mentor."""


class NotAMentee(InvalidCommand):
    """This enrollment is not one of a mentee."""


class DifferentCohorts(InvalidCommand):
    """Mentor and mentee must be in the same cohort."""


class ProposePairingBody(Request):
    mentor: UUID
    mentee: UUID
    format: Literal[
        PairingFormat.ONE_TO_ONE,
        PairingFormat.REVERSE,
        PairingFormat.FLASH,
        PairingFormat.SPONSOR_LED,
        PairingFormat.PEER,
    ] = Field(
        default=PairingFormat.ONE_TO_ONE,
        description="Groups are formed as such; pairs by lot are drawn.",
    )


@router.post(
    "/v1/pairings",
    status_code=201,
    response_model=PairingReceipt,
    responses=problems(
        MentorAtCapacity,
        MenteeAlreadyPaired,
        MentorOverloaded,
        MentorInTooManyPrograms,
        ParticipantOnPause,
        NotListed,
        HardRuleBroken,
        PairNotOpen,
        NoMatchingPolicy,
        NotAMentor,
        NotAMentee,
        DifferentCohorts,
        RosterUnknown,
        ProgramUnknown,
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def propose_pairing(body: ProposePairingBody, commands: Commands, reads: Reads) -> Response:
    """Propose a pair by hand: both sides are asked, and a seat is held on both until they answer.

    The hard rules of matching apply as they do in a run.
    """
    await reads.wait()
    async with reads.db() as db:
        mentor = await _place(db, reads.caller.tenant, body.mentor, "/mentor")
        await assert_manages(db, reads.caller, mentor.program_id)
        mentee = await _place(db, reads.caller.tenant, body.mentee, "/mentee")
        _assert_fit(mentor, mentee)
        steps = await _steps(db, reads.caller.tenant, (mentor, mentee), body.format)
    return await commands.handle_all(
        steps,
        show=lambda outcome: receipt_of(outcome.states[0], outcome.versions[0]),
        location=f"/v1/pairings/{steps[0].command.pairing_id}",
    )


def proposal_steps(command: ProposePairing) -> Sequence[AnyStep]:
    """The pairing, a seat on both rosters, and what both carry: all of it, or nothing."""
    return [Step(decider=decider_of(each), command=each) for each in proposing(command)]


def _assert_fit(mentor: Place, mentee: Place) -> None:
    if mentor.part != Part.MENTOR:
        raise NotAMentor(field="/mentor")
    if mentee.part != Part.MENTEE:
        raise NotAMentee(field="/mentee")
    if mentor.cohort_id != mentee.cohort_id:
        raise DifferentCohorts(field="/mentee")


async def _place(db: Database, tenant: TenantId, enrollment: UUID, field: str) -> Place:
    found = await pool.place_of(db, tenant, enrollment)
    if not found:
        raise RosterUnknown(field=field)
    return found[0]


async def _steps(
    db: Database, tenant: TenantId, both: tuple[Place, Place], kind: PairingFormat
) -> Sequence[AnyStep]:
    """The proposal, the mentor's seats as last heard of, and a seat on both sides."""
    mentor, mentee = both
    policy = await policy_of(db, tenant, mentor.program_id)
    way = Way(pairing_id=PairingId(new_id()), cohort_id=mentor.cohort_id, format=kind, by_hand=True)
    pair = (mentor.enrollment_id, mentee.enrollment_id)
    command = await proposed(db, tenant, policy, pair, way)
    changes = await candidates.seats_to_change(db, tenant, mentor.cohort_id, policy)
    heard = (
        Step(decider=ROSTER, command=change)
        for change in changes
        if change.enrollment_id == mentor.enrollment_id
    )
    first, *seats = proposal_steps(command)
    return (first, *heard, *seats)


async def policy_of(db: Database, tenant: TenantId, program_id: UUID) -> MatchingPolicySet:
    """The current policy of a program.

    Raises:
        NoMatchingPolicy: it has none yet.
    """
    policy = await candidates.policy(db, tenant, program_id)
    if policy is None:
        raise NoMatchingPolicy
    return policy


async def proposed(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    pair: tuple[UUID, UUID],
    way: Way,
) -> ProposePairing:
    """The proposal of a mentor, named first, and a mentee, with all that stands in its way.

    Raises:
        NotListed: enrollment has erased one of them since.
    """
    held = as_asked(policy, way.format)
    fit = await fits.fit(db, tenant, held, way.cohort_id, pair)
    if fit is None:
        raise NotListed
    sponsors = await people_sponsoring(db, tenant, policy.program_id)
    return proposal(fit, policy, replace(way, by_sponsor=fit.mentor.person_id in sponsors))
