"""A town in which people are matched."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.matching.reactions import elsewhere
from shared.provisioning import Databases
from tests.matching import town as towns
from tests.matching.town import Town


@pytest.fixture(scope="session")
def solver() -> None:
    """Reading its code is no part of any story, and takes long on a busy machine."""
    elsewhere.make_ready()


@pytest.fixture
async def town(databases: Databases, tmp_path: Path, solver: None) -> AsyncIterator[Town]:  # noqa: ARG001  # it is ready
    async with towns.running(databases, tmp_path) as here:
        yield here
