"""Check-ins, feedback and self-assessments of a pair."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.sessions.domain.journey.commands import FeedbackSubject, RoadblockCode
from services.sessions.queries import places
from services.sessions.queries.sight import BOTH, Sight, WritingView
from shared.events.vocabulary import CompetencyLevel, Part
from shared.http import Moment, PageOf, PageRequest, View


class RoadblockView(View):
    code: RoadblockCode
    description: WritingView


class CheckInView(View):
    check_in_id: UUID
    part: Part
    progress: int | None = Field(description="0 to 100; null unless you are of the pair.")
    what_changes: WritingView
    roadblocks: list[RoadblockView] = Field(description="Empty unless you are of the pair.")
    recorded_at: Moment


class FeedbackView(View):
    feedback_id: UUID
    part: Part = Field(description="Who gave it.")
    about: FeedbackSubject
    session_id: UUID | None
    rating: int | None = Field(description="1 to 5; null unless you may read the feedback.")
    feedback: WritingView
    given_at: Moment


class SkillView(View):
    competency_id: UUID
    level: int


class SelfAssessmentView(View):
    assessment_id: UUID
    skills: list[SkillView] | None = Field(description="Null unless you are of the pair.")
    confidence: int | None
    cross_functional_contacts: int | None
    recorded_at: Moment


_CHECK_INS = """
SELECT check_in_id, part, progress, sealed::text AS sealed, recorded_at, ARRAY(
    SELECT ARRAY[code, sealed::text] FROM read.roadblocks AS r
    WHERE r.tenant = c.tenant AND r.pairing_id = c.pairing_id AND r.check_in_id = c.check_in_id
    ORDER BY code
) AS roadblocks
FROM read.check_ins AS c WHERE pairing_id = $1
AND ($2::timestamptz IS NULL OR (recorded_at, check_in_id) > ($2, $3::uuid))
ORDER BY recorded_at, check_in_id LIMIT $4
"""
_FEEDBACK = """
SELECT feedback_id, part, about, session_id, rating, sealed::text AS sealed, given_at
FROM read.feedback WHERE pairing_id = $1
AND ($2::timestamptz IS NULL OR (given_at, feedback_id) > ($2, $3::uuid))
ORDER BY given_at, feedback_id LIMIT $4
"""
_ASSESSMENTS = """
SELECT assessment_id, skills::text AS skills, confidence, cross_functional_contacts, recorded_at
FROM read.self_assessments WHERE pairing_id = $1
AND ($2::timestamptz IS NULL OR (recorded_at, assessment_id) > ($2, $3::uuid))
ORDER BY recorded_at, assessment_id LIMIT $4
"""


async def check_ins(sight: Sight, page: PageRequest) -> PageOf[CheckInView]:
    """Check-ins of a pair, the earliest first."""
    rows = await _rows(sight, page, _CHECK_INS)
    items = [await _check_in(sight, row) for row in rows]
    return page.of(items, lambda item: (item.recorded_at, item.check_in_id))


async def feedback(sight: Sight, page: PageRequest) -> PageOf[FeedbackView]:
    """Feedback of a pair, the earliest first."""
    rows = await _rows(sight, page, _FEEDBACK)
    items = [await _feedback(sight, row) for row in rows]
    return page.of(items, lambda item: (item.given_at, item.feedback_id))


async def self_assessments(sight: Sight, page: PageRequest) -> PageOf[SelfAssessmentView]:
    """How the mentee took stock, the earliest first, so that one can be laid beside the next."""
    rows = await _rows(sight, page, _ASSESSMENTS)
    return page.of([_assessment(sight, row) for row in rows], _time)


async def _rows(sight: Sight, page: PageRequest, query: str) -> list[Mapping[str, Any]]:
    after = page.after or (None, None)
    return list(await sight.db.fetch(query, sight.pair.pairing_id, *after, page.rows))


async def _check_in(sight: Sight, row: Mapping[str, Any]) -> CheckInView:
    pair, check_in_id = sight.pair, row["check_in_id"]
    tenant, pairing_id = pair.tenant, pair.pairing_id
    place = places.what_changes(tenant, pairing_id, check_in_id)
    roadblocks = [
        RoadblockView(
            code=RoadblockCode(code),
            description=await sight.writing(
                sealed, places.roadblock(tenant, pairing_id, check_in_id, code)
            ),
        )
        for code, sealed in (row["roadblocks"] if pair.part else ())
    ]
    return CheckInView(
        check_in_id=check_in_id,
        part=row["part"],
        progress=row["progress"] if pair.part else None,
        what_changes=await sight.writing(row["sealed"], place),
        roadblocks=roadblocks,
        recorded_at=row["recorded_at"],
    )


async def _feedback(sight: Sight, row: Mapping[str, Any]) -> FeedbackView:
    pair, part, about = sight.pair, Part(row["part"]), FeedbackSubject(row["about"])
    # What is said of the program is not for the partner; the program reads it as figures.
    readers = frozenset({part}) if about is FeedbackSubject.PROGRAM else BOTH
    place = places.feedback(pair.tenant, pair.pairing_id, row["feedback_id"])
    return FeedbackView(
        feedback_id=row["feedback_id"],
        part=part,
        about=about,
        session_id=row["session_id"],
        rating=row["rating"] if sight.may_read(readers) else None,
        feedback=await sight.writing(row["sealed"], place, readers),
        given_at=row["given_at"],
    )


def _assessment(sight: Sight, row: Mapping[str, Any]) -> SelfAssessmentView:
    shown = sight.pair.part is not None
    skills = msgspec.json.decode(row["skills"], type=list[CompetencyLevel])
    return SelfAssessmentView(
        assessment_id=row["assessment_id"],
        skills=[SkillView.model_validate(skill) for skill in skills] if shown else None,
        confidence=row["confidence"] if shown else None,
        cross_functional_contacts=row["cross_functional_contacts"] if shown else None,
        recorded_at=row["recorded_at"],
    )


def _time(item: SelfAssessmentView) -> tuple[datetime, UUID]:
    return item.recorded_at, item.assessment_id
