"""Several members that share a projection's slots: from the gate to the last event."""

import asyncio
import multiprocessing
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event

import asyncpg

from shared.envelope import SLOTS
from shared.frozen import frozen
from tests.bench.apart import Took, all_seconds
from tests.bench.members import PROJECTIONS, READY, SOURCE, Task, work

SECONDS_MAX = 150.0  # one run that takes longer is given up
END_SECONDS = 20.0
LOOK_SECONDS = 0.02
CONTEXT = multiprocessing.get_context("forkserver")  # of a process that has imported all

_TABLES = """
SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
WHERE schemaname = 'figures'
"""
_EMPTY = "TRUNCATE log.leases, log.members, log.applied, log.parked, {}"
# Known before they come, members claim their share at once: nobody has to give anything back.
_EXPECTED = """
INSERT INTO log.members (consumer, source, member, until)
SELECT $1, $2, member, clock_timestamp() + interval '1 minute' FROM unnest($3::text[]) AS t(member)
"""
_SHARES = """
SELECT count(DISTINCT owner) FROM log.leases
WHERE consumer = $1 AND source = $2 HAVING count(owner) = $3
"""
_DONE = "SELECT sum(number)::bigint FROM log.leases WHERE consumer = $1 AND source = $2"


class Unfinished(Exception):
    """A member ended before its work did."""


@frozen
class Outcome:
    """What came of a run."""

    seconds: float
    members: Sequence[Took]
    servers: float  # processor seconds of those who serve them: Postgres, and Kafka where it is

    @property
    def worked(self) -> float:
        """Processor seconds of all members."""
        return sum(took.worked for took in self.members)


@frozen
class Member:
    """A process, and our end of the pipe to it."""

    process: ForkServerProcess
    answers: Connection

    async def answer(self) -> object:
        """What it says next.

        Raises:
            Unfinished: it has ended.
        """
        while not self.answers.poll():
            self.assert_alive()
            await asyncio.sleep(LOOK_SECONDS)
        try:
            said: object = self.answers.recv()
        except EOFError as error:
            raise Unfinished from error
        return said

    async def took(self) -> Took | None:
        """What its work took; None if it had none.

        Raises:
            Unfinished: it has ended.
        """
        while (said := await self.answer()) == READY:
            pass  # whoever had to give slots back has followed the others anew
        return said if isinstance(said, Took) else None

    def assert_alive(self) -> None:
        """See that it works.

        Raises:
            Unfinished: it has ended.
        """
        if not self.process.is_alive() and not self.answers.poll():
            message = f"a member ended with {self.process.exitcode}"
            raise Unfinished(message)


@frozen
class Crew:
    """Runs members, one run after the other, over the same read tables."""

    metrics: asyncpg.Pool  # the database of the read tables, as its administrator
    servers: Sequence[int]  # processes
    consumer: str = field(default=PROJECTIONS["figures"].name)

    async def run(self, tasks: Sequence[Task], events: int) -> Outcome:
        """Empty the tables, and fill them again.

        Raises:
            Unfinished: a member ended before all was done.
            TimeoutError: it takes too long.
        """
        await self._empty([task.member for task in tasks])
        gate, over = CONTEXT.Event(), CONTEXT.Event()
        async with asyncio.timeout(SECONDS_MAX), _started(tasks, gate, over) as members:
            await self._ready(members)
            before, begun = sum(map(all_seconds, self.servers)), time.perf_counter()
            gate.set()
            while await self.metrics.fetchval(_DONE, self.consumer, SOURCE) < events:
                _assert_alive(members)
                await asyncio.sleep(LOOK_SECONDS)
            seconds = time.perf_counter() - begun
            spent = sum(map(all_seconds, self.servers)) - before
            over.set()
            found = [took for member in members if (took := await member.took())]
        return Outcome(seconds=seconds, members=found, servers=spent)

    async def _empty(self, names: Sequence[str]) -> None:
        tables = await self.metrics.fetchval(_TABLES)
        await self.metrics.execute(_EMPTY.format(tables))
        await self.metrics.execute(_EXPECTED, self.consumer, SOURCE, names)

    async def _ready(self, members: Sequence[Member]) -> None:
        """Wait until each member follows its share of the slots."""
        for member in members:
            if await member.answer() != READY:
                raise Unfinished
        known = (self.consumer, SOURCE, SLOTS)
        while await self.metrics.fetchval(_SHARES, *known) != len(members):
            _assert_alive(members)
            await asyncio.sleep(LOOK_SECONDS)


@asynccontextmanager
async def _started(
    tasks: Sequence[Task], gate: Event, over: Event
) -> AsyncIterator[Sequence[Member]]:
    CONTEXT.set_forkserver_preload(["tests.bench.members"])
    members: list[Member] = []
    try:
        for task in tasks:
            ours, theirs = CONTEXT.Pipe(duplex=False)
            process = CONTEXT.Process(target=work, args=(task, gate, over, theirs), daemon=True)
            process.start()
            theirs.close()
            members.append(Member(process=process, answers=ours))
        yield members
    finally:
        over.set()
        for member in members:
            await asyncio.to_thread(member.process.join, END_SECONDS)
            member.process.kill()
            member.answers.close()


def _assert_alive(members: Sequence[Member]) -> None:
    for member in members:
        member.assert_alive()
