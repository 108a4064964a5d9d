"""What enrollment tells of programs and competencies, as rows."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.events.enrollment import (
    CharterPublished,
    CompetencyDefined,
    CompetencyRetired,
    GovernanceRole,
    GovernanceRoleAssigned,
)
from shared.projection import Change, Effect, Put, hears


@hears(GovernanceRoleAssigned)
def program_managers(recorded: Recorded) -> Iterator[Effect]:
    """One row for each person who runs a program."""
    event = recorded.event
    match event:
        case GovernanceRoleAssigned(role=GovernanceRole.PROGRAM_MANAGER):
            row = {"program_id": event.program_id, "person_id": event.person_id}
            yield Put(table="program_managers", row=row)
        case _:
            return


@hears(CharterPublished)
def charters(recorded: Recorded) -> Iterator[Effect]:
    """One row a program: the codes of what it aims at."""
    event = recorded.event
    if isinstance(event, CharterPublished):
        priorities = [objective.code for objective in event.objectives]
        yield Put(table="charters", row={"program_id": event.program_id, "priorities": priorities})


@hears(CompetencyDefined, CompetencyRetired)
def competencies(recorded: Recorded) -> Iterator[Effect]:
    """One row a competency of the catalogue."""
    event = recorded.event
    match event:
        case CompetencyDefined(competency_id=competency_id):
            yield Put(table="competencies", row={"competency_id": competency_id, "retired": False})
        case CompetencyRetired(competency_id=competency_id):
            key = {"competency_id": competency_id}
            yield Change(table="competencies", key=key, values={"retired": True})
        case _:
            return
