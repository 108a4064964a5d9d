"""Matching over HTTP: policies, runs, pairings, and rosters."""

from services.matching.api import (
    bars,
    pairings,
    policies,
    proposals,
    publication,
    request_answers,
    requests,
    rosters,
    runs,
    search,
    suggestions,
)

ROUTERS = (
    policies.router,
    runs.router,
    publication.router,
    proposals.router,
    pairings.router,
    rosters.router,
    requests.router,
    request_answers.router,
    search.router,
    suggestions.router,
    bars.router,
)
