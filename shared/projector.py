"""Bus to read tables: effects, checkpoint, and what could not be handled, in one transaction."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import time_ns
from typing import TypeAlias

import asyncpg

from shared import applied, crashing, parking, tracing
from shared.bus import Bus, Message
from shared.codec import CODEC, Codec, Undecodable
from shared.consumer import Consumer, Pace
from shared.database import REPEATABLE, Connection, Pool
from shared.envelope import Recorded
from shared.eventstore.failures import AWAY, LOST_RACES
from shared.leases import Holding, Lease, LeaseLost, move
from shared.monitoring import counters
from shared.parking import Parking
from shared.projection import Projection, ReadTables, UnknownColumn

log = logging.getLogger(__name__)

# Trying again may help, so the message is not to blame; missing rights and tables are ours to mend.
NOT_ITS_FAULT = (
    LeaseLost,
    *AWAY,
    *LOST_RACES,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidSchemaNameError,
    asyncpg.UndefinedTableError,
    asyncpg.UndefinedColumnError,
    UnknownColumn,
    asyncpg.InternalServerError,
)

PART_EVENTS = 1_000  # a batch of more is applied in two parts beside each other

Entry: TypeAlias = tuple[Message, Recorded]


class Projector:
    """Keeps the tables of one projection up to the events of its sources."""

    def __init__(self, pool: Pool, projection: Projection, codec: Codec = CODEC) -> None:
        self._pool = pool
        self._projection = projection
        self._codec = codec
        self._tables = ReadTables(projection.schema, projection.functions)

    async def run(self, bus: Bus, member: str, stop: asyncio.Event, pace: Pace) -> None:
        """Follow all sources until `stop` is set; `member` is this worker's own name."""
        async with asyncio.TaskGroup() as tasks:
            for source in sorted(self._projection.sources):
                mine = Holding(consumer=self._projection.name, source=source, member=member)
                consumer = Consumer(self._pool, bus, self, mine, pace)
                tasks.create_task(consumer.run(stop))

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        """Apply messages to the tables, each once; those that cannot be applied are parked."""
        parts = [messages]
        if len(messages) > PART_EVENTS:  # one is folded here while Postgres writes the other
            parts = [[each for each in messages if each.slot % 2 == side] for side in (0, 1)]
        # Each part is a transaction of its own: the others go on whatever becomes of one.
        handling = (self._handle_part(mine, held, part) for part in parts if part)
        for failure in await asyncio.gather(*handling, return_exceptions=True):
            if failure is not None:
                raise failure
        counters.PROJECTED.labels(mine.consumer).inc(len(messages))
        log.info(
            "batch projected",
            extra={"consumer": mine.consumer, "source": mine.source, "events": len(messages)},
        )

    async def _handle_part(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        began, batch = time_ns(), _Batch(messages, self._codec)
        try:
            async with self._pool.acquire() as connection, connection.transaction():
                entries = await self._begin(connection, mine, held, batch)
                await self._tables.project(connection, (event for _, event in entries))
                await self._finish(connection, mine, entries, batch.parkings)
                crashing.reached("projector: before commit")
            crashing.reached("projector: after commit")
            traces = (event.cause.traceparent for _, event in entries)
            tracing.projected(mine.consumer, mine.source, traces, began)
        except NOT_ITS_FAULT:
            raise
        except Exception:  # some message is poison: find out which
            log.warning("batch failed", extra={"consumer": mine.consumer}, exc_info=True)
            await self._handle_apart(mine, held, _Batch(messages, self._codec))

    async def retry(self, mine: Holding, lease: Lease, stream: str) -> None:
        """Apply a parked stream up to its first message that still cannot be applied."""
        async with self._pool.acquire() as connection, connection.transaction():
            await move(connection, mine, {lease.slot: (lease, lease.number)})
            held = await parking.parked_stream(
                connection, mine.consumer, mine.source, lease.slot, stream
            )
            if not held.messages:
                return
            batch = _Batch(held.messages, self._codec)
            entries = batch.sorted_out(set())
            done = await self._project_apart(connection, batch, entries)
            last = held.messages[-1].number + 1
            first = min((each.message.number for each in batch.parkings), default=last)
            await parking.unpark(connection, mine.consumer, held.messages[0], first)
            again = [
                replace(each, attempts=held.attempts + 1)
                if each.message.number == held.messages[0].number
                else each
                for each in batch.parkings
            ]
            await self._finish(connection, mine, done, again)
        log.info("parked stream tried", extra={"stream": stream, "still_parked": len(again)})

    async def _handle_apart(
        self, mine: Holding, held: Mapping[int, Lease], batch: "_Batch"
    ) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            entries = await self._begin(connection, mine, held, batch)
            done = await self._project_apart(connection, batch, entries)
            await self._finish(connection, mine, done, batch.parkings)

    async def _begin(
        self, connection: Connection, mine: Holding, held: Mapping[int, Lease], batch: "_Batch"
    ) -> list[Entry]:
        await connection.execute(REPEATABLE)
        await move(connection, mine, batch.steps(held))
        streams = await parking.held_streams(connection, mine.consumer, mine.source, batch.slots)
        return batch.sorted_out(streams)

    async def _finish(
        self,
        connection: Connection,
        mine: Holding,
        entries: Sequence[Entry],
        parkings: Sequence[Parking],
    ) -> None:
        events = (event for _, event in entries)
        await applied.advance(connection, mine.consumer, mine.source, events)
        await parking.park(connection, mine.consumer, parkings)

    async def _project_apart(
        self, connection: Connection, batch: "_Batch", entries: Sequence[Entry]
    ) -> list[Entry]:
        """Apply what can be applied, halving what fails until the poison stands alone."""
        if not entries:
            return []
        try:
            async with connection.transaction():
                await self._tables.project(connection, (event for _, event in entries))
        except NOT_ITS_FAULT:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is kept as the cause
            if len(entries) == 1:
                batch.fail(entries[0][0], error)
                return []
        else:
            return list(entries)
        middle = len(entries) // 2
        done = await self._project_apart(connection, batch, entries[:middle])
        return done + await self._project_apart(connection, batch, batch.free(entries[middle:]))


class _Batch:
    """Messages to apply, and those among them that cannot be."""

    def __init__(self, messages: Sequence[Message], codec: Codec) -> None:
        self.slots = {message.slot for message in messages}
        self.parkings: list[Parking] = []
        self._held: dict[str, int] = {}  # stream to the number of what holds it
        self._read: list[tuple[Message, Recorded | Undecodable]] = []
        for message in messages:
            try:
                event = codec.decode(message.value, slot=message.slot, number=message.number)
            except Undecodable as reason:
                self._read.append((message, reason))
            else:
                self._read.append((message, event))

    def steps(self, held: Mapping[int, Lease]) -> Mapping[int, tuple[Lease, int]]:
        """From where to where each slot's number moves."""
        last = {message.slot: message.number for message, _ in self._read}
        return {slot: (held[slot], number) for slot, number in last.items()}

    def sorted_out(self, held: set[str]) -> list[Entry]:
        """What may be applied; the rest is to be parked, as are followers of what is held."""
        self._held = dict.fromkeys(held, 0)
        entries: list[Entry] = []
        for message, event in self._read:
            if self._is_held(message):
                self._wait(message)
            elif isinstance(event, Undecodable):
                self.fail(message, event)
            else:
                entries.append((message, event))
        return entries

    def free(self, entries: Sequence[Entry]) -> list[Entry]:
        """Those whose stream was not stopped in the meantime; the others wait."""
        free: list[Entry] = []
        for entry in entries:
            if self._is_held(entry[0]):
                self._wait(entry[0])
            else:
                free.append(entry)
        return free

    def fail(self, message: Message, error: Exception) -> None:
        """This message holds its stream from now on."""
        cause = f"{type(error).__name__}: {error}"
        log.error(
            "message parked",
            extra={"stream": message.key, "slot": message.slot, "number": message.number},
        )
        self._held[message.key] = min(message.number, self._held.get(message.key, message.number))
        self.parkings.append(Parking(message=message, cause=cause))

    def _is_held(self, message: Message) -> bool:
        return message.key in self._held and message.number > self._held[message.key]

    def _wait(self, message: Message) -> None:
        cause = f"waits behind an earlier message of {message.key}"
        self.parkings.append(Parking(message=message, cause=cause, waiting=True))
