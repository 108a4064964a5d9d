"""Durable timers: rows that are due become commands, once each, also after a restart.

A service's projections keep `read.deadlines`: a row while something is due, none once it is
answered. Claims and refusals are noted in `log.timers`, which is no part of any rebuild.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

import msgspec

from shared import clock, crashing, tracing
from shared.command_handler import CommandHandler, Step
from shared.database import Database, LentDatabase, Pool
from shared.envelope import Cause
from shared.errors import Conflict, InvalidCommand, NotAllowed, NotFound, Refused, Unavailable
from shared.eventstore import Transaction
from shared.eventstore.failures import AWAY
from shared.frozen import frozen
from shared.ids import TenantId
from shared.waiting import backoff_seconds, rest

log = logging.getLogger(__name__)

DUE_MAX = 400  # claimed at once
FIRED_AT_ONCE = 8
CLAIM_SECONDS = 15.0  # after a crash between claim and command others wait so long
RETRY_SECONDS = 30.0  # a refused timer is tried again after this, then after twice as long, …
RETRY_SECONDS_MAX = 3600.0

NOTED = (InvalidCommand, NotAllowed, NotFound, Refused)


@frozen
class Due:
    """A timer that has run out."""

    tenant: TenantId
    deadline_id: UUID
    due_at: datetime
    kind: str
    subject: UUID
    payload: Mapping[str, Any]
    attempt: int = 1  # how often it was claimed, with this time


@frozen
class Errand:
    """Work of several transactions; an event of its last one removes the timer's row.

    Broken off, it is done again from its beginning: each part of it must bear a repetition.
    """

    do: Callable[[CommandHandler, Cause], Awaitable[None]]


DeadlineCommand: TypeAlias = Callable[
    [Due, Database], Awaitable[Sequence[Step[Any, Any, Any]] | Errand]
]


class NoCommandForKind(InvalidCommand):
    """No command is known for timers of this kind."""


class StillDue(Refused):
    """The command was answered, but the timer's row stands: it will be tried again."""


@frozen
class Overdue:
    """Timers that ran out and could not be answered, by why."""

    note: str
    timers: int
    oldest_due_at: datetime


_CLAIM = """
WITH claimed AS (
    INSERT INTO log.timers AS t (tenant, deadline_id, due_at, next_at)
    SELECT d.tenant, d.deadline_id, d.due_at, clock_timestamp() + $3::interval
    FROM read.deadlines AS d
    LEFT JOIN log.timers AS t USING (tenant, deadline_id)
    WHERE d.due_at <= $1
      AND (t.next_at IS NULL OR t.next_at <= clock_timestamp() OR t.due_at <> d.due_at)
    ORDER BY d.due_at, d.tenant, d.deadline_id LIMIT $2
    ON CONFLICT (tenant, deadline_id) DO UPDATE
    SET next_at = excluded.next_at, due_at = excluded.due_at,
        attempts = CASE WHEN t.due_at = excluded.due_at THEN t.attempts + 1 ELSE 1 END
    WHERE t.next_at <= clock_timestamp() OR t.due_at <> excluded.due_at
    RETURNING tenant, deadline_id, attempts
)
SELECT d.tenant, d.deadline_id, d.due_at, d.kind, d.subject, d.payload::text AS payload, c.attempts
FROM claimed AS c JOIN read.deadlines AS d USING (tenant, deadline_id)
ORDER BY d.due_at, d.deadline_id
"""

_ANSWERED = """
DELETE FROM log.timers WHERE tenant = $1 AND deadline_id = $2 AND NOT EXISTS (
    SELECT FROM read.deadlines AS d WHERE d.tenant = $1 AND d.deadline_id = $2 AND d.due_at = $3)
"""

_HOLD = """
UPDATE log.timers SET next_at = clock_timestamp() + $4::interval
WHERE tenant = $1 AND deadline_id = $2 AND due_at = $3
"""

_NOTE = """
UPDATE log.timers SET note = $3, next_at = clock_timestamp() + $4::interval
WHERE tenant = $1 AND deadline_id = $2
"""

_OVERDUE = """
SELECT note, count(*) AS timers, min(due_at) AS oldest_due_at
FROM log.timers WHERE note IS NOT NULL GROUP BY note ORDER BY note
"""


