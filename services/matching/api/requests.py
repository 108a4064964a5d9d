"""Requests to be paired over HTTP: made, read, and taken back."""

from collections.abc import Iterable
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response

from services.matching.api.asking import Wish, wished
from services.matching.api.proposals import (
    AnyStep,
    DifferentCohorts,
    NotAMentee,
    NotAMentor,
)
from services.matching.api.rights import oversees, own_place
from services.matching.api.texts import Text, opened, sealed
from services.matching.domain.load import MentorOverloaded
from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.request import (
    CHOICES_MAX,
    REQUEST,
    Accepted,
    Open,
)
from services.matching.domain.request import Request as PairingRequest
from services.matching.domain.request_refusals import (
    AskedEnough,
    ChosenTwice,
    FormatNotRequested,
    NobodyChosen,
    RequestAlreadyMade,
    RequestMoved,
    RequestNotOpen,
    RequestUnknown,
    TooManyChoices,
    TooManyPendingRequests,
)
from services.matching.domain.request_settling import OpenRequest, closed
from services.matching.domain.request_turn import TurnCommand, decider_of
from services.matching.domain.roster import (
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    ParticipantOnPause,
    RosterUnknown,
)
from services.matching.domain.run_refusals import NoMatchingPolicy
from services.matching.queries import requests
from services.matching.queries.requests import ReceivedRequestView, RequestView
from shared.command_handler import Step
from shared.database import Database
from shared.events.matching import CloseReason, PairingFormat
from shared.http import (
    AuthorErased,
    Commands,
    Moment,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    View,
    problems,
    vault_of,
)
from shared.ids import RequestId, new_id
from shared.vault import Place

router = Routes("requests")

Made: TypeAlias = Literal["open", "accepted", "closed"]
Turn: TypeAlias = Literal["asked", "accepted", "passed", "closed"]


class MakeRequestBody(Request):
    choices: list[UUID] = Field(
        max_length=CHOICES_MAX * 2,
        description="Enrollments of those you want to be paired with, the most wanted first.",
    )
    format: PairingFormat = PairingFormat.ONE_TO_ONE
    message: Text | None = None


class RequestReceipt(View):
    """Where a request stands after a command."""

    request_id: UUID
    state: str = Field(examples=["open", "accepted", "closed"])
    asked: UUID | None = Field(description="Whose turn it is; null: nobody's at the moment.")
    answer_by: Moment | None
    pairing_id: UUID | None
    version: int


class RequestDetailView(RequestView):
    """A request with its message, as far as whoever reads it may see."""

    message: str | None


@router.post(
    "/v1/rosters/{enrollment_id}/requests",
    status_code=201,
    response_model=RequestReceipt,
    responses=problems(
        RosterUnknown,
        NotAMentor,
        NotAMentee,
        DifferentCohorts,
        NoMatchingPolicy,
        NobodyChosen,
        TooManyChoices,
        ChosenTwice,
        FormatNotRequested,
        HardRuleBroken,
        PairNotOpen,
        MentorAtCapacity,
        MenteeAlreadyPaired,
        MentorOverloaded,
        NotListed,
        ParticipantOnPause,
        TooManyPendingRequests,
        AskedEnough,
        RequestAlreadyMade,
        AuthorErased,
    ),
)
async def make_request(
    enrollment_id: UUID,
    body: MakeRequestBody,
    request: StarletteRequest,
    commands: Commands,
    reads: Reads,
) -> Response:
    """Ask to be paired: a mentee asks mentors, or a mentor mentees, one after the other.

    The first is asked now. If they say no or do not answer in time, the next is asked by itself.
    No seat is held until somebody says yes.
    """
    await reads.wait()
    wish = Wish(
        request_id=RequestId(new_id()),
        asker=enrollment_id,
        caller=reads.caller.person,
        choices=tuple(body.choices),
        format=body.format,
    )
    async with commands.db() as db:
        place = _place(commands.caller.tenant, wish.request_id)
        own = await own_place(db, commands.caller.tenant, reads.caller.person, enrollment_id)
        words = await sealed(vault_of(request), db, body.message, place, own.person_id)
        steps = request_steps(await wished(db, commands.caller.tenant, wish, words))
    return await commands.by("participant").handle_all(
        steps,
        show=lambda outcome: receipt_of(wish.request_id, outcome.states[0], outcome.versions[0]),
        location=f"/v1/requests/{wish.request_id}",
    )


