"""A town in which people are matched."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.provisioning import Databases
from tests.matching import town as towns
from tests.matching.town import Town


@pytest.fixture
async def town(databases: Databases, tmp_path: Path) -> AsyncIterator[Town]:
    async with towns.running(databases, tmp_path) as here:
        yield here
