"""The hard rules: why two people may not be paired, whatever their score."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.components import common_minutes
from services.matching.domain.field import Field
from services.matching.domain.people_tables import LEVEL_UNKNOWN
from shared.events.matching import CrossFunctionRule

_DAY_MINUTES = 1440
_HOUR_MINUTES = 60


class Rule(StrEnum):
    """What forbids a pair; the last is private and named to nobody."""

    SAME_PERSON = "same_person"
    REPORTING_LINE = "reporting_line"
    SAME_FUNCTION = "same_function"
    NO_COMMON_LANGUAGE = "no_common_language"
    NO_COMMON_HOURS = "no_common_hours"
    TIME_ZONES_APART = "time_zones_apart"
    LEVEL_GAP = "level_gap"
    NEEDS_UNSUPPORTED = "needs_unsupported"
    PAIRED_BEFORE = "paired_before"
    APART = "apart"


NOT_OPEN = "not_open"  # the one word for all that is not told
UNTOLD = frozenset({Rule.NO_COMMON_HOURS, Rule.NEEDS_UNSUPPORTED, Rule.PAIRED_BEFORE, Rule.APART})


def told(broken: Iterable[Rule]) -> tuple[str, ...]:
    """What may be said of the rules that forbid a pair, each once.

    A bar is private. When somebody cares for others, what they need and how two came apart is not
    for others either: all of it is told in one word, so that nobody can conclude from it that
    there is a bar.
    """
    return tuple(dict.fromkeys(NOT_OPEN if rule in UNTOLD else rule.value for rule in broken))


def blocked(field: Field, rows: slice) -> NDArray[np.bool_]:
    """Which rule forbids which pair, rules x mentees of `rows` x mentors."""
    rows = _within(field, rows)
    shape = (len(Rule), rows.stop - rows.start, len(field.mentors.person))
    broken = np.zeros(shape, dtype=np.bool_)
    for place, rule in enumerate(Rule):
        broken[place] = _RULES[rule](field, rows)
    return broken


def allowed(field: Field, rows: slice) -> NDArray[np.bool_]:
    """Which pairs no rule forbids, mentees of `rows` x mentors."""
    rows = _within(field, rows)
    broken = np.zeros((rows.stop - rows.start, len(field.mentors.person)), dtype=np.bool_)
    for rule in Rule:
        broken |= _RULES[rule](field, rows)
    return ~broken


def forbidden(field: Field, rows: slice, rule: Rule) -> NDArray[np.bool_]:
    """Which pairs one rule forbids, mentees of `rows` x mentors or what broadcasts to it."""
    return _RULES[rule](field, _within(field, rows))


def _within(field: Field, rows: slice) -> slice:
    """The same rows with both ends named."""
    start, stop, _ = rows.indices(len(field.mentees.person))
    return slice(start, max(start, stop))


def _none() -> NDArray[np.bool_]:
    return np.zeros((1, 1), dtype=np.bool_)


def _same_person(field: Field, rows: slice) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = field.mentees.person[rows, None] == field.mentors.person
    return same


def _reporting_line(field: Field, rows: slice) -> NDArray[np.bool_]:
    """One stands above the other, at any height, or both answer to the same manager."""
    managers = field.mentees.manager[rows, None]
    same: NDArray[np.bool_] = (managers == field.mentors.manager) & (managers > 0)
    return same | field.related.marked(rows, len(field.mentors.person))


def _same_function(field: Field, rows: slice) -> NDArray[np.bool_]:
    if field.policy.cross_function is not CrossFunctionRule.REQUIRED:
        return _none()
    same: NDArray[np.bool_] = field.mentees.function[rows, None] == field.mentors.function
    return same


def _no_common_language(field: Field, rows: slice) -> NDArray[np.bool_]:
    silent: NDArray[np.bool_] = field.mentees.languages[rows] @ field.mentors.languages.T == 0
    return silent


def _no_common_hours(field: Field, rows: slice) -> NDArray[np.bool_]:
    if field.policy.common_minutes_min == 0:
        return _none()
    return common_minutes(field, rows) < field.policy.common_minutes_min


def _time_zones_apart(field: Field, rows: slice) -> NDArray[np.bool_]:
    """By the clock: UTC+13 and UTC-11 show the same hour and are not apart."""
    most = field.policy.time_zone_hours_max
    if most is None:
        return _none()
    east = (field.mentees.utc_offset[rows, None] - field.mentors.utc_offset) % _DAY_MINUTES
    far: NDArray[np.bool_] = np.minimum(east, _DAY_MINUTES - east) > most * _HOUR_MINUTES
    return far


def _level_gap(field: Field, rows: slice) -> NDArray[np.bool_]:
    """The mentor's place less the mentee's; a level not known is not held against anybody."""
    least, most = field.policy.level_gap_min, field.policy.level_gap_max
    if least is None and most is None:
        return _none()
    mentees, mentors = field.mentees.level[rows, None], field.mentors.level
    gap, outside = mentors - mentees, _none()
    if least is not None:
        outside = outside | (gap < least)
    if most is not None:
        outside = outside | (gap > most)
    known: NDArray[np.bool_] = (mentees != LEVEL_UNKNOWN) & (mentors != LEVEL_UNKNOWN)
    return outside & known


def _needs_unsupported(field: Field, rows: slice) -> NDArray[np.bool_]:
    if not field.policy.needs_supported:
        return _none()
    needs = field.mentees.needs[rows]
    unmet: NDArray[np.bool_] = needs @ field.mentors.supports.T < needs.sum(axis=1)[:, None]
    return unmet


def _paired_before(field: Field, rows: slice) -> NDArray[np.bool_]:
    return field.resting.marked(rows, len(field.mentors.person))


def _apart(field: Field, rows: slice) -> NDArray[np.bool_]:
    return field.apart.marked(rows, len(field.mentors.person))


_RULES: Mapping[Rule, Callable[[Field, slice], NDArray[np.bool_]]] = MappingProxyType(
    {
        Rule.SAME_PERSON: _same_person,
        Rule.REPORTING_LINE: _reporting_line,
        Rule.SAME_FUNCTION: _same_function,
        Rule.NO_COMMON_LANGUAGE: _no_common_language,
        Rule.NO_COMMON_HOURS: _no_common_hours,
        Rule.TIME_ZONES_APART: _time_zones_apart,
        Rule.LEVEL_GAP: _level_gap,
        Rule.NEEDS_UNSUPPORTED: _needs_unsupported,
        Rule.PAIRED_BEFORE: _paired_before,
        Rule.APART: _apart,
    }
)
