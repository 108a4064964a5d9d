"""What makes a mentee and a mentor fit, in whole numbers: the second version of the score.

Each component is a number of parts, 0 to 60, of its weight: `weight * parts // 60` points. The
points of all components add up to the score exactly, 0 to 1000, on every machine. Every division
rounds down.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from services.matching.domain.field import Field
from services.matching.domain.people_tables import GOALS_MAX, LEVEL_UNKNOWN, STRONG_LEVEL, Whole
from shared.events.matching import CrossFunctionRule

SPEC_VERSION = 2
PARTS = 60
COMMON_MINUTES_FULL = 360  # from six hours on, more does not count
COMPONENTS = (
    "strengths",
    "other_function",
    "target_roles",
    "style",
    "hours",
    "spare_load",
    "title",
    "tenure",
    "same_function",
    "proximity",
    "rotation",
    "emphasis",
)
EMPHASIS = "emphasis"  # its weight is that of the run

_LEVEL_MAX = 5
_WANTS = np.arange(GOALS_MAX, 0, -1, dtype=np.int8)  # how much the first, second, … goal counts
_INTERESTS_FULL = 3
_PARTS_A_LEVEL = 20  # three levels apart earn nothing for title
_PARTS_A_YEAR = 12  # five years ahead are enough
_PARTS_A_PAIRING = 20  # three new pairings in a year leave nothing for rotation


def weight_of(field: Field, component: str) -> int:
    """Points at most."""
    if component == EMPHASIS:
        return field.emphasis_weight
    weight: int = getattr(field.policy.weights, component)
    return weight


def components(field: Field, rows: slice) -> Whole:
    """The points of each component, COMPONENTS x mentees of `rows` x mentors."""
    shape = (len(COMPONENTS), len(field.mentees.person[rows]), len(field.mentors.person))
    points = np.zeros(shape, dtype=np.int32)
    for place, component in enumerate(COMPONENTS):
        weight = weight_of(field, component)
        if weight:
            points[place] = weight * parts(field, rows, component) // PARTS
    return points


def scores(field: Field, rows: slice) -> Whole:
    """The score of each pair, mentees of `rows` x mentors."""
    shape = (len(field.mentees.person[rows]), len(field.mentors.person))
    total = np.zeros(shape, dtype=np.int32)
    for component in COMPONENTS:
        weight = weight_of(field, component)
        if weight:
            total += weight * parts(field, rows, component) // PARTS
    return total


def parts(field: Field, rows: slice, component: str) -> Whole:
    """Parts of 60 of one component, mentees of `rows` x mentors or what broadcasts to it."""
    return _PARTS[component](field, rows)


def common_minutes(field: Field, rows: slice) -> Whole:
    """Minutes of a day in which both can meet."""
    quarters = field.mentees.quarters[rows] @ field.mentors.quarters.T
    return 15 * quarters.astype(np.int32)


def _strengths(field: Field, rows: slice) -> Whole:
    """What the mentor is ahead by in what the mentee wants, first wishes first.

    Sum of want * (mentor's level - mentee's level, 0 at least) over the first five goals, of the
    sum of want * (5 - mentee's level); wants are 5, 4, 3, 2, 1.
    """
    goals = field.mentees.goals[rows]
    own = np.take_along_axis(field.mentees.levels[rows], goals, axis=1)
    wanted = _WANTS * (goals > 0).astype(np.int8)
    gained = np.zeros((len(goals), len(field.mentors.person)), dtype=np.int8)  # 75 at most
    for place in range(GOALS_MAX):
        ahead = field.offered[goals[:, place]]
        ahead -= own[:, place, None]
        np.maximum(ahead, 0, out=ahead)
        ahead *= wanted[:, place, None]
        gained += ahead
    room = (wanted * (_LEVEL_MAX - own)).sum(axis=1, dtype=np.int32)
    found: Whole = PARTS * gained.astype(np.int32) // np.maximum(room, 1)[:, None]
    return found


def _other_function(field: Field, rows: slice) -> Whole:
    """All or nothing; nothing too where the program ignores functions."""
    if field.policy.cross_function is CrossFunctionRule.IGNORED:
        return np.zeros((1, 1), dtype=np.int32)
    return PARTS - _same_function(field, rows)


def _target_roles(field: Field, rows: slice) -> Whole:
    """45 parts for what the wished roles ask for, 5 for each of up to three common interests."""
    roles = field.mentees.roles[rows]
    asked = np.maximum(roles.sum(axis=1).astype(np.int32), 1)[:, None]
    met = (roles @ field.mentors.strong.T).astype(np.int32)
    shared = (field.mentees.interests[rows] @ field.mentors.interests.T).astype(np.int32)
    found: Whole = 45 * met // asked + 5 * np.minimum(shared, _INTERESTS_FULL)
    return found


def _style(field: Field, rows: slice) -> Whole:
    """30 parts for learning alike, 30 for working unlike; not said counts 15 of each."""
    learning, of_mentors = field.mentees.learning_style[rows, None], field.mentors.learning_style
    alike = np.where(learning == of_mentors, 30, 0)
    alike = np.where((learning == 0) | (of_mentors == 0), 15, alike)
    working, of_mentors = field.mentees.work_style[rows, None], field.mentors.work_style
    unlike = np.where(working != of_mentors, 30, 0)
    unlike = np.where((working == 0) | (of_mentors == 0), 15, unlike)
    return (alike + unlike).astype(np.int32)


def _hours(field: Field, rows: slice) -> Whole:
    minutes = np.minimum(common_minutes(field, rows), COMMON_MINUTES_FULL)
    return PARTS * minutes // COMMON_MINUTES_FULL


def _spare_load(field: Field, _: slice) -> Whole:
    """Free seats of all seats."""
    spare = PARTS * field.mentors.free // np.maximum(field.mentors.seats, 1)
    return np.clip(spare, 0, PARTS)[None, :]


def _title(field: Field, rows: slice) -> Whole:
    """20 parts less for each level between the two; nothing where a level is not known."""
    mentees, mentors = field.mentees.level[rows, None], field.mentors.level
    known = (mentees != LEVEL_UNKNOWN) & (mentors != LEVEL_UNKNOWN)
    found: Whole = np.maximum(PARTS - _PARTS_A_LEVEL * np.abs(mentees - mentors), 0) * known
    return found


def _tenure(field: Field, rows: slice) -> Whole:
    ahead = np.maximum(field.mentors.tenure - field.mentees.tenure[rows, None], 0)
    found: Whole = np.minimum(_PARTS_A_YEAR * ahead, PARTS)
    return found


def _same_function(field: Field, rows: slice) -> Whole:
    same = field.mentees.function[rows, None] == field.mentors.function
    found: Whole = PARTS * same.astype(np.int32)
    return found


def _proximity(field: Field, rows: slice) -> Whole:
    """All for the same site, half for the same distance from UTC."""
    site = field.mentees.site[rows, None]
    here = (site == field.mentors.site) & (site > 0)
    hour = field.mentees.utc_offset[rows, None] == field.mentors.utc_offset
    return np.where(here, PARTS, (PARTS // 2) * hour).astype(np.int32)


def _rotation(field: Field, _: slice) -> Whole:
    """20 parts less for each pairing that the mentor began in the last 365 days."""
    return np.maximum(PARTS - _PARTS_A_PAIRING * field.mentors.recent, 0)[None, :]


def _emphasis(field: Field, rows: slice) -> Whole:
    """Of what the run emphasises, what the mentor is strong in and ahead of the mentee."""
    shape = (len(field.mentees.person[rows]), len(field.mentors.person))
    met = np.zeros(shape, dtype=np.int32)
    for competency in field.emphasised:
        offered = field.offered[competency]
        own = field.mentees.levels[rows, competency, None]
        met += (offered >= STRONG_LEVEL) & (offered > own)
    return PARTS * met // max(len(field.emphasised), 1)


_PARTS: Mapping[str, Callable[[Field, slice], Whole]] = MappingProxyType(
    {
        "strengths": _strengths,
        "other_function": _other_function,
        "target_roles": _target_roles,
        "style": _style,
        "hours": _hours,
        "spare_load": _spare_load,
        "title": _title,
        "tenure": _tenure,
        "same_function": _same_function,
        "proximity": _proximity,
        "rotation": _rotation,
        "emphasis": _emphasis,
    }
)
