"""Points for what mentors are good at: strengths, target roles, and what a run emphasises."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Whole
from services.matching.verifier.reading import Json, Record

PARTS = 60
_WANTS = (5, 4, 3, 2, 1)  # how much the first, second, … goal counts
_LEVEL_MAX = 5
_STRONG = 3  # from here on somebody can pass a competency on
_GAINED_MAX = _LEVEL_MAX * sum(_WANTS)
_INTERESTS_FULL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Skills:
    """Tables of what mentees want and mentors have; points by what is counted of a pair."""

    goals: NDArray[np.int32]  # mentees x wishes, a competency or 0
    own: NDArray[np.int8]  # mentees x wishes, the level they have themselves
    wants: NDArray[np.int8]  # mentees x wishes
    strength_points: NDArray[np.int16]  # mentees x what is gained
    levels: NDArray[np.int8]  # competencies x mentors
    roles: NDArray[np.int32]  # mentees x competencies that target roles ask for, 0 where no more
    strong: NDArray[np.int8]  # competencies x mentors
    interests: NDArray[np.int32]  # mentees x interests, 0 where no more
    interests_of_mentors: NDArray[np.int8]  # interests x mentors
    role_points: NDArray[np.int16]  # mentees x (competencies met x common interests)
    emphasised: Sequence[int]  # competencies
    emphasis_own: NDArray[np.int8]  # mentees x emphasised
    emphasis_points: NDArray[np.int16]  # by how many are met

    def strengths(self, rows: slice) -> NDArray[np.int16]:
        """What the mentor is ahead by in what the mentee wants, first wishes first."""
        gained = np.zeros((len(self.goals[rows]), self.levels.shape[1]), dtype=np.int8)
        for wish in range(len(_WANTS)):
            ahead = self.levels[self.goals[rows, wish]]
            np.subtract(ahead, self.own[rows, wish, None], out=ahead)
            np.maximum(ahead, 0, out=ahead)
            np.multiply(ahead, self.wants[rows, wish, None], out=ahead)
            np.add(gained, ahead, out=gained)
        return _looked_up(self.strength_points[rows], gained)

    def target_roles(self, rows: slice) -> NDArray[np.int16]:
        """Three parts what the wished roles ask for, one part interests in common."""
        common = _counted(self.interests[rows], self.interests_of_mentors)
        np.minimum(common, _INTERESTS_FULL, out=common)
        found = _counted(self.roles[rows], self.strong)
        found *= _INTERESTS_FULL + 1
        found += common
        return _looked_up(self.role_points[rows], found)

    def emphasis(self, rows: slice) -> NDArray[np.int16]:
        """What the run seeks: mentors who are strong in it, and above the mentee."""
        met = np.zeros((len(self.goals[rows]), self.levels.shape[1]), dtype=np.int16)
        for place, competency in enumerate(self.emphasised):
            needed = np.maximum(self.emphasis_own[rows, place, None] + 1, _STRONG)
            met += self.levels[competency][None, :] >= needed
        return self.emphasis_points[met]

    def at(self, rows: Whole, columns: Whole) -> NDArray[np.int64]:
        """The three of single pairs, 3 x pairs."""
        ahead = self.levels[self.goals[rows], columns[:, None]] - self.own[rows]
        gained = (np.maximum(ahead, 0) * self.wants[rows]).sum(axis=1)
        across = columns[:, None]
        met = self.strong[self.roles[rows], across].sum(axis=1, dtype=np.int64)
        shared = self.interests_of_mentors[self.interests[rows], across].sum(axis=1, dtype=np.int64)
        found = (_INTERESTS_FULL + 1) * met + np.minimum(shared, _INTERESTS_FULL)
        held = self.levels[list(self.emphasised)][:, columns].T
        needed = np.maximum(self.emphasis_own[rows] + 1, _STRONG)
        return np.stack(
            [
                self.strength_points[rows, gained].astype(np.int64),
                self.role_points[rows, found].astype(np.int64),
                self.emphasis_points[(held >= needed).sum(axis=1)].astype(np.int64),
            ]
        )


def skills_of(record: Record) -> Skills:
    """The tables of a record's people."""
    mentees, mentors = record.mentees.people, record.mentors.people
    emphasis: Json = record.input["emphasis"] or {"competencies": [], "weight": 0}
    words = _numbered(
        competency
        for who in (*mentees, *mentors)
        for competency in (*_levels(who), *who.get("goals", ()), *who.get("role_competencies", ()))
    )
    for competency in emphasis["competencies"]:
        words.setdefault(competency, len(words) + 1)
    interests = _numbered(word for who in (*mentees, *mentors) for word in who.get("interests", ()))
    held = np.zeros((len(words) + 1, len(mentors)), dtype=np.int8)
    for column, who in enumerate(mentors):
        for competency, level in _levels(who).items():
            held[words[competency], column] = level
    goals, own = _goals(mentees, words)
    wants = np.where(goals > 0, np.array(_WANTS, dtype=np.int8), 0).astype(np.int8)
    roles = _listed(mentees, "role_competencies", words)
    sought = list(dict.fromkeys(emphasis["competencies"]))
    return Skills(
        goals=goals,
        own=own,
        wants=wants,
        strength_points=_strength_points(own, wants, record.policy["weights"]["strengths"]),
        levels=held,
        roles=roles,
        strong=(held >= _STRONG).astype(np.int8),
        interests=_listed(mentees, "interests", interests),
        interests_of_mentors=_marks(mentors, "interests", interests),
        role_points=_role_points(roles, record.policy["weights"]["target_roles"]),
        emphasised=[words[competency] for competency in sought],
        emphasis_own=_own(mentees, sought),
        emphasis_points=_emphasis_points(len(sought), emphasis["weight"]),
    )


