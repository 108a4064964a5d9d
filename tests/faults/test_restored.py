"""A log that was set back to an older backup: who heard what is gone says so, and stops."""

from pathlib import Path

import pytest

from tests.consuming import eventually, following, projecting, running, telling
from tests.fresh_databases import FreshDatabase
from tests.progress import Progress, agreed, projection

pytestmark = [pytest.mark.faults, pytest.mark.integration]


async def test_a_log_that_went_back_is_told_and_nothing_of_it_is_passed_over(
    database: FreshDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tables = projection(Progress(), tmp_path)
    async with telling(database, tables) as service, following(service.pool) as feed:
        told = [("ana", agreed("ana")), ("ben", agreed("ben"))]
        async with running(projecting(service, feed, tables)):
            await service.tell(told)
            await service.caught_up(tables.name)
        await service.owner.execute("UPDATE log.slot_heads SET number = number - 1")

        async def is_told() -> bool:
            reasons = [str(getattr(record, "reason", "")) for record in caplog.records]
            return any("an older backup restored?" in reason for reason in reasons)

        async with running(projecting(service, feed, tables)):
            await eventually(is_told)
            await service.owner.execute("UPDATE log.slot_heads SET number = number + 1")
            await service.tell([("cara", agreed("cara"))])
            await service.caught_up(tables.name)
