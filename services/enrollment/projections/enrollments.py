"""Applications and enrollments as they can be read, and the training of mentors."""

from collections.abc import Iterable
from typing import Any

from shared.envelope import Recorded
from shared.events.enrollment import (
    AgreementAccepted,
    ApplicationAccepted,
    ApplicationAssessed,
    ApplicationDeclined,
    ApplicationSubmitted,
    BaselineRecorded,
    EligibilityEvaluated,
    MentorApproved,
    MentorDeclined,
    OptInRecorded,
    ParticipantEnrolled,
    ParticipantGraduated,
    ParticipantWithdrew,
    TrainingAssigned,
    TrainingCompleted,
)
from shared.projection import Change, Effect, Put, Remove, hears


@hears(
    ApplicationSubmitted,
    OptInRecorded,
    AgreementAccepted,
    BaselineRecorded,
    TrainingAssigned,
    TrainingCompleted,
    EligibilityEvaluated,
    ApplicationAssessed,
    ApplicationAccepted,
    ApplicationDeclined,
    MentorApproved,
    MentorDeclined,
    ParticipantEnrolled,
    ParticipantWithdrew,
    ParticipantGraduated,
)
def enrollments(recorded: Recorded) -> Iterable[Effect]:
    """A row for each person, cohort, and part, from the latest application on."""
    match recorded.event:
        case ApplicationSubmitted() as event:
            yield _application(event, recorded.version)
        case (
            OptInRecorded()
            | AgreementAccepted()
            | BaselineRecorded()
            | TrainingAssigned()
            | TrainingCompleted() as event
        ):
            yield _changed(recorded, _step(event))
        case (
            EligibilityEvaluated()
            | ApplicationAssessed()
            | ApplicationAccepted()
            | ApplicationDeclined()
            | MentorApproved()
            | MentorDeclined() as event
        ):
            yield _changed(recorded, _judgement(event))
        case ParticipantEnrolled(at=at):
            yield _changed(recorded, {"stage": "enrolled", "enrolled_at": at})
        case ParticipantWithdrew(reason=reason, at=at):
            way_out = {"stage": "withdrawn", "withdrew_at": at, "withdrawal_reason": reason}
            yield _changed(recorded, way_out)
        case ParticipantGraduated(at=at):
            yield _changed(recorded, {"stage": "graduated", "graduated_at": at})
        case _:
            pass


def _changed(recorded: Recorded, values: dict[str, Any]) -> Effect:
    return Change(
        table="enrollments",
        key={"enrollment_id": recorded.event.enrollment_id},
        values={**values, "version": recorded.version},
    )


def _application(event: ApplicationSubmitted, version: int) -> Effect:
    row = {
        "enrollment_id": event.enrollment_id,
        "program_id": event.program_id,
        "cohort_id": event.cohort_id,
        "person_id": event.person_id,
        "part": event.part,
        "stage": "submitted",
        "submitted_at": event.at,
        "desired_outcomes": event.desired_outcomes,
        "challenges": event.challenges,
        "motivation": event.motivation,
        "version": version,
    }
    return Put(table="enrollments", row=row)


def _step(
    event: OptInRecorded
    | AgreementAccepted
    | BaselineRecorded
    | TrainingAssigned
    | TrainingCompleted,
) -> dict[str, Any]:
    match event:
        case OptInRecorded(at=at):
            return {"opted_in_at": at}
        case AgreementAccepted(version=version):
            return {"agreement_version": version}
        case BaselineRecorded():
            baseline = {
                "skills": event.skills,
                "confidence": event.confidence,
                "cross_functional_contacts": event.cross_functional_contacts,
                "recorded_at": event.at,
            }
            return {"baseline": baseline}
        case TrainingAssigned() | TrainingCompleted():
            return {}  # a table of its own


def _judgement(
    event: EligibilityEvaluated
    | ApplicationAssessed
    | ApplicationAccepted
    | ApplicationDeclined
    | MentorApproved
    | MentorDeclined,
) -> dict[str, Any]:
    match event:
        case EligibilityEvaluated(rules_version=version, eligible=eligible, results=results):
            found = {"rules_version": version, "eligible": eligible, "results": results}
            return {"eligibility": found}
        case ApplicationAssessed(rubric_version=version, scores=scores, total=total):
            return {"assessment": {"rubric_version": version, "scores": scores, "total": total}}
        case ApplicationAccepted(at=at):
            return {"stage": "admitted", "decision": _decision("accepted", at)}
        case ApplicationDeclined(reason=reason, at=at):
            return {"stage": "declined", "decision": _decision(reason, at)}
        case MentorApproved() | MentorDeclined():
            stage = "admitted" if isinstance(event, MentorApproved) else "declined"
            decision = _decision(None, event.at)
            decision |= {"decided_by": event.decided_by, "queued_days": event.queued_days}
            return {"stage": stage, "decision": decision, "reason": event.reason}


def _decision(reason: str | None, at: object) -> dict[str, Any]:
    return {"reason": reason, "decided_by": None, "queued_days": None, "decided_at": at}


@hears(ApplicationSubmitted, TrainingAssigned, TrainingCompleted)
def trainings(recorded: Recorded) -> Iterable[Effect]:
    """A row for each module that a mentor was assigned."""
    match recorded.event:
        case ApplicationSubmitted(enrollment_id=enrollment_id):  # whoever comes back begins anew
            yield Remove(table="trainings", key={"enrollment_id": enrollment_id})
        case TrainingAssigned() as event:
            for module in event.modules:
                row = {
                    "enrollment_id": event.enrollment_id,
                    "module": module,
                    "required": module in event.required,
                    "assigned_at": event.at,
                }
                yield Put(table="trainings", row=row)
        case TrainingCompleted(enrollment_id=enrollment_id, module=module, at=at):
            yield Change(
                table="trainings",
                key={"enrollment_id": enrollment_id, "module": module},
                values={"completed_at": at},
            )
        case _:
            pass
