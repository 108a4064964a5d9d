"""The embedded Postgres and the databases in it."""

import socket
from itertools import chain
from pathlib import Path

import asyncpg
import pytest

from shared import embedded, provisioning
from shared.provisioning import Databases
from tests.fresh_databases import FreshDatabase

pytestmark = pytest.mark.integration


async def test_a_fresh_database_has_the_log_and_no_event(database: FreshDatabase) -> None:
    async with provisioning.connected(database.dsn("worker")) as worker:
        assert await worker.fetchval("SELECT count(*) FROM log.events") == 0


async def test_the_app_role_sees_nothing_without_a_tenant(database: FreshDatabase) -> None:
    async with provisioning.connected(database.dsn("app")) as app:
        assert await app.fetchval("SELECT count(*) FROM log.events") == 0
        assert await app.fetchval("SELECT current_user") == "fairlead_app"


async def test_each_service_has_a_database_of_its_own(databases: Databases) -> None:
    names = set()
    for service in provisioning.SERVICES:
        async with provisioning.connected(databases.dsn(service, "reader")) as reader:
            names.add(await reader.fetchval("SELECT current_database()"))
    assert len(names) == 4


async def test_a_server_is_shared_and_the_last_to_leave_stops_it(tmp_path: Path) -> None:
    with embedded.running(tmp_path / "pg", durable=False) as first:
        with embedded.running(tmp_path / "pg", durable=False) as second:
            assert second == first
        async with provisioning.connected(first.server) as still_there:
            assert await still_there.fetchval("SELECT 1") == 1
    assert not (tmp_path / "pg" / "data" / "postmaster.pid").exists()


async def test_a_free_port_that_somebody_takes_at_the_last_moment_is_not_insisted_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = chain([taken.getsockname()[1]], iter(embedded._free_port, 0))  # one after another
        monkeypatch.setattr(embedded, "_free_port", lambda: next(ports))
        with embedded.running(tmp_path / "pg", durable=False) as server:
            async with provisioning.connected(server.server) as here:
                assert await here.fetchval("SELECT 1") == 1


async def test_what_was_committed_is_there_after_a_restart(tmp_path: Path) -> None:
    with embedded.running(tmp_path / "pg") as server:
        databases = Databases(server=server.server, password=server.password)
        await provisioning.create(databases)
        await provisioning.create(databases)
        applied = await provisioning.migrate(databases)
        assert applied
    with embedded.running(tmp_path / "pg") as server:
        databases = Databases(server=server.server, password=server.password)
        assert await provisioning.migrate(databases) == []


async def test_over_tcp_a_password_is_asked_for(tmp_path: Path) -> None:
    with embedded.running(tmp_path / "pg", durable=False) as server:
        async with provisioning.connected(server.tcp) as administrator:
            assert await administrator.fetchval("SHOW fsync") == "off"
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.tcp.replace(server.password, "guessed"))


async def test_a_server_that_is_away_is_unavailable() -> None:
    away = Databases(server="postgresql://postgres@127.0.0.1:1/postgres")
    with pytest.raises(provisioning.DatabaseAway):
        await provisioning.create(away)
