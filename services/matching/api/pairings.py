"""The life of a pairing over HTTP, for the two it is about and the managers of its program."""

from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from starlette.responses import Response

from services.matching.api.receipts import PairingReceipt, receipt_of
from services.matching.api.rights import ProgramUnknown, assert_oversees, oversees, side_of
from services.matching.domain import closing
from services.matching.domain.closing import Freed, Sides
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import (
    AcceptPairing,
    ConfirmTrial,
    DeclinePairing,
    EndPairing,
    LeaveTrial,
    PairingCommand,
)
from services.matching.domain.pairing_refusals import (
    PairingNotOnTrial,
    PairingNotPaired,
    PairingNotProposed,
    PairingUnknown,
    ReasonNotOpen,
)
from services.matching.domain.policy import NoPolicy, reasons_open_to_people
from services.matching.domain.seating import decider_of
from services.matching.queries import candidates, pairings, pool
from services.matching.queries.pairings import PairingQuestion, PairingView
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.errors import NotFound
from shared.events.matching import EndReason
from shared.events.vocabulary import Part
from shared.http import (
    BoundCommands,
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    problems,
    require,
)
from shared.ids import EnrollmentId, PairingId, PersonId

router = Routes("pairings")

State = Literal["proposed", "on_trial", "confirmed", "declined", "expired", "ended"]
States: TypeAlias = Annotated[list[State] | None, Query()]
AnyStep: TypeAlias = Step[Any, Any, Any]


class EndPairingBody(Request):
    reason: EndReason


@router.get(
    "/v1/pairings",
    response_model=PageOf[PairingView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_pairings(
    program_id: UUID,
    reads: Reads,
    cohort_id: UUID | None = None,
    person_id: UUID | None = None,
    state: States = None,
) -> Response:
    """Pairings of a program, newest first; people appear as ids."""
    question = PairingQuestion(
        program_id=program_id,
        cohort_id=cohort_id,
        states=None if state is None else list(state),
        person_id=person_id,
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
        return (await _visible(db, reads, pairing_id))[0]

    return await reads.one(query)


@router.post(
    "/v1/pairings/{pairing_id}/acceptance",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotProposed),
)
async def accept_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say yes to a proposal; once both sides have, the trial begins."""
    _, by = await _own(reads, pairing_id)
    return await _answer(commands, by, AcceptPairing(pairing_id=PairingId(pairing_id), by=by))


@router.post(
    "/v1/pairings/{pairing_id}/decline",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotProposed),
)
async def decline_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say no to a proposal; both seats are free again, and who was declined has priority."""
    pairing, by = await _own(reads, pairing_id)
    decline = DeclinePairing(pairing_id=PairingId(pairing_id), by=by)
    return await _answer(commands, by, decline, closing.after_decline(_sides(pairing), by))


@router.post(
    "/v1/pairings/{pairing_id}/trial-confirmation",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotOnTrial),
)
async def confirm_trial(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say that the trial went well; once both have, it is over."""
    _, by = await _own(reads, pairing_id)
    return await _answer(commands, by, ConfirmTrial(pairing_id=PairingId(pairing_id), by=by))


@router.post(
    "/v1/pairings/{pairing_id}/trial-leave",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotOnTrial),
)
async def leave_trial(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Leave a pairing within its trial; nobody asks why, and both go back into the pool."""
    pairing, by = await _own(reads, pairing_id)
    leave = LeaveTrial(pairing_id=PairingId(pairing_id), by=by)
    return await _answer(commands, by, leave, closing.after_trial(_sides(pairing)))


@router.post(
    "/v1/pairings/{pairing_id}/end",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotPaired, ReasonNotOpen),
)
async def end_pairing(
    pairing_id: UUID, body: EndPairingBody, commands: Commands, reads: Reads
) -> Response:
    """End a pairing with a coded reason: one of the program's exit criteria, or none given."""
    await reads.wait()
    async with reads.db() as db:
        pairing, by = await _visible(db, reads, pairing_id)
        if by is None and not await pool.manages(db, pairing.program_id, reads.caller.person):
            raise PairingUnknown  # auditors read, and change nothing
        policy = await candidates.policy(db, reads.caller.tenant, pairing.program_id)
    end = EndPairing(
        pairing_id=PairingId(pairing_id),
        reason=body.reason,
        open_reasons=reasons_open_to_people(NoPolicy() if policy is None else policy),
    )
    return await _answer(commands, by, end, closing.after_end(_sides(pairing), body.reason, by))


async def _answer(
    commands: BoundCommands,
    by: Part | None,
    command: PairingCommand,
    seats: Freed = (),
) -> Response:
    right = "manager of the program" if by is None else f"{by.value} of the pairing"
    steps: list[AnyStep] = [Step(decider=PAIRING, command=command)]
    steps += [Step(decider=decider_of(seat), command=seat) for seat in seats]
    return await commands.by(right).handle_all(
        steps, show=lambda outcome: receipt_of(outcome.states[0], outcome.versions[0])
    )


async def _own(reads: Reads, pairing_id: UUID) -> tuple[PairingView, Part]:
    """A pairing that the caller is one side of, and which."""
    await reads.wait()
    async with reads.db() as db:
        pairing, by = await _visible(db, reads, pairing_id)
    if by is None:
        raise PairingUnknown
    return pairing, by


async def _visible(db: Database, reads: Reads, pairing_id: UUID) -> tuple[PairingView, Part | None]:
    pairing = await pairings.pairing(db, pairing_id=pairing_id)
    if pairing is None:
        raise PairingUnknown
    by = side_of(pairing, reads.caller)
    if by is None and not await oversees(db, reads.caller, pairing.program_id):
        raise PairingUnknown
    return pairing, by


def _sides(pairing: PairingView) -> Sides:
    return Sides(
        pairing_id=PairingId(pairing.pairing_id),
        mentor=EnrollmentId(pairing.mentor),
        mentee=EnrollmentId(pairing.mentee),
        mentor_person=PersonId(pairing.mentor_person),
        mentee_person=PersonId(pairing.mentee_person),
    )
