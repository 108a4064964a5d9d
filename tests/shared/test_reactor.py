"""Each event of another service is answered once: by a command, a note, or an operator."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import asyncpg
import pytest

from shared import parking
from shared.bus import Bus
from shared.bus.unruly import UnrulyBus
from shared.codec import decode
from shared.command_handler import CommandHandler, Step
from shared.database import Database
from shared.decider import Decider
from shared.envelope import Cause, Recorded
from shared.errors import Conflict, MentorshipError, Refused, Unavailable
from shared.events.sessions import GoalAchieved, GoalDropped
from shared.eventstore import Transaction
from shared.eventstore.postgres import PostgresEventStore
from shared.frozen import frozen
from shared.ids import GoalId, PairingId
from shared.reactor import Reaction, Reactor
from tests.consuming import PACE, Telling, eventually, following, running, telling
from tests.fresh_databases import FreshDatabase, TestServer
from tests.progress import (
    CAUSE,
    POISON,
    SOURCE,
    Told,
    achieved,
    agreed,
    dropped,
    long_story,
    stream,
)

pytestmark = pytest.mark.integration


@frozen
class Celebrate:
    pairing_id: PairingId
    goal_id: GoalId
    reached: int


class Unlucky(Refused):
    """Thirteen is not celebrated."""


def decide(_: int, command: Celebrate, now: datetime) -> Sequence[GoalAchieved]:
    """Celebrates as often as it is asked, so that a second answer would be seen."""
    if command.reached == 13:
        raise Unlucky
    return (
        GoalAchieved(
            goal_id=command.goal_id,
            pairing_id=command.pairing_id,
            reached=command.reached,
            at=now,
        ),
    )


PARTY: Decider[int, Celebrate, GoalAchieved] = Decider(
    category="party",
    key=lambda command: command.pairing_id,
    initial=0,
    evolve=lambda count, _: count + 1,
    decide=decide,
)


class Rude:
    """A store in whose way something is, for the first few transactions."""

    def __init__(self, store: PostgresEventStore, *obstacles: MentorshipError) -> None:
        self._store = store
        self._obstacles = list(obstacles)

    @asynccontextmanager
    async def transaction(self, cause: Cause) -> AsyncIterator[Transaction]:
        if self._obstacles:
            raise self._obstacles.pop()
        async with self._store.transaction(cause) as transaction:
            yield transaction


class Celebrating:
    """A service that celebrates what another tells; `cured` lets it bear what it could not."""

    def __init__(self, service: Telling, pool: asyncpg.Pool, bus: Bus) -> None:
        self.service = service
        self.pool = pool
        self.bus = bus
        self.cured = False
        self.store = PostgresEventStore(pool, "enrollment")
        self.handler = CommandHandler(self.store)

    async def react(self, recorded: Recorded, db: Database) -> Sequence[Step[Any, Any, Any]]:
        match recorded.event:
            case GoalAchieved(pairing_id=pairing_id, goal_id=goal_id, reached=reached):
                assert await db.fetchval("SELECT 1") == 1
                command = Celebrate(pairing_id=pairing_id, goal_id=goal_id, reached=reached)
                return (Step(decider=PARTY, command=command),)
            case GoalDropped(reason=reason) if reason == POISON and not self.cured:
                raise ZeroDivisionError(reason)
            case _:
                return ()

    def loop(self, *, from_now: bool = False) -> Callable[[Any], Awaitable[None]]:
        reaction = Reaction(name="parties", source=SOURCE, react=self.react, from_now=from_now)
        reactor = Reactor(self.pool, self.handler, reaction)
        return lambda stop: reactor.run(self.bus, "one", stop, PACE, self.service.reader.heads)

    async def react_to_all(self, *, from_now: bool = False) -> None:
        async with running(self.loop(from_now=from_now)):
            await eventually(self.is_done)

    async def is_done(self) -> bool:
        heads = await self.service.reader.heads()
        rows = await self.pool.fetch("SELECT slot, number FROM log.leases")
        numbers = {row["slot"]: row["number"] for row in rows}
        return bool(numbers) and all(numbers[slot] == number for slot, number in heads.items())

    async def celebrated(self) -> dict[str, list[int]]:
        """What was celebrated, by the name of the stream that told of it."""
        rows = await self.pool.fetch("SELECT DISTINCT stream FROM log.events")
        async with self.store.transaction(CAUSE) as transaction:
            parties = await transaction.read([row["stream"] for row in rows])
        return {
            name.replace("party", "roadmap"): [event.reached for event in party.events]
            for name, party in parties.items()
        }

    async def inbox(self) -> dict[str, int]:
        rows = await self.pool.fetch("SELECT outcome, count(*) FROM log.inbox GROUP BY outcome")
        return {row["outcome"]: row["count"] for row in rows}


@pytest.fixture
async def party(database: FreshDatabase, postgres: TestServer) -> AsyncIterator[Celebrating]:
    async with AsyncExitStack() as stack:
        own = await stack.enter_async_context(postgres.fresh())
        service = await stack.enter_async_context(telling(database))
        pool = await stack.enter_async_context(
            asyncpg.create_pool(own.dsn("worker"), min_size=0, max_size=25)
        )
        feed = await stack.enter_async_context(following(service.pool))
        celebrating = Celebrating(service, pool, feed)
        yield celebrating
        await celebrating.store.close()


def expected(story: Sequence[Told]) -> dict[str, list[int]]:
    parties: dict[str, list[int]] = {}
    for name, event in story:
        if isinstance(event, GoalAchieved):
            parties.setdefault(stream(name), []).append(event.reached)
    return parties


async def test_each_event_is_answered_once_in_the_order_of_its_stream(party: Celebrating) -> None:
    story = list(long_story(12, 6))
    party.bus = UnrulyBus(party.bus, seed=3, odds_of_failure=0.02)
    await party.service.tell(story)
    await party.react_to_all()
    assert await party.celebrated() == expected(story)
    assert await party.inbox() == {"answered": 72}


async def test_an_event_that_comes_again_after_all_is_lost_has_its_answer(
    party: Celebrating,
) -> None:
    story = list(long_story(5, 2))
    await party.service.tell(story)
    await party.react_to_all()
    await party.pool.execute("DELETE FROM log.leases")
    await party.react_to_all()
    assert await party.celebrated() == expected(story)


async def test_an_answer_says_what_it_answers(party: Celebrating) -> None:
    await party.service.tell([("ana", achieved("ana", 3))])
    await party.react_to_all()
    record = await party.pool.fetchval("SELECT record FROM log.events")
    told = await party.service.pool.fetchval("SELECT event_id FROM log.events")
    answer = decode(record, slot=0)
    assert (answer.cause.actor, answer.cause.right) == ("reactor:parties", "reaction")
    assert answer.cause.causation_id == told
    assert answer.cause.correlation_id == CAUSE.correlation_id


async def test_a_refusal_is_noted_and_the_stream_goes_on(party: Celebrating) -> None:
    await party.service.tell([("ana", achieved("ana", reached)) for reached in (12, 13, 14)])
    await party.react_to_all()
    assert await party.celebrated() == {stream("ana"): [12, 14]}
    assert await party.inbox() == {"answered": 2, "Unlucky": 1}


@pytest.mark.parametrize("obstacle", [Conflict(), Unavailable()])
async def test_what_passes_is_waited_for(party: Celebrating, obstacle: MentorshipError) -> None:
    party.handler = CommandHandler(Rude(party.store, *[obstacle] * 4), attempts=1)
    await party.service.tell([("ana", achieved("ana", 3))])
    await party.react_to_all()
    assert await party.celebrated() == {stream("ana"): [3]}
    assert await party.inbox() == {"answered": 1}


async def test_a_bug_is_parked_and_holds_its_stream_until_it_is_released(
    party: Celebrating,
) -> None:
    anas: Sequence[Told] = [
        ("ana", achieved("ana", 1)),
        ("ana", dropped("ana", POISON)),
        ("ana", agreed("ana")),
        ("ana", achieved("ana", 2)),
    ]
    await party.service.tell([*anas, ("ben", achieved("ben", 3))])
    await party.react_to_all()
    assert await party.celebrated() == {stream("ana"): [1], stream("ben"): [3]}
    rows = await party.pool.fetch("SELECT id, cause, waiting FROM log.parked ORDER BY number")
    assert [row["waiting"] for row in rows] == [False, True, True]
    assert rows[0]["cause"] == "ZeroDivisionError: poison"
    await parking.release(party.pool, rows[0]["id"])
    party.cured = True

    async def nothing_is_parked() -> bool:
        return not await party.pool.fetchval("SELECT count(*) FROM log.parked")

    async with running(party.loop()):
        await eventually(nothing_is_parked)
    assert await party.celebrated() == {stream("ana"): [1, 2], stream("ben"): [3]}


async def test_a_reaction_may_begin_now(party: Celebrating) -> None:
    await party.service.tell([("ana", achieved("ana", 1))])
    await party.react_to_all(from_now=True)
    await party.service.tell([("ana", achieved("ana", 2))])
    await party.react_to_all(from_now=True)
    assert await party.celebrated() == {stream("ana"): [2]}
