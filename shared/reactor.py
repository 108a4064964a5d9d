"""Bus to commands: each event of another service is answered once, or parked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias

from shared import crashing, leases, parking, tracing
from shared.bus import Bus, Message
from shared.codec import CODEC, Codec
from shared.command_handler import CommandHandler, Step
from shared.consumer import Consumer, Pace, Positions
from shared.database import Database, LentDatabase, Pool
from shared.envelope import Cause, Recorded
from shared.errors import (
    Conflict,
    InvalidCommand,
    MentorshipError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from shared.eventstore import Transaction
from shared.eventstore.failures import AWAY, LOST_RACES
from shared.frozen import frozen
from shared.leases import Holding, Lease, LeaseLost
from shared.monitoring import counters
from shared.parking import Parking
from shared.waiting import backoff_seconds

log = logging.getLogger(__name__)

SLOTS_AT_ONCE = 8
ATTEMPTS_MAX = 5  # of a command that others get in the way of, before its slot waits longer
NOTED = (InvalidCommand, NotAllowed, NotFound, Refused)
RETRIED = (Conflict, Unavailable, LeaseLost, *AWAY, *LOST_RACES)

React: TypeAlias = Callable[[Recorded, Database], Awaitable[Sequence[Step[Any, Any, Any]]]]
Settle: TypeAlias = Callable[[Database], Awaitable[None]]


@frozen
class Reaction:
    """How a service answers what another tells; never part of a rebuild.

    `react` asks the database it is given (rows of every tenant: name the one of the event), and
    says which commands follow; none if the event is none of its business.
    """

    name: str
    source: str
    react: React
    from_now: bool = False  # a new reaction begins at the end of the log, not at its beginning


_ANSWERED = """
INSERT INTO log.inbox (consumer, event_id, outcome) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""


class AnsweredBefore(Exception):
    """This event has its answer already."""


