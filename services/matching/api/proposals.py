"""Pairs proposed by hand, and what proposing takes: the pairing and a seat on both sides."""

from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

from starlette.responses import Response

from services.matching.api.receipts import PairingReceipt, receipt_of
from services.matching.api.rights import ProgramUnknown, assert_manages
from services.matching.domain.compatibility import broken_rules, field_of, pair_score
from services.matching.domain.matching_run import NoMatchingPolicy
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.pairing_refusals import HardRuleBroken
from services.matching.domain.pool import RunInput
from services.matching.domain.roster import (
    ROSTER,
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ReserveSeat,
    RosterUnknown,
)
from services.matching.queries import candidates, pool
from services.matching.queries.pool import Place
from shared import clock
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.errors import InvalidCommand
from shared.events.matching import MatchingPolicySet
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


@router.post(
    "/v1/pairings",
    status_code=201,
    response_model=PairingReceipt,
    responses=problems(
        MentorAtCapacity,
        MenteeAlreadyPaired,
        NotListed,
        HardRuleBroken,
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
        steps = await _steps(db, reads.caller.tenant, mentor, mentee)
    return await commands.handle_all(
        steps,
        show=lambda outcome: receipt_of(outcome.states[0], outcome.versions[0]),
        location=f"/v1/pairings/{steps[0].command.pairing_id}",
    )


def proposal_steps(command: ProposePairing) -> Sequence[AnyStep]:
    """The pairing and a seat on both rosters: all of it, or nothing."""
    seats = (
        ReserveSeat(enrollment_id=who, pairing_id=command.pairing_id)
        for who in (command.mentor, command.mentee)
    )
    return (
        Step(decider=PAIRING, command=command),
        *(Step(decider=ROSTER, command=seat) for seat in seats),
    )


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


async def _steps(db: Database, tenant: TenantId, mentor: Place, mentee: Place) -> Sequence[AnyStep]:
    """The proposal, the mentor's seats as last heard of, and a seat on both sides."""
    policy = await candidates.policy(db, tenant, mentor.program_id)
    if policy is None:
        raise NoMatchingPolicy
    command = await _proposal(db, tenant, (mentor, mentee), policy)
    changes = await candidates.seats_to_change(db, tenant, mentor.cohort_id, policy)
    heard = (
        Step(decider=ROSTER, command=change)
        for change in changes
        if change.enrollment_id == mentor.enrollment_id
    )
    proposal, *seats = proposal_steps(command)
    return (proposal, *heard, *seats)


async def _proposal(
    db: Database, tenant: TenantId, both: tuple[Place, Place], policy: MatchingPolicySet
) -> ProposePairing:
    mentor, mentee = both
    source = await _two(db, tenant, both, policy)
    field = field_of(source)
    return ProposePairing(
        pairing_id=PairingId(new_id()),
        program_id=mentor.program_id,
        cohort_id=mentor.cohort_id,
        mentor=mentor.enrollment_id,
        mentee=mentee.enrollment_id,
        mentor_person=mentor.person_id,
        mentee_person=mentee.person_id,
        run_id=None,
        score=pair_score(field),
        cross_functional=source.mentees[0].function != source.mentors[0].function,
        answer_days=policy.answer_days,
        trial_days=policy.trial_days,
        broken_rules=broken_rules(field),
    )


async def _two(
    db: Database, tenant: TenantId, both: tuple[Place, Place], policy: MatchingPolicySet
) -> RunInput:
    ids = [place.enrollment_id for place in both]
    found = {
        who.enrollment_id: who
        for who in await candidates.candidates(db, tenant, ids, at=clock.now(), policy=policy)
    }
    mentor, mentee = (found.get(place.enrollment_id) for place in both)
    if mentor is None or mentee is None:
        raise NotListed  # enrollment has erased one of them since
    return RunInput(
        program_id=both[0].program_id,
        cohort_id=both[0].cohort_id,
        policy=policy,
        mentees=(mentee,),
        mentors=(mentor,),
    )
