"""Enrollment over HTTP."""

from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter

from services.enrollment.api import (
    applications,
    cohorts,
    decisions,
    enrollments,
    people,
    people_import,
    people_push,
    profiles,
    programs,
    publications,
    vocabulary,
)

ROUTERS: Final[Sequence[APIRouter]] = (
    programs.router,
    publications.router,
    cohorts.router,
    vocabulary.router,
    people_import.router,
    people_push.router,
    people.router,
    profiles.router,
    applications.router,
    decisions.router,
    enrollments.router,
)
