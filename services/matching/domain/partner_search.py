"""Who is found by somebody who looks for a partner: in bands, never as a table of ranks."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from uuid import UUID

from services.matching.domain.fit import Fit
from services.matching.domain.people_tables import STRONG_LEVEL
from services.matching.domain.pool import Candidate
from services.matching.domain.suggestion import other
from shared.events.matching import ScoreWeights
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CompetencyId, EnrollmentId, derived_id

GREAT_PERCENT = 65  # of the points that the program's weights could give
GOOD_PERCENT = 40


class Band(StrEnum):
    """How well somebody fits, roughly."""

    GREAT = "great"
    GOOD = "good"
    SOME = "some"


@frozen
class Wanted:
    """What somebody looks for; None: it does not matter."""

    function: str | None = None
    competency: CompetencyId | None = None
    language: str | None = None
    level: str | None = None
    full_too: bool = False  # also who has no seat free now


@frozen
class Found:
    who: Candidate
    band: Band
    free: int
    token: UUID  # orders people of one band, another way for everybody who looks

    @property
    def position(self) -> tuple[int, UUID]:
        """Where it stands in the list."""
        return [*Band].index(self.band), self.token


def search(
    found: Iterable[Fit],
    own: Part,
    free: Mapping[EnrollmentId, int],
    wanted: Wanted,
    weights: ScoreWeights,
) -> Sequence[Found]:
    """Everybody who may be asked and is as wanted, best band first.

    Within a band the order is another for everybody who looks, so that nobody is always first.
    Whom a rule forbids is not found, whatever the rule.
    """
    most = points_max(weights)
    matches = (fit for fit in found if fit.is_allowed and _as_wanted(_who(fit, own), own, wanted))
    listed = [
        Found(
            who=_who(fit, own),
            band=band_of(fit.score, most),
            free=free.get(other(fit, own), 0),
            token=derived_id("search", fit.mentor.enrollment_id, fit.mentee.enrollment_id),
        )
        for fit in matches
    ]
    return sorted(
        (each for each in listed if wanted.full_too or each.free > 0),
        key=lambda each: each.position,
    )


def band_of(score: int, most: int) -> Band:
    """The band of a score, of the most points that could be had."""
    percent = 100 * score // max(most, 1)
    if percent >= GREAT_PERCENT:
        return Band.GREAT
    return Band.GOOD if percent >= GOOD_PERCENT else Band.SOME


def points_max(weights: ScoreWeights) -> int:
    """The most points that a pair can have; what is alike and what is not cannot both count."""
    function = max(weights.other_function, weights.same_function)
    return (
        function
        + weights.strengths
        + weights.target_roles
        + weights.style
        + weights.hours
        + weights.spare_load
        + weights.title
        + weights.tenure
        + weights.proximity
        + weights.rotation
    )


def _who(fit: Fit, own: Part) -> Candidate:
    return fit.mentee if own is Part.MENTOR else fit.mentor


def _as_wanted(who: Candidate, own: Part, wanted: Wanted) -> bool:
    if wanted.function not in (None, who.function) or wanted.level not in (None, who.level):
        return False
    spoken = {tag.partition("-")[0].lower() for tag in who.languages}
    if wanted.language is not None and wanted.language.partition("-")[0].lower() not in spoken:
        return False
    if wanted.competency is None:
        return True
    if own is Part.MENTOR:  # a mentor looks for who wants to learn it
        return wanted.competency in (*who.goals, *who.role_competencies)
    strong = {each.competency_id for each in who.expertise if each.level >= STRONG_LEVEL}
    return wanted.competency in strong
