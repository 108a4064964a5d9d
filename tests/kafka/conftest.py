"""What holds for all tests with a Kafka."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from tests.patience import PATIENCE_SECONDS

FAREWELL_SECONDS_MAX = 3.0


@pytest.fixture(autouse=True)
async def _farewell() -> AsyncIterator[None]:
    """Wait for connections that the client gives up without waiting for their end itself."""
    selector = asyncio.get_running_loop()._selector  # type: ignore[attr-defined]  # of asyncio's own loops
    before = len(selector.get_map())
    yield
    limit = time.monotonic() + FAREWELL_SECONDS_MAX
    while len(selector.get_map()) > before and time.monotonic() < limit:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.01)


@pytest.fixture
def patient_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Why a broker does not take us is told however long it, or who knows its name, takes."""
    monkeypatch.setattr("shared.bus.kafka.connecting.LOOK_SECONDS", PATIENCE_SECONDS)
