"""The life of a pairing over HTTP, for the two it is about and the managers of its program."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.matching.api import pairs
from services.matching.api.receipts import PairingReceipt
from services.matching.api.rights import ProgramUnknown, assert_oversees
from services.matching.domain import closing
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    ApprovePairing,
    ConfirmTrial,
    DeclinePairing,
    EndPairing,
    LeaveTrial,
)
from services.matching.domain.pairing_refusals import (
    ApprovalNotAsked,
    ApprovalOutOfTurn,
    PairingNotOnTrial,
    PairingNotPaired,
    PairingNotProposed,
    PairingOnPause,
    PairingUnknown,
    ProposalExpired,
    ReasonNotOpen,
)
from services.matching.domain.policy import reasons_open_to_people
from services.matching.queries import pairings
from services.matching.queries.pairings import PairingQuestion, PairingView
from shared.auth import Role
from shared.database import Database
from shared.errors import NotFound
from shared.events.matching import Actor, EndReason
from shared.http import (
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    problems,
    require,
)
from shared.ids import PairingId

router = Routes("pairings")

State = Literal["proposed", "on_trial", "confirmed", "declined", "expired", "ended"]
States: TypeAlias = Annotated[list[State] | None, Query()]


class EndPairingBody(Request):
    reason: EndReason


@router.get(
    "/v1/pairings",
    response_model=PageOf[PairingView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_pairings(  # noqa: PLR0913, PLR0917  # each a filter
    program_id: UUID,
    reads: Reads,
    cohort_id: UUID | None = None,
    person_id: UUID | None = None,
    state: States = None,
    silent: Annotated[bool | None, Query()] = None,
) -> Response:
    """Pairings of a program, newest first; `silent`: two who do not meet. People appear as ids."""
    question = PairingQuestion(
        program_id=program_id,
        cohort_id=cohort_id,
        states=None if state is None else list(state),
        person_id=person_id,
        silent=silent,
    )

    async def query(db: Database, page: PageRequest) -> PageOf[PairingView]:
        await assert_oversees(db, reads.caller, program_id)
        return await pairings.pairings(db, page, question=question)

    return await reads.page(query)


@router.get(
    "/v1/people/{person_id}/pairings",
    response_model=PageOf[PairingView],
    responses=problems(NotFound),
)
async def list_pairings_of_person(person_id: UUID, reads: Reads, state: States = None) -> Response:
    """Your own pairings in all programs, newest first."""
    if person_id != reads.caller.person and Role.AUDITOR not in reads.caller.roles:
        raise NotFound
    question = PairingQuestion(person_id=person_id, states=None if state is None else list(state))

    async def query(db: Database, page: PageRequest) -> PageOf[PairingView]:
        return await pairings.pairings(db, page, question=question)

    return await reads.page(query)


@router.get(
    "/v1/pairings/{pairing_id}",
    response_model=PairingView,
    responses=problems(PairingUnknown),
)
async def show_pairing(pairing_id: UUID, reads: Reads) -> Response:
    """One pairing, for the two it is about, managers of its program, and auditors."""

    async def query(db: Database) -> PairingView:
        return (await pairs.visible(db, reads, pairing_id))[0]

    return await reads.one(query)


@router.post(
    "/v1/pairings/{pairing_id}/acceptance",
    response_model=PairingReceipt,
    responses=problems(
        PairingUnknown, PairingNotProposed, ProposalExpired, ApprovalNotAsked, ApprovalOutOfTurn
    ),
)
async def accept_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say yes to a proposal; once all have whom the program asks, the trial begins."""
    _, by = await pairs.own(reads, pairing_id)
    accept = AcceptPairing(pairing_id=PairingId(pairing_id), by=by)
    return await pairs.answer(commands, Actor(by.value), accept)


@router.post(
    "/v1/pairings/{pairing_id}/approval",
    response_model=PairingReceipt,
    responses=problems(
        PairingUnknown, PairingNotProposed, ProposalExpired, ApprovalNotAsked, ApprovalOutOfTurn
    ),
    dependencies=[require(Role.PROGRAM_MANAGER)],
)
async def approve_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say yes to a proposal as a manager, where the program asks for it."""
    party = await pairs.managed(reads, pairing_id)
    approve = ApprovePairing(pairing_id=party.pairing_id, manager=party.person)
    return await pairs.answer(commands, Actor.MANAGER, approve)


@router.post(
    "/v1/pairings/{pairing_id}/decline",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotProposed, ProposalExpired),
)
async def decline_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say no to a proposal; both seats are free again, and who was declined has priority."""
    party = await pairs.party(reads, pairing_id)
    decline = DeclinePairing(pairing_id=party.pairing_id, by=party.part, manager=party.manager)
    seats = closing.after_decline(pairs.sides(party.pairing), party.part)
    return await pairs.answer(commands, party.actor, decline, seats)


@router.post(
    "/v1/pairings/{pairing_id}/trial-confirmation",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotOnTrial, PairingOnPause),
)
async def confirm_trial(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say that the trial went well; once both have, it is over."""
    _, by = await pairs.own(reads, pairing_id)
    confirm = ConfirmTrial(pairing_id=PairingId(pairing_id), by=by)
    return await pairs.answer(commands, Actor(by.value), confirm)


@router.post(
    "/v1/pairings/{pairing_id}/trial-leave",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotOnTrial),
)
async def leave_trial(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Leave a pairing within its trial; nobody asks why, and both go back into the pool."""
    pairing, by = await pairs.own(reads, pairing_id)
    leave = LeaveTrial(pairing_id=PairingId(pairing_id), by=by)
    seats = closing.after_trial(pairs.sides(pairing))
    return await pairs.answer(commands, Actor(by.value), leave, seats)


@router.post(
    "/v1/pairings/{pairing_id}/end",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotPaired, ReasonNotOpen),
)
async def end_pairing(
    pairing_id: UUID, body: EndPairingBody, commands: Commands, reads: Reads
) -> Response:
    """End a pairing with a coded reason: one of the program's exit criteria, or none given."""
    party = await pairs.party(reads, pairing_id)
    end = EndPairing(
        pairing_id=party.pairing_id,
        reason=body.reason,
        open_reasons=reasons_open_to_people(party.terms),
        by=party.actor,
        manager=party.manager,
    )
    seats = closing.after_end(pairs.sides(party.pairing), body.reason, party.part)
    return await pairs.answer(commands, party.actor, end, seats)
