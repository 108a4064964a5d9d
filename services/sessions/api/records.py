"""Check-ins, feedback and self-assessments over HTTP."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from starlette.responses import Response

from services.sessions.api.pairs import Reader, Writer
from services.sessions.api.words import Text
from services.sessions.domain.journey import JOURNEY
from services.sessions.domain.journey.commands import (
    CompetencyRepeated,
    CompetencyUnknown,
    FeedbackSubject,
    FeedbackSubjectUnclear,
    GiveFeedback,
    JourneyOver,
    JourneyUnknown,
    MenteeOnly,
    RecordCheckIn,
    RecordSelfAssessment,
    Roadblock,
    RoadblockCode,
    RoadblockRepeated,
    SessionUnknown,
)
from services.sessions.queries import places
from services.sessions.queries import records as queries
from services.sessions.queries.programs import competencies_in_use
from services.sessions.queries.sight import NotOfThisPair
from shared.events.vocabulary import CompetencyLevel
from shared.http import AuthorErased, PageOf, Request, Routes, View, problems
from shared.ids import CompetencyId, SessionId, new_id

router = Routes("records")

_PAIR = "/v1/journeys/{pairing_id}"
_WRITING = (JourneyUnknown, NotOfThisPair, AuthorErased)


class RoadblockBody(Request):
    code: RoadblockCode
    text: Text | None = None


class CheckInBody(Request):
    progress: int = Field(ge=0, le=100, strict=True, description="As felt, in percent.")
    what_changes: Text | None = None
    roadblocks: Annotated[tuple[RoadblockBody, ...], Field(max_length=5)] = ()


class CheckInRecordedView(View):
    check_in_id: UUID
    progress: int
    roadblocks: list[RoadblockCode]
    has_text: bool


class FeedbackBody(Request):
    about: FeedbackSubject
    session_id: UUID | None = Field(None, description="If it is about a session.")
    rating: int = Field(ge=1, le=5, strict=True)
    text: Text | None = None


class FeedbackGivenView(View):
    feedback_id: UUID
    about: FeedbackSubject
    rating: int
    has_text: bool


class SkillBody(Request):
    competency_id: UUID
    level: int = Field(ge=0, le=5, strict=True, description="0 none to 5 teaches others.")


class SelfAssessmentBody(Request):
    skills: Annotated[list[SkillBody], Field(min_length=1, max_length=50)]
    confidence: int = Field(ge=0, le=100, strict=True)
    cross_functional_contacts: int = Field(
        ge=0, le=10_000, strict=True, description="Colleagues of other functions you can turn to."
    )


class SelfAssessmentRecordedView(View):
    pairing_id: UUID
    skills: list[queries.SkillView]
    confidence: int
    cross_functional_contacts: int


@router.post(
    _PAIR + "/check-ins",
    status_code=201,
    response_model=CheckInRecordedView,
    responses=problems(*_WRITING, JourneyOver, RoadblockRepeated),
)
async def record_check_in(body: CheckInBody, writer: Writer) -> Response:
    """Say how it goes, what is in the way, and what will change."""
    check_in_id, pair = new_id(), writer.pair
    what_changes = places.what_changes(pair.tenant, pair.pairing_id, check_in_id)
    roadblocks = [
        Roadblock(
            code=roadblock.code,
            text=await writer.seal_any(
                roadblock.text,
                places.roadblock(pair.tenant, pair.pairing_id, check_in_id, roadblock.code),
                "session",
            ),
        )
        for roadblock in body.roadblocks
    ]
    command = RecordCheckIn(
        pairing_id=pair.pairing_id,
        check_in_id=check_in_id,
        by=writer.part,
        progress=body.progress,
        what_changes=await writer.seal_any(body.what_changes, what_changes, "session"),
        roadblocks=tuple(roadblocks),
    )
    answer = CheckInRecordedView(
        check_in_id=check_in_id,
        progress=body.progress,
        roadblocks=[roadblock.code for roadblock in roadblocks],
        has_text=command.what_changes is not None,
    )
    location = f"/v1/journeys/{pair.pairing_id}/check-ins"
    return await writer.commands.handle(JOURNEY, command, show=lambda _: answer, location=location)


@router.get(
    _PAIR + "/check-ins",
    response_model=PageOf[queries.CheckInView],
    responses=problems(JourneyUnknown),
)
async def list_check_ins(reader: Reader) -> Response:
    """Check-ins of a pair, the earliest first."""
    return await reader.page(queries.check_ins)


@router.post(
    _PAIR + "/feedback",
    status_code=201,
    response_model=FeedbackGivenView,
    responses=problems(*_WRITING, SessionUnknown, FeedbackSubjectUnclear),
)
async def give_feedback(body: FeedbackBody, writer: Writer) -> Response:
    """Say something of the partner, of a session, or of the program.

    The partner reads feedback about themselves and about sessions, but not about the program.
    """
    feedback_id, pair = new_id(), writer.pair
    place = places.feedback(pair.tenant, pair.pairing_id, feedback_id)
    command = GiveFeedback(
        pairing_id=pair.pairing_id,
        feedback_id=feedback_id,
        by=writer.part,
        about=body.about,
        session_id=None if body.session_id is None else SessionId(body.session_id),
        rating=body.rating,
        text=await writer.seal_any(body.text, place, "feedback"),
    )
    answer = FeedbackGivenView(
        feedback_id=feedback_id,
        about=body.about,
        rating=body.rating,
        has_text=command.text is not None,
    )
    location = f"/v1/journeys/{pair.pairing_id}/feedback"
    return await writer.commands.handle(JOURNEY, command, show=lambda _: answer, location=location)


@router.get(
    _PAIR + "/feedback",
    response_model=PageOf[queries.FeedbackView],
    responses=problems(JourneyUnknown),
)
async def list_feedback(reader: Reader) -> Response:
    """Feedback of a pair, the earliest first."""
    return await reader.page(queries.feedback)


@router.post(
    _PAIR + "/self-assessments",
    status_code=201,
    response_model=SelfAssessmentRecordedView,
    responses=problems(
        JourneyUnknown,
        NotOfThisPair,
        MenteeOnly,
        JourneyOver,
        CompetencyUnknown,
        CompetencyRepeated,
    ),
)
async def record_self_assessment(body: SelfAssessmentBody, writer: Writer) -> Response:
    """Take stock of skills, confidence and contacts, to be laid beside the baseline."""
    skills = tuple(
        CompetencyLevel(competency_id=CompetencyId(skill.competency_id), level=skill.level)
        for skill in body.skills
    )
    async with writer.commands.db() as db:
        in_use = await competencies_in_use(db, (skill.competency_id for skill in skills))
    command = RecordSelfAssessment(
        pairing_id=writer.pairing_id,
        by=writer.part,
        skills=skills,
        confidence=body.confidence,
        cross_functional_contacts=body.cross_functional_contacts,
        catalogue=in_use,
    )
    answer = SelfAssessmentRecordedView(
        pairing_id=writer.pairing_id,
        skills=[queries.SkillView.model_validate(skill) for skill in skills],
        confidence=body.confidence,
        cross_functional_contacts=body.cross_functional_contacts,
    )
    location = f"/v1/journeys/{writer.pairing_id}/self-assessments"
    return await writer.commands.handle(JOURNEY, command, show=lambda _: answer, location=location)


@router.get(
    _PAIR + "/self-assessments",
    response_model=PageOf[queries.SelfAssessmentView],
    responses=problems(JourneyUnknown),
)
async def list_self_assessments(reader: Reader) -> Response:
    """How the mentee took stock, the earliest first."""
    return await reader.page(queries.self_assessments)
