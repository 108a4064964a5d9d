"""Drafts side by side: whom each serves, how well, whose load, and who fares otherwise."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from shared.fairness.rate import Rate, below_four_fifths, ratio_per_mille
from shared.fairness.suppression import GROUP_SIZE_DEFAULT, Cell, Threshold, hidden_groups
from shared.frozen import frozen
from shared.ids import EnrollmentId, RunId

UNKNOWN = "unknown"
DIMENSIONS = ("function", "level", "site")
BAND_POINTS = 200
BANDS = 5  # the last one includes 1000


@frozen
class Person:
    """Somebody of a run, as far as groups are counted by."""

    function: str
    level: str  # empty: not known
    site: str  # empty: not known

    def group(self, dimension: str) -> str:
        """The group of this person in one of DIMENSIONS."""
        return {"function": self.function, "level": self.level, "site": self.site}[
            dimension
        ] or UNKNOWN


@frozen
class Made:
    """A pair of a draft."""

    mentor: EnrollmentId
    mentee: EnrollmentId
    score: int
    cross_functional: bool


@frozen
class DraftFacts:
    """One draft as it stands."""

    run_id: RunId
    pairs: Sequence[Made]
    unserved: frozenset[EnrollmentId]
    mentees: Mapping[EnrollmentId, Person]
    mentors: Mapping[EnrollmentId, int]  # with the seats that were free

    @property
    def partners(self) -> Mapping[EnrollmentId, EnrollmentId]:
        """The mentor of each mentee who has one."""
        return {pair.mentee: pair.mentor for pair in self.pairs}


@frozen
class GroupAccess:
    """How many of a group a draft serves; nothing where too few stand behind the number."""

    group: str
    rate: Rate | None
    ratio_per_mille: int | None  # to the group that fares best
    below_four_fifths: bool | None


@frozen
class Difference:
    """How a second draft treats people otherwise than a first one."""

    moved: Mapping[EnrollmentId, tuple[EnrollmentId, EnrollmentId]]  # mentee: from whom, to whom
    newly_served: Mapping[EnrollmentId, EnrollmentId]
    newly_unserved: Mapping[EnrollmentId, EnrollmentId]  # with the mentor they had
    only_first: frozenset[EnrollmentId]  # mentees that the second one knows nothing of
    only_second: frozenset[EnrollmentId]


def bands(draft: DraftFacts) -> Sequence[int]:
    """Pairs by score: 0 to 199, 200 to 399, and so on to 1000."""
    counted = Counter(min(pair.score // BAND_POINTS, BANDS - 1) for pair in draft.pairs)
    return [counted[band] for band in range(BANDS)]


def loads(draft: DraftFacts) -> Mapping[int, int]:
    """How many mentors have how many mentees of this draft, those with none included."""
    taken = Counter(pair.mentor for pair in draft.pairs)
    everybody = draft.mentors.keys() | taken.keys()
    return dict(sorted(Counter(taken[mentor] for mentor in everybody).items()))


def access(
    draft: DraftFacts, dimension: str, size: int = GROUP_SIZE_DEFAULT
) -> Sequence[GroupAccess]:
    """How many mentees of each group have a mentor, by the formulas of the access figures."""
    cells = _cells(draft, dimension)
    (hidden,) = hidden_groups([cells], Threshold(size=size))
    rates = {
        group: Rate(numerator=cell.hits or 0, denominator=cell.people)
        for group, cell in cells.items()
        if group not in hidden
    }
    best = _best(rates)
    return [_group(group, rates.get(group), best) for group in sorted(cells)]


def difference(first: DraftFacts, second: DraftFacts) -> Difference:
    """Who gets another mentor, who is newly served, and who no longer."""
    then, now = first.partners, second.partners
    known_then, known_now = _mentees(first), _mentees(second)
    return Difference(
        moved={
            mentee: (then[mentee], now[mentee])
            for mentee in sorted(then.keys() & now.keys())
            if then[mentee] != now[mentee]
        },
        newly_served={
            who: now[who] for who in sorted(now.keys() - then.keys()) if who in known_then
        },
        newly_unserved={
            who: then[who] for who in sorted(then.keys() - now.keys()) if who in known_now
        },
        only_first=frozenset(known_then - known_now),
        only_second=frozenset(known_now - known_then),
    )


def _mentees(draft: DraftFacts) -> set[EnrollmentId]:
    return draft.partners.keys() | draft.unserved


def _cells(draft: DraftFacts, dimension: str) -> Mapping[str, Cell]:
    served = draft.partners
    cells: dict[str, Cell] = {}
    for mentee, person in draft.mentees.items():
        one = Cell(people=1, hits=int(mentee in served))
        group = person.group(dimension)
        cells[group] = cells[group].plus(one) if group in cells else one
    return cells


def _best(rates: Mapping[str, Rate]) -> Rate | None:
    known: Iterable[Rate] = (
        rate for group, rate in rates.items() if group != UNKNOWN and rate.denominator
    )
    return max(known, key=lambda rate: Fraction(rate.numerator, rate.denominator), default=None)


def _group(group: str, rate: Rate | None, best: Rate | None) -> GroupAccess:
    if rate is None or best is None:
        return GroupAccess(group=group, rate=rate, ratio_per_mille=None, below_four_fifths=None)
    return GroupAccess(
        group=group,
        rate=rate,
        ratio_per_mille=ratio_per_mille(rate, best),
        below_four_fifths=below_four_fifths(rate, best),
    )
