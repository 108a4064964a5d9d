"""Matching on a real Postgres, told by an enrollment and a sessions that only have logs."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from services.matching.main import SERVICE
from shared.auth import Role
from shared.envelope import Cause
from shared.events.enrollment import (
    ApplicationSubmitted,
    Calendar,
    CohortScheduled,
    CompetencyDefined,
    GovernanceRole,
    GovernanceRoleAssigned,
    MentorCapacityDeclared,
    ParticipantEnrolled,
    PersonRegistered,
    Position,
    ProfileUpdated,
    TargetRoleDefined,
)
from shared.events.vocabulary import CompetencyLevel, Part, Period
from shared.eventstore import Append
from shared.frozen import frozen
from shared.ids import CompetencyId, PersonId, TargetRoleId, TenantId, derived_id
from shared.projection import INLINE_SCHEMA, Projection
from shared.provisioning import Databases
from shared.service import Service
from tests import world as worlds
from tests.matching.cast import COHORT, FACILITATION, PROGRAM, enrollment, person
from tests.patience import PATIENCE_SECONDS
from tests.world import TENANT, World

THEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PIA = person("pia")
CAUSE = Cause(
    tenant=TenantId(TENANT),
    actor="story",
    right="story",
    correlation_id=derived_id("story"),
    causation_id=derived_id("story"),
)


@frozen
class Town:
    """One program with one cohort, managed by Pia."""

    world: World

    def client(self, who: UUID, *roles: Role) -> httpx.AsyncClient:
        return self.world.client("matching", who, *roles)

    def pia(self) -> httpx.AsyncClient:
        return self.client(PIA, Role.PROGRAM_MANAGER)

    async def tell(self, service: str, facts: Sequence[tuple[str, Any]]) -> None:
        """Let another service tell facts, each of a stream."""
        store = self.world.apps[service].state.ports.store
        async with store.transaction(CAUSE) as transaction:
            known = await transaction.read([stream for stream, _ in facts])
            versions = {stream: history.version for stream, history in known.items()}
            grouped: dict[str, list[Any]] = {}
            for stream, fact in facts:
                grouped.setdefault(stream, []).append(fact)
            await transaction.append(
                [
                    Append(stream=stream, expected_version=versions[stream], events=events)
                    for stream, events in grouped.items()
                ]
            )

    def expects_a_crowd(self) -> None:
        """Requests wait for a connection as long as a test does: whoever does not is told 503."""
        pool = self.world.apps["matching"].state.ports.store._pool
        pool.wait_seconds_max = PATIENCE_SECONDS

    async def begins(self) -> None:
        """The program has a manager and a cohort."""
        await self.tell("enrollment", program())
        await self.world.settle()

    async def join(
        self, mentors: Mapping[str, int], mentees: Sequence[str], *, settle: bool = True
    ) -> None:
        """These are enrolled: mentors with their seats, mentees who want to facilitate."""
        facts: list[tuple[str, Any]] = []
        for name, seats in mentors.items():
            facts += joined(name, Part.MENTOR, seats)
        for name in mentees:
            facts += joined(name, Part.MENTEE, 0)
        await self.tell("enrollment", facts)
        if settle:
            await self.world.settle()

    async def teaches(self, competency_id: CompetencyId) -> None:
        """The catalogue knows of a competency."""
        defined = CompetencyDefined(
            competency_id=competency_id,
            code="facilitation",
            name="Facilitation",
            category="skill",
            description="",
            at=THEN,
        )
        await self.tell("enrollment", [(f"competency-{competency_id}", defined)])
        await self.world.settle()

    async def wants_role(self, competency_id: CompetencyId) -> TargetRoleId:
        """The program looks for successors in a role that asks for this."""
        role = TargetRoleId(derived_id("role", competency_id))
        defined = TargetRoleDefined(
            role_id=role,
            code="lead",
            title="Lead",
            description="",
            competencies=(competency_id,),
            at=THEN,
        )
        await self.tell("enrollment", [(f"target_role-{role}", defined)])
        await self.world.settle()
        return role

    async def shortens(self, mentor: str) -> None:
        """A mentor has mornings only."""
        declared = replace(capacity(mentor, 1), periods=(Period.MORNING,))
        await self.tell("enrollment", [(f"profile-{person(mentor)}", declared)])
        await self.world.settle()

    async def set_policy(self, **changes: object) -> httpx.Response:
        body = {"reason": "first policy", **changes}
        async with self.pia() as pia:
            return await pia.put(f"/v1/programs/{PROGRAM}/matching-policy", json=body)

    async def propose(self, mentor: str, mentee: str, key: str = "") -> httpx.Response:
        body = {"mentor": str(enrollment(mentor)), "mentee": str(enrollment(mentee))}
        headers = {"Idempotency-Key": f"{key}-{mentor}-{mentee}".replace(" ", "-")}
        async with self.pia() as pia:
            return await pia.post("/v1/pairings", json=body, headers=headers)

    async def paired(self, mentor: str, mentee: str) -> str:
        """Two who were proposed and both said yes: the id of their pairing."""
        proposed = await self.propose(mentor, mentee)
        assert proposed.status_code == 201, proposed.text
        where: str = proposed.json()["pairing_id"]
        for name in (mentor, mentee):
            answer = await self.post(name, f"/v1/pairings/{where}/acceptance")
            assert answer.status_code == 200, answer.text
        return where

    async def post(self, name: str, path: str, body: object = None) -> httpx.Response:
        async with self.client(person(name)) as client:
            return await client.post(path, json=body)

    async def get(self, path: str, **params: str) -> httpx.Response:
        async with self.pia() as pia:
            return await pia.get(path, params=params)

    async def roster(self, name: str) -> dict[str, Any]:
        answer = await self.get(f"/v1/rosters/{enrollment(name)}")
        assert answer.status_code == 200, answer.text
        roster: dict[str, Any] = answer.json()
        return roster


def program() -> list[tuple[str, Any]]:
    stages = ("open", "close", "kick off", "project", "reflect", "end")
    days = dict.fromkeys(stages, THEN)
    calendar = Calendar(
        applications_open_at=days["open"],
        applications_close_at=days["close"],
        kick_off_at=days["kick off"],
        project_start_at=days["project"],
        reflection_at=days["reflect"],
        close_at=days["end"],
    )
    managed = GovernanceRoleAssigned(
        program_id=PROGRAM,
        person_id=PIA,
        role=GovernanceRole.PROGRAM_MANAGER,
        function="people",
        decision_rights=(),
        at=THEN,
    )
    scheduled = CohortScheduled(
        cohort_id=COHORT, program_id=PROGRAM, name="spring", calendar=calendar, at=THEN
    )
    return [(f"program-{PROGRAM}", managed), (f"cohort-{COHORT}", scheduled)]


def joined(name: str, part: Part, seats: int) -> list[tuple[str, Any]]:
    who, where = person(name), enrollment(name)
    known = PersonRegistered(person_id=who, position=position(part), at=THEN)
    facts: list[tuple[str, Any]] = [
        (f"person-{who}", known),
        (f"profile-{who}", profile(who, part)),
    ]
    if part is Part.MENTOR:
        facts.append((f"profile-{who}", capacity(name, seats)))
    ids: dict[str, Any] = {
        "enrollment_id": where,
        "program_id": PROGRAM,
        "cohort_id": COHORT,
        "person_id": who,
        "part": part,
        "at": THEN,
    }
    facts.append((f"enrollment-{where}", ApplicationSubmitted(**ids, desired_outcomes=())))
    facts.append((f"enrollment-{where}", ParticipantEnrolled(**ids)))
    return facts


def profile(who: PersonId, part: Part) -> ProfileUpdated:
    """Mentors are good at what mentees want to learn."""
    if part is Part.MENTEE:
        return ProfileUpdated(person_id=who, growth_goals=(FACILITATION,), at=THEN)
    skills = (CompetencyLevel(competency_id=FACILITATION, level=5),)
    return ProfileUpdated(person_id=who, expertise=skills, at=THEN)


def position(part: Part, **changes: Any) -> Position:  # noqa: ANN401  # any part of a position
    told: dict[str, Any] = {
        "function": "law" if part is Part.MENTOR else "finance",
        "level": "senior",
        "site": "Porto",
        "time_zone": "Europe/Lisbon",
        "hired_on": date(2020, 1, 1),
    }
    return Position(**{**told, **changes})


def capacity(name: str, seats: int) -> MentorCapacityDeclared:
    return MentorCapacityDeclared(
        person_id=person(name),
        seats=seats,
        hours_per_month=max(4, 2 * seats),
        periods=tuple(Period),
        at=THEN,
    )


@asynccontextmanager
async def running(databases: Databases, folder: Path, *others: Service) -> AsyncIterator[Town]:
    """Matching, and others as they are; an enrollment and a sessions that are not, only tell."""
    empty = folder / "empty.sql"
    empty.write_text("SELECT 1;")
    real = {service.name for service in others}
    told = [silent(name, empty) for name in ("enrollment", "sessions") if name not in real]
    services = [*told, *others, SERVICE]
    async with worlds.running(services, databases, folder) as world:
        town = Town(world=world)
        await town.begins()
        yield town


def silent(name: str, tables: Path) -> Service:
    """A service that does nothing by itself: the story tells its facts."""
    own = Projection(
        name=name,
        sources=frozenset({name}),
        schema=INLINE_SCHEMA,
        tables=tables,
        functions=(),
    )
    return Service(name=name, title=name, description=name, routers=(), own=own)
