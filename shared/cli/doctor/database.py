"""Looks at one service's database: its form, what waits in it, and who is in the way."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import datetime

import asyncpg

from shared import clock, migrations
from shared.cli.doctor import consumers, questions
from shared.cli.doctor.findings import Finding, Limits, Seen, away, counted, duration, wrong
from shared.database import Connection, Database, LentDatabase, Pool
from shared.errors import Unavailable
from shared.monitoring.sights import Sight, sight_of
from shared.projection import are_as_in
from shared.provisioning import DatabaseAway, Databases, connected
from shared.runtime.pools import opened_pool
from shared.service import Service
from shared.settings import DatabaseSettings

ANSWER_SECONDS_MAX = 8.0
CONNECTIONS = 2
HASTE = DatabaseSettings(statement_timeout_seconds=4)
FAILED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
LOG = "its log says why"
UNSEEN = "Others' transactions are hidden from us: GRANT pg_read_all_stats TO fairlead_worker;"


class DatabaseVisit:
    """One look at the database of one service."""

    def __init__(
        self,
        service: Service,
        databases: Databases,
        limits: Limits,
        now: Callable[[], datetime] = clock.true_now,
    ) -> None:
        """Know where; `now` is the clock of this machine."""
        self._service = service
        self._name = service.name
        self._databases = databases
        self._limits = limits
        self._now = now

    async def seen(self, *, over_kafka: bool) -> Seen:
        """What is wrong there."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS_MAX):
                return await self._seen(over_kafka=over_kafka)
        except Unavailable as reason:
            code = "database-away" if isinstance(reason, DatabaseAway) else "database-refuses"
            return away(self._name, code, reason)
        except TimeoutError:
            says = f"The database has not answered for {ANSWER_SECONDS_MAX:.0f} seconds."
            remedy = "See what the server is busy with, and whether its disk is full."
            return self._only("database-slow", says, remedy)
        except FAILED as reason:
            says = f"The database answered with {type(reason).__name__}: {reason}."
            remedy = "Run `fairlead migrate --create`, which gives its roles their rights anew."
            return self._only("database-strange", says, remedy)

    async def _seen(self, *, over_kafka: bool) -> Seen:
        async with connected(self._databases.dsn(self._name, "owner")) as owner:
            form = [finding async for finding in self._form(owner)]
        if any(finding.code == "schema-old" for finding in form):
            return Seen(part=self._name, findings=form)  # other questions may have no tables
        dsn = self._databases.dsn(self._name, "worker")
        async with opened_pool(dsn, CONNECTIONS, HASTE, application_name="fairlead doctor") as pool:
            sight = await sight_of(pool, clock.now())
            late, followed = await consumers.look(
                self._service, self._databases, sight, self._limits, over_kafka=over_kafka
            )
            db = LentDatabase(pool)
            found = [*form, *[each async for each in self._waiting(db, sight)], *late]
            notes = () if await questions.sees_all(db) else (UNSEEN,)
            found += await self._clock(pool)
        events = counted(sum(sight.heads.values()), "event")
        return Seen(part=self._name, findings=found, is_fine=f"{events}, {followed}", notes=notes)

    async def _form(self, owner: Connection) -> AsyncIterator[Finding]:
        standing = await migrations.standing(owner)
        here = f"--service {self._name}"
        if standing.missing:
            says = f"The database lacks {', '.join(standing.missing)}."
            yield self._finding("schema-old", says, f"Run `fairlead migrate {here}`.")
        if standing.unknown:
            says = (
                f"Newer code has applied {', '.join(standing.unknown)}, which this does not know."
            )
            yield self._finding("schema-new", says, "Start the newer release.")
        if standing.changed:
            says = f"{', '.join(standing.changed)} was applied in another form than it has here."
            yield self._finding("schema-changed", says, "Start the release that wrote it.")
        for each in (self._service.own, *self._service.foreign):
            stands = await are_as_in(owner, each.schema, each.tables.read_text(encoding="utf-8"))
            if stands is None:
                says = f"The read tables of {each.name} are missing."
                yield self._finding("tables-missing", says, f"Run `fairlead migrate {here}`.")
            elif not stands:
                says = f"The read tables of {each.name} are of an older form."
                remedy = f"Run `fairlead rebuild {here} --projection {each.name}`."
                yield self._finding("tables-old", says, remedy)

    async def _waiting(self, db: Database, sight: Sight) -> AsyncIterator[Finding]:
        limits = self._limits
        for each in await questions.lock_holders(db, limits.lock_seconds):
            says = f"{_who(each)} holds what others have waited for {duration(each.seconds)} for."
            yield self._finding("lock-held", says, _end(each))
        for each in await questions.open_transactions(db, limits.transaction_seconds):
            says = f"{_who(each)} keeps a transaction open since {duration(each.seconds)}."
            yield self._finding("transaction-open", says, _end(each))
        if sight.unnumbered.seconds > limits.late_seconds:
            yield await self._stalled(db, sight)
        if sight.timers.seconds > limits.timer_seconds:
            late = counted(sight.timers.events, "timer")
            says = f"{late} ran out and nothing happened, since {duration(sight.timers.seconds)}."
            remedy = f"Start a worker, `fairlead worker {self._name}`; if one runs, {LOG}."
            yield self._finding("timers-late", says, remedy)
        for parked in sight.parked:
            stream, cause = await questions.oldest_parked(db, parked.consumer, parked.source)
            first = cause.splitlines()[0] if cause else "waits behind another"
            says = (
                f"{counted(parked.events, 'event')} of {parked.source} parked for"
                f" {parked.consumer}, the oldest for {duration(parked.seconds)}: {stream}, {first}"
            )
            remedy = (
                f"`fairlead parked list --service {self._name}`; mend the cause, then"
                f" `fairlead parked release {self._name} ID`."
            )
            yield self._finding("events-parked", says, remedy)

    async def _stalled(self, db: Database, sight: Sight) -> Finding:
        waiting = (
            f"{counted(sight.unnumbered.events, 'event')} without a number,"
            f" the oldest for {duration(sight.unnumbered.seconds)}"
        )
        broken = await questions.broken_stream(db)
        if broken is not None:
            says = f"{waiting}: version {broken[1]} of {broken[0]} came without the one before it."
            remedy = "An event was lost or removed: bring it back from a backup; all else waits."
            return self._finding("stream-broken", says, remedy)
        remedy = f"Start a worker, `fairlead worker {self._name}`; if one runs, {LOG}."
        return self._finding("sequencer-stalled", f"{waiting}: nobody numbers them.", remedy)

    async def _clock(self, pool: Pool) -> Sequence[Finding]:
        async with pool.acquire() as db:
            before = self._now()
            ahead = await questions.clock_difference(db, before)
            took = (self._now() - before).total_seconds()
        difference = abs(ahead - took / 2)
        if difference <= self._limits.clock_seconds + took / 2:
            return ()
        says = f"The database's clock and this machine's differ by {duration(difference)}."
        remedy = "Let both take the time from one source: tokens and timers go by it."
        return [self._finding("clocks-differ", says, remedy)]

    def _finding(self, code: str, says: str, remedy: str) -> Finding:
        return wrong(self._name, code, says, remedy)

    def _only(self, code: str, says: str, remedy: str) -> Seen:
        return Seen(part=self._name, findings=[self._finding(code, says, remedy)])


def _who(session: questions.Session) -> str:
    return f"Process {session.pid} of Postgres ({session.application}, {session.role})"


def _end(session: questions.Session) -> str:
    return f"Find out what it does, or end it: SELECT pg_terminate_backend({session.pid});"
