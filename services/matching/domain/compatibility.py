"""How well a mentee and a mentor fit, 0 to 1000, and the hard rules that forbid a pair.

Each component is a number of parts of 60 times its weight, whole numbers all the way: they add up
exactly, on every machine.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.people_tables import People, Whole, people, words_of
from services.matching.domain.pool import Candidate, RunInput
from shared.events.matching import CrossFunctionRule, ScoreComponents, ScoreWeights
from shared.frozen import frozen
from shared.ids import PersonId

PARTS = 60
COMMON_MINUTES_MIN = 60  # below an hour a day in common, a pair cannot meet
COMMON_MINUTES_FULL = 360  # from six hours on, more does not count
COMPONENTS = ("strengths", "other_function", "target_roles", "style", "hours", "spare_load")

_WANTS = np.array([5, 4, 3, 2, 1], dtype=np.int32)  # how much the first, second, … goal counts
_LEVEL_MAX = 5
_BLOCK_ROWS = 64
_INTERESTS_FULL = 3


class Rule(StrEnum):
    """Why two people may not be paired, whatever their score."""

    SAME_PERSON = "same_person"
    REPORTING_LINE = "reporting_line"
    SAME_FUNCTION = "same_function"
    NO_COMMON_LANGUAGE = "no_common_language"
    NO_COMMON_HOURS = "no_common_hours"
    PARTED_BEFORE = "parted_before"


@frozen
class Field:
    """Both sides of a run as tables, and what the policy makes of them."""

    mentees: People
    mentors: People
    cross_function: CrossFunctionRule
    weights: ScoreWeights
    related: NDArray[np.bool_]  # mentees x mentors: one stands above the other
    parted: NDArray[np.bool_]  # mentees x mentors: were put together before


def field_of(source: RunInput) -> Field:
    words = words_of((*source.mentees, *source.mentors))
    return Field(
        mentees=people(source.mentees, words),
        mentors=people(source.mentors, words),
        cross_function=source.policy.cross_function,
        weights=source.policy.weights,
        related=_related(source.mentees, source.mentors),
        parted=_parted(source),
    )


def scored(field: Field) -> tuple[Whole, NDArray[np.bool_]]:
    """The score of each pair and whether it is allowed, mentees x mentors."""
    count, mentors = len(field.mentees.person), len(field.mentors.person)
    scores = np.zeros((count, mentors), dtype=np.int32)
    allowed = np.zeros((count, mentors), dtype=np.bool_)
    for start in range(0, count, _BLOCK_ROWS):
        rows = slice(start, start + _BLOCK_ROWS)
        scores[rows] = components(field, rows).sum(axis=0)
        allowed[rows] = ~blocked(field, rows).any(axis=0)
    return scores, allowed


def components(field: Field, rows: slice) -> Whole:
    """The points of each component, COMPONENTS x mentees of `rows` x mentors."""
    return np.stack([_POINTS[name](field, rows) for name in COMPONENTS])


def blocked(field: Field, rows: slice) -> NDArray[np.bool_]:
    """Which rule forbids which pair, rules x mentees of `rows` x mentors."""
    return np.stack([_RULES[rule](field, rows) for rule in Rule])


def components_of(points: Sequence[int]) -> ScoreComponents:
    """One pair's points, in the order of COMPONENTS, by name."""
    return ScoreComponents(
        **{name: int(part) for name, part in zip(COMPONENTS, points, strict=True)}
    )


def broken_rules(field: Field) -> tuple[Rule, ...]:
    """What forbids the only pair of a field of one mentee and one mentor."""
    broken = blocked(field, slice(0, 1))[:, 0, 0]
    return tuple(rule for rule, holds in zip(Rule, broken, strict=True) if holds)


def pair_score(field: Field) -> int:
    """The score of the only pair of a field of one mentee and one mentor."""
    return int(components(field, slice(0, 1)).sum())


def _strengths(field: Field, rows: slice) -> Whole:
    """What the mentor is ahead by in what the mentee wants, first wishes first."""
    goals = field.mentees.goals[rows]
    own = np.take_along_axis(field.mentees.levels[rows], goals, axis=1)
    offered = field.mentors.levels.T[goals]  # mentees x goals x mentors
    ahead = np.clip(offered - own[:, :, None], 0, _LEVEL_MAX)
    wanted = _WANTS * (goals > 0)
    gained = np.einsum("ik,ikj->ij", wanted, ahead)
    room = (wanted * np.maximum(_LEVEL_MAX - own, 0)).sum(axis=1)
    parts = PARTS * gained // np.maximum(room, 1)[:, None]
    points: Whole = field.weights.strengths * parts // PARTS
    return points


def _other_function(field: Field, rows: slice) -> Whole:
    if field.cross_function is CrossFunctionRule.IGNORED:
        return np.zeros((len(field.mentees.person[rows]), len(field.mentors.person)), np.int32)
    return field.weights.other_function * (~_same_function(field, rows)).astype(np.int32)


