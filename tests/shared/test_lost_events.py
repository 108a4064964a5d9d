"""Events become visible out of order; whoever reads by id loses some, and we lose none."""

import asyncpg
import pytest

from shared.eventstore import Append
from shared.eventstore.sequencer import Sequencer
from tests.fresh_databases import FreshDatabase, TestServer
from tests.shared.readers import Ours, UnfencedSequencer, naive
from tests.shared.reading_circle import achieved, cause, stream
from tests.shared.stores import pool_of, store_on
from tests.shared.torture import Plan, sent, torture

pytestmark = pytest.mark.integration

TIMES_MAX = 5  # a neighbour's open transaction holds all back who look at the server's horizon


async def test_an_event_that_commits_behind_a_younger_one_is_still_delivered(
    database: FreshDatabase,
) -> None:
    def adding(name: str) -> list[Append]:
        return [Append(stream=stream(name), expected_version=0, events=[achieved(name)])]

    async with store_on(database) as store, pool_of(database, "worker") as pool:
        by_id, ours, sequencer = naive(pool), Ours(pool), Sequencer(pool)
        async with store.transaction(cause()) as slow:
            await slow.append(adding("slow"))
            await sent(slow)
            async with store.transaction(cause()) as quick:
                await quick.append(adding("quick"))
            assert await sequencer.run_once() == 1  # and it does not wait for the slow one
            assert len(await by_id.poll()) == len(await ours.poll()) == 1
        assert await sequencer.run_once() == 1
        assert [len(await by_id.poll()), len(await ours.poll())] == [0, 1]
        await sequencer.close()


async def test_eight_writers_with_slow_transactions(database: FreshDatabase) -> None:
    report = await torture(database, Plan(seconds=3, writers=8, crashes=0))
    assert report.verdicts["naive"].lost > 0
    assert report.verdicts["ours"].is_clean
    assert report.gaps == 0


async def test_everything_unusual_at_once(postgres: TestServer) -> None:
    weak: set[str] = set()
    for seed in range(1, TIMES_MAX + 1):
        async with postgres.fresh() as database:
            report = await torture(database, Plan(seconds=6, seed=seed))
        assert report.verdicts["ours"].is_clean
        assert report.gaps == 0
        weak |= {name for name in ("naive", "behind the horizon") if report.verdicts[name].lost}
        weak |= {"by transaction"} if report.verdicts["by transaction"].disordered else set()
        if report.crashes and len(weak) == len(report.verdicts) - 1:
            return
    pytest.fail(f"of the others only {sorted(weak)} were found out")


async def test_sequencers_without_the_lock_number_events_twice(database: FreshDatabase) -> None:
    constraints = ("log_number", "log_slot_number", "log_event")
    owner = await asyncpg.connect(database.dsn("owner"))
    for constraint in constraints:  # which would stop it
        await owner.execute(f"ALTER TABLE log.log DROP CONSTRAINT {constraint}")
    await owner.close()
    report = await torture(database, Plan(seconds=3, sequencers=3), UnfencedSequencer)
    assert report.gaps > 0 or not report.verdicts["ours"].is_clean
