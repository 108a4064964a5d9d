"""What the skills of many pairs come to: exactly, or quickly and no less."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Whole
from services.matching.verifier.skills import INTERESTS_FULL, STRONG, WANTS, Skills

_SHIFT = 5  # bits behind the point of a rate; 1000 points stay far below 2^16


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Points for each one that is counted, rounded up, so that no count comes to more than that."""

    strengths: NDArray[np.uint16]  # by room
    roles: NDArray[np.uint16]  # by how many are asked
    interests: np.uint16
    emphasis: np.uint16


class Gains:
    """The skills of some mentees with all mentors, mentees x mentors."""

    def __init__(self, skills: Skills) -> None:
        """Lay out what every block needs."""
        self._skills = skills
        self._wanted = [skills.levels * np.int8(want) for want in WANTS]
        self._own = skills.own * np.array(WANTS, dtype=np.int8)
        self._rates = _rates_of(skills)

    def points(self, rows: Whole) -> NDArray[np.int16]:
        """Exactly."""
        skills, met = self._skills, self._met(rows)
        gained = self._gained(rows)
        points = _looked_up(skills.strength_points, skills.room[rows], gained)
        met *= INTERESTS_FULL + 1
        met += self._common(rows)
        of_roles = skills.role_points.reshape(len(skills.role_points), -1)
        points += _looked_up(of_roles, skills.asked[rows], met)
        if skills.emphasised:
            points += skills.emphasis_points[self._emphasised(rows)]
        return points

    def most(self, rows: Whole) -> NDArray[np.int16]:
        """No less, and a few points more at most: what is counted of a pair times its rates."""
        skills, rates = self._skills, self._rates
        total = self._gained(rows) * rates.strengths[skills.room[rows], None]
        total += self._met(rows) * rates.roles[skills.asked[rows], None]
        total += self._common(rows) * rates.interests
        if skills.emphasised:
            total += self._emphasised(rows) * rates.emphasis
        total >>= _SHIFT
        return total.view(np.int16)

    def _gained(self, rows: Whole) -> NDArray[np.uint16]:
        """What the mentor is ahead by in what the mentee wants, first wishes first."""
        goals, own = self._skills.goals[rows], self._own[rows]
        gained = np.zeros((len(rows), self._skills.levels.shape[1]), dtype=np.int8)
        for wish, levels in enumerate(self._wanted):
            ahead = levels[goals[:, wish]]
            np.maximum(ahead, own[:, wish, None], out=ahead)
            gained += ahead
        gained -= own.sum(axis=1, dtype=np.int8)[:, None]
        return gained.astype(np.uint16)

    def _met(self, rows: Whole) -> NDArray[np.uint16]:
        return _counted(self._skills.roles[rows], self._skills.strong)

    def _common(self, rows: Whole) -> NDArray[np.uint16]:
        count = _counted(self._skills.interests[rows], self._skills.interests_of_mentors)
        return np.minimum(count, INTERESTS_FULL, out=count)

    def _emphasised(self, rows: Whole) -> NDArray[np.uint16]:
        """What the run seeks: mentors who are strong in it, and above the mentee."""
        skills = self._skills
        met = np.zeros((len(rows), skills.levels.shape[1]), dtype=np.uint16)
        for place, competency in enumerate(skills.emphasised):
            needed = np.maximum(skills.emphasis_own[rows, place, None] + 1, STRONG)
            met += skills.levels[competency][None, :] >= needed
        return met


def _counted(asked: NDArray[np.int32], held: NDArray[np.int8]) -> NDArray[np.uint16]:
    """How many of what each row asks for each column has."""
    few = asked.shape[1] <= np.iinfo(np.int8).max
    count = np.zeros((len(asked), held.shape[1]), dtype=np.int8 if few else np.int16)
    for place in range(asked.shape[1]):
        count += held[asked[:, place]]
    return count.astype(np.uint16)


def _looked_up(
    points: NDArray[np.int16], kinds: Whole, found: NDArray[np.uint16]
) -> NDArray[np.int16]:
    """The points of what was found in each pair, by the kind of its row."""
    place = found.astype(np.int32)
    place += (points.shape[1] * kinds.astype(np.int32))[:, None]
    return np.take(points.ravel(), place)


def _rates_of(skills: Skills) -> Rates:
    """The steepest that points rise; common interests add the most that they add to any count."""
    roles = skills.role_points.astype(np.int64)
    more = (roles - roles[:, :, :1]).max(axis=(0, 1), initial=0)
    return Rates(
        strengths=_steepest(skills.strength_points.astype(np.int64)),
        roles=_steepest(roles[:, :, 0]),
        interests=_steepest(more[None, :])[0],
        emphasis=_steepest(skills.emphasis_points.astype(np.int64)[None, :])[0],
    )


def _steepest(points: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Of each row of points by count, from nothing on: points for one, times 2^5, rounded up."""
    counts = np.maximum(np.arange(points.shape[1]), 1)
    rates: NDArray[np.int64] = (-(-(points << _SHIFT) // counts)).max(axis=1, initial=0)
    return rates.astype(np.uint16)
