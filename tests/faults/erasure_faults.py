"""Somebody is erased just while a matching run works with them and others read what they wrote."""

import asyncio
from contextlib import suppress
from typing import Any

from tests.e2e.spring import CANARY
from tests.faults.calls import Declined
from tests.faults.lives import Company, erase, hired, join, somebody
from tests.faults.trials import Scene

PAIRS = 4
ROUNDS, ROUNDS_LONG = 2, 12


def erase_amid_matching(scene: Scene) -> None:
    """Runs begin, people are erased, drafts are published, partners read: all of it at once."""
    for _ in range(ROUNDS_LONG if scene.long else ROUNDS):
        scene.play.do(_round)


async def _round(company: Company) -> None:
    client, told = company.client, company.founded
    people = await hired(client, told.hr, 2 * PAIRS)
    mentors, mentees = people[:PAIRS], people[PAIRS:]
    async with asyncio.TaskGroup() as tasks:
        for person in mentors:
            tasks.create_task(_joined(company, person, "mentor"))
        for person in mentees:
            tasks.create_task(_joined(company, person, "mentee"))
    gone = company.random.sample(people, 3)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_matched(company))
        for person in gone:
            tasks.create_task(_erased(company, person))
        tasks.create_task(_read(company, gone))


async def _joined(company: Company, person: str, part: str) -> None:
    with suppress(Declined):
        await join(company, person, part)


async def _matched(company: Company) -> None:
    client, told = company.client, company.founded
    scope = {"program_id": told.program_id, "cohort_id": told.cohort_id}
    with suppress(Declined):
        begun = await client.post(told.manager, "matching", "/v1/matching-runs", scope)
        where = f"/v1/operations/{begun['operation_id']}"
        done = await client.eventually(told.manager, "matching", where, _is_finished)
        if done["status"] == "succeeded":
            where = f"{done['result_url']}/publication"
            await client.post(told.manager, "matching", where)


async def _erased(company: Company, person: str) -> None:
    """Once it is answered, nobody reads who that was."""
    await asyncio.sleep(company.random.random())
    await erase(company, person)
    seen = await company.client.get(company.founded.hr, "enrollment", f"/v1/people/{person}")
    assert CANARY not in str(seen), f"still readable: {seen}"


async def _read(company: Company, people: list[str]) -> None:
    """What an export would read, while it goes: there or not, but never half of it."""
    client = company.client
    for _ in range(20):
        for person in people:
            await client.get(somebody(person), "enrollment", f"/v1/people/{person}/profile")
            await client.get(company.founded.hr, "enrollment", f"/v1/people/{person}")


def _is_finished(operation: Any) -> bool:  # noqa: ANN401  # JSON
    return bool(operation["finished_at"])
