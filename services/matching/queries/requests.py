"""Requests as views, and what the next step of one needs to know."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from pydantic import Field

from services.matching.domain.request_settling import OpenRequest
from shared.database import Database
from shared.events.matching import CloseReason, PairingFormat, PassReason
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, RequestId, TenantId
from shared.sealed import Sealed

_REQUEST = """
SELECT request_id, program_id, cohort_id, asker, asker_person, part, format, state, asked,
       message::text AS message
FROM read.requests WHERE tenant = $1 AND request_id = $2
"""
_CHOICES = """
SELECT request_id, enrollment_id, person_id, state, reason, asked_at, answer_by, answered_at
FROM read.request_choices WHERE request_id = ANY($1::uuid[]) ORDER BY request_id, place
"""
_WAITING = """
SELECT c.enrollment_id FROM read.request_choices AS c
WHERE c.tenant = $1 AND c.request_id = $2 AND c.state = 'waiting' ORDER BY c.place
"""
_SENT = """
SELECT request_id, program_id, cohort_id, asker, asker_person, part, format, state, reason,
       pairing_id, made_at, closed_at, message IS NOT NULL AS has_message, version
FROM read.requests
WHERE asker = $1 AND ($2::text[] IS NULL OR state = ANY($2))
  AND ($3::timestamptz IS NULL OR (made_at, request_id) < ($3, $4))
ORDER BY made_at DESC, request_id DESC LIMIT $5
"""
_OF_COHORT = """
SELECT request_id, program_id, cohort_id, asker, asker_person, part, format, state, reason,
       pairing_id, made_at, closed_at, message IS NOT NULL AS has_message, version
FROM read.requests AS r
WHERE cohort_id = $1 AND ($2::text[] IS NULL OR state = ANY($2))
  AND ($3::text[] IS NULL OR format = ANY($3)) AND ($4::text IS NULL OR part = $4)
  AND ($5::uuid IS NULL OR (part = 'mentor' AND asker = $5) OR (part = 'mentee' AND EXISTS (
      SELECT FROM read.request_choices AS c WHERE c.tenant = r.tenant
        AND c.request_id = r.request_id AND c.enrollment_id = $5)))
  AND ($6::uuid IS NULL OR (part = 'mentee' AND asker = $6) OR (part = 'mentor' AND EXISTS (
      SELECT FROM read.request_choices AS c WHERE c.tenant = r.tenant
        AND c.request_id = r.request_id AND c.enrollment_id = $6)))
  AND ($7::timestamptz IS NULL OR (made_at, request_id) < ($7, $8))
ORDER BY made_at DESC, request_id DESC LIMIT $9
"""
_ONE_SENT = """
SELECT request_id, program_id, cohort_id, asker, asker_person, part, format, state, reason,
       pairing_id, made_at, closed_at, message IS NOT NULL AS has_message, version
FROM read.requests WHERE request_id = $1
"""
_RECEIVED = """
SELECT r.request_id, r.program_id, r.cohort_id, r.asker, r.asker_person, r.part, r.format,
       c.enrollment_id AS asked, c.state, c.reason, c.asked_at, c.answer_by, c.answered_at,
       CASE WHEN c.state = 'accepted' THEN r.pairing_id END AS pairing_id,
       r.message IS NOT NULL AS has_message
FROM read.request_choices AS c
JOIN read.requests AS r ON r.tenant = c.tenant AND r.request_id = c.request_id
WHERE c.enrollment_id = $1 AND c.asked_at IS NOT NULL AND ($2::text[] IS NULL OR c.state = ANY($2))
  AND ($3::timestamptz IS NULL OR (c.asked_at, r.request_id) < ($3, $4))
