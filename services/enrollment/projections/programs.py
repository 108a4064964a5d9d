"""Programs and cohorts as they can be read, and the moments at which cohorts move on."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from shared.envelope import Recorded
from shared.events.enrollment import (
    AgreementPublished,
    ApplicationsClosed,
    Calendar,
    CharterPublished,
    CohortClosed,
    CohortKickedOff,
    CohortOpened,
    CohortScheduled,
    CohortStage,
    EligibilityPublished,
    GovernanceRoleAssigned,
    ProgramClosed,
    ProgramCreated,
    ProgramOpened,
    RubricPublished,
    TrainingPublished,
)
from shared.ids import derived_id
from shared.projection import Change, Effect, Put, Remove, hears

COHORT_STAGE: Final = "cohort_stage"  # kind of the deadlines that a calendar sets

_STAGE = {
    CohortOpened: CohortStage.APPLICATIONS,
    ApplicationsClosed: CohortStage.MATCHING,
    CohortKickedOff: CohortStage.JOURNEY,
    CohortClosed: CohortStage.CLOSED,
}


@hears(
    ProgramCreated,
    CharterPublished,
    EligibilityPublished,
    RubricPublished,
    TrainingPublished,
    ProgramOpened,
    ProgramClosed,
    AgreementPublished,
    GovernanceRoleAssigned,
)
def programs(recorded: Recorded) -> Iterable[Effect]:
    """A row a program: its status, and what it has published last."""
    match recorded.event:
        case ProgramCreated() as event:
            row = {
                "program_id": event.program_id,
                "name": event.name,
                "status": "draft",
                "created_at": event.at,
                "version": recorded.version,
            }
            yield Put(table="programs", row=row)
        case CharterPublished() | EligibilityPublished() | RubricPublished() | TrainingPublished():
            yield _changed(recorded, _published(recorded.event))
        case ProgramOpened(at=at):
            yield _changed(recorded, {"status": "open", "opened_at": at})
        case ProgramClosed(reason=reason, at=at):
            yield _changed(
                recorded, {"status": "closed", "closed_at": at, "closing_reason": reason}
            )
        case AgreementPublished() | GovernanceRoleAssigned():
            yield _changed(recorded, {})
        case _:
            pass


def _published(
    event: CharterPublished | EligibilityPublished | RubricPublished | TrainingPublished,
) -> dict[str, Any]:
    match event:
        case CharterPublished():
            charter = {
                "version": event.version,
                "objectives": event.objectives,
                "expected_hours_per_month": event.expected_hours_per_month,
                "escalation_path": event.escalation_path,
            }
            return {"charter": charter}
        case EligibilityPublished():
            return {"eligibility": {"version": event.version, "rules": event.rules}}
        case RubricPublished():
            rubric = {
                "version": event.version,
                "criteria": event.criteria,
                "accept_from": event.accept_from,
            }
            return {"rubric": rubric}
        case TrainingPublished():
            return {"training": {"modules": event.modules, "required": event.required}}


def _changed(recorded: Recorded, values: dict[str, Any]) -> Effect:
    return Change(
        table="programs",
        key={"program_id": recorded.event.program_id},
        values={**values, "version": recorded.version},
    )


@hears(GovernanceRoleAssigned)
def governance(recorded: Recorded) -> Iterable[Effect]:
    """A row for each person and role in a program."""
    match recorded.event:
        case GovernanceRoleAssigned() as event:
            row = {
                "program_id": event.program_id,
                "person_id": event.person_id,
                "role": event.role,
                "function": event.function,
                "decision_rights": event.decision_rights,
                "assigned_at": event.at,
            }
            yield Put(table="governance", row=row)
        case _:
            pass


@hears(AgreementPublished)
def agreements(recorded: Recorded) -> Iterable[Effect]:
    """A row for each version ever published, so that what was accepted can be read later."""
    match recorded.event:
        case AgreementPublished() as event:
            row = {
                "program_id": event.program_id,
                "part": event.part,
                "agreement_version": event.version,
                "text": event.text,
                "hours_per_month": event.hours_per_month,
                "published_at": event.at,
            }
            yield Put(table="agreements", row=row)
        case _:
            pass


@hears(CohortScheduled, CohortOpened, ApplicationsClosed, CohortKickedOff, CohortClosed)
def cohorts(recorded: Recorded) -> Iterable[Effect]:
    """A row a cohort: its calendar and the stage it has reached."""
    match recorded.event:
        case CohortScheduled() as event:
            row = {
                "cohort_id": event.cohort_id,
                "program_id": event.program_id,
                "name": event.name,
                "stage": CohortStage.SCHEDULED,
                "calendar": event.calendar,
                "scheduled_at": event.at,
                "version": recorded.version,
            }
            yield Put(table="cohorts", row=row)
        case CohortOpened() | ApplicationsClosed() | CohortKickedOff() | CohortClosed() as event:
            yield Change(
                table="cohorts",
                key={"cohort_id": event.cohort_id},
                values={"stage": _STAGE[type(event)], "version": recorded.version},
            )
        case _:
            pass


@hears(CohortScheduled, CohortOpened, ApplicationsClosed, CohortKickedOff, CohortClosed)
def deadlines(recorded: Recorded) -> Iterable[Effect]:
    """A row for each stage of a cohort that is still to come."""
    match recorded.event:
        case CohortScheduled(cohort_id=cohort_id, calendar=calendar):
            for stage, due_at in _stages(calendar).items():
                row = {
                    "deadline_id": _deadline(cohort_id, stage),
                    "due_at": due_at,
                    "kind": COHORT_STAGE,
                    "subject": cohort_id,
                    "payload": {"stage": stage},
                }
                yield Put(table="deadlines", row=row)
        case CohortOpened() | ApplicationsClosed() | CohortKickedOff() | CohortClosed() as event:
            deadline_id = _deadline(event.cohort_id, _STAGE[type(event)])
            yield Remove(table="deadlines", key={"deadline_id": deadline_id})
        case _:
            pass


def _stages(calendar: Calendar) -> dict[CohortStage, Any]:
    return {
        CohortStage.APPLICATIONS: calendar.applications_open_at,
        CohortStage.MATCHING: calendar.applications_close_at,
        CohortStage.JOURNEY: calendar.kick_off_at,
        CohortStage.CLOSED: calendar.close_at,
    }


def _deadline(cohort_id: UUID, stage: CohortStage) -> UUID:
    return derived_id(COHORT_STAGE, cohort_id, stage)
