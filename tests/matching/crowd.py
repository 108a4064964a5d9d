"""Mentees, mentors and policies of every kind, for rules that hold for all of them."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias, TypeVar

from hypothesis import strategies as st

from services.matching.domain.pool import Candidate
from shared.events.matching import CrossFunctionRule, MatchingPolicySet, ScoreWeights
from shared.events.vocabulary import Period
from tests.matching.cast import BUDGETING, FACILITATION, POLICY_SET, STATISTICS, candidate

Crowd: TypeAlias = tuple[Sequence[Candidate], Sequence[Candidate], MatchingPolicySet]

T = TypeVar("T")

COMPETENCIES = (FACILITATION, STATISTICS, BUDGETING)
LADDER = ("junior", "senior", "lead")
NEEDS = ("captions", "step-free")
STYLES = ("a", "b", None)
WEIGHED = ("title", "tenure", "same_function", "proximity", "rotation", "style", "hours")


def someone(chance: Random, name: str) -> Candidate:
    """A person with whatever chance gives them."""
    known = chance.sample(COMPETENCIES, chance.randint(0, 3))
    who = candidate(
        name,
        function=chance.choice(["law", "finance"]),
        levels={what: chance.randint(0, 5) for what in known},
        goals=_some(chance, COMPETENCIES),
        languages=_some(chance, ["en", "de-AT", "fr"], least=1),
        managers=_some(chance, ["pia", "mentor 0", "mentee 0"]),
        periods=_some(chance, list(Period), least=1),
        utc_offset_minutes=chance.choice([-480, -210, 0, 345, 570, 780]),
        styles=(chance.choice(STYLES), chance.choice(STYLES)),
        interests=_some(chance, "abcdef"),
        role_competencies=_some(chance, COMPETENCIES),
        seats=chance.randint(0, 3),
    )
    return replace(
        who,
        free=chance.randint(0, 3),
        level=chance.choice([*LADDER, "owner", ""]),
        site=chance.choice(["Porto", "Lima", ""]),
        tenure_years=chance.randint(0, 12),
        needs=tuple(_some(chance, NEEDS)),
        supports=tuple(_some(chance, NEEDS)),
        recent_pairings=chance.randint(0, 5),
    )


def crowd(number: int) -> Crowd:
    """Up to six mentees, up to six mentors, and what a program asks of them."""
    chance = Random(number)  # a story, no secret
    mentees = [someone(chance, f"mentee {place}") for place in range(chance.randint(1, 6))]
    mentors = [someone(chance, f"mentor {place}") for place in range(chance.randint(1, 6))]
    policy = replace(
        POLICY_SET,
        cross_function=chance.choice(list(CrossFunctionRule)),
        weights=ScoreWeights(**{name: chance.randint(0, 80) for name in WEIGHED}),
        levels=chance.choice([(), LADDER]),
        level_gap_min=chance.choice([None, -1, 1]),
        level_gap_max=chance.choice([None, 0, 1]),
        common_minutes_min=chance.choice([0, 60, 240]),
        time_zone_hours_max=chance.choice([None, 0, 4, 12]),
        needs_supported=chance.choice([False, True]),
    )
    return mentees, mentors, policy


def crowds() -> st.SearchStrategy[Crowd]:
    """Any of a thousand million of them."""
    return st.integers(0, 10**9).map(crowd)


def _some(chance: Random, of: Sequence[T], least: int = 0) -> list[T]:
    return chance.sample(of, chance.randint(least, len(of)))
