"""What may change while two are paired, and after: pauses, length, reviews, looking back."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.matching.api import pairs
from services.matching.api.receipts import PairingReceipt
from services.matching.api.texts import Text, sealed
from services.matching.domain import closing
from services.matching.domain.pairing import (
    PAIRING,
    Closed,
    Confirmed,
    OnTrial,
    Pairing,
    Paused,
)
from services.matching.domain.pairing_commands import (
    AnswerExitSurvey,
    ExtendPairing,
    PausePairing,
    RequestContinuity,
    ResumePairing,
    ReviewPairing,
)
from services.matching.domain.pairing_refusals import (
    ExitSurveyAlreadyAnswered,
    ExtensionNotLater,
    ExtensionTooLong,
    NeverPaired,
    NoEndDate,
    PairingNotEnded,
    PairingNotUnderWay,
    PairingOnPause,
    PairingTooLong,
    PairingUnknown,
    ReasonNotOpen,
    ReviewNotDue,
    SurveyAnswerInvalid,
)
from services.matching.domain.policy import reasons_open_to_people
from services.matching.queries import courses as queries
from services.matching.queries.courses import ExitSurveyView, ReviewView
from shared.database import Database
from shared.events.matching import (
    Actor,
    Adjustment,
    EndReason,
    ExitQuestion,
    ReviewOutcome,
    SurveyAnswer,
)
from shared.events.vocabulary import Part
from shared.http import (
    AuthorErased,
    Commands,
    PageOf,
    PageRequest,
    Reads,
    Request,
    Routes,
    View,
    problems,
    vault_of,
)
from shared.http.times import Time
from shared.ids import PairingId

router = Routes("pairings")

EXTENSION_DAYS_MAX = 90  # where a program has said nothing


class ExtendPairingBody(Request):
    until: Time = Field(description="The new end, later than the end as it stands.")


class ReviewBody(Request):
    outcome: ReviewOutcome
    adjustments: list[Adjustment] = Field(default=[], max_length=len(Adjustment))


class SurveyAnswerBody(Request):
    question: ExitQuestion
    answer: Annotated[int, Field(strict=True, description="From 1, not at all, to 5, fully.")]


class ExitSurveyBody(Request):
    reason: EndReason = Field(description="Your own view of why it ended.")
    answers: list[SurveyAnswerBody] = Field(default=[], max_length=len(ExitQuestion))
    text: Text | None = None


class ContinuityView(View):
    pairing_id: UUID
    wanted_by: list[Part]
    agreed: bool = Field(description="Both want it: the next run may pair them again.")


class SurveyReceipt(View):
    pairing_id: UUID
    part: Part
    answered: bool


@router.post(
    "/v1/pairings/{pairing_id}/pause",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotUnderWay),
)
async def pause_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Let a pairing rest: trial, length, and reviews stand still until it is resumed."""
    party = await pairs.party(reads, pairing_id)
    pause = PausePairing(pairing_id=party.pairing_id, by=party.actor)
    return await pairs.answer(commands, party.actor, pause)


