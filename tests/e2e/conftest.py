"""One house for all stories of a run: each has a tenant of its own there."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e import house as houses
from tests.e2e.house import House


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """The four services, started once; nobody stops them but the end of the run."""
    # Not in pytest's own folder: each pytest that starts closes that to the database's user.
    with (
        tempfile.TemporaryDirectory() as folder,
        houses.opened(Path(folder), LOG__LEVEL="debug") as running,
    ):
        yield running
