"""The small service that these tests speak to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fresh_databases import FreshDatabase
from tests.shared.http.goals_service import GoalsWorld, goals_world


@pytest.fixture
async def world(database: FreshDatabase, tmp_path: Path) -> AsyncIterator[GoalsWorld]:
    async with goals_world(database, tmp_path) as goals:
        yield goals