@router.post(
    "/v1/pairings/{pairing_id}/resumption",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotUnderWay),
)
async def resume_pairing(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Go on after a pause; every date is later by as long as the pause was."""
    party = await pairs.party(reads, pairing_id)
    resume = ResumePairing(pairing_id=party.pairing_id, by=party.actor)
    return await pairs.answer(commands, party.actor, resume)


@router.post(
    "/v1/pairings/{pairing_id}/extension",
    response_model=PairingReceipt,
    responses=problems(
        PairingUnknown,
        PairingNotUnderWay,
        PairingOnPause,
        NoEndDate,
        ExtensionNotLater,
        ExtensionTooLong,
        PairingTooLong,
    ),
)
async def extend_pairing(
    pairing_id: UUID, body: ExtendPairingBody, commands: Commands, reads: Reads
) -> Response:
    """Set a later end, as far as the program allows at once and in all."""
    party = await pairs.party(reads, pairing_id)
    policy = party.policy
    extend = ExtendPairing(
        pairing_id=party.pairing_id,
        until=body.until,
        by=party.actor,
        days_max=EXTENSION_DAYS_MAX if policy is None else policy.extension_days_max,
        total_days_max=None if policy is None else policy.pairing_days_max,
    )
    return await pairs.answer(commands, party.actor, extend)


@router.post(
    "/v1/pairings/{pairing_id}/review",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotUnderWay, ReviewNotDue),
)
async def review_pairing(
    pairing_id: UUID, body: ReviewBody, commands: Commands, reads: Reads
) -> Response:
    """Answer a review that is due: go on, do something differently, or part for a better match.

    With `re_match` the pairing ends and both are in the pool again.
    """
    party = await pairs.party(reads, pairing_id)
    review = ReviewPairing(
        pairing_id=party.pairing_id,
        outcome=body.outcome,
        by=party.actor,
        adjustments=tuple(dict.fromkeys(body.adjustments)),
        manager=party.manager,
    )
    seats: closing.Freed = ()
    if body.outcome is ReviewOutcome.RE_MATCH:
        seats = closing.after_end(pairs.sides(party.pairing), EndReason.RE_MATCHED, None)
    return await pairs.answer(commands, party.actor, review, seats)


@router.get(
    "/v1/pairings/{pairing_id}/reviews",
    response_model=PageOf[ReviewView],
    responses=problems(PairingUnknown),
)
async def list_reviews(pairing_id: UUID, reads: Reads) -> Response:
    """Reviews of a pairing that came due, the latest first, with what each came to."""

    async def query(db: Database, page: PageRequest) -> PageOf[ReviewView]:
        await pairs.visible(db, reads, pairing_id)
        return await queries.reviews(db, page, pairing_id=pairing_id)

    return await reads.page(query)


@router.post(
    "/v1/pairings/{pairing_id}/continuity",
    response_model=ContinuityView,
    responses=problems(PairingUnknown, NeverPaired),
)
async def request_continuity(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Say that you want the same partner in the next cycle; it counts once both have said so."""
    _, by = await pairs.own(reads, pairing_id)
    command = RequestContinuity(pairing_id=PairingId(pairing_id), by=by)
    return await commands.by(pairs.right_of(Actor(by.value))).handle(
        PAIRING, command, show=lambda pairing: _continuity(pairing_id, pairing)
    )


@router.post(
    "/v1/pairings/{pairing_id}/exit-survey",
    response_model=SurveyReceipt,
    responses=problems(
        PairingUnknown,
        PairingNotEnded,
        ReasonNotOpen,
        SurveyAnswerInvalid,
        ExitSurveyAlreadyAnswered,
        AuthorErased,
    ),
)
async def answer_exit_survey(
    pairing_id: UUID, body: ExitSurveyBody, request: HttpRequest, commands: Commands, reads: Reads
) -> Response:
    """Say what you make of a pairing that ended: in codes, and in words if you like.

    The program's managers read it; your partner is not told.
    """
    party = await pairs.party(reads, pairing_id)
    if party.part is None:
        raise PairingUnknown
    place = queries.survey_place(reads.caller.tenant, pairing_id, party.part)
    async with commands.db() as db:
        text = await sealed(vault_of(request), db, body.text, place, party.person)
    command = AnswerExitSurvey(
        pairing_id=party.pairing_id,
        by=party.part,
        reason=body.reason,
        answers=tuple(
            SurveyAnswer(question=each.question, answer=each.answer) for each in body.answers
        ),
        text=text,
        open_reasons=reasons_open_to_people(party.terms),
    )
    receipt = SurveyReceipt(pairing_id=pairing_id, part=party.part, answered=True)
    return await commands.by(pairs.right_of(party.actor)).handle(
        PAIRING, command, show=lambda _: receipt
    )


@router.get(
    "/v1/pairings/{pairing_id}/exit-surveys",
    response_model=PageOf[ExitSurveyView],
    responses=problems(PairingUnknown),
)
async def list_exit_surveys(pairing_id: UUID, request: HttpRequest, reads: Reads) -> Response:
    """What was said at the end: managers read both sides, each side its own; auditors no words."""

    async def query(db: Database, page: PageRequest) -> PageOf[ExitSurveyView]:
        _, part = await pairs.visible(db, reads, pairing_id)
        return await queries.exit_surveys(
            db, page, reads.caller, pairing_id=pairing_id, part=part, vault=vault_of(request)
        )

    return await reads.page(query)


def _continuity(pairing_id: UUID, pairing: Pairing) -> ContinuityView:
    wanted: frozenset[Part] = frozenset()
    if isinstance(pairing, Closed):
        wanted = pairing.continuity
    elif isinstance(pairing, OnTrial | Confirmed | Paused):
        wanted = pairing.course.continuity
    listed = [part for part in Part if part in wanted]
    return ContinuityView(pairing_id=pairing_id, wanted_by=listed, agreed=len(listed) == len(Part))
