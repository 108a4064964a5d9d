"""A service of three routes or so, whole and on Postgres, for tests of the HTTP layer."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import UUID

import httpx
from fastapi import FastAPI, Query
from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse

from shared.auth import KeyFile, KeySet, Policy, Role, TokenVerifier
from shared.auth.development import DevelopmentIssuer
from shared.command_handler import CommandHandler, Outcome, Result, Step
from shared.database import Database
from shared.envelope import Recorded
from shared.errors import MentorshipError, NotFound
from shared.eventstore.postgres import PostgresEventStore, tenant_transaction
from shared.eventstore.tenant_reading import tenant_reading
from shared.frozen import frozen
from shared.http import (
    IMPORT_BYTES_MAX,
    Caller,
    Commands,
    IfMatchRequired,
    PageOf,
    PageRequest,
    Ports,
    Reads,
    Request,
    Routes,
    StreamEvent,
    View,
    create_service,
    event_stream,
    operations,
    problems,
    require,
    streams,
)
from shared.ids import GoalId, new_id
from shared.projection import Effect, Projection, Put, create_tables
from shared.service import Service
from shared.settings import Settings
from shared.vault import Vault
from tests.fresh_databases import FreshDatabase
from tests.shared.reading_circle import GOAL, GoalFull, Work
from tests.shared.stores import pool_of

ISSUER, AUDIENCE = "https://issuer.test", "fairlead"
SECRET = b"s" * 32
EPOCH_KEY = b"e" * 32
TABLES = """
CREATE TABLE goals (
    tenant text NOT NULL, goal_id uuid NOT NULL, reached bigint NOT NULL, version bigint NOT NULL,
    PRIMARY KEY (tenant, goal_id)
);
"""


class GoalBody(Request):
    limit: int = Field(default=100, ge=1, le=1000, strict=True)
    title: str | None = Field(default=None, max_length=200)


class GoalView(View):
    reached: int
    version: int | None = None


class GoalsView(View):
    goals: list[GoalView]
    refused: int


router = Routes("goals")


def shown(reached: int) -> GoalView:
    return GoalView(reached=reached)


@router.post("/v1/goals", status_code=201, response_model=GoalView, responses=problems(GoalFull))
async def set_goal(body: GoalBody, commands: Commands) -> Response:
    """Set a goal.

    It begins with one step done.
    """
    goal_id = GoalId(new_id())
    command = Work(goal_id=goal_id, limit=body.limit)
    return await commands.handle(GOAL, command, show=shown, location=f"/v1/goals/{goal_id}")


@router.post("/v1/goals/{goal_id}/steps", response_model=GoalView, responses=problems(GoalFull))
async def take_step(goal_id: UUID, body: GoalBody, commands: Commands) -> Response:
    """Get one step further."""
    command = Work(goal_id=GoalId(goal_id), limit=body.limit)
    return await commands.handle(GOAL, command, show=shown)


@router.post("/v1/goals/{goal_id}/second-step", response_model=GoalView)
async def take_second_step(goal_id: UUID, body: GoalBody, commands: Commands) -> Response:
    """Get further, unless that was done: the route looks before it comes to its command."""
    async with commands.db() as db:
        before = await goal(db, goal_id=goal_id)
    if before is None or before.reached > 1:
        raise GoalFull
    command = Work(goal_id=GoalId(goal_id), limit=body.limit)
    return await commands.handle(GOAL, command, show=shown)


@router.put(
    "/v1/goals/{goal_id}/finish",
    response_model=GoalView,
    dependencies=[require(Role.MENTOR, Role.PROGRAM_MANAGER), IfMatchRequired],
)
async def finish_goal(goal_id: UUID, body: GoalBody, commands: Commands) -> Response:
    """Finish a goal that was seen."""
    command = Work(goal_id=GoalId(goal_id), limit=body.limit)
    return await commands.handle(GOAL, command, show=shown)


@router.post("/v1/goals/{goal_id}/steps-of-many", status_code=207, response_model=GoalsView)
async def take_many_steps(goal_id: UUID, body: GoalBody, commands: Commands) -> Response:
    """Get three steps further, as far as the limit lets."""
    step = Step(decider=GOAL, command=Work(goal_id=GoalId(goal_id), limit=body.limit))

    def told(results: Sequence[Result]) -> GoalsView:
        done: list[Outcome] = [each for each in results if not isinstance(each, MentorshipError)]
        goals = [GoalView(reached=each.states[0], version=each.versions[0]) for each in done]
        return GoalsView(goals=goals, refused=len(results) - len(done))

    return await commands.each([step, step, step], show=told)


@router.get("/v1/goals/{goal_id}", response_model=GoalView, responses=problems(NotFound))
async def show_goal(goal_id: UUID, reads: Reads) -> Response:
    """One goal."""
    return await reads.one(partial(goal, goal_id=goal_id))


@router.get("/v1/goals", response_model=PageOf[GoalView])
async def list_goals(
    reads: Reads, least: Annotated[int | None, Query(ge=0, description="From here.")] = None
) -> Response:
    """Goals by how far they have come."""
    return await reads.page(partial(goals, least=least or 0))


@router.post("/v1/imports", response_model=GoalView, max_body_size=IMPORT_BYTES_MAX)
async def import_goals(request: HttpRequest, commands: Commands) -> Response:
    """Take a file and count its bytes."""
    limit = len(await request.body())
    command = Work(goal_id=GoalId(new_id()), limit=max(limit, 1))
    return await commands.handle(GOAL, command, show=lambda _: GoalView(reached=limit))


@router.post("/v1/reviews", status_code=202, response_model=operations.OperationView)
async def start_review(body: GoalBody, commands: Commands) -> Response:
    """Begin something long."""
    work = Work(goal_id=GoalId(new_id()), limit=body.limit)
    return await commands.handle(
        GOAL,
        work,
        show=lambda _: operations.begun(work.goal_id, "review"),
        location=operations.location(work.goal_id),
        also=lambda tx: operations.begin(tx.db(), tx.cause, work.goal_id, "review"),
    )


@router.get(
    "/v1/goals/{goal_id}/changes", response_class=StreamingResponse, responses=streams(GoalView)
)
async def follow_goal(goal_id: UUID, request: HttpRequest, _: Caller) -> Response:
    """What happens to a goal, as it happens."""

    async def changes() -> AsyncIterator[StreamEvent]:
        yield StreamEvent(event="goal.changed", data=GoalView(reached=1), id=str(goal_id))
        await asyncio.Event().wait()

    return event_stream(request, changes())


@router.get("/v1/breakage", response_model=GoalView)
async def break_down(_: Caller) -> Response:
    """Break."""
    message = "secret detail"
    raise RuntimeError(message)


@router.get("/v1/outage", response_model=GoalView)
async def lose_database(_: Caller) -> Response:
    """Find the database gone."""
    raise ConnectionRefusedError


async def goal(db: Database, *, goal_id: UUID) -> GoalView | None:
    row = await db.fetchrow("SELECT reached, version FROM read.goals WHERE goal_id = $1", goal_id)
    return None if row is None else GoalView(**row)


async def goals(db: Database, page: PageRequest, *, least: int) -> PageOf[GoalView]:
    rows = await db.fetch(
        "SELECT reached, version, goal_id FROM read.goals WHERE reached >= $1"
        " AND ($2::bigint IS NULL OR reached > $2) ORDER BY reached LIMIT $3",
        least,
        *(page.after or (None,)),
        page.rows,
    )
    views = [GoalView(reached=row["reached"], version=row["version"]) for row in rows]
    return page.of(views, lambda view: (view.reached,))


def goal_row(recorded: Recorded) -> list[Effect]:
    event = recorded.event
    row = {"goal_id": event.goal_id, "reached": event.reached, "version": recorded.version}
    return [Put(table="goals", row=row)]


SERVICE = Service(
    name="sessions",
    title="Goals",
    description="For tests.",
    routers=[router],
    own=Projection(
        name="read",
        sources=frozenset({"sessions"}),
        schema="read",
        tables=Path("tables.sql"),
        functions=(goal_row,),
    ),
)


@frozen
class GoalsWorld:
    """The service, its issuer, and a client of it."""

    app: FastAPI
    issuer: DevelopmentIssuer
    client: httpx.AsyncClient
    ports: Ports
    database: FreshDatabase

    def signed_in(
        self, *roles: Role, tenant: str = "orchard", subject: str = "ana"
    ) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.issuer.mint(tenant, subject, roles)}"}


@asynccontextmanager
async def goals_world(
    database: FreshDatabase, folder: Path, settings: Settings | None = None
) -> AsyncIterator[GoalsWorld]:
    async with pool_of(database, "owner") as owner, owner.acquire() as connection:
        await create_tables(connection, "read", TABLES)
    issuer = DevelopmentIssuer(folder / "issuer.json", ISSUER, AUDIENCE)
    policy = Policy(issuer=ISSUER, audience=AUDIENCE)
    app = create_service(SERVICE, settings)
    async with pool_of(database, "app") as pool:
        store = PostgresEventStore(pool, "sessions", (goal_row,))
        ports = Ports(
            service="sessions",
            commands=CommandHandler(store),
            store=store,
            reading=partial(tenant_reading, pool),
            changing=partial(tenant_transaction, pool),
            verifier=TokenVerifier(policy, KeySet(KeyFile(issuer.keys_file))),
            secret=SECRET,
            consumers={"matching": ["pool"]},
            vault=Vault([EPOCH_KEY]),
        )
        app.state.ports = ports
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            yield GoalsWorld(app=app, issuer=issuer, client=client, ports=ports, database=database)
        await store.close()


def key(name: str) -> Mapping[str, str]:
    return {"Idempotency-Key": name}