class Deadlines:
    """Fires the timers of one service; run as many as you like.

    The handler's store must work as a role that may write `log.timers`.
    """

    def __init__(
        self,
        pool: Pool,
        handler: CommandHandler,
        commands: Mapping[str, DeadlineCommand],
        now: Callable[[], datetime] = clock.now,
    ) -> None:
        self._pool = pool
        self._handler = handler
        self._commands = commands
        self._now = now

    async def run(self, stop: asyncio.Event, wait_seconds: float = 1.0) -> None:
        """Look for due timers again and again until `stop` is set."""
        failures = 0
        while not stop.is_set():
            pause_seconds = wait_seconds
            try:
                if await self.run_once(stop) == DUE_MAX:
                    pause_seconds = 0.0
                failures = 0
            except Unavailable as reason:
                failures += 1
                pause_seconds = backoff_seconds(failures)
                log.warning("timers wait", extra={"reason": type(reason).__name__})
            except Exception:
                failures += 1
                pause_seconds = backoff_seconds(failures)
                log.exception("timers failed", extra={"attempt": failures})
            await rest(stop, pause_seconds)

    async def run_once(self, stop: asyncio.Event | None = None) -> int:
        """Fire what is due now, at most `DUE_MAX`.

        Returns:
            How many timers were claimed.

        Raises:
            Unavailable: the database does not answer; what was not fired will be.
        """
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(
                _CLAIM, self._now(), DUE_MAX, timedelta(seconds=CLAIM_SECONDS)
            )
        lines: dict[UUID, list[Any]] = {}
        for row in rows:
            lines.setdefault(row["subject"], []).append(row)
        waiting = iter(lines.values())
        fired = await asyncio.gather(
            *(self._fire_all(waiting, stop) for _ in range(FIRED_AT_ONCE)), return_exceptions=True
        )
        for failure in fired:
            if failure is not None:
                raise failure
        return len(rows)

    async def _fire_all(self, lines: Iterator[list[Any]], stop: asyncio.Event | None) -> None:
        """Timers of one subject one after the other, in the order in which they ran out."""
        for line in lines:
            for row in line:
                if stop is not None and stop.is_set():
                    return  # the claim lapses, and somebody else fires it
                await self._fire(_due(row))

    async def _fire(self, due: Due) -> None:
        held = asyncio.create_task(self._hold(due))
        try:
            try:
                await self._answer(due)
            except Conflict:  # it met others, and looks at once at what they have left
                await self._answer(due)
        except NOTED as refusal:
            await self._note(due, type(refusal).__name__)
        except Conflict:
            await self._note(due, "Conflict")
        except (Unavailable, *AWAY):
            raise
        except Exception as error:
            log.exception("timer failed", extra={"kind": due.kind, "subject": str(due.subject)})
            await self._note(due, type(error).__name__)
        finally:
            held.cancel()

    async def _hold(self, due: Due) -> None:
        """Others leave a timer alone while it is being answered, however long that takes."""
        while True:
            await asyncio.sleep(CLAIM_SECONDS / 3)
            with suppress(*AWAY):
                async with self._pool.acquire() as connection:
                    await connection.execute(
                        _HOLD,
                        due.tenant,
                        due.deadline_id,
                        due.due_at,
                        timedelta(seconds=CLAIM_SECONDS),
                    )

    async def _answer(self, due: Due) -> None:
        if due.kind not in self._commands:
            raise NoCommandForKind(due.kind)
        db = LentDatabase(self._pool)
        steps = await self._commands[due.kind](due, db)
        if isinstance(steps, Errand):
            with tracing.firing(due.kind):
                await steps.do(self._handler, _cause(due))
            steps = ()
        if steps:
            crashing.reached("timer: before its command")
            with tracing.firing(due.kind):
                await self._handler.execute(_cause(due), steps, also=partial(_settle, due))
            crashing.reached("timer: after its command")
        elif not await _is_settled(due, db):
            raise StillDue
        log.info("timer fired", extra={"kind": due.kind, "subject": str(due.subject)})

    async def _note(self, due: Due, note: str) -> None:
        seconds = min(RETRY_SECONDS_MAX, RETRY_SECONDS * 2 ** min(due.attempt - 1, 16))
        told = {"kind": due.kind, "subject": str(due.subject), "code": note}
        log.warning("timer refused", extra={**told, "attempt": due.attempt})
        async with self._pool.acquire() as connection:
            await connection.execute(
                _NOTE, due.tenant, due.deadline_id, note, timedelta(seconds=seconds)
            )


async def overdue(db: Database) -> Sequence[Overdue]:
    """What ran out and could not be answered."""
    return [Overdue(**row) for row in await db.fetch(_OVERDUE)]


async def _settle(due: Due, transaction: Transaction) -> None:
    """The claim goes with the row, in the transaction of the event that removed it.

    Raises:
        StillDue: the events did not remove the row, so they would come again and again.
    """
    if not await _is_settled(due, transaction.db()):
        raise StillDue


async def _is_settled(due: Due, db: Database) -> bool:
    tag = await db.execute(_ANSWERED, due.tenant, due.deadline_id, due.due_at)
    return tag != "DELETE 0"


def _cause(due: Due) -> Cause:
    return Cause(
        tenant=due.tenant,
        actor=f"timer:{due.kind}",
        right="timer",
        correlation_id=due.deadline_id,
        causation_id=due.deadline_id,
        traceparent=tracing.current(),
    )


def _due(row: Mapping[str, Any]) -> Due:
    return Due(
        tenant=TenantId(row["tenant"]),
        deadline_id=row["deadline_id"],
        due_at=row["due_at"],
        kind=row["kind"],
        subject=row["subject"],
        payload=msgspec.json.decode(row["payload"]),
        attempt=row["attempts"],
    )
