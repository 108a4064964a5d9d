"""Who is stopped while something is under way loses nothing that has to be given back."""

import asyncio
from contextlib import suppress

import pytest

from shared.waiting import CalledOff, only_we_are_cancelled, to_its_end, until
from tests.patience import PATIENCE_SECONDS
from tests.stopping import stopped_after


class Counter:
    """Lends things, and knows what became of them."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.given_back: list[object] = []

    async def lend(self) -> str:
        await self.ready.wait()
        return "umbrella"

    async def lend_against_all_wishes(self) -> str:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return "umbrella"

    async def take_back(self, thing: object) -> None:
        await asyncio.sleep(0)
        self.given_back.append(thing)


async def test_what_comes_in_time_is_kept() -> None:
    counter = Counter()
    counter.ready.set()
    assert await until(asyncio.Event(), counter.lend(), counter.take_back) == "umbrella"
    assert counter.given_back == []


@pytest.mark.parametrize("steps", range(8))
async def test_what_comes_at_about_the_time_of_being_cancelled_is_kept_or_given_back(
    steps: int,
) -> None:
    counter, kept = Counter(), list[object]()

    async def borrow() -> None:
        kept.append(await until(asyncio.Event(), counter.lend(), counter.take_back))

    borrowing = asyncio.create_task(borrow())
    await asyncio.sleep(0.01)
    counter.ready.set()
    for _ in range(steps):
        await asyncio.sleep(0)
    borrowing.cancel()
    with suppress(asyncio.CancelledError):
        await borrowing
    assert [*kept, *counter.given_back] == ["umbrella"]


async def test_what_comes_although_it_was_called_off_is_given_back() -> None:
    counter, stop = Counter(), asyncio.Event()
    lending = counter.lend_against_all_wishes()
    waiting = asyncio.create_task(until(stop, lending, counter.take_back))
    await asyncio.sleep(0.01)
    stop.set()
    assert await waiting is None
    assert counter.given_back == ["umbrella"]


async def test_what_fails_has_nothing_to_give_back() -> None:
    async def fail() -> str:
        raise ConnectionError

    counter = Counter()
    with pytest.raises(ConnectionError):
        await until(asyncio.Event(), fail(), counter.take_back)
    assert counter.given_back == []


@pytest.mark.parametrize("steps", range(1, 5))
async def test_an_end_is_come_to_however_early_it_is_cancelled(steps: int) -> None:
    counter = Counter()
    await stopped_after(steps, to_its_end(counter.take_back("umbrella")))
    assert counter.given_back == ["umbrella"]


async def test_an_end_that_does_not_come_holds_nobody_up_for_ever() -> None:
    counter = Counter()
    never = asyncio.ensure_future(counter.lend())

    async def leave() -> None:
        await asyncio.shield(never)

    ending = asyncio.create_task(to_its_end(leave()))
    await asyncio.sleep(0.01)
    ending.cancel()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(asyncio.CancelledError):
            await ending
    assert not never.done()
    counter.ready.set()
    await never


async def test_an_end_that_fails_says_so_unless_one_was_cancelled() -> None:
    async def fail() -> None:
        await asyncio.sleep(0)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await to_its_end(fail())
    ending = asyncio.create_task(to_its_end(fail()))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending


async def test_what_is_called_off_by_others_is_an_error_and_ends_nobody_else() -> None:
    asked = asyncio.get_running_loop().create_future()
    asked.cancel()
    with pytest.raises(CalledOff), only_we_are_cancelled():
        await asked


async def test_who_is_cancelled_is_so_whatever_they_wait_for() -> None:
    async def wait() -> None:
        with only_we_are_cancelled():
            await asyncio.Event().wait()

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
