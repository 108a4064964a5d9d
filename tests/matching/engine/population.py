"""A made-up company whose skills come in clusters, as tables; nobody in it is drawn evenly."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.terms import Terms
from services.matching.domain.field import Field, Pairs
from services.matching.domain.people_tables import GOALS_MAX, QUARTERS_A_DAY, STRONG_LEVEL, People
from shared.events.matching import CrossFunctionRule, MatchingPolicySet, ScoreWeights
from tests.matching.cast import POLICY_SET

FUNCTIONS, SKILLS, ROLES, LANGUAGES, INTERESTS, NEEDS, STYLES = 12, 64, 40, 16, 24, 4, 5
OFFSETS = np.array([-480, -300, -180, 0, 60, 120, 330, 480, 600])  # nine time zones, minutes
HERE = np.array([0.14, 0.14, 0.04, 0.16, 0.24, 0.08, 0.12, 0.05, 0.03])
PERIODS = ((8, 11), (11, 14), (14, 17), (17, 20))
PARTED_EACH = 4

POLICY = replace(
    POLICY_SET,
    cross_function=CrossFunctionRule.PREFERRED,
    weights=ScoreWeights(
        strengths=400,
        other_function=120,
        target_roles=160,
        style=80,
        hours=100,
        spare_load=40,
        title=30,
        tenure=20,
        proximity=30,
        rotation=20,
    ),
    levels=("1", "2", "3", "4", "5", "6"),
    level_gap_min=0,
    needs_supported=True,
)


class Town:
    """Draws people of one company, the same for the same seed."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        near = self._random.dirichlet(np.full(SKILLS, 0.15), FUNCTIONS)
        self._usual = near / near.max(axis=1, keepdims=True)  # functions x skills, 0 to 1
        self._of_role = self._random.integers(0, FUNCTIONS, ROLES)
        self._asked = np.stack([self._asks(function) for function in self._of_role])
        self._spoken_at = self._random.integers(1, LANGUAGES, len(OFFSETS))

    def _asks(self, function: int) -> NDArray[np.float32]:
        chance = self._usual[function] + 0.02
        marks = np.zeros(SKILLS + 1, dtype=np.float32)
        marks[1 + self._random.choice(SKILLS, 6, replace=False, p=chance / chance.sum())] = 1
        return marks

    def people(self, count: int, first: int, *, senior: int) -> People:
        """So many; their persons are numbered from `first` on."""
        random = self._random
        function = random.choice(FUNCTIONS, count, p=_uneven(FUNCTIONS))
        zone = random.choice(len(OFFSETS), count, p=HERE)
        levels = self._levels(function, senior)
        roles = self._asked[self._wished(function)]
        return People(
            levels=levels,
            strong=(levels >= STRONG_LEVEL).astype(np.float32),
            goals=self._goals(levels, roles),
            roles=roles,
            languages=self._languages(zone),
            interests=(random.random((count, INTERESTS + 1)) < 0.12).astype(np.float32),
            needs=(random.random((count, NEEDS + 1)) < 0.02).astype(np.float32),
            supports=(random.random((count, NEEDS + 1)) < 0.8).astype(np.float32),
            quarters=self._quarters(zone),
            function=_whole(function + 1),
            learning_style=_whole(random.integers(0, STYLES, count)),
            work_style=_whole(random.integers(0, STYLES, count)),
            person=_whole(np.arange(first, first + count)),
            manager=_whole(first + 10**8 + np.arange(count) // 9),
            level=_whole(np.clip(random.normal(1.2 + 1.8 * senior, 0.9, count), -1, 5)),
            site=_whole(10 * zone + random.integers(0, 3, count)),
            utc_offset=_whole(OFFSETS[zone]),
            tenure=_whole(random.gamma(1.5, 2 + 4 * senior, count)),
            recent=_whole(random.integers(0, 4, count)),
            seats=_whole(random.choice([1, 2, 3], count, p=[0.25, 0.25, 0.5])),
            free=np.ones(count, dtype=np.int32),
        )

    def _levels(self, function: NDArray[np.int64], senior: int) -> NDArray[np.int8]:
        usual = self._usual[function]
        drawn = self._random.normal(usual * (2.5 + 1.5 * senior), 0.7)
        levels = np.zeros((len(function), SKILLS + 1), dtype=np.int8)
        levels[:, 1:] = np.clip(np.round(drawn), 0, 5)
        return levels

    def _wished(self, function: NDArray[np.int64]) -> NDArray[np.int64]:
        """A role, of another function for one in three."""
        random = self._random
        role = random.integers(0, ROLES, len(function))
        for _ in range(3):
            stays = (self._of_role[role] != function) & (random.random(len(function)) < 0.7)
            role = np.where(stays, random.integers(0, ROLES, len(function)), role)
        return role

    def _goals(self, levels: NDArray[np.int8], roles: NDArray[np.float32]) -> NDArray[np.int32]:
        """What the role asks for and is missing most, up to five, some people fewer."""
        missing = roles[:, 1:] * (5 - levels[:, 1:]) + self._random.random(roles[:, 1:].shape)
        goals = 1 + np.argsort(-missing, axis=1)[:, :GOALS_MAX]
        count = self._random.integers(2, GOALS_MAX + 1, len(goals))
        return _whole(np.where(np.arange(GOALS_MAX) < count[:, None], goals, 0))

    def _languages(self, zone: NDArray[np.int64]) -> NDArray[np.float32]:
        random = self._random
        spoken = np.zeros((len(zone), LANGUAGES + 1), dtype=np.float32)
        everyone = np.arange(len(zone))
        spoken[everyone, 1 + self._spoken_at[zone]] = 1
        spoken[everyone, 1] = random.random(len(zone)) < 0.6
        more = random.random(len(zone)) < 0.3
        spoken[everyone[more], 1 + random.integers(1, LANGUAGES, more.sum())] = 1
        return spoken

    def _quarters(self, zone: NDArray[np.int64]) -> NDArray[np.float32]:
        free = np.zeros((len(zone), QUARTERS_A_DAY), dtype=np.float32)
        hours = self._random.random((len(zone), len(PERIODS))) < [0.7, 0.75, 0.75, 0.3]
        hours[~hours.any(axis=1), 1] = True
        shift = OFFSETS[zone] // 15
        for place, (start, end) in enumerate(PERIODS):
            for quarter in range(4 * start, 4 * end):
                who = np.flatnonzero(hours[:, place])
                free[who, (quarter - shift[who]) % QUARTERS_A_DAY] = 1
        return free


def population(
    mentees: int, mentors: int, *, seed: int = 1, policy: MatchingPolicySet = POLICY
) -> Field:
    """Mentees and mentors of one company; mentors have 2.25 seats on average."""
    town = Town(seed)
    random = np.random.default_rng(seed + 1)
    asking = town.people(mentees, 1, senior=0)
    offering = town.people(mentors, 1 + mentees, senior=1)
    offering = replace(offering, free=offering.seats)
    managers = random.integers(1, 2 + mentees // 9, mentors)  # some lead or sit beside mentees
    offering = replace(offering, manager=_whole(1 + 10**8 + managers))
    rows = np.sort(random.integers(0, mentees, PARTED_EACH * mentees))
    some = Pairs(rows=_whole(rows), columns=_whole(random.integers(0, mentors, rows.size)))
    none = Pairs(rows=_whole(np.zeros(0)), columns=_whole(np.zeros(0)))
    return Field(
        mentees=asking,
        mentors=offering,
        offered=np.ascontiguousarray(offering.levels.T),
        policy=policy,
        emphasis_weight=0,
        emphasised=np.zeros(0, dtype=np.int32),
        related=none,
        resting=some,
        apart=none,
    )


def wanted(field: Field, seed: bytes = b"drawn") -> Terms:
    """Most served by an order that is nobody's merit, then the score."""
    mentees, mentors = len(field.mentees.person), len(field.mentors.person)
    return Terms(
        objective=field.policy.objective,
        seats=field.mentors.free.astype(np.int64),
        order=np.random.default_rng(7).permutation(mentees),
        row_names=_names(field.mentees.person),
        column_names=_names(field.mentors.person),
        seed=seed,
        weak_below=200 if mentors else 0,
    )


def _names(numbers: NDArray[np.int32]) -> NDArray[np.uint64]:
    return numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _uneven(count: int) -> NDArray[np.float64]:
    share = [1 / place for place in range(2, count + 2)]
    return np.array(share) / sum(share)


def _whole(numbers: NDArray[np.generic]) -> NDArray[np.int32]:
    return np.asarray(numbers).astype(np.int32)
