"""One loop answers every command: once, in one transaction, with the newest state."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from shared.command_handler import AlreadyAnswered, CommandHandler, Outcome, Result, Stale, Step
from shared.envelope import Recorded
from shared.errors import Conflict, MentorshipError, NotFound
from shared.events.sessions import GoalAchieved
from shared.eventstore import Append, EventStore, KeyReused, StoredAnswer, Transaction
from shared.eventstore.memory import MemoryEventStore
from shared.ids import PersonId
from tests.fresh_databases import FreshDatabase, TestServer
from tests.shared.reading_circle import (
    GOAL,
    HARBOUR,
    GoalFull,
    Work,
    achieved,
    cause,
    goal,
    key,
    stream,
)
from tests.shared.stores import store_on


@pytest.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.integration)])
def server(request: pytest.FixtureRequest) -> TestServer | None:
    return request.getfixturevalue("postgres") if request.param == "postgres" else None


@pytest.fixture
async def store(server: TestServer | None) -> AsyncIterator[EventStore]:
    if server is None:
        yield MemoryEventStore("sessions")
        return
    async with server.fresh() as database, store_on(database) as on_postgres:
        yield on_postgres


@pytest.fixture
def handler(store: EventStore) -> CommandHandler:
    return CommandHandler(store)


def work(name: object, limit: int = 1_000_000) -> Step[int, Work, GoalAchieved]:
    return Step(decider=GOAL, command=Work(goal_id=goal(name), limit=limit))


SILENT = replace(GOAL, decide=lambda *_: ())  # nothing to record


def answer(outcome: Outcome) -> StoredAnswer:
    return StoredAnswer(status=201, headers={}, body=str(outcome.states).encode())


async def versions(store: EventStore, *names: object) -> list[int]:
    async with store.transaction(cause()) as transaction:
        histories = await transaction.read([stream(name) for name in names])
    return [histories[stream(name)].version for name in names]


async def test_an_outcome_is_the_state_just_written(handler: CommandHandler) -> None:
    await handler.execute(cause(), [work("a")])
    outcome = await handler.execute(cause(), [work("a")])
    assert (outcome.states, outcome.versions) == ((2,), (2,))
    assert [event.event.reached for event in outcome.recorded] == [2]


async def test_steps_on_one_stream_see_each_other(handler: CommandHandler) -> None:
    outcome = await handler.execute(cause(), [work("a"), work("b"), work("a")])
    assert (outcome.states, outcome.versions) == ((1, 1, 2), (1, 1, 2))
    assert [event.version for event in outcome.recorded] == [1, 1, 2]


async def test_one_refused_step_takes_all_others_back(
    handler: CommandHandler, store: EventStore
) -> None:
    with pytest.raises(GoalFull):
        await handler.execute(cause(), [work("a"), work("b", limit=0)])
    assert await versions(store, "a", "b") == [0, 0]


async def test_what_others_wrote_is_seen_though_the_state_was_kept(
    handler: CommandHandler, store: EventStore
) -> None:
    await handler.execute(cause(), [work("a")])
    async with store.transaction(cause()) as transaction:
        await transaction.append(
            [Append(stream=stream("a"), expected_version=1, events=[achieved("a", 41)])]
        )
    outcome = await handler.execute(cause(), [work("a")])
    assert (outcome.states, outcome.versions) == ((42,), (3,))


async def test_a_stream_never_met_here_is_not_taken_for_a_new_one(store: EventStore) -> None:
    await CommandHandler(store).execute(cause(), [work("a"), work("a")])
    assert (await CommandHandler(store).execute(cause(), [work("a")])).states == (3,)
    with pytest.raises(GoalFull):
        await CommandHandler(store).execute(cause(), [work("a", limit=3)])
    assert await versions(store, "a") == [3]


async def test_one_new_stream_beside_one_that_is_not(store: EventStore) -> None:
    await CommandHandler(store).execute(cause(), [work("a")])
    outcome = await CommandHandler(store).execute(cause(), [work("a"), work("b")])
    assert (outcome.states, outcome.versions) == ((2, 1), (2, 1))


async def test_a_refusal_is_told_of_the_stream_as_it_stands(store: EventStore) -> None:
    def begun(reached: int) -> None:
        if not reached:
            raise NotFound

    await CommandHandler(store).execute(cause(), [work("a")])
    command = Work(goal_id=goal("a"), limit=9)
    step = Step(decider=GOAL, command=command, check=begun)
    assert (await CommandHandler(store).execute(cause(), [step])).states == (2,)


async def test_kept_states_are_apart_by_tenant(handler: CommandHandler) -> None:
    await handler.execute(cause(), [work("a")])
    assert (await handler.execute(cause(HARBOUR), [work("a")])).states == (1,)


async def test_a_state_that_was_rolled_back_is_forgotten(handler: CommandHandler) -> None:
    async def fail(_: Transaction) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await handler.execute(cause(), [work("a")], also=fail)
    assert (await handler.execute(cause(), [work("a")])).states == (1,)


async def test_a_change_on_an_old_version_is_stale(handler: CommandHandler) -> None:
    await handler.execute(cause(), [work("a")])
    await handler.execute(cause(), [work("a")], expected=1)
    with pytest.raises(Stale):
        await handler.execute(cause(), [work("a")], expected=1)


async def test_a_check_sees_the_state_before_the_decision(handler: CommandHandler) -> None:
    def only_once(reached: int) -> None:
        if reached:
            raise NotFound

    step = Step(decider=GOAL, command=Work(goal_id=goal("a"), limit=1), check=only_once)
    await handler.execute(cause(), [step])
    with pytest.raises(NotFound):
        await handler.execute(cause(), [step])


async def test_the_same_key_gets_the_same_answer(
    handler: CommandHandler, store: EventStore
) -> None:
    await handler.execute(cause(), [work("a")], key=key(), answer=answer)
    with pytest.raises(AlreadyAnswered) as again:
        await handler.execute(cause(), [work("a")], key=key(), answer=answer)
    assert again.value.answer.body == b"(1,)"
    with pytest.raises(KeyReused):
        await handler.execute(cause(), [work("a")], key=key(fingerprint="beef"), answer=answer)
    assert await versions(store, "a") == [1]


async def test_two_hundred_of_one_key_have_one_effect(
    handler: CommandHandler, store: EventStore
) -> None:
    async def ask(number: int) -> bytes:
        try:
            outcome = await handler.execute(cause(), [work(number)], key=key(), answer=answer)
        except AlreadyAnswered as again:
            return again.answer.body
        return answer(outcome).body

    answers = await asyncio.gather(*map(ask, range(200)))
    assert set(answers) == {b"(1,)"}
    assert sum(await versions(store, *range(200))) == 1


async def test_fifty_at_once_for_three_places_fill_exactly_three(
    handler: CommandHandler, store: EventStore
) -> None:
    asked = [handler.execute(cause(), [work("a", limit=3)]) for _ in range(50)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, Outcome) for result in results) == 3
    assert sum(isinstance(result, GoalFull) for result in results) == 47
    assert await versions(store, "a") == [3]


async def test_processes_that_race_share_out_the_versions(store: EventStore) -> None:
    handlers = [CommandHandler(store, attempts=3) for _ in range(8)]
    asked = [each.execute(cause(), [work("a"), work("b")]) for each in handlers for _ in range(5)]
    results = await asyncio.gather(*asked, return_exceptions=True)
    won = sum(isinstance(result, Outcome) for result in results)
    assert won + sum(isinstance(result, Conflict) for result in results) == 40
    assert await versions(store, "a", "b") == [won, won]


async def test_each_step_is_refused_by_itself(handler: CommandHandler, store: EventStore) -> None:
    steps = [work("a"), work("b", limit=0), work("a"), work("c"), work("a", limit=2)]
    results = await handler.execute_each(cause(), steps, chunk=2)
    assert [isinstance(result, MentorshipError) for result in results] == [
        *(False, True, False, False, True)
    ]
    assert [each.versions for each in results if isinstance(each, Outcome)] == [(1,), (2,), (1,)]
    assert await versions(store, "a", "b", "c") == [2, 0, 1]


async def test_writes_beside_a_chunk_know_what_became_of_each_step(
    handler: CommandHandler,
) -> None:
    heard: list[list[bool]] = []

    async def hear(
        _: Transaction, pairs: Sequence[tuple[Step[int, Work, GoalAchieved], Result]]
    ) -> None:
        heard.append([isinstance(result, Outcome) for _, result in pairs])

    await handler.execute_each(
        cause(), [work("a"), work("b", limit=0), work("c")], chunk=2, also=hear
    )
    assert heard == [[True, False], [True]]


async def test_only_a_step_that_has_recorded_something_writes_beside_it(
    handler: CommandHandler,
) -> None:
    written: list[str] = []

    def noting(name: str, limit: int) -> Step[int, Work, GoalAchieved]:
        async def note(_: Transaction) -> None:
            written.append(name)

        return replace(work(name, limit), beside=note)

    await handler.execute(cause(), [noting("a", 9), replace(noting("b", 9), decider=SILENT)])
    await handler.execute_each(cause(), [noting("c", 9), noting("d", 0), noting("e", 9)])
    assert written == ["a", "c", "e"]


async def test_what_cannot_be_written_beside_its_events_takes_them_back(
    handler: CommandHandler, store: EventStore
) -> None:
    async def fail(_: Transaction) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await handler.execute(cause(), [work("a"), replace(work("b"), beside=fail)])
    assert await versions(store, "a", "b") == [0, 0]


@pytest.mark.integration
async def test_writes_beside_the_events_are_kept_with_them(database: FreshDatabase) -> None:
    ana = PersonId(goal("ana"))

    async def declare(transaction: Transaction) -> None:
        await transaction.db().execute(
            "INSERT INTO vault.declarations VALUES ($1, $2, 'function', 'sales', now())",
            *(transaction.cause.tenant, ana),
        )

    async with store_on(database) as store:
        await CommandHandler(store).execute(cause(), [work("a")], also=declare)
        async with store.transaction(cause()) as transaction:
            kept = await transaction.db().fetchval("SELECT person_id FROM vault.declarations")
    assert kept == ana


async def test_events_carry_their_envelope_out(handler: CommandHandler) -> None:
    (event,) = (await handler.execute(cause(), [work("a")])).recorded
    assert isinstance(event, Recorded)
    assert (event.stream, event.cause) == (stream("a"), cause())


async def test_a_refused_group_of_steps_changes_nothing_and_holds_up_no_other(
    store: EventStore, handler: CommandHandler
) -> None:
    groups = [
        [work("ana"), work("ben")],
        [work("cem"), work("dia", limit=0)],
        [work("eva"), work("fay")],
    ]
    results = await handler.execute_groups(cause(), groups)
    assert [None if each is None else type(each) for each in results] == [None, GoalFull, None]
    assert await versions(store, "ana", "ben", "cem", "dia", "eva", "fay") == [1, 1, 0, 0, 1, 1]
