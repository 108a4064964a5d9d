"""A competency is one word of the vocabulary that profiles, goals, and figures may use."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import NotFound, Refused
from shared.events.enrollment import CompetencyDefined, CompetencyEvent, CompetencyRetired
from shared.frozen import frozen
from shared.ids import CompetencyId


@frozen
class DefineCompetency:
    competency_id: CompetencyId
    code: str
    name: str
    category: str
    description: str


@frozen
class RetireCompetency:
    competency_id: CompetencyId


CompetencyCommand: TypeAlias = DefineCompetency | RetireCompetency


class CompetencyNotFound(NotFound):
    """There is no competency of this id."""


class CompetencyIsRetired(Refused):
    """This competency is retired: define a new one under another code."""


@frozen
class Competency:
    definition: tuple[str, str, str, str] | None = None  # code, name, category, description
    retired: bool = False


def evolve(competency: Competency, event: CompetencyEvent) -> Competency:
    match event:
        case CompetencyDefined(code=code, name=name, category=category, description=description):
            return replace(competency, definition=(code, name, category, description))
        case CompetencyRetired():
            return replace(competency, retired=True)
        case _:
            assert_never(event)


def decide(
    competency: Competency, command: CompetencyCommand, now: datetime
) -> Sequence[CompetencyEvent]:
    match command:
        case DefineCompetency():
            return _define(competency, command, now)
        case RetireCompetency():
            return _retire(competency, command, now)
        case _:
            assert_never(command)


def _define(
    competency: Competency, command: DefineCompetency, now: datetime
) -> Sequence[CompetencyEvent]:
    wanted = (command.code, command.name, command.category, command.description)
    if wanted == competency.definition:
        return ()  # an import that comes again
    if competency.retired:
        raise CompetencyIsRetired
    return (
        CompetencyDefined(
            competency_id=command.competency_id,
            code=command.code,
            name=command.name,
            category=command.category,
            description=command.description,
            at=now,
        ),
    )


def _retire(
    competency: Competency, command: RetireCompetency, now: datetime
) -> Sequence[CompetencyEvent]:
    if competency.definition is None:
        raise CompetencyNotFound
    if competency.retired:
        return ()
    return (CompetencyRetired(competency_id=command.competency_id, at=now),)


COMPETENCY: Decider[Competency, CompetencyCommand, CompetencyEvent] = Decider(
    category="competency",
    key=lambda command: command.competency_id,
    initial=Competency(),
    evolve=evolve,
    decide=decide,
)
