"""Rows from enrollment: what a run may know of people, and who manages which program."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events import enrollment as told
from shared.ids import CohortId
from shared.projection import Change, Effect, Put, Remove, hears


@hears(told.PersonRegistered, told.PersonMoved, told.PersonErased)
def people(recorded: Recorded) -> Iterator[Effect]:
    """Where each person stands and since when; nothing once they are erased."""
    match recorded.event:
        case told.PersonRegistered() | told.PersonMoved() as fact:
            row = {
                "person_id": fact.person_id,
                "function": fact.position.function,
                "level": fact.position.level,
                "site": fact.position.site,
                "time_zone": fact.position.time_zone,
                "hired_on": fact.position.hired_on,
                "manager_id": fact.position.manager_id,
            }
            yield Put(table="people", row=row)
        case told.PersonErased(person_id=person_id):
            yield Remove(table="people", key={"person_id": person_id})
        case _:
            return


@hears(told.ProfileUpdated)
def profiles(recorded: Recorded) -> Iterator[Effect]:
    """What each person offers, wants, and speaks, in codes."""
    match recorded.event:
        case told.ProfileUpdated() as fact:
            row = {
                "person_id": fact.person_id,
                "expertise": [
                    {"competency_id": skill.competency_id, "level": skill.level}
                    for skill in fact.expertise
                ],
                "growth_goals": list(fact.growth_goals),
                "target_roles": list(fact.target_roles),
                "learning_style": fact.learning_style,
                "work_style": fact.work_style,
                "interests": list(fact.interests),
                "languages": list(fact.languages),
            }
            yield Put(table="profiles", row=row)
        case _:
            return


@hears(told.AccommodationDeclared)
def accommodations(recorded: Recorded) -> Iterator[Effect]:
    """What somebody needs and when they cannot meet, in codes; why stays with enrollment."""
    match recorded.event:
        case told.AccommodationDeclared() as fact:
            row = {
                "person_id": fact.person_id,
                "needs": list(fact.needs),
                "unavailable": list(fact.unavailable),
            }
            yield Put(table="accommodations", row=row)
        case _:
            return


@hears(told.MentorCapacityDeclared)
def capacities(recorded: Recorded) -> Iterator[Effect]:
    """How many mentees a mentor has room for, when, and what needs they can meet."""
    match recorded.event:
        case told.MentorCapacityDeclared() as fact:
            row = {
                "person_id": fact.person_id,
                "seats": fact.seats,
                "hours_per_month": fact.hours_per_month,
                "periods": list(fact.periods),
                "supports": list(fact.supports),
            }
            yield Put(table="capacities", row=row)
        case _:
            return


@hears(told.ApplicationSubmitted)
def applications(recorded: Recorded) -> Iterator[Effect]:
    """What a mentee said they want to be better at when they applied."""
    match recorded.event:
        case told.ApplicationSubmitted() as fact:
            outcomes = list(fact.desired_outcomes)
            row = {"enrollment_id": fact.enrollment_id, "desired_outcomes": outcomes}
            yield Put(table="applications", row=row)
        case _:
            return


@hears(told.CompetencyDefined, told.CompetencyRetired)
def competencies(recorded: Recorded) -> Iterator[Effect]:
    """The competencies of the catalogue that are in use."""
    match recorded.event:
        case told.CompetencyDefined(competency_id=competency_id):
            yield Put(table="competencies", row={"competency_id": competency_id})
        case told.CompetencyRetired(competency_id=competency_id):
            yield Remove(table="competencies", key={"competency_id": competency_id})
        case _:
            return


@hears(told.TargetRoleDefined)
def target_roles(recorded: Recorded) -> Iterator[Effect]:
    """What the roles that people aim for ask of them."""
    match recorded.event:
        case told.TargetRoleDefined() as fact:
            row = {"role_id": fact.role_id, "competencies": list(fact.competencies)}
            yield Put(table="target_roles", row=row)
        case _:
            return


@hears(told.GovernanceRoleAssigned)
def governance(recorded: Recorded) -> Iterator[Effect]:
    """Who decides what in which program."""
    match recorded.event:
        case told.GovernanceRoleAssigned() as fact:
            row = {
                "program_id": fact.program_id,
                "person_id": fact.person_id,
                "role": fact.role.value,
            }
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
    """Which program a cohort belongs to, when it begins, and where it stands in its calendar."""
    match recorded.event:
        case told.CohortScheduled() as fact:
            row = {
                "cohort_id": fact.cohort_id,
                "program_id": fact.program_id,
                "kick_off_at": fact.calendar.kick_off_at,
                "close_at": fact.calendar.close_at,
                "stage": told.CohortStage.SCHEDULED.value,
            }
            yield Put(table="cohorts", row=row)
        case told.CohortOpened(cohort_id=cohort_id):
            yield _stage(cohort_id, told.CohortStage.APPLICATIONS)
        case told.ApplicationsClosed(cohort_id=cohort_id):
            yield _stage(cohort_id, told.CohortStage.MATCHING)
        case told.CohortKickedOff(cohort_id=cohort_id):
            yield _stage(cohort_id, told.CohortStage.JOURNEY)
        case told.CohortClosed(cohort_id=cohort_id):
            yield _stage(cohort_id, told.CohortStage.CLOSED)
        case _:
            return


def _stage(cohort_id: CohortId, stage: told.CohortStage) -> Effect:
    return Change(table="cohorts", key={"cohort_id": cohort_id}, values={"stage": stage.value})