class Reactor:
    """Answers events of one source through a command handler.

    The handler's store must work as a role that may write `log.leases` and `log.inbox`.
    """

    def __init__(
        self, pool: Pool, handler: CommandHandler, reaction: Reaction, codec: Codec = CODEC
    ) -> None:
        self._pool = pool
        self._handler = handler
        self._reaction = reaction
        self._codec = codec

    async def run(
        self, bus: Bus, member: str, stop: asyncio.Event, pace: Pace, heads: Positions | None = None
    ) -> None:
        """Follow the source until `stop` is set; `heads` says where "now" is."""
        mine = Holding(consumer=self._reaction.name, source=self._reaction.source, member=member)
        start = heads if self._reaction.from_now else None
        await Consumer(self._pool, bus, self, mine, pace).run(stop, start)

    async def handle(
        self, mine: Holding, held: Mapping[int, Lease], messages: Sequence[Message]
    ) -> None:
        """Answer messages, some slots beside each other, each slot in its order."""
        async with self._pool.acquire() as connection:
            slots = {message.slot for message in messages}
            stopped = await parking.held_streams(connection, mine.consumer, mine.source, slots)
        by_slot: dict[int, list[Message]] = {}
        for message in messages:
            by_slot.setdefault(message.slot, []).append(message)
        turn = asyncio.Semaphore(SLOTS_AT_ONCE)

        async def answer(slot: int) -> None:
            async with turn:
                await self._answer_slot(mine, held[slot], by_slot[slot], stopped)

        # A slot that has to wait does not undo what the others are doing.
        results = await asyncio.gather(*map(answer, by_slot), return_exceptions=True)
        for failure in results:
            if failure is not None:
                raise failure
        counters.PROJECTED.labels(mine.consumer).inc(len(messages))
        log.info("batch answered", extra={"consumer": mine.consumer, "events": len(messages)})

    async def retry(self, mine: Holding, lease: Lease, stream: str) -> None:
        """Answer a parked stream up to its first message that still cannot be answered."""
        async with self._pool.acquire() as connection:
            held = await parking.parked_stream(
                connection, mine.consumer, mine.source, lease.slot, stream
            )
        for index, message in enumerate(held.messages):
            settle = partial(_unpark, mine, lease, message)
            answered = await self._answer(mine.consumer, message, settle)
            if answered is False:
                await self._settle(settle)
            elif isinstance(answered, Parking):
                attempts = held.attempts + 1 if index == 0 else 1
                again = [replace(answered, attempts=attempts)]
                again += [_waiting(later) for later in held.messages[index + 1 :]]
                await self._park(mine, lease, lease.number, again)
                return

    async def _answer_slot(
        self, mine: Holding, lease: Lease, messages: Sequence[Message], stopped: set[str]
    ) -> None:
        for message in messages:
            settle = partial(_move, mine, lease, message.number)
            answered: bool | Parking
            if message.key in stopped:
                answered = _waiting(message)
            else:
                answered = await self._answer(mine.consumer, message, settle)
            if isinstance(answered, Parking):
                stopped.add(message.key)
                await self._park(mine, lease, message.number, [answered])
            if answered:  # what needs no answer is passed with the next that does
                lease = replace(lease, number=message.number)
        if lease.number < messages[-1].number:
            await self._settle(partial(_move, mine, lease, messages[-1].number))

    async def _answer(self, consumer: str, message: Message, settle: Settle) -> bool | Parking:
        """Whether an answer was committed, and `settle` with it; or why it is to be parked."""
        try:
            event = self._codec.decode(message.value, slot=message.slot, number=message.number)
            return await self._react(consumer, event, settle)
        except RETRIED:
            raise
        except Exception as error:
            log.exception("message parked", extra={"consumer": consumer, "stream": message.key})
            return Parking(message=message, cause=f"{type(error).__name__}: {error}")

    async def _react(self, consumer: str, event: Recorded, settle: Settle) -> bool:
        try:
            steps = await self._reaction.react(event, LentDatabase(self._pool))
            if not steps:
                return False
            crashing.reached("reactor: before its command")
            with tracing.reacting(consumer, event.service, event.cause.traceparent):
                await self._execute(consumer, event, steps, settle)
            crashing.reached("reactor: after its command")
        except AnsweredBefore:
            await self._settle(settle)
        except NOTED as refusal:
            await self._note(consumer, event, refusal, settle)
        return True

    async def _execute(
        self, consumer: str, event: Recorded, steps: Sequence[Step[Any, Any, Any]], settle: Settle
    ) -> None:
        async def also(transaction: Transaction) -> None:
            await _answered(transaction.db(), consumer, event, "answered")
            await settle(transaction.db())

        cause = _cause(self._reaction.name, event)
        for attempt in range(1, ATTEMPTS_MAX):
            try:
                await self._handler.execute(cause, steps, also=also)
            except Conflict:
                log.warning("command met others", extra={"consumer": consumer, "attempt": attempt})
                await asyncio.sleep(min(1.0, backoff_seconds(attempt)))
            else:
                return
        await self._handler.execute(cause, steps, also=also)

    async def _note(
        self, consumer: str, event: Recorded, refusal: MentorshipError, settle: Settle
    ) -> None:
        """The rules say no to what we would have done: that is an answer, too."""
        code = type(refusal).__name__
        log.info(
            "reaction refused",
            extra={"consumer": consumer, "event_id": str(event.event_id), "code": code},
        )
        with suppress(AnsweredBefore):
            async with self._pool.acquire() as connection, connection.transaction():
                await _answered(connection, consumer, event, code)
                await settle(connection)
            return
        await self._settle(settle)

    async def _settle(self, settle: Settle) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await settle(connection)

    async def _park(
        self, mine: Holding, lease: Lease, number: int, parkings: Sequence[Parking]
    ) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            await _move(mine, lease, number, connection)
            await parking.park(connection, mine.consumer, parkings)


async def _move(mine: Holding, lease: Lease, number: int, db: Database) -> None:
    await leases.move(db, mine, {lease.slot: (lease, number)})


async def _unpark(mine: Holding, lease: Lease, message: Message, db: Database) -> None:
    await _move(mine, lease, lease.number, db)
    await parking.unpark(db, mine.consumer, message, message.number + 1)


async def _answered(db: Database, consumer: str, event: Recorded, outcome: str) -> None:
    tag = await db.execute(_ANSWERED, consumer, event.event_id, outcome)
    if tag != "INSERT 0 1":
        raise AnsweredBefore


def _waiting(message: Message) -> Parking:
    cause = f"waits behind an earlier message of {message.key}"
    return Parking(message=message, cause=cause, waiting=True)


def _cause(reaction: str, event: Recorded) -> Cause:
    return Cause(
        tenant=event.tenant,
        actor=f"reactor:{reaction}",
        right="reaction",
        correlation_id=event.cause.correlation_id,
        causation_id=event.event_id,
        traceparent=tracing.current() or event.cause.traceparent,
    )
