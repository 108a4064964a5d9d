"""A run of a whole harbour of people, drawn from a seed, from its input to its record."""

import random
from dataclasses import replace

import numpy as np

from services.matching.domain import run_record
from services.matching.domain.compatibility import PlainScorer, field_of
from services.matching.domain.pool import Apart, Candidate, Emphasis, Locked, Parted, RunInput
from services.matching.domain.run_record import About, RunRecord
from services.matching.domain.solution import solve
from services.matching.domain.solved import Solved
from shared.events.matching import (
    LogPosition,
    MatchingPolicySet,
    ScoreWeights,
)
from shared.events.vocabulary import CompetencyLevel, Period
from shared.ids import CompetencyId, EnrollmentId, PersonId, RunId, derived_id
from tests.matching.cast import COHORT, POLICY_SET, PROGRAM

SKILLS = [CompetencyId(derived_id("skill", number)) for number in range(16)]
WEIGHTS = ScoreWeights(
    strengths=380,
    other_function=100,
    target_roles=160,
    style=60,
    hours=60,
    spare_load=30,
    title=20,
    tenure=10,
    same_function=20,
    proximity=30,
    rotation=30,
)
POLICY = replace(
    POLICY_SET,
    weights=WEIGHTS,
    weak_below=300,
    levels=("junior", "senior", "lead"),
    level_gap_min=-1,
    time_zone_hours_max=6,
    needs_supported=True,
    rest_cycles=2,
)
ABOUT = About(
    run_id=RunId(derived_id("run of the harbour")),
    as_of=(LogPosition(service="enrollment", slot=3, number=17),),
    seed=bytes(range(32)),
    salt=bytes(16),
    engine={"name": "flow", "version": "1"},
)


def harbour(  # noqa: PLR0913  # each a thing that some test is about
    seed: int,
    mentees: int = 40,
    mentors: int = 16,
    *,
    policy: MatchingPolicySet = POLICY,
    lock: int = 1,
    bar: int = 3,
    emphasis: bool = True,
) -> RunInput:
    """Clustered skills, scarce seats, some who were together before, some kept apart."""
    chance = random.Random(seed)
    young = tuple(_person(chance, f"mentee {place}", 0) for place in range(mentees))
    old = tuple(_person(chance, f"mentor {place}", 3) for place in range(mentors))
    source = RunInput(
        program_id=PROGRAM,
        cohort_id=COHORT,
        policy=policy,
        mentees=young,
        mentors=old,
        parted=tuple(
            Parted(
                mentor=chance.choice(old).person_id,
                mentee=chance.choice(young).person_id,
                cycles_ago=chance.randrange(5),
                continuing=chance.random() < 0.2,
            )
            for _ in range(mentees)
        ),
        apart=tuple(
            Apart(mentor=chance.choice(old).enrollment_id, mentee=who.enrollment_id)
            for who in chance.sample(young, min(bar, mentees))
        ),
        order=tuple(who.enrollment_id for who in chance.sample(young, mentees)),
        emphasis=Emphasis(competencies=tuple(SKILLS[:3]), weight=50) if emphasis else None,
    )
    return _with_locks(run_record.in_order(source), lock)


def recorded(source: RunInput) -> RunRecord:
    """The record of the optimum of a run."""
    found = solve(source, ABOUT)
    assert isinstance(found, Solved)
    return found.record


def _with_locks(source: RunInput, count: int) -> RunInput:
    """Some pairs that are allowed, and stand."""
    _, allowed = PlainScorer(field=field_of(source)).block(slice(None))
    left = [who.free for who in source.mentors]
    locked: list[Locked] = []
    for row, mentee in enumerate(source.mentees):
        free = [column for column in np.flatnonzero(allowed[row]).tolist() if left[column]]
        if free and len(locked) < count:
            left[free[0]] -= 1
            mentor = source.mentors[free[0]].enrollment_id
            locked.append(Locked(mentor=mentor, mentee=mentee.enrollment_id))
    return run_record.in_order(replace(source, locked=tuple(locked)))


def _person(chance: random.Random, name: str, skilled: int) -> Candidate:
    home = chance.randrange(4)  # people come in clusters
    own = SKILLS[4 * home : 4 * home + 4]
    known = {skill: min(5, chance.randrange(1, 4) + skilled - 1) for skill in chance.sample(own, 3)}
    seats = chance.choice((1, 2, 3)) if skilled else 1
    return Candidate(
        enrollment_id=EnrollmentId(derived_id("enrollment", name)),
        person_id=PersonId(derived_id("person", name)),
        function=f"function {home}" if chance.random() < 0.7 else f"function {chance.randrange(4)}",
        utc_offset_minutes=60 * chance.choice((-5, 0, 0, 1, 8)),
        managers=tuple(
            PersonId(derived_id("person", f"mentor {chance.randrange(40)}")) for _ in range(2)
        ),
        languages=tuple(chance.sample(("en", "en-GB", "pt", "de-AT"), chance.choice((1, 2)))),
        expertise=tuple(
            CompetencyLevel(competency_id=what, level=level) for what, level in known.items()
        ),
        goals=tuple(chance.sample(SKILLS, chance.randrange(0, 7))),
        role_competencies=tuple(chance.sample(SKILLS, chance.randrange(0, 5))),
        interests=tuple(chance.sample(("sea", "wind", "rope", "maps", "tide"), 3)),
        learning_style=chance.choice(("doing", "reading", None)),
        work_style=chance.choice(("plan", "leap", None)),
        periods=tuple(chance.sample(tuple(Period), chance.randrange(1, 5))),
        seats=seats,
        free=chance.randrange(seats + 1) if skilled else 1,
        level=chance.choice(("junior", "senior", "lead", "", "pilot")),
        site=chance.choice(("", "quay", "lock")),
        tenure_years=chance.randrange(12),
        needs=tuple(chance.sample(("ramp", "captions"), chance.choice((0, 0, 0, 1)))),
        supports=tuple(chance.sample(("ramp", "captions"), chance.randrange(3))),
        recent_pairings=chance.randrange(4),
    )
