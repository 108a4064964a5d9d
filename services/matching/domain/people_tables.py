"""Candidates as tables of small whole numbers, so that pairs are compared by the block."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.pool import Candidate, RunInput
from shared.events.vocabulary import Period
from shared.frozen import frozen
from shared.ids import CompetencyId

T = TypeVar("T")

Exact: TypeAlias = NDArray[np.float32]  # small whole numbers: products of them stay exact
Whole: TypeAlias = NDArray[np.int32]
Level: TypeAlias = NDArray[np.int8]

STRONG_LEVEL = 3  # from here on somebody can pass a competency on
GOALS_MAX = 5  # later wishes than the fifth do not count
QUARTERS_A_DAY = 96
LEVEL_UNKNOWN = -1
_QUARTER_MINUTES = 15
_HOURS = {  # of a working day, in a person's own time: from, to
    Period.MORNING: (8, 11),
    Period.MIDDAY: (11, 14),
    Period.AFTERNOON: (14, 17),
    Period.EVENING: (17, 20),
}


@frozen
class Words:
    """Every competency, language, and so on that anybody of this run uses, by number from 1."""

    competencies: dict[CompetencyId, int]
    languages: dict[str, int]
    interests: dict[str, int]
    needs: dict[str, int]
    codes: dict[object, int]  # functions, sites, styles, and people
    levels: dict[str, int]  # those that the policy names, by their place from 0, lowest first


@frozen
class People:
    """One side of a run; row i of each table is the i-th candidate."""

    levels: Level  # people x competencies, 0 to 5
    strong: Exact  # people x competencies, 1 from STRONG_LEVEL on
    goals: Whole  # people x GOALS_MAX, a competency or 0
    roles: Exact  # people x competencies, 1 where a target role asks for it
    languages: Exact  # people x languages, 1 where spoken
    interests: Exact  # people x interests, 1 where named
    needs: Exact  # people x needs, 1 where needed
    supports: Exact  # people x needs, 1 where it can be met
    quarters: Exact  # people x quarter hours of a UTC day, 1 where free to meet
    function: Whole
    learning_style: Whole  # 0: not said
    work_style: Whole  # 0: not said
    person: Whole
    manager: Whole  # 0: none known
    level: Whole  # the place in the policy's levels, or LEVEL_UNKNOWN
    site: Whole  # 0: none known
    utc_offset: Whole  # minutes
    tenure: Whole  # whole years
    recent: Whole  # pairings begun in the last 365 days
    seats: Whole
    free: Whole


def words_of(source: RunInput) -> Words:
    """The words of all these people, numbered in an order that no result depends on."""
    candidates = (*source.mentees, *source.mentors)
    emphasised = () if source.emphasis is None else source.emphasis.competencies
    levels = dict.fromkeys(source.policy.levels)
    return Words(
        competencies=_numbered((*map(_competencies, candidates), emphasised)),
        languages=_numbered(map(_spoken, candidates)),
        interests=_numbered(who.interests for who in candidates),
        needs=_numbered((*who.needs, *who.supports) for who in candidates),
        codes=_numbered(map(_codes, candidates)),
        levels={level: place for place, level in enumerate(levels)},
    )


def people(candidates: Sequence[Candidate], words: Words) -> People:
    levels = _levels(candidates, words.competencies)
    codes = words.codes
    return People(
        levels=levels,
        strong=(levels >= STRONG_LEVEL).astype(np.float32),
        goals=_goals(candidates, words.competencies),
        roles=_marks(candidates, words.competencies, lambda who: who.role_competencies),
        languages=_marks(candidates, words.languages, _spoken),
        interests=_marks(candidates, words.interests, lambda who: who.interests),
        needs=_marks(candidates, words.needs, lambda who: who.needs),
        supports=_marks(candidates, words.needs, lambda who: who.supports),
        quarters=np.array([_quarters(who) for who in candidates], dtype=np.float32).reshape(
            len(candidates), QUARTERS_A_DAY
        ),
        function=_column(codes[("function", who.function)] for who in candidates),
        learning_style=_column(
            codes.get(("learning", who.learning_style), 0) for who in candidates
        ),
        work_style=_column(codes.get(("work", who.work_style), 0) for who in candidates),
        person=_column(codes[who.person_id] for who in candidates),
        manager=_column(codes[who.managers[0]] if who.managers else 0 for who in candidates),
        level=_column(words.levels.get(who.level, LEVEL_UNKNOWN) for who in candidates),
        site=_column(codes.get(("site", who.site), 0) for who in candidates),
        utc_offset=_column(who.utc_offset_minutes for who in candidates),
        tenure=_column(who.tenure_years for who in candidates),
        recent=_column(who.recent_pairings for who in candidates),
        seats=_column(who.seats for who in candidates),
        free=_column(who.free for who in candidates),
    )


def chosen(side: People, places: NDArray[np.integer]) -> People:
    """These people of one side, in this order; somebody may come twice."""
    return People(**{each.name: getattr(side, each.name)[places] for each in fields(side)})


def _spoken(who: Candidate) -> tuple[str, ...]:
    """Languages without their regions: people of en-GB and en-US understand each other."""
    return tuple(tag.partition("-")[0].lower() for tag in who.languages)


def _competencies(who: Candidate) -> tuple[CompetencyId, ...]:
    known = tuple(skill.competency_id for skill in who.expertise)
    return (*known, *who.goals, *who.role_competencies)


def _codes(who: Candidate) -> tuple[object, ...]:
    said = {"learning": who.learning_style, "work": who.work_style, "site": who.site}
    known = ((kind, code) for kind, code in said.items() if code)
    return (("function", who.function), who.person_id, *who.managers, *known)


def _numbered(groups: Iterable[Iterable[T]]) -> dict[T, int]:
    numbers: dict[T, int] = {}
    for group in groups:
        for word in group:
            numbers.setdefault(word, len(numbers) + 1)
    return numbers


def _column(values: Iterable[int]) -> Whole:
    return np.fromiter(values, dtype=np.int32)


def _levels(candidates: Sequence[Candidate], numbers: dict[CompetencyId, int]) -> Level:
    levels = np.zeros((len(candidates), len(numbers) + 1), dtype=np.int8)
    for row, who in enumerate(candidates):
        for skill in who.expertise:
            levels[row, numbers[skill.competency_id]] = skill.level
    return levels


def _goals(candidates: Sequence[Candidate], numbers: dict[CompetencyId, int]) -> Whole:
    goals = np.zeros((len(candidates), GOALS_MAX), dtype=np.int32)
    for row, who in enumerate(candidates):
        for place, goal in enumerate(tuple(dict.fromkeys(who.goals))[:GOALS_MAX]):
            goals[row, place] = numbers[goal]
    return goals


def _marks(
    candidates: Sequence[Candidate],
    numbers: dict[T, int],
    words: Callable[[Candidate], Iterable[T]],
) -> Exact:
    marks = np.zeros((len(candidates), len(numbers) + 1), dtype=np.float32)
    for row, who in enumerate(candidates):
        marks[row, [numbers[word] for word in words(who)]] = 1
    return marks


def _quarters(who: Candidate) -> NDArray[np.bool_]:
    """The quarter hours of a UTC day in which this person can meet."""
    free = np.zeros(QUARTERS_A_DAY, dtype=np.bool_)
    for period in who.periods:
        start, end = _HOURS[period]
        free[start * 4 : end * 4] = True
    return np.roll(free, -(who.utc_offset_minutes // _QUARTER_MINUTES))
