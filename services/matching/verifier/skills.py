"""Points for what mentors are good at: strengths, target roles, and what a run emphasises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Whole, in_rows
from services.matching.verifier.reading import Json, Record

PARTS = 60
WANTS = (5, 4, 3, 2, 1)  # how much the first, second, … goal counts
LEVEL_MAX = 5
STRONG = 3  # from here on somebody can pass a competency on
INTERESTS_FULL = 3

_LEVELS = frozenset(range(LEVEL_MAX + 1))
_GAINED_MAX = LEVEL_MAX * sum(WANTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """Tables of what mentees want and mentors have; points by what is counted of a pair."""

    goals: NDArray[np.int32]  # mentees x wishes, a competency or 0
    own: NDArray[np.int8]  # mentees x wishes, the level they have themselves
    room: NDArray[np.int64]  # of each mentee: the most that can be gained
    strength_points: NDArray[np.int16]  # room x what is gained
    levels: NDArray[np.int8]  # competencies x mentors
    roles: NDArray[np.int32]  # mentees x competencies that target roles ask for, 0 where no more
    asked: NDArray[np.intp]  # of each mentee: which of the numbers that occur these are
    strong: NDArray[np.int8]  # competencies x mentors
    interests: NDArray[np.int32]  # mentees x interests, 0 where no more
    interests_of_mentors: NDArray[np.int8]  # interests x mentors
    role_points: NDArray[np.int16]  # numbers asked that occur x met x common interests
    emphasised: Sequence[int]  # competencies
    emphasis_own: NDArray[np.int8]  # mentees x emphasised
    emphasis_points: NDArray[np.int16]  # by how many are met

    def at(self, rows: Whole, columns: Whole) -> NDArray[np.int64]:
        """The three of single pairs, 3 x pairs."""
        across = columns[:, None]
        wants = WANTS * (self.goals[rows] > 0)
        ahead = self.levels[self.goals[rows], across] - self.own[rows]
        gained = (np.maximum(ahead, 0) * wants).sum(axis=1)
        met = self.strong[self.roles[rows], across].sum(axis=1, dtype=np.int64)
        shared = self.interests_of_mentors[self.interests[rows], across].sum(axis=1, dtype=np.int64)
        common = np.minimum(shared, INTERESTS_FULL)
        held = self.levels[list(self.emphasised)][:, columns].T
        needed = np.maximum(self.emphasis_own[rows] + 1, STRONG)
        return np.stack(
            [
                self.strength_points[self.room[rows], gained].astype(np.int64),
                self.role_points[self.asked[rows], met, common].astype(np.int64),
                self.emphasis_points[(held >= needed).sum(axis=1)].astype(np.int64),
            ]
        )


def skills_of(record: Record) -> Skills:
    """The tables of a record's people.

    Raises:
        ValueError: a level is none.
    """
    mentees, mentors = record.mentees.people, record.mentors.people
    emphasis: Json = record.input["emphasis"] or {"competencies": [], "weight": 0}
    sought = list(dict.fromkeys(emphasis["competencies"]))
    own, theirs = list(map(_levels, mentees)), list(map(_levels, mentors))
    wishes = [list(each)[: len(WANTS)] for each in _said(mentees, "goals")]
    roles, topics = _said(mentees, "role_competencies"), _said(mentees, "interests")
    topics_of_mentors = _said(mentors, "interests")
    words = _numbered([*theirs, *wishes, *roles, sought])
    topic_numbers = _numbered([*topics, *topics_of_mentors])
    goals, own_of_goals = _rows(wishes, words, len(WANTS)), _own(own, wishes, len(WANTS))
    held, roles_asked = _held(theirs, words), _rows(roles, words)
    numbers, asked = np.unique((roles_asked > 0).sum(axis=1), return_inverse=True)
    weights = record.policy["weights"]
    return Skills(
        goals=goals,
        own=own_of_goals,
        room=((goals > 0) * (LEVEL_MAX - own_of_goals.astype(np.int64))) @ np.array(WANTS),
        strength_points=_strength_points(weights["strengths"]),
        levels=held,
        roles=roles_asked,
        asked=asked,
        strong=(held >= STRONG).astype(np.int8),
        interests=_rows(topics, topic_numbers),
        interests_of_mentors=_held(topics_of_mentors, topic_numbers),
        role_points=_role_points(numbers, weights["target_roles"]),
        emphasised=[words[competency] for competency in sought],
        emphasis_own=_own(own, [sought] * len(own), len(sought)),
        emphasis_points=_emphasis_points(len(sought), emphasis["weight"]),
    )


def _strength_points(weight: int) -> NDArray[np.int16]:
    room, gained = np.ogrid[: _GAINED_MAX + 1, : _GAINED_MAX + 1]
    parts = PARTS * np.minimum(gained, room) // np.maximum(room, 1)
    points: NDArray[np.int16] = (weight * parts // PARTS).astype(np.int16)
    return points


def _role_points(asked: Whole, weight: int) -> NDArray[np.int16]:
    """Three parts what the wished roles ask for, one part interests in common."""
    met, common = np.ogrid[: int(asked.max(initial=0)) + 1, : INTERESTS_FULL + 1]
    asked = asked[:, None, None]
    parts = 45 * np.minimum(met, asked) // np.maximum(asked, 1) + 15 * common // INTERESTS_FULL
    points: NDArray[np.int16] = (weight * parts // PARTS).astype(np.int16)
    return points


def _emphasis_points(asked: int, weight: int) -> NDArray[np.int16]:
    parts = PARTS * np.arange(asked + 1) // max(asked, 1)
    return (weight * parts // PARTS).astype(np.int16)


def _levels(who: Mapping[str, Json]) -> Mapping[str, int]:
    """The level of somebody in each competency that they have.

    Raises:
        ValueError: it is none.
    """
    levels = {skill["competency_id"]: skill["level"] for skill in who.get("expertise", ())}
    for level in levels.values():
        if level not in _LEVELS:
            message = f"{level!r} is no level"
            raise ValueError(message)
    return levels


def _said(people: Sequence[Mapping[str, Json]], name: str) -> Sequence[Mapping[str, None]]:
    """The different words that everybody says."""
    return [dict.fromkeys(who.get(name, ())) for who in people]


def _numbered(lists: Iterable[Iterable[str]]) -> Mapping[str, int]:
    """A number from 1 for each word."""
    return {
        word: number for number, word in enumerate(dict.fromkeys(chain.from_iterable(lists)), 1)
    }


def _rows(
    lists: Iterable[Iterable[str]], numbers: Mapping[str, int], width: int = 0
) -> NDArray[np.int32]:
    """People x as many words as anybody has, 0 after the last."""
    return in_rows([[numbers[word] for word in words] for words in lists], width)


def _held(
    people: Sequence[Mapping[str, int | None]], numbers: Mapping[str, int]
) -> NDArray[np.int8]:
    """Words x people: the level of each, 1 where it is said without one."""
    held = np.zeros((len(numbers) + 1, len(people)), dtype=np.int8)
    for column, words in enumerate(people):
        for word, level in words.items():
            held[numbers[word], column] = 1 if level is None else level
    return held


def _own(
    levels: Sequence[Mapping[str, int]], wishes: Sequence[Sequence[str]], width: int
) -> NDArray[np.int8]:
    """People x wishes: the level that they have themselves."""
    own = [[has.get(wish, 0) for wish in mine] for has, mine in zip(levels, wishes, strict=True)]
    return in_rows(own, width).astype(np.int8)
