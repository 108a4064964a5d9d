"""A target role is a place somebody wants to grow into, with the competencies it asks for."""

from collections.abc import Sequence
from datetime import datetime

from services.enrollment.domain.terms import Vocabulary
from shared.decider import Decider
from shared.events.enrollment import TargetRoleDefined
from shared.frozen import frozen
from shared.ids import CompetencyId, TargetRoleId


@frozen
class DefineTargetRole:
    role_id: TargetRoleId
    code: str
    title: str
    description: str
    competencies: tuple[CompetencyId, ...]
    vocabulary: Vocabulary = Vocabulary()


@frozen
class TargetRole:
    definition: tuple[str, str, str, tuple[CompetencyId, ...]] | None = None


def evolve(role: TargetRole, event: TargetRoleDefined) -> TargetRole:
    del role
    return TargetRole(definition=(event.code, event.title, event.description, event.competencies))


def decide(
    role: TargetRole, command: DefineTargetRole, now: datetime
) -> Sequence[TargetRoleDefined]:
    wanted = (command.code, command.title, command.description, command.competencies)
    if wanted == role.definition:
        return ()  # an import that comes again
    command.vocabulary.require(command.competencies, field="/competencies")
    return (
        TargetRoleDefined(
            role_id=command.role_id,
            code=command.code,
            title=command.title,
            description=command.description,
            competencies=command.competencies,
            at=now,
        ),
    )


TARGET_ROLE: Decider[TargetRole, DefineTargetRole, TargetRoleDefined] = Decider(
    category="target_role",
    key=lambda command: command.role_id,
    initial=TargetRole(),
    evolve=evolve,
    decide=decide,
)
