"""Timers that are due become commands: on time, once each, also after a restart."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import asyncpg
import pytest

from shared import deadlines as limits
from shared.codec import decode
from shared.command_handler import CommandHandler, Step
from shared.database import Database
from shared.deadlines import DeadlineCommand, Deadlines, Due, Errand, overdue
from shared.decider import Decider
from shared.envelope import Cause, Recorded
from shared.errors import Refused
from shared.events.sessions import GoalDropped, RoadmapAccepted
from shared.eventstore import Append
from shared.eventstore.postgres import PostgresEventStore
from shared.frozen import frozen
from shared.ids import PairingId, derived_id
from shared.projection import Effect, Put, Remove, create_tables
from tests.consuming import eventually, running
from tests.fresh_databases import FreshDatabase
from tests.patience import PATIENCE_SECONDS
from tests.progress import AT, CAUSE, SOURCE, agreed, dropped, stream

pytestmark = pytest.mark.integration

TABLES = """
CREATE TABLE deadlines (
    tenant text NOT NULL, deadline_id uuid NOT NULL, due_at timestamptz NOT NULL,
    kind text NOT NULL, subject uuid NOT NULL, payload jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (tenant, deadline_id)
);
"""
WEEK = timedelta(days=7)
REVIEW = "review"


@frozen
class Close:
    pairing_id: PairingId


class NotYet(Refused):
    """This roadmap is kept open."""


def decide(version: int, command: Close, now: datetime) -> Sequence[GoalDropped]:
    if version == 13:
        raise NotYet
    return () if version == 0 else (_closed(command, now),)


def _closed(command: Close, now: datetime) -> GoalDropped:
    return GoalDropped(
        goal_id=dropped("any").goal_id, pairing_id=command.pairing_id, reason="closed", at=now
    )


def evolve(_: int, event: RoadmapAccepted | GoalDropped) -> int:
    return event.version if isinstance(event, RoadmapAccepted) else 0


ROADMAP: Decider[int, Close, Any] = Decider(
    category="roadmap",
    key=lambda command: command.pairing_id,
    initial=0,
    evolve=evolve,
    decide=decide,
)


def deadlines(recorded: Recorded) -> Iterable[Effect]:
    """A week after a roadmap was agreed it is due for review, until it is closed."""
    event = recorded.event
    deadline_id = derived_id(REVIEW, event.pairing_id)
    if isinstance(event, RoadmapAccepted):
        row = {
            "deadline_id": deadline_id,
            "due_at": event.at + event.version * WEEK if event.version < 10 else event.at + WEEK,
            "kind": REVIEW if event.version != 12 else "unheard-of",
            "subject": event.pairing_id,
            "payload": {"version": event.version},
        }
        yield Put(table="deadlines", row=row)
    else:
        yield Remove(table="deadlines", key={"deadline_id": deadline_id})


async def review(due: Due, db: Database) -> Sequence[Step[Any, Any, Any]]:
    assert await db.fetchval("SELECT 1") == 1
    if due.payload["version"] == 11:
        raise ZeroDivisionError
    command = Close(pairing_id=PairingId(due.subject))
    return (Step(decider=ROADMAP, command=command),)


class Office:
    """A service with timers, and a clock that can be moved."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self.now = AT
        self.store = PostgresEventStore(pool, SOURCE, (deadlines,), now=lambda: self.now)
        self.handler = CommandHandler(self.store, now=lambda: self.now)
        self.commands: dict[str, DeadlineCommand] = {REVIEW: review}

    def loop(self) -> Deadlines:
        return Deadlines(self.pool, self.handler, self.commands, now=lambda: self.now)

    async def agree(self, *names: object, version: int = 1, after: int = 0) -> None:
        async with self.store.transaction(CAUSE) as transaction:
            await transaction.append(
                [
                    Append(
                        stream=stream(name), expected_version=after, events=[agreed(name, version)]
                    )
                    for name in names
                ]
            )

    async def closed(self) -> int:
        count: int = await self.pool.fetchval(
            "SELECT count(*) FROM log.events WHERE type = 'GoalDropped'"
        )
        return count

    async def timers(self) -> Sequence[Any]:
        rows: Sequence[Any] = await self.pool.fetch("SELECT * FROM log.timers")
        return rows


@pytest.fixture
async def office(database: FreshDatabase) -> AsyncIterator[Office]:
    owner = await asyncpg.connect(database.dsn("owner"))
    await create_tables(owner, "read", TABLES)
    await owner.close()
    async with asyncpg.create_pool(database.dsn("worker"), min_size=0, max_size=10) as pool:
        opened = Office(pool)
        yield opened
        await opened.store.close()


async def test_a_timer_fires_when_it_is_due_and_not_before(office: Office) -> None:
    await office.agree("ana")
    office.now = AT + WEEK - timedelta(seconds=1)
    assert await office.loop().run_once() == 0
    office.now = AT + WEEK
    assert await office.loop().run_once() == 1
    assert await office.closed() == 1


async def test_a_timer_fires_once(office: Office) -> None:
    await office.agree(*range(20))
    office.now = AT + WEEK
    await asyncio.gather(*(office.loop().run_once() for _ in range(4)))
    assert await office.loop().run_once() == 0
    assert await office.closed() == 20
    assert await office.timers() == []


