"""The reference consumer of the documents, killed at a place of the test's choosing."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from aiokafka import AIOKafkaConsumer

REFERENCE = Path(__file__).parents[2] / "docs" / "reference_consumer.py"
QUICK = {"session_timeout_ms": 2000, "heartbeat_interval_ms": 500}  # a dead one is given up soon
PLACES = ("nowhere", "within the transaction", "before the offset")


class Death:
    """Comes at the place that was named, when it has been passed so often."""

    def __init__(self, place: str, passes: int) -> None:
        self._place = place
        self._left = passes

    def reached(self, place: str) -> None:
        self._left -= place == self._place
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def mortal(death: Death) -> ModuleType:
    """The very module that people read, with a death at hand."""
    spec = spec_from_file_location("reference_consumer", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    effect = module.effect

    async def last_effect(database: object, headers: Mapping[str, str], event: object) -> None:
        await effect(database, headers, event)
        death.reached("within the transaction")

    class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # comes without types
        def __init__(self, *topics: str, **arguments: object) -> None:
            super().__init__(*topics, **arguments, **QUICK)

        async def commit(self) -> None:
            death.reached("before the offset")
            await super().commit()

    module.__dict__.update(effect=last_effect, AIOKafkaConsumer=Consumer)
    return module


if __name__ == "__main__":
    asyncio.run(mortal(Death(sys.argv[1], int(sys.argv[2]))).hear(*sys.argv[3:]))
