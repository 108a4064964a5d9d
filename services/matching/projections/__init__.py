"""Events to the rows that matching answers from: its own, and the pool of people to pair."""

from pathlib import Path

from services.matching.projections.pairings import pairing_deadlines, pairings
from services.matching.projections.policies import policies
from services.matching.projections.pool import (
    accommodations,
    applications,
    capacities,
    cohorts,
    governance,
    people,
    profiles,
    target_roles,
)
from services.matching.projections.rosters import rosters
from services.matching.projections.runs import run_deadlines, run_results, runs
from shared.projection import INLINE_SCHEMA, Projection

_ROOM = Path(__file__).parent.parent

OWN = Projection(
    name="matching",
    sources=frozenset({"matching"}),
    schema=INLINE_SCHEMA,
    tables=_ROOM / "tables.sql",
    functions=(
        policies,
        rosters,
        runs,
        run_results,
        run_deadlines,
        pairings,
        pairing_deadlines,
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
        target_roles,
        governance,
        cohorts,
    ),
)
