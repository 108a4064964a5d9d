"""Yes and no to a request over HTTP; a yes makes the pairing and settles what else was asked."""

from uuid import UUID

from starlette.responses import Response

from services.matching.api.proposals import AnyStep, policy_of, proposed
from services.matching.api.requests import RequestReceipt, receipt_of, request_steps
from services.matching.domain.load import MentorInTooManyPrograms, MentorOverloaded
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.proposal import Way
from services.matching.domain.request_commands import AcceptRequest
from services.matching.domain.request_refusals import (
    RequestExpired,
    RequestMoved,
    RequestNotOpen,
    RequestsLeftOpen,
    RequestUnknown,
)
from services.matching.domain.request_settling import passed
from services.matching.domain.request_turn import accepting
from services.matching.domain.roster import (
    ROSTER,
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
)
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries import candidates, requests
from services.matching.queries.requests import Standing
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import PassReason
from shared.http import Commands, Reads, Routes, problems
from shared.ids import EnrollmentId, PairingId, RequestId, TenantId, derived_id

router = Routes("requests")

LOOKS_MAX = 3  # at what is open, before somebody who is always quicker is let win


@router.post(
    "/v1/requests/{request_id}/acceptance",
    response_model=RequestReceipt,
    responses=problems(
        RequestUnknown,
        RequestNotOpen,
        RequestExpired,
        MentorAtCapacity,
        MenteeAlreadyPaired,
        MentorOverloaded,
        MentorInTooManyPrograms,
        ParticipantOnPause,
        NotListed,
        HardRuleBroken,
        PairNotOpen,
        NoMatchingPolicy,
        RequestsLeftOpen,
    ),
)
async def accept_request(request_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say yes to a request: the seat is taken, and both sides have agreed.

    Where the program wants a manager's approval too, the pairing waits for it. Whatever else the
    mentee asked, or was asked, is over at the same moment, and those concerned read why.
    """
    await reads.wait()
    for look in range(LOOKS_MAX):
        async with reads.db() as db:
            standing, by = await _turn(db, reads, request_id)
            steps = await _accepting(db, reads.caller.tenant, standing, by)
        try:
            return await commands.by("participant").handle_all(
                steps,
                show=lambda outcome: receipt_of(
                    RequestId(request_id), outcome.states[0], outcome.versions[0]
                ),
            )
        except (RequestMoved, RequestsLeftOpen):
            if look + 1 == LOOKS_MAX:
                raise
    raise RequestsLeftOpen


@router.post(
    "/v1/requests/{request_id}/decline",
    response_model=RequestReceipt,
    responses=problems(RequestUnknown, RequestNotOpen),
)
async def decline_request(request_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say no to a request; nobody asks why, and it goes on to the next who is named."""
    await reads.wait()
    async with reads.db() as db:
        standing, by = await _turn(db, reads, request_id)
    return await commands.by("participant").handle_all(
        request_steps(passed(standing.request_id, by, PassReason.DECLINED)),
        show=lambda outcome: receipt_of(
            standing.request_id, outcome.states[0], outcome.versions[0]
        ),
    )


async def _turn(db: Database, reads: Reads, request_id: UUID) -> tuple[Standing, EnrollmentId]:
    """A request, and the caller's own enrollment that is or was asked.

    Who was asked is read first: if it is not their turn by the second look, it is over for good.
    """
    shown = await requests.request(db, request_id=request_id)
    standing = await requests.standing(db, reads.caller.tenant, request_id)
    if standing is None or shown is None:
        raise RequestUnknown
    for choice in shown.choices:
        if choice.person_id == reads.caller.person and choice.asked_at is not None:
            return standing, EnrollmentId(choice.enrollment_id)
    raise RequestUnknown


async def _accepting(
    db: Database, tenant: TenantId, standing: Standing, by: EnrollmentId
) -> list[AnyStep]:
    """The yes, the pairing with a seat on both sides and their word, and all desks in order."""
    pairing_id = PairingId(derived_id("pairing", standing.request_id, by))
    accept = AcceptRequest(request_id=standing.request_id, by=by, pairing_id=pairing_id)
    if standing.state != "open" or standing.asked != by:
        return request_steps([accept])  # said before, or too late: nothing else follows
    mentor, mentee = standing.pair(by)
    policy = await policy_of(db, tenant, standing.program_id)
    way = Way(pairing_id=pairing_id, cohort_id=standing.cohort_id, format=standing.format)
    propose = await proposed(db, tenant, policy, (mentor, mentee), way)
    changes = await candidates.seats_to_change(db, tenant, standing.cohort_id, policy)
    known = await requests.open_at(db, tenant, mentee)
    first, *rest = request_steps(accepting(accept, propose, policy, known))
    return [
        first,
        *(
            Step(decider=ROSTER, command=change)
            for change in changes
            if change.enrollment_id == mentor
        ),
        *rest,
    ]
