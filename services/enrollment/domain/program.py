"""A program: who decides in it, what it has published, and whether people can take part now."""

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from services.enrollment.domain.publications import (
    Publish,
    PublishAgreement,
    PublishCharter,
    PublishEligibility,
    PublishRubric,
    PublishTraining,
    publish_agreement,
    publish_charter,
    publish_eligibility,
    publish_rubric,
    publish_training,
)
from shared.decider import Decider
from shared.errors import NotAllowed, NotFound, Refused
from shared.events.enrollment import (
    AgreementPublished,
    CharterPublished,
    EligibilityPublished,
    GovernanceRole,
    GovernanceRoleAssigned,
    Part,
    ProgramClosed,
    ProgramCreated,
    ProgramEvent,
    ProgramOpened,
    RubricPublished,
    TrainingPublished,
)
from shared.frozen import frozen
from shared.ids import PersonId, ProgramId


@frozen
class CreateProgram:
    program_id: ProgramId
    name: str
    created_by: PersonId  # becomes its first program manager
    function: str  # of that person


@frozen
class AssignGovernanceRole:
    program_id: ProgramId
    person_id: PersonId
    role: GovernanceRole
    function: str
    decision_rights: tuple[str, ...]


@frozen
class OpenProgram:
    program_id: ProgramId


@frozen
class CloseProgram:
    program_id: ProgramId
    reason: str


@frozen
class AdmitParticipation:
    """Let cohorts be scheduled and people apply, or say why not."""

    program_id: ProgramId


ProgramCommand: TypeAlias = (
    CreateProgram | AssignGovernanceRole | Publish | OpenProgram | CloseProgram | AdmitParticipation
)


class ProgramNotFound(NotFound):
    """There is no program of this id."""


class ProgramExists(Refused):
    """A program of this id exists already, under another name."""


class NotYourProgram(NotAllowed):
    """Only a program manager of this very program may do this."""


class ObjectivesMissing(Refused):
    """A program opens only with a charter that names at least one objective."""


class ProgramNotOpen(Refused):
    """This program is not open."""


class ProgramIsClosed(Refused):
    """This program is closed: nothing in it changes any more."""


Assignments: TypeAlias = Mapping[tuple[PersonId, GovernanceRole], GovernanceRoleAssigned]


@frozen
class Program:
    name: str = ""  # empty until it is created
    governance: Assignments = field(default_factory=dict)
    charter: CharterPublished | None = None
    eligibility: EligibilityPublished | None = None
    rubric: RubricPublished | None = None
    agreements: Mapping[Part, AgreementPublished] = field(default_factory=dict)  # the current
    training: TrainingPublished | None = None
    opened: bool = False
    closed: bool = False

    def require_manager(self, person_id: PersonId | None) -> None:
        """Refuse whoever is not a program manager of this program.

        Raises:
            ProgramNotFound: it does not exist.
            NotYourProgram: it does, but others manage it.
        """
        if not self.name:
            raise ProgramNotFound
        if person_id is None or (person_id, GovernanceRole.PROGRAM_MANAGER) not in self.governance:
            raise NotYourProgram


def evolve(program: Program, event: ProgramEvent) -> Program:  # noqa: PLR0911  # a line an event
    match event:
        case ProgramCreated(name=name):
            return replace(program, name=name)
        case CharterPublished():
            return replace(program, charter=event)
        case GovernanceRoleAssigned(person_id=person_id, role=role):
            governance = {**program.governance, (person_id, role): event}
            return replace(program, governance=governance)
        case EligibilityPublished():
            return replace(program, eligibility=event)
        case RubricPublished():
            return replace(program, rubric=event)
        case AgreementPublished(part=part):
            return replace(program, agreements={**program.agreements, part: event})
        case TrainingPublished():
            return replace(program, training=event)
        case ProgramOpened():
            return replace(program, opened=True)
        case ProgramClosed():
            return replace(program, closed=True)
        case _:
            assert_never(event)


def decide(program: Program, command: ProgramCommand, now: datetime) -> Sequence[ProgramEvent]:
    if isinstance(command, CreateProgram):
        return _create(program, command, now)
    if not program.name:
        raise ProgramNotFound
    match command:
        case OpenProgram():
            return _open(program, command, now)
        case CloseProgram():
            return _close(program, command, now)
        case AdmitParticipation():
            return _admit(program)
        case _ if program.closed:
            raise ProgramIsClosed
        case AssignGovernanceRole():
            return _assign(program, command, now)
        case _:
            return _publish(program, command, now)


def _publish(program: Program, command: Publish, now: datetime) -> Sequence[ProgramEvent]:
    match command:
        case PublishCharter():
            return publish_charter(program.charter, command, now)
        case PublishEligibility():
            return publish_eligibility(program.eligibility, command, now)
        case PublishRubric():
            return publish_rubric(program.rubric, command, now)
        case PublishAgreement(part=part):
            return publish_agreement(program.agreements.get(part), command, now)
        case PublishTraining():
            return publish_training(program.training, command, now)
        case _:
            assert_never(command)


def _create(program: Program, command: CreateProgram, now: datetime) -> Sequence[ProgramEvent]:
    if program.name == command.name:
        return ()
    if program.name:
        raise ProgramExists
    return (
        ProgramCreated(program_id=command.program_id, name=command.name, at=now),
        GovernanceRoleAssigned(
            program_id=command.program_id,
            person_id=command.created_by,
            role=GovernanceRole.PROGRAM_MANAGER,
            function=command.function,
            decision_rights=("everything",),
            at=now,
        ),
    )


def _assign(
    program: Program, command: AssignGovernanceRole, now: datetime
) -> Sequence[ProgramEvent]:
    assigned = GovernanceRoleAssigned(
        program_id=command.program_id,
        person_id=command.person_id,
        role=command.role,
        function=command.function,
        decision_rights=command.decision_rights,
        at=now,
    )
    before = program.governance.get((command.person_id, command.role))
    if before is not None and replace(assigned, at=before.at) == before:
        return ()
    return (assigned,)


def _open(program: Program, command: OpenProgram, now: datetime) -> Sequence[ProgramEvent]:
    if program.closed:
        raise ProgramIsClosed
    if program.charter is None or not program.charter.objectives:
        raise ObjectivesMissing
    return () if program.opened else (ProgramOpened(program_id=command.program_id, at=now),)


def _close(program: Program, command: CloseProgram, now: datetime) -> Sequence[ProgramEvent]:
    if program.closed:
        return ()
    return (ProgramClosed(program_id=command.program_id, reason=command.reason, at=now),)


def _admit(program: Program) -> Sequence[ProgramEvent]:
    if program.closed:
        raise ProgramIsClosed
    if not program.opened:
        raise ProgramNotOpen
    return ()


PROGRAM: Decider[Program, ProgramCommand, ProgramEvent] = Decider(
    category="program",
    key=lambda command: command.program_id,
    initial=Program(),
    evolve=evolve,
    decide=decide,
)
