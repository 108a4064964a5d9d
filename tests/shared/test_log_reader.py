"""How far a log has come: with what is committed and has no number yet, or without."""

import pytest

from shared.eventstore import Append
from shared.eventstore.log_reader import LogReader
from shared.eventstore.sequencer import Sequencer
from tests.fresh_databases import FreshDatabase
from tests.shared.reading_circle import ORCHARD, achieved, cause, stream
from tests.shared.stores import pool_of, store_on

pytestmark = pytest.mark.integration


async def test_the_end_of_a_log_is_where_its_head_will_be(database: FreshDatabase) -> None:
    async with (
        pool_of(database, "worker") as worker,
        pool_of(database, "reader") as reader,
        store_on(database) as store,
    ):
        log, sequencer = LogReader(reader), Sequencer(worker)
        for before in range(3):
            appends = [
                Append(stream=stream(name), expected_version=before, events=[achieved(name)])
                for name in range(4)
            ]
            async with store.transaction(cause(ORCHARD)) as transaction:
                await transaction.append(appends)
            ends = await log.ends()
            assert ends != await log.heads()
            await sequencer.run_once()
            assert await log.ends() == await log.heads() == ends
        await sequencer.close()
