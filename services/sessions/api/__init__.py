"""Sessions over HTTP."""

from services.sessions.api import goals, journeys, records, reflections, roadmaps, sessions

ROUTERS = (
    journeys.router,
    sessions.router,
    reflections.router,
    records.router,
    goals.router,
    roadmaps.router,
)

__all__ = ["ROUTERS"]
