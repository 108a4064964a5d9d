"""A timer that meets others is no refused one: it is answered by what they have left."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.command_handler import Step
from shared.database import Database
from shared.deadlines import Due
from shared.errors import Conflict
from tests.progress import AT
from tests.shared.test_deadlines import REVIEW, WEEK, Office, office, review

__all__ = ["office"]
pytestmark = pytest.mark.integration


class Overtaken(Conflict):
    """Somebody else was faster."""


@pytest.mark.parametrize(("quicker", "closed"), [(1, 1), (2, 0)])
async def test_a_timer_that_was_overtaken_looks_again_at_once(
    office: Office,
    quicker: int,
    closed: int,
) -> None:
    looks: list[Due] = []

    async def overtaken(due: Due, db: Database) -> Sequence[Step[Any, Any, Any]]:
        looks.append(due)
        if len(looks) <= quicker:
            raise Overtaken
        return await review(due, db)

    office.commands[REVIEW] = overtaken
    await office.agree("one")
    office.now = AT + WEEK
    assert await office.loop().run_once() == 1
    assert (len(looks), await office.closed()) == (2, closed)
    assert [timer["note"] for timer in await office.timers()] == ["Conflict"] * (1 - closed)
