"""Pairs that enrollment and matching tell of, and clients for everybody around them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from services.sessions.main import SERVICE
from shared import clock
from shared.auth import Role
from shared.envelope import Cause
from shared.events.enrollment import (
    CharterPublished,
    CompetencyDefined,
    CompetencyRetired,
    GovernanceRole,
    GovernanceRoleAssigned,
    Objective,
)
from shared.events.matching import EndReason, PairingEnded, ParticipantsPaired
from shared.eventstore import Append
from shared.frozen import frozen
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    TenantId,
    new_id,
)
from shared.projection import INLINE_SCHEMA, Projection
from shared.provisioning import Databases
from shared.service import Service
from tests import world
from tests.world import TENANT, World


@frozen
class Couple:
    """Ana and her mentor Ben, with a client each."""

    pairing: ParticipantsPaired
    ana: httpx.AsyncClient
    ben: httpx.AsyncClient

    @property
    def path(self) -> str:
        return f"/v1/journeys/{self.pairing.pairing_id}"


@frozen
class Company:
    """A program with its manager Mia, its auditor Ed, and whom matching pairs in it."""

    world: World
    stack: AsyncExitStack
    program_id: ProgramId
    cohort_id: CohortId
    listening: CompetencyId
    shouting: CompetencyId  # not in use any more
    mia: httpx.AsyncClient
    ed: httpx.AsyncClient

    async def paired(self) -> Couple:
        """Two more people who said yes to each other."""
        pairing = ParticipantsPaired(
            pairing_id=PairingId(new_id()),
            program_id=self.program_id,
            cohort_id=self.cohort_id,
            mentor=EnrollmentId(new_id()),
            mentee=EnrollmentId(new_id()),
            mentor_person=PersonId(new_id()),
            mentee_person=PersonId(new_id()),
            cross_functional=True,
            at=clock.now(),
        )
        await self.tell("matching", f"pairing-{pairing.pairing_id}", pairing)
        return Couple(
            pairing=pairing,
            ana=await self.client(pairing.mentee_person, Role.MENTEE),
            ben=await self.client(pairing.mentor_person, Role.MENTOR),
        )

    async def broken_off(self, couple: Couple) -> None:
        """Their pairing ends before their journey is complete."""
        pairing = couple.pairing
        ended = PairingEnded(
            pairing_id=pairing.pairing_id,
            program_id=pairing.program_id,
            cohort_id=pairing.cohort_id,
            mentor=pairing.mentor,
            mentee=pairing.mentee,
            reason=EndReason.NOT_A_FIT,
            in_trial=False,
            at=clock.now(),
        )
        await self.tell("matching", f"pairing-{pairing.pairing_id}", ended)

    async def client(
        self, subject: object, *roles: Role, tenant: str = TENANT
    ) -> httpx.AsyncClient:
        """A signed-in caller of the sessions service."""
        client = self.world.client("sessions", subject, *roles, tenant=tenant)
        return await self.stack.enter_async_context(client)

    async def tell(self, service: str, stream: str, *events: object) -> None:
        """Let something happen in another service, and be heard."""
        store = self.world.apps[service].state.ports.store
        async with store.transaction(cause()) as transaction:
            before = (await transaction.read([stream]))[stream].version
            await transaction.append(
                [Append(stream=stream, expected_version=before, events=events)]
            )
        await self.world.settle()


@asynccontextmanager
async def company(databases: Databases, folder: Path) -> AsyncIterator[Company]:
    """A program that runs, with sessions to accompany its pairs."""
    services = (teller("enrollment", folder), teller("matching", folder), SERVICE)
    async with world.running(services, databases, folder) as here, AsyncExitStack() as stack:
        manager, program_id = PersonId(new_id()), ProgramId(new_id())
        mia = here.client("sessions", manager, Role.PROGRAM_MANAGER)
        ed = here.client("sessions", new_id(), Role.AUDITOR)
        fairlead = Company(
            world=here,
            stack=stack,
            program_id=program_id,
            cohort_id=CohortId(new_id()),
            listening=CompetencyId(new_id()),
            shouting=CompetencyId(new_id()),
            mia=await stack.enter_async_context(mia),
            ed=await stack.enter_async_context(ed),
        )
        now = clock.now()
        await fairlead.tell("enrollment", f"program-{program_id}", *program(program_id, manager))
        for competency_id in (fairlead.listening, fairlead.shouting):
            await fairlead.tell(
                "enrollment", f"competency-{competency_id}", competency(competency_id, now)
            )
        retired = CompetencyRetired(competency_id=fairlead.shouting, at=now)
        await fairlead.tell("enrollment", f"competency-{fairlead.shouting}", retired)
        yield fairlead


def teller(name: str, folder: Path) -> Service:
    """A service that only tells."""
    tables = folder / f"{name}.sql"
    tables.write_text("SELECT;")
    own = Projection(
        name=name,
        sources=frozenset({name}),
        schema=INLINE_SCHEMA,
        tables=tables,
        functions=(),
    )
    return Service(name=name, title=name, description="Tells.", routers=(), own=own)


def program(program_id: ProgramId, manager: PersonId) -> Sequence[object]:
    """Who runs it and what for."""
    now = clock.now()
    return (
        GovernanceRoleAssigned(
            program_id=program_id,
            person_id=manager,
            role=GovernanceRole.PROGRAM_MANAGER,
            function="people",
            decision_rights=("publish pairs",),
            at=now,
        ),
        CharterPublished(
            program_id=program_id,
            version=1,
            objectives=(
                Objective(code="break-silos", text="Functions know each other.", priority="growth"),
            ),
            expected_hours_per_month=3,
            escalation_path="Mia",
            at=now,
        ),
    )


def competency(competency_id: CompetencyId, now: datetime) -> CompetencyDefined:
    return CompetencyDefined(
        competency_id=competency_id,
        code="2.A.1.b",
        name="Active listening",
        category="skills",
        description="Giving full attention.",
        at=now,
    )


def cause() -> Cause:
    request = new_id()
    return Cause(
        tenant=TenantId(TENANT),
        actor="story",
        right="story",
        correlation_id=request,
        causation_id=request,
    )


def key() -> dict[str, str]:
    """A new idempotency key."""
    return {"Idempotency-Key": str(new_id())}


async def post(client: httpx.AsyncClient, path: str, body: object, status: int = 200) -> Any:  # noqa: ANN401  # any JSON
    """What a POST answers, which must be with this status."""
    response = await client.post(path, json=body, headers=key())
    assert response.status_code == status, response.text
    return response.json()


async def put(client: httpx.AsyncClient, path: str, body: object, status: int = 200) -> Any:  # noqa: ANN401  # any JSON
    """What a PUT answers, which must be with this status."""
    response = await client.put(path, json=body)
    assert response.status_code == status, response.text
    return response.json()


async def get(client: httpx.AsyncClient, path: str, status: int = 200) -> Any:  # noqa: ANN401  # any JSON
    """What a GET answers, which must be with this status."""
    response = await client.get(path)
    assert response.status_code == status, response.text
    return response.json()


async def session_planned(couple: Couple, starts_at: datetime, **more: object) -> UUID:
    """A session that Ana planned."""
    body = {"starts_at": starts_at.isoformat(), **more}
    planned = await post(couple.ana, f"{couple.path}/sessions", body, 201)
    return UUID(planned["session_id"])


async def session_held(couple: Couple) -> UUID:
    """A session that took place just now."""
    session_id = await session_planned(couple, clock.now())
    await post(couple.ben, f"{couple.path}/sessions/{session_id}/holding", {})
    return session_id
