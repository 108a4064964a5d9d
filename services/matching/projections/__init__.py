"""Events to the rows that matching answers from: its own, and the pool of people to pair."""

from pathlib import Path

from services.matching.projections.appeals import appeal_deadlines, appeals
from services.matching.projections.bars import barred_pairs, bars
from services.matching.projections.circles import (
    circle_members,
    circles,
    group_members,
    groups,
    roulette_draws,
    roulette_players,
)
from services.matching.projections.cohort_ends import cohort_end_deadlines, cohort_ends
from services.matching.projections.courses import (
    course_deadlines,
    courses,
    escalations,
    exit_surveys,
    reviews,
)
from services.matching.projections.loads import load_entries, loads
from services.matching.projections.notices import pairing_notices, place_notices, silence_notices
from services.matching.projections.pairings import pairing_deadlines, pairings
from services.matching.projections.places import freed_seats, place_deadlines, places
from services.matching.projections.policies import policies
from services.matching.projections.pool import (
    accommodations,
    applications,
    capacities,
    cohorts,
    competencies,
    governance,
    people,
    profiles,
    target_roles,
)
from services.matching.projections.requests import (
    request_choices,
    request_deadlines,
    request_notices,
    requests,
    shortlists,
)
from services.matching.projections.rosters import rosters
from services.matching.projections.runs import run_deadlines, run_overrides, run_results, runs
from services.matching.projections.silences import silence_deadlines, silences
from services.matching.projections.sponsors import introductions, sponsorships
from shared.projection import INLINE_SCHEMA, Projection

_ROOM = Path(__file__).parent.parent

OWN = Projection(
    name="matching",
    sources=frozenset({"matching"}),
    schema=INLINE_SCHEMA,
    tables=_ROOM / "tables.sql",
    functions=(
        policies,
        bars,
        barred_pairs,
        rosters,
        runs,
        run_results,
        run_overrides,
        run_deadlines,
        places,
        freed_seats,
        place_deadlines,
        loads,
        load_entries,
        pairings,
        pairing_deadlines,
        courses,
        course_deadlines,
        silences,
        silence_deadlines,
        reviews,
        escalations,
        exit_surveys,
        pairing_notices,
        silence_notices,
        place_notices,
        appeals,
        appeal_deadlines,
        cohort_ends,
        cohort_end_deadlines,
        requests,
        request_choices,
        request_deadlines,
        request_notices,
        shortlists,
        circles,
        circle_members,
        groups,
        group_members,
        roulette_players,
        roulette_draws,
        sponsorships,
        introductions,
    ),
)

POOL = Projection(
    name="pool",
    sources=frozenset({"enrollment"}),
    schema="pool",
    tables=_ROOM / "pool.sql",
    functions=(
        people,
        profiles,
        accommodations,
        capacities,
        applications,
        competencies,
        target_roles,
        governance,
        cohorts,
    ),
)
