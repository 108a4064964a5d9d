"""How late a consumer is said to be: since its log was first seen where it has not come yet."""

import asyncio
from collections.abc import Mapping

import asyncpg
import pytest

from shared.runtime import lagging
from shared.runtime.lagging import Lag, Lags
from tests.patience import PATIENCE_SECONDS


def test_who_has_reached_what_was_seen_is_not_late() -> None:
    assert Lag().note(100.0, {1: 5, 2: 7}, {1: 5, 2: 9}) == 0.0


def test_who_does_not_move_is_late_since_the_first_sight_of_more() -> None:
    lag = Lag()
    assert lag.note(100.0, {1: 5}, {1: 5}) == 0.0
    assert lag.note(101.0, {1: 6}, {1: 5}) == 0.0  # seen just now
    assert lag.note(102.0, {1: 9}, {1: 5}) == 1.0
    assert lag.note(109.0, {1: 9}, {1: 5}) == 8.0


def test_who_moves_is_late_by_what_it_has_yet_to_reach() -> None:
    lag = Lag()
    for second, head in ((0.0, 10), (1.0, 20), (2.0, 30)):
        lag.note(second, {1: head}, {1: 0})
    assert lag.note(5.0, {1: 40}, {1: 20}) == 3.0  # since it was at 30
    assert lag.note(6.0, {1: 40}, {1: 40}) == 0.0


def test_a_slot_that_nobody_keeps_yet_is_late() -> None:
    lag = Lag()
    lag.note(0.0, {1: 1, 2: 1}, {1: 1})
    assert lag.note(2.0, {1: 1, 2: 1}, {1: 1}) == 2.0


@pytest.mark.parametrize("failure", [KeyError, ConnectionError, asyncio.CancelledError])
async def test_whatever_a_look_fails_with_another_follows(
    failure: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lagging, "LOOK_SECONDS", 0.01)
    looks, again = 0, asyncio.Event()

    async def head() -> Mapping[int, int]:
        nonlocal looks
        looks += 1
        if looks == 2:
            again.set()
        raise failure

    nobody = asyncpg.create_pool("postgresql://nobody")  # connects when it is asked for something
    lags = Lags(nobody, {"enrollment": ["pool"]}, {"enrollment": head})
    async with lags.looked_at(), asyncio.timeout(PATIENCE_SECONDS):
        await again.wait()
    assert lags.milliseconds() is None
