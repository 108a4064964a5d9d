"""Rows from enrollment: people, programs, cohorts, and applications with their moments."""

from collections.abc import Iterator, Sequence

from shared.envelope import Recorded
from shared.events import enrollment as told
from shared.events.vocabulary import CompetencyLevel
from shared.projection import Change, Effect, Put, hears


@hears(told.PersonRegistered, told.PersonMoved, told.PersonLeft, told.PersonErased)
def people(recorded: Recorded) -> Iterator[Effect]:
    """Where each person stands, in codes; nothing of it remains when they are erased."""
    match recorded.event:
        case told.PersonRegistered() | told.PersonMoved() as fact:
            codes = {
                "function": fact.position.function,
                "level": fact.position.level,
                "site": fact.position.site,
            }
            key = {"person_id": fact.person_id}
            if isinstance(fact, told.PersonRegistered):
                yield Put(table="people", row={**key, **codes})
            else:
                yield Change(table="people", key=key, values=codes)
        case told.PersonLeft() as fact:
            yield Change(
                table="people", key={"person_id": fact.person_id}, values={"left_at": fact.at}
            )
        case told.PersonErased() as fact:
            row = {"person_id": fact.person_id, "left_at": fact.at, "erased_at": fact.at}
            yield Put(table="people", row=row)
        case _:
            return


@hears(told.CompetencyDefined)
def competencies(recorded: Recorded) -> Iterator[Effect]:
    """The names of competencies; a retired one keeps its name for old figures."""
    match recorded.event:
        case told.CompetencyDefined() as fact:
            row = {"competency_id": fact.competency_id, "code": fact.code, "name": fact.name}
            yield Put(table="competencies", row=row)
        case _:
            return


@hears(told.ProgramCreated, told.ProgramOpened, told.ProgramClosed)
def programs(recorded: Recorded) -> Iterator[Effect]:
    """Programs by name and state."""
    match recorded.event:
        case told.ProgramCreated() as fact:
            row = {"program_id": fact.program_id, "name": fact.name, "state": "draft"}
            yield Put(table="programs", row=row)
        case told.ProgramOpened() as fact:
            yield _program_becomes(fact, "open")
        case told.ProgramClosed() as fact:
            yield _program_becomes(fact, "closed")
        case _:
            return


@hears(told.GovernanceRoleAssigned)
def governance(recorded: Recorded) -> Iterator[Effect]:
    """Who holds which role in which program."""
    match recorded.event:
        case told.GovernanceRoleAssigned() as fact:
            row = {"program_id": fact.program_id, "person_id": fact.person_id, "role": fact.role}
            yield Put(table="governance", row=row)
        case _:
            return


@hears(
    told.CohortScheduled,
    told.CohortOpened,
    told.ApplicationsClosed,
    told.CohortKickedOff,
    told.CohortClosed,
)
def cohorts(recorded: Recorded) -> Iterator[Effect]:
    """Cohorts with their stage."""
    match recorded.event:
        case told.CohortScheduled() as fact:
            row = {
                "cohort_id": fact.cohort_id,
                "program_id": fact.program_id,
                "name": fact.name,
                "stage": told.CohortStage.SCHEDULED,
                "kick_off_at": fact.calendar.kick_off_at,
                "close_at": fact.calendar.close_at,
            }
            yield Put(table="cohorts", row=row)
        case told.CohortOpened() as fact:
            yield _cohort_enters(fact, told.CohortStage.APPLICATIONS)
        case told.ApplicationsClosed() as fact:
            yield _cohort_enters(fact, told.CohortStage.MATCHING)
        case told.CohortKickedOff() as fact:
            yield _cohort_enters(fact, told.CohortStage.JOURNEY)
        case told.CohortClosed() as fact:
            yield _cohort_enters(fact, told.CohortStage.CLOSED)
        case _:
            return


@hears(
    told.ApplicationSubmitted,
    told.EligibilityEvaluated,
    told.ApplicationAssessed,
    told.ApplicationAccepted,
    told.MentorApproved,
    told.ApplicationDeclined,
    told.MentorDeclined,
    told.ParticipantEnrolled,
    told.ParticipantWithdrew,
    told.ParticipantGraduated,
)
def enrollments(recorded: Recorded) -> Iterator[Effect]:
    """Each application with the moment of every step it took."""
    match recorded.event:
        case told.ApplicationSubmitted() as fact:
            row = {
                "enrollment_id": fact.enrollment_id,
                "program_id": fact.program_id,
                "cohort_id": fact.cohort_id,
                "person_id": fact.person_id,
                "part": fact.part,
                "applied_at": fact.at,
            }
            yield Put(table="enrollments", row=row)
        case told.EligibilityEvaluated() as fact:
            yield _stamped(fact, eligible=fact.eligible)
        case told.ApplicationAssessed() as fact:
            yield _stamped(fact, assessed_at=fact.at)
        case told.ApplicationAccepted() | told.MentorApproved() as fact:
            yield _stamped(fact, accepted_at=fact.at)
        case told.ApplicationDeclined() | told.MentorDeclined() as fact:
            yield _stamped(fact, declined_at=fact.at, decline_reason=fact.reason)
        case told.ParticipantEnrolled() as fact:
            yield _stamped(fact, enrolled_at=fact.at)
        case told.ParticipantWithdrew() as fact:
            yield _stamped(fact, withdrawn_at=fact.at)
        case told.ParticipantGraduated() as fact:
            yield _stamped(fact, graduated_at=fact.at)
        case _:
            return


@hears(told.BaselineRecorded)
def baselines(recorded: Recorded) -> Iterator[Effect]:
    """What a mentee began with."""
    match recorded.event:
        case told.BaselineRecorded() as fact:
            row = {
                "enrollment_id": fact.enrollment_id,
                "skills": levels(fact.skills),
                "confidence": fact.confidence,
                "contacts": fact.cross_functional_contacts,
                "recorded_at": fact.at,
            }
            yield Put(table="baselines", row=row)
        case _:
            return


def levels(skills: Sequence[CompetencyLevel]) -> dict[str, int]:
    """Skills as one JSON object: competency id to level."""
    return {str(skill.competency_id): skill.level for skill in skills}


def _program_becomes(fact: told.ProgramOpened | told.ProgramClosed, state: str) -> Effect:
    return Change(table="programs", key={"program_id": fact.program_id}, values={"state": state})


def _cohort_enters(
    fact: told.CohortOpened | told.ApplicationsClosed | told.CohortKickedOff | told.CohortClosed,
    stage: told.CohortStage,
) -> Effect:
    return Change(table="cohorts", key={"cohort_id": fact.cohort_id}, values={"stage": stage})


def _stamped(fact: told.EnrollmentEvent, **values: object) -> Effect:
    return Change(table="enrollments", key={"enrollment_id": fact.enrollment_id}, values=values)
