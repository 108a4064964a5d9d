"""What tests may ask for."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from shared import clock
from shared.provisioning import SERVICES, Databases
from shared.runtime import service_named
from tests import fresh_databases
from tests import world as worlds
from tests.broker import Broker, shared_broker
from tests.contained_broker import contained_broker, has_image
from tests.fresh_databases import FreshDatabase, TestServer
from tests.kafka_jars import NoKafka
from tests.world import World

# Reasons that a test may be skipped for on a machine of CI, where everything should be there.
SKIPS_ALLOWED = (
    "no container engine",
    "no kubectl",
    "the published tables are not here",  # a vocabulary that is not ours to carry along
)

# An example may take as long as a busy machine makes it take, and so may thinking of one. In CI a
# change is judged by what it changes: the examples are the same each time, elsewhere they are new.
settings.register_profile(
    "patient",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=os.environ.get("CI") == "true",
)
settings.load_profile("patient")


def pytest_addoption(parser: pytest.Parser) -> None:
    """A fault is repeated with the seed that its summary names."""
    parser.addoption("--fault-seed", type=int, default=None, help="seed of trials with faults")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skip that nobody expects is a failure in CI: what was not run was not shown."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or os.environ.get("CI") != "true":
        return
    surprises = [
        report.nodeid
        for report in reporter.stats.get("skipped", ())
        if not any(reason in str(report.longrepr) for reason in SKIPS_ALLOWED)
    ]
    if surprises:
        reporter.write_line(f"{len(surprises)} skipped that should have run: {surprises}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="module", autouse=True)
def time_of_its_own() -> Iterator[None]:
    """Stories let years pass: those of the next file begin again at the machine's own time."""
    yield
    clock.start_at(clock.true_now())


@pytest.fixture(scope="session")
def postgres() -> Iterator[TestServer]:
    """A real Postgres; `postgres.fresh()` lends an empty, migrated database."""
    with fresh_databases.server() as address:
        yield asyncio.run(fresh_databases.prepared(address))


@pytest.fixture
async def database(postgres: TestServer) -> AsyncIterator[FreshDatabase]:
    """An empty, migrated database of one's own: `database.dsn("app")`."""
    async with postgres.fresh() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka that all tests share: `kafka.settings()` has topics of one's own.

    In a container where an engine has the image already, else a process of this machine, which
    TEST_INFRA=local demands. Who wants to kill one takes `tests.broker.own_broker`.
    """
    with ExitStack() as lent:
        try:
            contained = has_image()
            folder = tmp_path_factory.mktemp("kafka")
            broker = lent.enter_context(contained_broker(folder) if contained else shared_broker())
        except NoKafka as reason:
            pytest.skip(str(reason))  # no allowed reason: CI fails
        yield broker


@pytest.fixture
async def databases(postgres: TestServer) -> AsyncIterator[Databases]:
    """An empty, migrated database for each service: `databases.dsn("matching", "app")`."""
    async with postgres.fresh_four() as four:
        yield four


@pytest.fixture
async def world(databases: Databases, tmp_path: Path) -> AsyncIterator[World]:
    """The four services in this process: `world.client("matching", ana)`, `world.settle()`."""
    four = [service_named(name) for name in SERVICES]
    async with worlds.running(four, databases, tmp_path) as here:
        yield here
