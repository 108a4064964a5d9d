"""Loops are kept running, and carry an event from one service's log to another's read tables."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.envelope import Recorded
from shared.eventstore import Append
from shared.http import health
from shared.projection import INLINE_SCHEMA, Projection, Put
from shared.provisioning import Databases
from shared.runtime.supervision import Supervision
from shared.service import Service
from tests import world
from tests.patience import PATIENCE_SECONDS
from tests.shared.reading_circle import achieved, cause, goal, stream

TABLES = """
CREATE TABLE goals (
    tenant text NOT NULL, goal_id uuid NOT NULL, reached integer NOT NULL,
    PRIMARY KEY (tenant, goal_id)
);
"""


def goals(recorded: Recorded) -> Iterator[Put]:
    event = recorded.event
    yield Put(table="goals", row={"goal_id": event.goal_id, "reached": event.reached})


def projection(name: str, schema: str, folder: Path) -> Projection:
    tables = folder / f"{name}.sql"
    tables.write_text(TABLES)
    return Projection(
        name=name,
        sources=frozenset({"sessions"}),
        schema=schema,
        tables=tables,
        functions=(goals,),
    )


def teller_and_listener(folder: Path) -> tuple[Service, Service]:
    own = projection("sessions", INLINE_SCHEMA, folder)
    empty = projection("metrics", INLINE_SCHEMA, folder)
    heard = projection("heard", "heard", folder)
    return (
        Service(name="sessions", title="Sessions", description="Tells.", routers=(), own=own),
        Service(
            name="metrics",
            title="Metrics",
            description="Listens.",
            routers=(),
            own=empty,
            foreign=(heard,),
        ),
    )


@pytest.mark.integration
async def test_an_event_arrives_in_the_read_tables_of_another_service(
    databases: Databases, tmp_path: Path
) -> None:
    async with world.running(teller_and_listener(tmp_path), databases, tmp_path) as here:
        store = here.apps["sessions"].state.ports.store
        async with store.transaction(cause()) as transaction:
            facts = [achieved("one", step) for step in (1, 2, 3)]
            await transaction.append(
                [Append(stream=stream("one"), expected_version=0, events=facts)]
            )
        await here.settle()
        for service, schema in (("sessions", "read"), ("metrics", "heard")):
            rows = await here.connections[service].fetch(f"SELECT * FROM {schema}.goals")
            assert [(row["goal_id"], row["reached"]) for row in rows] == [(goal("one"), 3)]


@pytest.mark.integration
async def test_a_service_that_runs_is_ready(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "_CHECK_SECONDS", PATIENCE_SECONDS)
    teller, _ = teller_and_listener(tmp_path)
    async with (
        world.running([teller], databases, tmp_path) as here,
        here.client("sessions", "ana") as ana,
    ):
        assert (await ana.get("/livez")).status_code == 200
        assert (await ana.get("/readyz")).status_code == 200


@pytest.mark.parametrize("failure", [ConnectionError, asyncio.CancelledError])
async def test_a_loop_that_fails_is_started_again(failure: type[BaseException]) -> None:
    """What it waits for may be called off, and it be told so as if it was meant itself."""
    stop, begun = asyncio.Event(), 0

    async def loop(stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise failure
        stop.set()

    async with asyncio.timeout(PATIENCE_SECONDS):
        await Supervision(stop, 0.01).keep("example", loop)
    assert begun == 3


async def test_a_loop_that_was_told_to_stop_is_not_started_again() -> None:
    stop, begun = asyncio.Event(), 0

    async def loop(stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        await stop.wait()

    task = asyncio.create_task(Supervision(stop, 0.01).keep("example", loop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.wait_for(task, PATIENCE_SECONDS)
    assert begun == 1


async def test_a_loop_that_was_cancelled_is_not_started_again() -> None:
    begun = 0

    async def loop(stop: asyncio.Event) -> None:
        nonlocal begun
        begun += 1
        await stop.wait()

    task = asyncio.create_task(Supervision(asyncio.Event(), 0.01).keep("example", loop))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, PATIENCE_SECONDS)
    assert begun == 1
