"""Programs and cohorts: their charter, rules, calendar, and stages."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import CohortId, PersonId, ProgramId


class GovernanceRole(StrEnum):
    """Who decides what in a program."""

    SPONSOR = "sponsor"
    PROGRAM_MANAGER = "program_manager"
    ADVISORY = "advisory"
    WORKING_GROUP = "working_group"


class Criterion(StrEnum):
    """What a published eligibility rule looks at."""

    FUNCTION = "function"  # one of `values`
    LEVEL = "level"  # one of `values`
    SITE = "site"  # one of `values`
    TENURE_MONTHS = "tenure_months"  # at least `minimum`


@light
class Objective:
    code: str  # short and stable, such as "break-silos"
    text: str  # one sentence
    priority: str  # the organisational priority it serves


@light
class EligibilityRule:
    rule_id: str
    part: Part
    criterion: Criterion
    values: tuple[str, ...] = ()
    minimum: int | None = None


@light
class RubricCriterion:
    code: str  # "potential", "curiosity", "goals", "grade", "tenure", …
    weight: int  # relative, 1 to 100


@light
class ProgramCreated:
    program_id: ProgramId
    name: str
    at: datetime


@light
class CharterPublished:
    program_id: ProgramId
    version: int
    objectives: tuple[Objective, ...]
    expected_hours_per_month: int
    escalation_path: str
    at: datetime


@light
class GovernanceRoleAssigned:
    program_id: ProgramId
    person_id: PersonId
    role: GovernanceRole
    function: str
    decision_rights: tuple[str, ...]
    at: datetime


@light
class EligibilityPublished:
    program_id: ProgramId
    version: int
    rules: tuple[EligibilityRule, ...]
    at: datetime


@light
class RubricPublished:
    program_id: ProgramId
    version: int
    criteria: tuple[RubricCriterion, ...]
    accept_from: int  # weighted score, 0 to 100, from which an application is accepted
    at: datetime


@light
class AgreementPublished:
    program_id: ProgramId
    part: Part
    version: int
    text: str
    hours_per_month: int
    at: datetime


@light
class TrainingPublished:
    """The modules a mentor is assigned, and which must be done before matching."""

    program_id: ProgramId
    modules: tuple[str, ...]
    required: tuple[str, ...]
    at: datetime


@light
class ProgramOpened:
    program_id: ProgramId
    at: datetime


@light
class ProgramClosed:
    program_id: ProgramId
    reason: str
    at: datetime


ProgramEvent: TypeAlias = (
    ProgramCreated
    | CharterPublished
    | GovernanceRoleAssigned
    | EligibilityPublished
    | RubricPublished
    | AgreementPublished
    | TrainingPublished
    | ProgramOpened
    | ProgramClosed
)


class CohortStage(StrEnum):
    """Where a cohort stands in its calendar."""

    SCHEDULED = "scheduled"
    APPLICATIONS = "applications"
    MATCHING = "matching"
    JOURNEY = "journey"
    CLOSED = "closed"


@light
class Calendar:
    applications_open_at: datetime
    applications_close_at: datetime
    kick_off_at: datetime  # matching happens between the close of applications and this
    project_start_at: datetime
    reflection_at: datetime
    close_at: datetime


@light
class CohortScheduled:
    cohort_id: CohortId
    program_id: ProgramId
    name: str
    calendar: Calendar
    at: datetime


@light
class CohortOpened:
    """The application window is open."""

    cohort_id: CohortId
    program_id: ProgramId
    at: datetime


@light
class ApplicationsClosed:
    """The application window is over; matching may start."""

    cohort_id: CohortId
    program_id: ProgramId
    at: datetime


@light
class CohortKickedOff:
    cohort_id: CohortId
    program_id: ProgramId
    at: datetime


@light
class CohortClosed:
    cohort_id: CohortId
    program_id: ProgramId
    at: datetime


CohortEvent: TypeAlias = (
    CohortScheduled | CohortOpened | ApplicationsClosed | CohortKickedOff | CohortClosed
)
