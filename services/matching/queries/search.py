"""Who could be asked, as somebody who looks for a partner sees them; and whom they have in mind."""

from uuid import UUID

from pydantic import Field

from services.matching.domain.fit import as_asked, fits
from services.matching.domain.partner_search import Band, Found, Wanted, search
from services.matching.queries import fits as fitting
from services.matching.queries import requests
from services.matching.queries.fits import Sides
from services.matching.queries.openness import Openness, across
from shared.database import Database
from shared.events.matching import MatchingPolicySet, PairingFormat
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import Moment, PageOf, PageRequest, View
from shared.ids import TenantId

_SHORTLIST = """
SELECT partner AS enrollment_id, at FROM read.shortlists
WHERE enrollment_id = $1 AND ($2::timestamptz IS NULL OR (at, partner) < ($2, $3))
ORDER BY at DESC, partner DESC LIMIT $4
"""


class SkillView(View):
    competency_id: UUID
    level: int = Field(description="0 none to 5 teaches others.")


class PartnerView(View):
    """Somebody who could be asked."""

    enrollment_id: UUID
    person_id: UUID
    function: str
    level: str
    languages: list[str]
    expertise: list[SkillView]
    goals: list[UUID] = Field(description="Competencies that they want to grow in.")
    fit: Band = Field(description="How well you two fit, roughly; people of a band are equal.")
    free_seats: int
    can_be_asked: bool = Field(description="False while they have enough requests to answer.")


class ShortlistedView(View):
    """Somebody whom you have in mind; nobody else sees it."""

    enrollment_id: UUID
    at: Moment


@frozen
class PartnerQuestion:
    """Partners for whom, of what kind, and as wanted."""

    own: Openness
    policy: MatchingPolicySet
    format: PairingFormat
    wanted: Wanted


async def partners(
    db: Database, page: PageRequest, *, tenant: TenantId, question: PartnerQuestion
) -> PageOf[PartnerView]:
    """Everybody who may be asked and is as wanted, the best band first."""
    own, part, policy = question.own, Part(question.own.part), question.policy
    places = await across(db, tenant, own.cohort_id, part)
    sides: Sides = ([own.enrollment_id], list(places))
    if part is Part.MENTOR:
        sides = (list(places), [own.enrollment_id])
    held = as_asked(policy, question.format)
    source = await fitting.source(db, tenant, held, own.cohort_id, sides)
    free = fitting.free_seats(source, places)
    found = search(fits(source), part, free, question.wanted, policy.weights)
    after = page.after
    rows = [each for each in found if after is None or each.position > after][: page.rows]
    waiting = await requests.open_counts(db, tenant, [each.who.enrollment_id for each in rows])
    most = policy.open_requests_max
    shown = page.of(rows, lambda each: each.position)
    return PageOf[PartnerView](
        items=[_view(each, waiting.get(each.who.enrollment_id, 0) < most) for each in shown.items],
        next_cursor=shown.next_cursor,
    )


async def shortlist(
    db: Database, page: PageRequest, *, enrollment_id: UUID
) -> PageOf[ShortlistedView]:
    """Whom an enrollment has in mind, the latest first."""
    rows = await db.fetch(_SHORTLIST, enrollment_id, *(page.after or (None, None)), page.rows)
    views = [ShortlistedView(**row) for row in rows]
    return page.of(views, lambda view: (view.at, view.enrollment_id))


def _view(each: Found, can_be_asked: bool) -> PartnerView:  # noqa: FBT001  # one of its facts
    who = each.who
    return PartnerView(
        enrollment_id=who.enrollment_id,
        person_id=who.person_id,
        function=who.function,
        level=who.level,
        languages=list(who.languages),
        expertise=[
            SkillView(competency_id=skill.competency_id, level=skill.level)
            for skill in who.expertise
        ],
        goals=list(who.goals),
        fit=each.band,
        free_seats=each.free,
        can_be_asked=can_be_asked,
    )