@router.get(
    "/v1/rosters/{enrollment_id}/requests",
    response_model=PageOf[RequestView],
    responses=problems(RosterUnknown),
)
async def list_requests(
    enrollment_id: UUID, reads: Reads, state: Annotated[list[Made] | None, Query()] = None
) -> Response:
    """Requests that you made, newest first, with everybody they name and what became of them."""

    async def query(db: Database, page: PageRequest) -> PageOf[RequestView]:
        await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
        return await requests.sent(
            db, page, enrollment_id=enrollment_id, states=None if state is None else [*state]
        )

    return await reads.page(query)


@router.get(
    "/v1/rosters/{enrollment_id}/received-requests",
    response_model=PageOf[ReceivedRequestView],
    responses=problems(RosterUnknown),
)
async def list_received_requests(
    enrollment_id: UUID, reads: Reads, state: Annotated[list[Turn] | None, Query()] = None
) -> Response:
    """Requests that you are or were asked, the latest first; each that is over says why."""

    async def query(db: Database, page: PageRequest) -> PageOf[ReceivedRequestView]:
        await own_place(db, reads.caller.tenant, reads.caller.person, enrollment_id)
        return await requests.received(
            db, page, enrollment_id=enrollment_id, states=None if state is None else [*state]
        )

    return await reads.page(query)


@router.get(
    "/v1/requests/{request_id}",
    response_model=RequestDetailView,
    responses=problems(RequestUnknown),
)
async def show_request(request_id: UUID, request: StarletteRequest, reads: Reads) -> Response:
    """One request, for who made it, for those who are or were asked, and for its managers.

    Whoever is asked sees their own turn only; managers and auditors do not see the message.
    """

    async def query(db: Database) -> RequestDetailView:
        shown = await requests.request(db, request_id=request_id)
        standing = await requests.standing(db, reads.caller.tenant, request_id)
        if shown is None or standing is None:
            raise RequestUnknown
        person = reads.caller.person
        turns = [
            each for each in shown.choices if each.person_id == person and each.asked_at is not None
        ]
        if person != shown.asker_person and not turns:
            if not await oversees(db, reads.caller, shown.program_id):
                raise RequestUnknown
            return RequestDetailView(**shown.model_dump(), message=None)
        place = _place(reads.caller.tenant, standing.request_id)
        words = await opened(vault_of(request), db, standing.message, place)
        told = shown if person == shown.asker_person else _as_asked(shown, turns[0].state)
        kept = told.model_dump(exclude={"choices"})
        choices = shown.choices if person == shown.asker_person else turns
        return RequestDetailView(**kept, choices=choices, message=words)

    return await reads.one(query)


@router.post(
    "/v1/requests/{request_id}/withdrawal",
    response_model=RequestReceipt,
    responses=problems(RequestUnknown, RequestNotOpen, RequestMoved),
)
async def withdraw_request(request_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Take back a request that nobody has accepted; whoever is asked now reads that you did."""
    await reads.wait()
    async with reads.db() as db:
        standing = await requests.standing(db, reads.caller.tenant, request_id)
    if standing is None or standing.asker_person != reads.caller.person:
        raise RequestUnknown
    taken_back = OpenRequest(
        request_id=standing.request_id, asker=standing.asker, asked=standing.asked
    )
    return await commands.by("participant").handle_all(
        request_steps(closed(taken_back, CloseReason.WITHDRAWN)),
        show=lambda outcome: receipt_of(
            standing.request_id, outcome.states[0], outcome.versions[0]
        ),
    )


def request_steps(commands: Iterable[TurnCommand]) -> list[AnyStep]:
    """Commands about requests as the steps of one transaction."""
    return [Step(decider=decider_of(each), command=each) for each in commands]


def receipt_of(where: RequestId, request: PairingRequest, version: int) -> RequestReceipt:
    """The receipt of a request in this state."""
    turn = request.turn if isinstance(request, Open) else None
    accepted = request.answer if isinstance(request, Accepted) else None
    state = "open" if isinstance(request, Open) else "closed" if accepted is None else "accepted"
    return RequestReceipt(
        request_id=where,
        state=state,
        asked=None if turn is None else turn.asked,
        answer_by=None if turn is None else turn.answer_by,
        pairing_id=None if accepted is None else accepted.pairing_id,
        version=version,
    )


def _as_asked(shown: RequestView, turn: str) -> RequestView:
    """What became of it with others is not told to whom it went past."""
    if turn in ("asked", "accepted"):
        return shown
    return shown.model_copy(update={"state": "closed", "reason": None, "pairing_id": None})


def _place(tenant: str, request_id: RequestId) -> Place:
    return Place(tenant=tenant, stream=f"{REQUEST.category}-{request_id}", field="message")