def _target_roles(field: Field, rows: slice) -> Whole:
    """Three parts what the wished roles ask for, one part interests in common."""
    roles = field.mentees.roles[rows]
    asked = np.maximum(roles.sum(axis=1).astype(np.int32), 1)[:, None]
    met = (roles @ field.mentors.strong.T).astype(np.int32)
    shared = (field.mentees.interests[rows] @ field.mentors.interests.T).astype(np.int32)
    common = np.minimum(shared, _INTERESTS_FULL)
    parts = 45 * met // asked + 15 * common // _INTERESTS_FULL
    points: Whole = field.weights.target_roles * parts // PARTS
    return points


def _style(field: Field, rows: slice) -> Whole:
    """Half for learning alike, half for working unlike; not said counts half of each."""
    learning, of_mentors = field.mentees.learning_style[rows, None], field.mentors.learning_style
    alike = np.where(learning == of_mentors[None, :], 30, 0)
    alike = np.where((learning == 0) | (of_mentors[None, :] == 0), 15, alike)
    working, of_mentors = field.mentees.work_style[rows, None], field.mentors.work_style
    unlike = np.where(working != of_mentors[None, :], 30, 0)
    unlike = np.where((working == 0) | (of_mentors[None, :] == 0), 15, unlike)
    return (field.weights.style * (alike + unlike) // PARTS).astype(np.int32)


def _hours(field: Field, rows: slice) -> Whole:
    minutes = np.minimum(_common_minutes(field, rows), COMMON_MINUTES_FULL)
    return field.weights.hours * minutes // COMMON_MINUTES_FULL


def _spare_load(field: Field, rows: slice) -> Whole:
    parts = PARTS * field.mentors.free // np.maximum(field.mentors.seats, 1)
    points = field.weights.spare_load * np.clip(parts, 0, PARTS) // PARTS
    return np.broadcast_to(points, (len(field.mentees.person[rows]), len(points)))


def _common_minutes(field: Field, rows: slice) -> Whole:
    quarters = field.mentees.quarters[rows] @ field.mentors.quarters.T
    return 15 * quarters.astype(np.int32)


def _same_function(field: Field, rows: slice) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = field.mentees.function[rows, None] == field.mentors.function[None, :]
    return same


def _same_person(field: Field, rows: slice) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = field.mentees.person[rows, None] == field.mentors.person[None, :]
    return same


def _reporting_line(field: Field, rows: slice) -> NDArray[np.bool_]:
    """One stands above the other, at any height, or both answer to the same manager."""
    managers = field.mentees.manager[rows, None]
    same: NDArray[np.bool_] = (managers == field.mentors.manager[None, :]) & (managers > 0)
    return same | field.related[rows]


def _forbidden_function(field: Field, rows: slice) -> NDArray[np.bool_]:
    required = field.cross_function is CrossFunctionRule.REQUIRED
    return _same_function(field, rows) & required


def _no_common_language(field: Field, rows: slice) -> NDArray[np.bool_]:
    silent: NDArray[np.bool_] = field.mentees.languages[rows] @ field.mentors.languages.T == 0
    return silent


def _no_common_hours(field: Field, rows: slice) -> NDArray[np.bool_]:
    return _common_minutes(field, rows) < COMMON_MINUTES_MIN


def _parted_before(field: Field, rows: slice) -> NDArray[np.bool_]:
    return field.parted[rows]


_POINTS: Mapping[str, Callable[[Field, slice], Whole]] = MappingProxyType(
    {
        "strengths": _strengths,
        "other_function": _other_function,
        "target_roles": _target_roles,
        "style": _style,
        "hours": _hours,
        "spare_load": _spare_load,
    }
)
_RULES: Mapping[Rule, Callable[[Field, slice], NDArray[np.bool_]]] = MappingProxyType(
    {
        Rule.SAME_PERSON: _same_person,
        Rule.REPORTING_LINE: _reporting_line,
        Rule.SAME_FUNCTION: _forbidden_function,
        Rule.NO_COMMON_LANGUAGE: _no_common_language,
        Rule.NO_COMMON_HOURS: _no_common_hours,
        Rule.PARTED_BEFORE: _parted_before,
    }
)


def _related(mentees: Sequence[Candidate], mentors: Sequence[Candidate]) -> NDArray[np.bool_]:
    related = np.zeros((len(mentees), len(mentors)), dtype=np.bool_)
    columns, rows = _places(mentors), _places(mentees)
    for row, who in enumerate(mentees):
        for above in who.managers:
            related[row, columns.get(above, [])] = True
    for column, who in enumerate(mentors):
        for above in who.managers:
            related[rows.get(above, []), column] = True
    return related


def _parted(source: RunInput) -> NDArray[np.bool_]:
    parted = np.zeros((len(source.mentees), len(source.mentors)), dtype=np.bool_)
    rows, columns = _places(source.mentees), _places(source.mentors)
    for pair in source.parted:
        for row in rows.get(pair.mentee, []):
            parted[row, columns.get(pair.mentor, [])] = True
    return parted


def _places(candidates: Sequence[Candidate]) -> dict[PersonId, list[int]]:
    places: dict[PersonId, list[int]] = {}
    for place, who in enumerate(candidates):
        places.setdefault(who.person_id, []).append(place)
    return places
