"""A company in which pairs are accompanied: one for all quick stories, one for each long one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from shared import clock
from shared.provisioning import Databases
from tests.fresh_databases import TestServer
from tests.sessions.companions import Company, company


@pytest_asyncio.fixture(loop_scope="package", scope="package")
async def fairlead(
    postgres: TestServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    async with (
        postgres.fresh_four() as databases,
        company(databases, tmp_path_factory.mktemp("company")) as fairlead,
    ):
        yield fairlead


@pytest.fixture
def own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time may pass in this story, and in this story only."""
    monkeypatch.setattr(clock, "_offset", timedelta())


@pytest.fixture
async def company_of_its_own(
    own_time: None,  # noqa: ARG001  # asked for its effect
    databases: Databases,
    tmp_path: Path,
) -> AsyncIterator[Company]:
    async with company(databases, tmp_path) as fairlead:
        yield fairlead
