"""Whom to pair with one person, as a manager sees it."""

from uuid import UUID

from pydantic import Field

from services.matching.domain.fit import fits
from services.matching.domain.suggestion import Suggested, other, suggestions
from services.matching.queries import fits as fitting
from services.matching.queries.fits import Sides
from services.matching.queries.openness import Openness, across
from services.matching.queries.run_views import ComponentsView
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import View
from shared.ids import TenantId


class SuggestionView(View):
    enrollment_id: UUID
    person_id: UUID
    rank: int = Field(description="1 fits best.")
    score: int = Field(description="0 to 1000.")
    components: ComponentsView
    free_seats: int
    cross_functional: bool


class RuledOutView(View):
    rule: str = Field(examples=["reporting_line", "level_gap"])
    people: int = Field(description="Whom it forbids; somebody may stand under several rules.")


class SuggestionsView(View):
    """The best partners for one person, and why not the others."""

    enrollment_id: UUID
    part: Part
    policy_version: int
    considered: int = Field(description="Everybody on the other side of the cohort.")
    allowed: int
    without_seat: int = Field(description="Of those allowed, who has no seat free.")
    forbidden: list[RuledOutView]
    items: list[SuggestionView] = Field(
        description="Best first; the better half of those allowed with a free seat at most."
    )


@frozen
class SuggestionQuestion:
    """Partners for whom, under which policy, and how many."""

    own: Openness
    policy: MatchingPolicySet
    most: int


async def suggested(
    db: Database, tenant: TenantId, question: SuggestionQuestion
) -> SuggestionsView:
    """The best partners for one person in their cohort."""
    own, part = question.own, Part(question.own.part)
    places = await across(db, tenant, own.cohort_id, part)
    sides: Sides = ([own.enrollment_id], list(places))
    if part is Part.MENTOR:
        sides = (list(places), [own.enrollment_id])
    source = await fitting.source(db, tenant, question.policy, own.cohort_id, sides)
    free = fitting.free_seats(source, places)
    found = suggestions(fits(source), part, free, question.most)
    return SuggestionsView(
        enrollment_id=own.enrollment_id,
        part=part,
        policy_version=question.policy.version,
        considered=found.considered,
        allowed=found.allowed,
        without_seat=found.without_seat,
        forbidden=[RuledOutView(rule=rule, people=n) for rule, n in found.by_rule.items()],
        items=[_view(each, rank, part) for rank, each in enumerate(found.best, 1)],
    )


def _view(each: Suggested, rank: int, part: Part) -> SuggestionView:
    who = each.fit.mentee if part is Part.MENTOR else each.fit.mentor
    return SuggestionView(
        enrollment_id=other(each.fit, part),
        person_id=who.person_id,
        rank=rank,
        score=each.fit.score,
        components=ComponentsView.model_validate(each.fit.components),
        free_seats=each.free,
        cross_functional=each.fit.cross_functional,
    )
