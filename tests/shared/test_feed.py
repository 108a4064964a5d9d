"""Following the log itself: whoever stops, however suddenly, gives its connection back."""

import pytest

from shared.envelope import SLOTS
from tests.consuming import eventually, following, telling
from tests.fresh_databases import FreshDatabase
from tests.progress import SOURCE, agreed
from tests.stopping import stopped_after

pytestmark = pytest.mark.integration

EVERY_SLOT = dict.fromkeys(range(SLOTS), 0)


async def test_who_is_stopped_while_it_leaves_the_log_holds_no_connection(
    database: FreshDatabase,
) -> None:
    async with telling(database) as service:
        await service.tell([("ana", agreed("ana"))])
        pool = service.pool

        async def lends(count: int) -> bool:
            return bool(pool.get_size() - pool.get_idle_size() == count)

        await eventually(lambda: lends(0))  # bells of what was told may be ringing still
        for steps in range(6):
            async with following(pool) as feed:
                subscription = await feed.subscribe(SOURCE, EVERY_SLOT)
                assert len(await subscription.next_batch(5_000, 1)) == 1
                await eventually(lambda: lends(1))  # the one that listens
                await stopped_after(steps, subscription.close())
            await eventually(lambda: lends(0))
