"""Calls for help over HTTP: raised by a side or a manager, settled by the person who is named."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.matching.api import pairs
from services.matching.api.receipts import PairingReceipt, receipt_of
from services.matching.api.rights import ProgramUnknown, assert_oversees
from services.matching.api.texts import Text, sealed
from services.matching.domain import closing
from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import RaiseEscalation, ResolveEscalation
from services.matching.domain.pairing_refusals import (
    EscalationNotYours,
    EscalationOpen,
    EscalationOutcomeNotOpen,
    EscalationToSide,
    NoEscalation,
    PairingNotUnderWay,
    PairingUnknown,
)
from services.matching.domain.seating import decider_of
from services.matching.queries import courses, pairings, pool
from services.matching.queries.courses import EscalationQuestion, EscalationView
from shared.auth import Role
from shared.command_handler import Step
from shared.database import Database
from shared.errors import InvalidCommand
from shared.events.matching import EndReason, EscalationGround, EscalationOutcome
from shared.http import (
    AuthorErased,
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    problems,
    require,
    vault_of,
)
from shared.ids import PairingId, PersonId

router = Routes("escalations")

ESCALATION_DAYS = 10  # where a program has said nothing
State: TypeAlias = Literal["open", "overdue", "resolved"]
States = Annotated[list[State] | None, Query()]


class EscalationToOutsider(InvalidCommand):
    """Only somebody with a role in the program's governance can settle an escalation."""


class EscalateBody(Request):
    ground: EscalationGround
    to: UUID | None = Field(
        default=None, description="Who is to settle it; left out, a manager of the program."
    )
    text: Text | None = None


class ResolveEscalationBody(Request):
    outcome: EscalationOutcome = Field(description="settled, adjusted or re_match")


@router.post(
    "/v1/pairings/{pairing_id}/escalation",
    response_model=PairingReceipt,
    responses=problems(
        PairingUnknown,
        PairingNotUnderWay,
        EscalationOpen,
        EscalationToSide,
        EscalationToOutsider,
        AuthorErased,
    ),
)
async def raise_escalation(
    pairing_id: UUID, body: EscalateBody, request: HttpRequest, commands: Commands, reads: Reads
) -> Response:
    """Call somebody of the program by name; there is a day by which it is to be settled."""
    party = await pairs.party(reads, pairing_id)
    place = courses.escalation_place(reads.caller.tenant, pairing_id, party.actor)
    async with commands.db() as db:
        members = await pool.governance_of(db, party.pairing.program_id)
        text = await sealed(vault_of(request), db, body.text, place, party.person)
    two = (party.pairing.mentor_person, party.pairing.mentee_person)
    managers = (who for who, role in members if role == "program_manager" and who not in two)
    to = body.to or next(managers, None)
    if to is None or to not in {who for who, _ in members}:
        raise EscalationToOutsider(field="/to")
    command = RaiseEscalation(
        pairing_id=party.pairing_id,
        to=PersonId(to),
        ground=body.ground,
        by=party.actor,
        days=ESCALATION_DAYS if party.policy is None else party.policy.escalation_days,
        text=text,
    )
    return await pairs.answer(commands, party.actor, command)


@router.post(
    "/v1/pairings/{pairing_id}/escalation-resolution",
    response_model=PairingReceipt,
    responses=problems(
        PairingUnknown,
        PairingNotUnderWay,
        NoEscalation,
        EscalationNotYours,
        EscalationOutcomeNotOpen,
    ),
)
async def resolve_escalation(
    pairing_id: UUID, body: ResolveEscalationBody, commands: Commands, reads: Reads
) -> Response:
    """Settle an escalation as the one who was named; with `re_match` both look for partners."""
    await reads.wait()
    person = reads.caller.person
    async with reads.db() as db:
        pairing = await pairings.pairing(db, pairing_id=pairing_id)
        if pairing is None or person is None:
            raise PairingUnknown
        members = {who for who, _ in await pool.governance_of(db, pairing.program_id)}
        if person not in members:
            await pairs.visible(db, reads, pairing_id)
    command = ResolveEscalation(
        pairing_id=PairingId(pairing_id), outcome=body.outcome, by=PersonId(person)
    )
    steps: list[pairs.AnyStep] = [Step(decider=PAIRING, command=command)]
    if body.outcome is EscalationOutcome.RE_MATCH:
        freed = closing.after_end(pairs.sides(pairing), EndReason.RE_MATCHED, None)
        steps += [Step(decider=decider_of(seat), command=seat) for seat in freed]
    return await commands.by("named to settle it").handle_all(
        steps, show=lambda outcome: receipt_of(outcome.states[0], outcome.versions[0])
    )


@router.get(
    "/v1/pairings/{pairing_id}/escalations",
    response_model=PageOf[EscalationView],
    responses=problems(PairingUnknown),
)
async def list_escalations_of_pairing(
    pairing_id: UUID, request: HttpRequest, reads: Reads
) -> Response:
    """Escalations of a pairing, the latest first; each side sees what it raised itself.

    Words are for who wrote and who settles them.
    """

    async def query(db: Database, page: PageRequest) -> PageOf[EscalationView]:
        _, part = await pairs.visible(db, reads, pairing_id)
        question = EscalationQuestion(pairing_id=pairing_id, raised_by=part)
        return await courses.escalations(
            db, page, reads.caller, question=question, vault=vault_of(request)
        )

    return await reads.page(query)


@router.get(
    "/v1/programs/{program_id}/escalations",
    response_model=PageOf[EscalationView],
    responses=problems(ProgramUnknown),
    dependencies=[require(Role.PROGRAM_MANAGER, Role.AUDITOR)],
)
async def list_escalations(
    program_id: UUID, request: HttpRequest, reads: Reads, state: States = None
) -> Response:
    """Escalations of a program, the latest first; `state=overdue` are those past their day."""
    question = EscalationQuestion(program_id=program_id, states=_listed(state))

    async def query(db: Database, page: PageRequest) -> PageOf[EscalationView]:
        await assert_oversees(db, reads.caller, program_id)
        return await courses.escalations(
            db, page, reads.caller, question=question, vault=vault_of(request)
        )

    return await reads.page(query)


@router.get(
    "/v1/people/{person_id}/escalations",
    response_model=PageOf[EscalationView],
    responses=problems(PairingUnknown),
)
async def list_escalations_to_settle(
    person_id: UUID, request: HttpRequest, reads: Reads, state: States = None
) -> Response:
    """Escalations that were brought to you, the latest first."""
    if person_id != reads.caller.person:
        raise PairingUnknown
    question = EscalationQuestion(person_id=person_id, states=_listed(state))

    async def query(db: Database, page: PageRequest) -> PageOf[EscalationView]:
        return await courses.escalations(
            db, page, reads.caller, question=question, vault=vault_of(request)
        )

    return await reads.page(query)


def _listed(states: list[State] | None) -> list[str] | None:
    return None if states is None else list(states)