def _counted(asked: NDArray[np.int32], held: NDArray[np.int8]) -> NDArray[np.int16]:
    """How many of what each row asks for each column has."""
    few = asked.shape[1] <= np.iinfo(np.int8).max
    count = np.zeros((len(asked), held.shape[1]), dtype=np.int8 if few else np.int16)
    for place in range(asked.shape[1]):
        count += held[asked[:, place]]
    return count.astype(np.int16)


def _looked_up(points: NDArray[np.int16], found: NDArray[np.generic]) -> NDArray[np.int16]:
    """Row by row the points of what was found in each pair."""
    width = points.shape[1]
    place = found.astype(np.int32)
    place += (width * np.arange(len(points), dtype=np.int32))[:, None]
    return np.take(points.ravel(), place)


def _strength_points(
    own: NDArray[np.int8], wants: NDArray[np.int8], weight: int
) -> NDArray[np.int16]:
    room = (wants * np.maximum(_LEVEL_MAX - own, 0)).sum(axis=1, dtype=np.int64)
    gained = np.arange(_GAINED_MAX + 1)
    parts = PARTS * gained[None, :] // np.maximum(room, 1)[:, None]
    points: NDArray[np.int16] = (weight * parts // PARTS).astype(np.int16)
    return points


def _role_points(roles: NDArray[np.int32], weight: int) -> NDArray[np.int16]:
    asked = (roles > 0).sum(axis=1)
    met = np.arange(int(asked.max(initial=0)) + 1)
    common = np.arange(_INTERESTS_FULL + 1)
    of_roles = 45 * met[None, :] // np.maximum(asked, 1)[:, None]
    parts = of_roles[:, :, None] + (15 * common // _INTERESTS_FULL)[None, None, :]
    flat = (weight * parts // PARTS).reshape(len(roles), met.size * common.size)
    points: NDArray[np.int16] = flat.astype(np.int16)
    return points


def _emphasis_points(asked: int, weight: int) -> NDArray[np.int16]:
    parts = PARTS * np.arange(asked + 1) // max(asked, 1)
    return (weight * parts // PARTS).astype(np.int16)


def _levels(who: Mapping[str, Json]) -> dict[str, int]:
    return {skill["competency_id"]: skill["level"] for skill in who.get("expertise", ())}


def _numbered(words: Iterable[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for word in words:
        numbers.setdefault(word, len(numbers) + 1)
    return numbers


def _goals(
    mentees: Sequence[Mapping[str, Json]], words: Mapping[str, int]
) -> tuple[NDArray[np.int32], NDArray[np.int8]]:
    """The first different wishes of each mentee, and how far they have come in them."""
    goals = np.zeros((len(mentees), len(_WANTS)), dtype=np.int32)
    own = np.zeros((len(mentees), len(_WANTS)), dtype=np.int8)
    for row, who in enumerate(mentees):
        has = _levels(who)
        for wish, goal in enumerate(list(dict.fromkeys(who.get("goals", ())))[: len(_WANTS)]):
            goals[row, wish] = words[goal]
            own[row, wish] = has.get(goal, 0)
    return goals, own


def _own(mentees: Sequence[Mapping[str, Json]], competencies: Sequence[str]) -> NDArray[np.int8]:
    own = np.zeros((len(mentees), len(competencies)), dtype=np.int8)
    for row, who in enumerate(mentees):
        has = _levels(who)
        own[row] = [has.get(competency, 0) for competency in competencies]
    return own


def _listed(
    people: Sequence[Mapping[str, Json]], name: str, words: Mapping[str, int]
) -> NDArray[np.int32]:
    """People x as many words as anybody has, 0 after the last."""
    lists = [[words[word] for word in dict.fromkeys(who.get(name, ()))] for who in people]
    table = np.zeros((len(people), max(map(len, lists), default=0)), dtype=np.int32)
    for row, numbers in enumerate(lists):
        table[row, : len(numbers)] = numbers
    return table


def _marks(
    people: Sequence[Mapping[str, Json]], name: str, words: Mapping[str, int]
) -> NDArray[np.int8]:
    """Words x people, 1 where somebody has one."""
    marks = np.zeros((len(words) + 1, len(people)), dtype=np.int8)
    for column, who in enumerate(people):
        marks[[words[word] for word in who.get(name, ())], column] = 1
    return marks
