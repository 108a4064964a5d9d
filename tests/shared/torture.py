"""Writers that do everything which is allowed and unusual, and what each reader made of it.

`torture` may be called from tests for seconds and from measurements for minutes.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from random import Random
from typing import Any

import asyncpg

from shared.errors import Conflict, Unavailable
from shared.eventstore import Append, Transaction
from shared.eventstore.postgres import PostgresEventStore
from shared.eventstore.sequencer import Sequencer
from shared.frozen import frozen
from shared.ids import TenantId, new_id
from tests.fresh_databases import FreshDatabase
from tests.shared.readers import Ours, Reader, Seen, behind_the_horizon, by_transaction, naive
from tests.shared.reading_circle import ANSWER, HARBOUR, ORCHARD, achieved, cause, key, stream
from tests.shared.stores import pool_of

HOT_STREAMS = 30
PAGE_EVENTS = 50


@frozen
class Plan:
    """How hard, how long, and from which seed."""

    seconds: float
    writers: int = 24
    sequencers: int = 2
    seed: int = 1
    crashes: float = 0.05  # share of the sequencer's transactions that die before their commit
    longest_hold_seconds: float = 0.5


@frozen
class Verdict:
    """What became of the committed events at one reader."""

    committed: int
    lost: int
    twice: int
    invented: int  # delivered, but never committed
    disordered: int  # delivered before an earlier version of the same stream

    @property
    def is_clean(self) -> bool:
        """Every event once, in the order of its stream."""
        return not (self.lost or self.twice or self.invented or self.disordered)


@frozen
class Report:
    """One run: a verdict a reader, by name, and what the sequencers went through."""

    verdicts: Mapping[str, Verdict]
    crashes: int
    gaps: int  # numbers missing or given twice, in a tenant or in a slot


class GivenUp(Exception):
    """The caller does not want it any more."""


class DyingPool:
    """Lends connections whose server side dies, now and then, just before the commit."""

    def __init__(self, pool: asyncpg.Pool, random: Random, share: float) -> None:
        self._pool = pool
        self._random = random
        self._share = share
        self.crashes = 0

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self._pool.acquire() as connection:
            yield DyingConnection(connection, self)

    def dies(self) -> bool:
        """Whether this commit is one that does not come."""
        dies = self._random.random() < self._share
        self.crashes += dies
        return dies


class DyingConnection:
    """Passes on everything but some commits."""

    def __init__(self, connection: asyncpg.Connection, pool: DyingPool) -> None:
        self._connection = connection
        self._pool = pool
        self.fetchrow = connection.fetchrow

    async def execute(self, query: str, *args: object) -> str:
        if query == "COMMIT" and self._pool.dies():
            self._connection.terminate()
            raise ConnectionResetError
        tag: str = await self._connection.execute(query, *args)
        return tag


class Writer:
    """Appends in every way a service may, and remembers what was committed."""

    def __init__(self, store: PostgresEventStore, random: Random, plan: Plan) -> None:
        self._store = store
        self._random = random
        self._plan = plan
        self.committed: set[str] = set()

    async def write(self) -> None:
        """One transaction; others may win, and some are given up."""
        tenant: TenantId = self._random.choice([ORCHARD, HARBOUR])
        written: list[str] = []
        with suppress(Conflict, GivenUp):
            async with self._store.transaction(cause(tenant)) as transaction:
                if self._random.random() < 0.5:  # gets its transaction id before it reads
                    await transaction.keep_answer(key(str(new_id()), tenant=tenant), ANSWER)
                    await sent(transaction)
                await self._pause()
                for _ in range(self._random.choice([1, 1, 2, 3])):
                    written += await self._append(transaction)
                    if self._random.random() < 0.7:
                        await sent(transaction)
                    await self._pause()
                if self._random.random() < 0.1:
                    raise GivenUp
            self.committed.update(written)

    async def _append(self, transaction: Transaction) -> Sequence[str]:
        names = self._random.sample(range(HOT_STREAMS), self._random.choice([1, 1, 1, 2]))
        histories = await transaction.read([stream(name) for name in names])
        appends = [
            Append(
                stream=stream(name),
                expected_version=histories[stream(name)].version,
                events=[achieved(name)] * self._random.choice([1, 1, 3]),
            )
            for name in names
        ]
        if self._random.random() < 0.1:  # ids and locks are taken, then given back
            await transaction.db().execute("SAVEPOINT before")
            await transaction.append(appends)
            await transaction.db().execute("ROLLBACK TO SAVEPOINT before")
        return [str(event.event_id) for event in await transaction.append(appends)]

    async def _pause(self) -> None:
        chance = self._random.random()
        if chance < 0.01:
            await asyncio.sleep(self._random.random() * self._plan.longest_hold_seconds)
        elif chance < 0.5:
            await asyncio.sleep(self._random.random() * 0.003)


async def sent(transaction: Transaction) -> None:
    """What was written so far stands in the database, seen by nobody: a store may put it off."""
    await transaction.db().fetchval("SELECT 1")


async def torture(
    database: FreshDatabase, plan: Plan, sequencer: type[Sequencer] = Sequencer
) -> Report:
    """Write, sequence, and read at once; then let everybody catch up, and count."""
    random = Random(plan.seed)  # a seed that can be repeated
    async with AsyncExitStack() as stack:
        pools = [
            await stack.enter_async_context(pool_of(database, role, plan.writers + 4))
            for role in ("app", "worker", "worker")
        ]
        app, watching, dying = pools
        store = PostgresEventStore(app, "sessions")
        stack.push_async_callback(store.close)
        crashing = DyingPool(dying, random, plan.crashes)
        sequencers = [sequencer(crashing, PAGE_EVENTS) for _ in range(plan.sequencers)]
        for each in sequencers:
            stack.push_async_callback(each.close)
        readers: Mapping[str, Reader] = {
            "ours": Ours(watching),
            "naive": naive(watching),
            "behind the horizon": behind_the_horizon(watching),
            "by transaction": by_transaction(watching),
        }
        writers = [Writer(store, Random(random.random()), plan) for _ in range(plan.writers)]
        seen = await _run(plan, writers, sequencers, readers)
        committed = set().union(*(writer.committed for writer in writers))
        return Report(
            verdicts={name: verdict(committed, seen[name]) for name in readers},
            crashes=crashing.crashes,
            gaps=await _gaps(watching),
        )


async def _run(
    plan: Plan,
    writers: Sequence[Writer],
    sequencers: Sequence[Sequencer],
    readers: Mapping[str, Reader],
) -> Mapping[str, Sequence[Seen]]:
    seen: dict[str, list[Seen]] = {name: [] for name in readers}
    over, quiet = asyncio.Event(), asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        writing = [tasks.create_task(_write(writer, over)) for writer in writers]
        numbering = [tasks.create_task(_sequence(each, quiet)) for each in sequencers]
        reading = [
            tasks.create_task(_read(reader, seen[name], quiet, numbering))
            for name, reader in readers.items()
        ]
        await asyncio.sleep(plan.seconds)
        over.set()
        await asyncio.wait(writing)
        quiet.set()
        await asyncio.wait(reading)
    return seen


async def _write(writer: Writer, over: asyncio.Event) -> None:
    while not over.is_set():
        await writer.write()


async def _sequence(sequencer: Sequencer, quiet: asyncio.Event) -> None:
    while True:
        last = quiet.is_set()
        try:
            if not await sequencer.run_once() and last:
                return
        except (Unavailable, Conflict, asyncpg.UniqueViolationError):
            continue
        await asyncio.sleep(0.002)


async def _read(
    reader: Reader, seen: list[Seen], quiet: asyncio.Event, numbering: Sequence[asyncio.Task[None]]
) -> None:
    while True:
        last = quiet.is_set() and all(task.done() for task in numbering)
        page = await reader.poll()
        seen += page
        if last and not page:
            return
        await asyncio.sleep(0.001)


def verdict(committed: set[str], seen: Sequence[Seen]) -> Verdict:
    """Compare what was delivered with what was committed."""
    times = Counter(each.event_id for each in seen)
    highest: dict[str, int] = {}
    disordered = 0
    for each in seen:
        disordered += each.version < highest.get(each.place, 0)
        highest[each.place] = max(each.version, highest.get(each.place, 0))
    return Verdict(
        committed=len(committed),
        lost=len(committed - times.keys()),
        twice=sum(count > 1 for count in times.values()),
        invented=len(times.keys() - committed),
        disordered=disordered,
    )


async def _gaps(pool: asyncpg.Pool) -> int:
    return int(
        await pool.fetchval(
            "SELECT (SELECT coalesce(sum(abs(top - rows)), 0) FROM"
            " (SELECT max(number) AS top, count(*) AS rows FROM log.log GROUP BY tenant) t)"
            " + (SELECT coalesce(sum(abs(top - rows)), 0) FROM"
            " (SELECT max(slot_number) AS top, count(*) AS rows FROM log.log GROUP BY slot) s)"
        )
    )
