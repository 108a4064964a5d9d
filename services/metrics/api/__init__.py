"""Metrics over HTTP: figures, access, live events, reports, declarations, and the console."""

from services.metrics.api import console, live, measures, people, programs, reports

ROUTERS = (
    measures.router,
    programs.router,
    live.router,
    reports.router,
    people.router,
    console.router,
)
