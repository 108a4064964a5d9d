"""The end of a cohort, as matching carries it out: some pairings at a time."""

from datetime import datetime
from typing import TypeAlias

from shared.frozen import light
from shared.ids import CohortId, ProgramId


@light
class CohortEndBegun:
    """The cohort closed: its pairings end and its pool empties."""

    cohort_id: CohortId
    program_id: ProgramId
    at: datetime


@light
class CohortEndAdvanced:
    cohort_id: CohortId
    step: int  # from 1
    at: datetime


@light
class CohortEndCompleted:
    cohort_id: CohortId
    at: datetime


CohortEndEvent: TypeAlias = CohortEndBegun | CohortEndAdvanced | CohortEndCompleted
