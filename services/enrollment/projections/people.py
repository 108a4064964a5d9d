"""People by pseudonym, what they say of themselves, and the words they may use."""

from collections.abc import Iterable
from typing import Any

from shared.envelope import Recorded
from shared.events.enrollment import (
    AccommodationDeclared,
    CompetencyDefined,
    CompetencyRetired,
    IdentityCorrected,
    MentorCapacityDeclared,
    PersonErased,
    PersonLeft,
    PersonMoved,
    PersonRegistered,
    Position,
    ProfileUpdated,
    ProtectedTimeGranted,
    TargetRoleDefined,
)
from shared.projection import Change, Effect, Put, hears


@hears(CompetencyDefined, CompetencyRetired)
def competencies(recorded: Recorded) -> Iterable[Effect]:
    """A row a competency, retired ones too."""
    match recorded.event:
        case CompetencyDefined() as event:
            row = {
                "competency_id": event.competency_id,
                "code": event.code,
                "name": event.name,
                "category": event.category,
                "description": event.description,
                "version": recorded.version,
            }
            yield Put(table="competencies", row=row)
        case CompetencyRetired(competency_id=competency_id):
            yield Change(
                table="competencies",
                key={"competency_id": competency_id},
                values={"retired": True, "version": recorded.version},
            )
        case _:
            pass


@hears(TargetRoleDefined)
def target_roles(recorded: Recorded) -> Iterable[Effect]:
    """A row a target role."""
    match recorded.event:
        case TargetRoleDefined() as event:
            row = {
                "role_id": event.role_id,
                "code": event.code,
                "title": event.title,
                "description": event.description,
                "competencies": event.competencies,
                "version": recorded.version,
            }
            yield Put(table="target_roles", row=row)
        case _:
            pass


@hears(PersonRegistered, PersonMoved, IdentityCorrected, PersonLeft, PersonErased)
def people(recorded: Recorded) -> Iterable[Effect]:
    """A row a person: where they stand in the organisation, never who they are."""
    match recorded.event:
        case PersonRegistered(person_id=person_id, position=position):
            row = {"person_id": person_id, "standing": "active", **_columns(position)}
            yield Put(table="people", row={**row, "version": recorded.version})
        case PersonMoved(position=position):
            yield _person(recorded, _columns(position))
        case IdentityCorrected():
            yield _person(recorded, {})
        case PersonLeft():
            yield _person(recorded, {"standing": "left"})
        case PersonErased():
            yield _person(recorded, {"standing": "erased"})
        case _:
            pass


def _columns(position: Position) -> dict[str, Any]:
    return {
        "function": position.function,
        "level": position.level,
        "site": position.site,
        "time_zone": position.time_zone,
        "hired_on": position.hired_on,
        "manager_id": position.manager_id,
    }


def _person(recorded: Recorded, values: dict[str, Any]) -> Effect:
    return Change(
        table="people",
        key={"person_id": recorded.event.person_id},
        values={**values, "version": recorded.version},
    )


@hears(ProfileUpdated)
def profiles(recorded: Recorded) -> Iterable[Effect]:
    """A row for each person who has said something of themselves."""
    match recorded.event:
        case ProfileUpdated() as event:
            row = {
                "person_id": event.person_id,
                "expertise": event.expertise,
                "growth_goals": event.growth_goals,
                "target_roles": event.target_roles,
                "learning_style": event.learning_style,
                "work_style": event.work_style,
                "interests": event.interests,
                "languages": event.languages,
                "updated_at": event.at,
                "version": recorded.version,
            }
            yield Put(table="profiles", row=row)
        case _:
            pass


@hears(AccommodationDeclared)
def accommodations(recorded: Recorded) -> Iterable[Effect]:
    """A row for each person with a declared accommodation; the note stays sealed."""
    match recorded.event:
        case AccommodationDeclared() as event:
            row = {
                "person_id": event.person_id,
                "remote_only": event.remote_only,
                "needs": event.needs,
                "unavailable": event.unavailable,
                "note": event.note,
                "declared_at": event.at,
                "version": recorded.version,
            }
            yield Put(table="accommodations", row=row)
        case _:
            pass


@hears(MentorCapacityDeclared)
def capacities(recorded: Recorded) -> Iterable[Effect]:
    """A row for each mentor who has said how many seats they offer."""
    match recorded.event:
        case MentorCapacityDeclared() as event:
            row = {
                "person_id": event.person_id,
                "seats": event.seats,
                "hours_per_month": event.hours_per_month,
                "periods": event.periods,
                "supports": event.supports,
                "declared_at": event.at,
                "version": recorded.version,
            }
            yield Put(table="capacities", row=row)
        case _:
            pass


@hears(ProtectedTimeGranted)
def protected_times(recorded: Recorded) -> Iterable[Effect]:
    """A row for each person who was granted protected hours."""
    match recorded.event:
        case ProtectedTimeGranted() as event:
            row = {
                "person_id": event.person_id,
                "hours_per_month": event.hours_per_month,
                "granted_by": event.granted_by,
                "granted_at": event.at,
                "version": recorded.version,
            }
            yield Put(table="protected_times", row=row)
        case _:
            pass