ORDER BY c.asked_at DESC, r.request_id DESC LIMIT $5
"""
_OPEN_AT = """
SELECT request_id, asker, asked FROM read.requests
WHERE tenant = $1 AND state = 'open' AND (asker = $2 OR asked = $2) ORDER BY request_id
"""
_OPEN_COUNTS = """
SELECT asked, count(*) AS requests FROM read.requests
WHERE tenant = $1 AND state = 'open' AND asked = ANY($2::uuid[]) GROUP BY asked
"""


class ChoiceView(View):
    """Somebody whom a request names."""

    enrollment_id: UUID
    person_id: UUID
    state: str = Field(examples=["waiting", "asked", "passed", "accepted", "closed"])
    reason: PassReason | CloseReason | None = Field(description="Why the request went on.")
    asked_at: Moment | None
    answer_by: Moment | None
    answered_at: Moment | None


class RequestView(View):
    """A request as who made it sees it."""

    request_id: UUID
    program_id: UUID
    cohort_id: UUID
    asker: UUID
    asker_person: UUID
    part: Part = Field(description="What the asker takes part as.")
    format: PairingFormat
    state: str = Field(examples=["open", "accepted", "closed"])
    reason: CloseReason | None = Field(description="Why it is over without a pairing.")
    pairing_id: UUID | None
    choices: list[ChoiceView] = Field(description="The most wanted first.")
    has_message: bool
    made_at: Moment
    closed_at: Moment | None
    version: int


class ReceivedRequestView(View):
    """A request as somebody sees it whose turn it is or was; who else was named is not shown."""

    request_id: UUID
    program_id: UUID
    cohort_id: UUID
    asker: UUID
    asker_person: UUID
    part: Part = Field(description="What the asker takes part as.")
    format: PairingFormat
    asked: UUID = Field(description="Your own enrollment.")
    state: str = Field(examples=["asked", "passed", "accepted", "closed"])
    reason: PassReason | CloseReason | None = Field(description="Why you are no longer asked.")
    pairing_id: UUID | None
    has_message: bool
    asked_at: Moment
    answer_by: Moment
    answered_at: Moment | None


@frozen
class RequestQuestion:
    """Which requests of a cohort are asked for."""

    cohort_id: UUID
    states: Sequence[str] | None = None
    formats: Sequence[PairingFormat] | None = None
    part: Part | None = None  # of who asks
    mentor: UUID | None = None  # an enrollment: who asks as a mentor, or is named as one
    mentee: UUID | None = None


@frozen
class Standing:
    """A request as its next step needs it."""

    request_id: RequestId
    program_id: ProgramId
    cohort_id: CohortId
    asker: EnrollmentId
    asker_person: PersonId
    part: Part
    format: PairingFormat
    state: str
    asked: EnrollmentId | None
    message: Sealed | None

    def pair(self, asked: EnrollmentId) -> tuple[EnrollmentId, EnrollmentId]:
        """Mentor and mentee, if this one says yes."""
        return (self.asker, asked) if self.part is Part.MENTOR else (asked, self.asker)


async def standing(db: Database, tenant: TenantId, request_id: UUID) -> Standing | None:
    """One request; None if there is none."""
    row = await db.fetchrow(_REQUEST, tenant, request_id)
    if row is None:
        return None
    told = dict(row)
    message, part, kind = told.pop("message"), told.pop("part"), told.pop("format")
    return Standing(
        **told,
        part=Part(part),
        format=PairingFormat(kind),
        message=None if message is None else msgspec.json.decode(message, type=Sealed),
    )


async def waiting(db: Database, tenant: TenantId, request_id: UUID) -> Sequence[EnrollmentId]:
    """Whose turn is still to come, in their order."""
    rows = await db.fetch(_WAITING, tenant, request_id)
    return [EnrollmentId(row["enrollment_id"]) for row in rows]


async def open_at(db: Database, tenant: TenantId, enrollment_id: UUID) -> Sequence[OpenRequest]:
    """What waits for an answer that this enrollment has asked, or is asked now."""
    return [OpenRequest(**row) for row in await db.fetch(_OPEN_AT, tenant, enrollment_id)]


async def open_counts(
    db: Database, tenant: TenantId, enrollments: Sequence[UUID]
) -> Mapping[UUID, int]:
    """How many requests wait for an answer of each of these."""
    rows = await db.fetch(_OPEN_COUNTS, tenant, enrollments)
    return {row["asked"]: row["requests"] for row in rows}


async def sent(
    db: Database, page: PageRequest, *, enrollment_id: UUID, states: list[str] | None
) -> PageOf[RequestView]:
    """Requests that an enrollment made, newest first."""
    rows = await db.fetch(_SENT, enrollment_id, states, *(page.after or (None, None)), page.rows)
    return page.of(await _views(db, rows), lambda view: (view.made_at, view.request_id))


async def of_cohort(
    db: Database, page: PageRequest, *, question: RequestQuestion
) -> PageOf[RequestView]:
    """Requests of a cohort, newest first, with everybody they name; never their words."""
    formats = None if question.formats is None else [each.value for each in question.formats]
    part = None if question.part is None else question.part.value
    asked = (question.cohort_id, question.states, formats, part, question.mentor, question.mentee)
    rows = await db.fetch(_OF_COHORT, *asked, *(page.after or (None, None)), page.rows)
    return page.of(await _views(db, rows), lambda view: (view.made_at, view.request_id))


async def request(db: Database, *, request_id: UUID) -> RequestView | None:
    """One request as who made it sees it."""
    views = await _views(db, await db.fetch(_ONE_SENT, request_id))
    return views[0] if views else None


async def received(
    db: Database, page: PageRequest, *, enrollment_id: UUID, states: list[str] | None
) -> PageOf[ReceivedRequestView]:
    """Requests that an enrollment is or was asked, the latest first."""
    rows = await db.fetch(
        _RECEIVED, enrollment_id, states, *(page.after or (None, None)), page.rows
    )
    views = [ReceivedRequestView(**row) for row in rows]
    return page.of(views, lambda view: (view.asked_at, view.request_id))


async def _views(db: Database, rows: Sequence[Any]) -> list[RequestView]:
    named: dict[UUID, list[ChoiceView]] = {row["request_id"]: [] for row in rows}
    for row in await db.fetch(_CHOICES, list(named)):
        told = dict(row)
        named[told.pop("request_id")].append(ChoiceView(**told))
    return [RequestView(**row, choices=named[row["request_id"]]) for row in rows]
