"""What the events of sessions, and those it hears, come to in tables."""

from pathlib import Path

from services.sessions.projections.deadlines import (
    goal_deadlines,
    journey_deadlines,
    milestone_deadlines,
    session_deadlines,
)
from services.sessions.projections.goals import goals
from services.sessions.projections.journeys import journeys, sessions
from services.sessions.projections.programs import (
    charters,
    competencies,
    program_managers,
)
from services.sessions.projections.reminders import reminders
from services.sessions.projections.roadmaps import evidence, milestones, roadmaps
from services.sessions.projections.writings import (
    check_ins,
    feedback,
    reflections,
    roadblocks,
    self_assessments,
)
from shared.projection import INLINE_SCHEMA, Projection

_OWN = (
    journeys,
    sessions,
    reflections,
    check_ins,
    roadblocks,
    feedback,
    self_assessments,
    goals,
    roadmaps,
    milestones,
    evidence,
    reminders,
    journey_deadlines,
    session_deadlines,
    milestone_deadlines,
    goal_deadlines,
)
_ROOM = Path(__file__).parents[1]

PAIRS = Projection(
    name="pairs",
    sources=frozenset({"sessions"}),
    schema=INLINE_SCHEMA,
    tables=_ROOM / "tables.sql",
    functions=_OWN,
)
PROGRAMS = Projection(
    name="programs",
    sources=frozenset({"enrollment"}),
    schema="programs",
    tables=_ROOM / "programs.sql",
    functions=(program_managers, charters, competencies),
)

__all__ = ["PAIRS", "PROGRAMS"]
