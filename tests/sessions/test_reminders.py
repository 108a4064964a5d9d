"""Reminders as time passes, on a real Postgres: each once, also after a restart."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from services.sessions.main import SERVICE
from shared import clock
from shared.command_handler import CommandHandler
from shared.deadlines import Deadlines
from shared.eventstore.postgres import PostgresEventStore
from tests.sessions.companions import (
    Company,
    Couple,
    get,
    post,
    put,
    session_held,
    session_planned,
)

pytestmark = pytest.mark.integration

DAY = timedelta(days=1)


async def kinds(couple: Couple) -> list[str]:
    """What Ana was reminded of, the earliest first."""
    reminders = (await get(couple.ana, "/v1/reminders?limit=200"))["items"]
    return [reminder["kind"] for reminder in reversed(reminders)]


async def test_a_silent_pair_is_reminded_and_then_late(company_of_its_own: Company) -> None:
    company = company_of_its_own
    couple = await company.paired()
    await company.world.pass_time(22 * DAY)
    assert await kinds(couple) == []
    await company.world.pass_time(DAY + timedelta(hours=1))
    assert await kinds(couple) == ["session_due"]
    late = f"/v1/programs/{company.program_id}/journeys?late=true"
    assert (await get(company.mia, late))["items"] == []
    await company.world.pass_time(8 * DAY)
    assert await kinds(couple) == ["session_due", "cadence_missed"]
    (journey,) = (await get(company.mia, late))["items"]
    assert (journey["cadence_missed"], journey["days_late"]) == (1, 1)
    await company.world.pass_time(60 * DAY)
    reminded = await kinds(couple)
    assert reminded.count("review_due") == 1
    assert reminded.count("cadence_missed") == 2  # days that passed at once are told as one


async def test_a_session_is_reminded_of_a_day_ahead_wherever_it_is_moved(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couple = await company.paired()
    starts_at = clock.now() + 5 * DAY
    session_id = await session_planned(couple, starts_at)
    body = {"starts_at": (starts_at + 5 * DAY).isoformat()}
    await post(couple.ben, f"{couple.path}/sessions/{session_id}/rescheduling", body)
    await company.world.pass_time(6 * DAY)
    assert await kinds(couple) == []
    await company.world.pass_time(3 * DAY + timedelta(hours=1))
    (reminder,) = (await get(couple.ben, "/v1/reminders?kind=session_due"))["items"]
    assert reminder["subject"] == str(session_id)
    await company.world.pass_time(DAY / 2)
    assert await kinds(couple) == ["session_due"]


async def test_who_does_not_reflect_is_reminded_and_who_does_is_not(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couple = await company.paired()
    session_id = await session_held(couple)
    body = {"visibility": "private", "usefulness": 5}
    await post(couple.ana, f"{couple.path}/sessions/{session_id}/reflections", body, 201)
    await company.world.pass_time(2 * DAY + timedelta(hours=1))
    assert await kinds(couple) == []
    (reminder,) = (await get(couple.ben, "/v1/reminders"))["items"]
    assert (reminder["kind"], reminder["subject"]) == ("reflection_due", str(session_id))


async def aims_in_twenty_days(couple: Couple) -> str:
    """A milestone and a joint objective; the day on which they are due."""
    due_on = (clock.now() + 20 * DAY).date().isoformat()
    milestone = {"title": "Give a talk", "due_on": due_on}
    await put(couple.ana, f"{couple.path}/roadmap", {"milestones": [milestone]})
    await post(couple.ben, f"{couple.path}/roadmap/approval", {"proposal": 1})
    objective = {"text": "Meet.", "priority": "break-silos", "due_on": due_on}
    await post(couple.ben, f"{couple.path}/joint-objectives", objective, 201)
    return due_on


async def test_goals_and_milestones_are_reminded_of_a_week_ahead(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couple = await company.paired()
    due_on = await aims_in_twenty_days(couple)
    measure = {"unit": "talks", "start": 0, "target": 1}
    goal = {"text": "Speak up.", "measure": measure, "due_on": due_on}
    await post(couple.ana, f"{couple.path}/goals", goal, 201)
    await company.world.pass_time(14 * DAY)
    assert sorted(await kinds(couple)) == ["goal_due", "goal_due", "milestone_due"]
    to_ben = (await get(couple.ben, "/v1/reminders"))["items"]
    assert [reminder["kind"] for reminder in to_ben] == ["goal_due"]


async def test_nobody_is_reminded_of_goals_of_a_journey_that_was_broken_off(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couple = await company.paired()
    await aims_in_twenty_days(couple)
    await company.broken_off(couple)
    await company.world.pass_time(14 * DAY)
    assert await kinds(couple) == []
    assert (await get(couple.ben, "/v1/reminders"))["items"] == []
    db = company.world.connections["sessions"]
    assert await db.fetchval("SELECT count(*) FROM read.deadlines") == 0


async def test_workers_beside_each_other_and_one_after_a_restart_remind_once(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couples = [await company.paired() for _ in range(3)]
    async with asyncpg.create_pool(company.world.databases.dsn("sessions", "worker")) as pool:

        def worker() -> Deadlines:
            store = PostgresEventStore(pool, SERVICE.name, SERVICE.own.functions)
            return Deadlines(pool, CommandHandler(store), SERVICE.deadlines)

        clock.move_to(clock.now() + 24 * DAY)
        await asyncio.gather(*(worker().run_once() for _ in range(4)))
        await company.world.settle()
        assert await worker().run_once() == 0
    for couple in couples:
        assert await kinds(couple) == ["session_due"]


async def test_a_journey_that_is_over_has_no_timers_left(company_of_its_own: Company) -> None:
    company = company_of_its_own
    couple = await company.paired()
    for _ in range(4):
        await session_held(couple)
    await post(couple.ana, f"{couple.path}/completion", None)
    db = company.world.connections["sessions"]
    assert await db.fetchval("SELECT count(*) FROM read.deadlines") == 0
    await company.world.pass_time(200 * DAY)
    assert await kinds(couple) == []
