"""Matching over HTTP: policies, runs, pairings, and rosters."""

from services.matching.api import pairings, policies, proposals, publication, rosters, runs

ROUTERS = (
    policies.router,
    runs.router,
    publication.router,
    proposals.router,
    pairings.router,
    rosters.router,
)