async def test_what_ran_out_while_nobody_worked_fires_at_the_start(office: Office) -> None:
    await office.agree("ana", "ben")
    office.now = AT + 3 * WEEK

    async def both_are_closed() -> bool:
        return await office.closed() == 2

    async with running(lambda stop: office.loop().run(stop, 0.05)):
        await eventually(both_are_closed)


async def test_the_event_says_which_timer_asked(office: Office) -> None:
    await office.agree("ana")
    office.now = AT + WEEK
    await office.loop().run_once()
    record = await office.pool.fetchval("SELECT record FROM log.events ORDER BY id DESC LIMIT 1")
    cause = decode(record, slot=0).cause
    assert (cause.actor, cause.right) == ("timer:review", "timer")
    assert cause.causation_id == derived_id(REVIEW, agreed("ana").pairing_id)


async def test_an_errand_takes_several_transactions_and_its_last_one_ends_the_timer(
    office: Office,
) -> None:
    async def close_in_two(due: Due, _: Database) -> Errand:
        async def do(handler: CommandHandler, cause: Cause) -> None:
            assert cause.actor == "timer:review"
            await handler.execute(cause, [])
            command = Close(pairing_id=PairingId(due.subject))
            await handler.execute(cause, [Step(decider=ROADMAP, command=command)])

        return Errand(do=do)

    office.commands[REVIEW] = close_in_two
    await office.agree("ana")
    office.now = AT + WEEK
    await office.loop().run_once()
    assert await office.closed() == 1
    assert await office.timers() == []


async def test_a_timer_that_takes_long_to_answer_is_left_to_whoever_answers_it(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "CLAIM_SECONDS", 0.6)
    answered = 0

    async def slowly(due: Due, db: Database) -> Sequence[Step[Any, Any, Any]]:
        nonlocal answered
        answered += 1
        await asyncio.sleep(0)  # it is claimed for a moment; how it is held on to outlives us
        monkeypatch.setattr(limits, "CLAIM_SECONDS", 2 * PATIENCE_SECONDS)
        held = "SELECT bool_and(next_at > clock_timestamp() + interval '1 minute') FROM log.timers"
        await eventually(lambda: office.pool.fetchval(held))
        assert await office.loop().run_once() == 0
        return await review(due, db)

    office.commands[REVIEW] = slowly
    await office.agree("ana")
    office.now = AT + WEEK
    assert await office.loop().run_once() == 1
    assert (answered, await office.closed()) == (1, 1)


@pytest.mark.parametrize(
    ("version", "note"),
    [(13, "NotYet"), (12, "NoCommandForKind"), (11, "ZeroDivisionError")],
)
async def test_a_timer_that_cannot_be_answered_is_noted_and_waits(
    office: Office, version: int, note: str
) -> None:
    await office.agree("ana", version=version)
    await office.agree("ben")
    office.now = AT + WEEK
    assert await office.loop().run_once() == 2
    assert await office.loop().run_once() == 0
    assert await office.closed() == 1  # ben's
    (timer,) = await office.timers()
    assert (timer["note"], timer["attempts"]) == (note, 1)
    (late,) = await overdue(office.pool)
    assert (late.note, late.timers, late.oldest_due_at) == (note, 1, AT + WEEK)


async def test_a_noted_timer_is_tried_again_later(office: Office) -> None:
    await office.agree("ana", version=13)
    office.now = AT + WEEK
    await office.loop().run_once()
    await office.pool.execute("UPDATE log.timers SET next_at = clock_timestamp()")
    assert await office.loop().run_once() == 1
    (timer,) = await office.timers()
    assert timer["attempts"] == 2


async def test_a_timer_with_a_new_date_does_not_wait_for_the_old_ones_retry(
    office: Office,
) -> None:
    await office.agree("ana", version=13)
    office.now = AT + WEEK
    await office.loop().run_once()
    await office.agree("ana", version=2, after=1)
    office.now = AT + 2 * WEEK
    assert await office.loop().run_once() == 1
    assert await office.closed() == 1
    assert await office.timers() == []


async def test_a_timer_whose_claimant_died_is_fired_by_another(office: Office) -> None:
    await office.agree("ana")
    office.now = AT + WEEK
    stopped = asyncio.Event()
    stopped.set()
    assert await office.loop().run_once(stopped) == 1  # claimed, then it dies
    assert await office.loop().run_once() == 0
    await office.pool.execute("UPDATE log.timers SET next_at = clock_timestamp()")
    assert await office.loop().run_once() == 1
    assert await office.closed() == 1


async def test_an_answer_that_leaves_the_timer_is_taken_back(office: Office) -> None:
    """Otherwise the same event would be made again and again."""

    async def answer_for_another(due: Due, _: Database) -> Sequence[Step[Any, Any, Any]]:
        assert due.kind == REVIEW
        command = Close(pairing_id=agreed("ben").pairing_id)
        return (Step(decider=ROADMAP, command=command),)

    office.commands[REVIEW] = answer_for_another
    await office.agree("ana")
    await office.agree("ben", version=2)
    office.now = AT + WEEK
    await office.loop().run_once()
    assert await office.closed() == 0
    assert [timer["note"] for timer in await office.timers()] == ["StillDue"]
