"""Read tables of sessions are what the log says, however often it is read."""

from datetime import timedelta

import asyncpg
import pytest

from services.sessions.main import SERVICE
from services.sessions.projections import PAIRS
from shared import clock
from shared.codec import CODEC
from shared.envelope import SLOTS
from shared.eventstore.log_reader import LogReader
from shared.projection_testing import rows_however_delivered
from shared.provisioning import connected
from shared.runtime.rebuilding import rebuilt
from tests.sessions.companions import Company, post, put, session_held, session_planned
from tests.sessions.test_texts_over_http import everything_written, reflected

pytestmark = pytest.mark.integration


async def test_rows_made_anew_from_the_log_equal_the_live_ones(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couples = [await company.paired() for _ in range(3)]
    for couple in couples:
        session_id = await reflected(couple, "partner")
        await everything_written(company, couple, session_id)
        await session_planned(couple, clock.now() + timedelta(days=9), free=True)
    first, second, _ = couples
    cadence = {"every_days": 14, "review_every_days": 60}
    await put(first.ana, f"{first.path}/cadence", cadence)
    milestone = {"title": "Another plan", "due_on": "2099-06-01"}
    await put(second.ben, f"{second.path}/roadmap", {"milestones": [milestone]}, 409)
    for _ in range(3):
        await session_held(second)
    await post(second.ana, f"{second.path}/completion", None)
    for days in (8, 20, 70):
        await company.world.pass_time(timedelta(days=days))
    await assert_rows_do_not_depend_on_delivery(company)
    reports = [each async for each in rebuilt(SERVICE, company.world.databases, switch=False)]
    assert [report.projection for report in reports] == ["pairs", "programs"]
    assert reports[0].events > 70
    assert [report.differences for report in reports] == [[], []]


async def assert_rows_do_not_depend_on_delivery(company: Company) -> None:
    """The events of this story, projected at once, one by one, and twice."""
    databases = company.world.databases
    async with (
        asyncpg.create_pool(databases.dsn("sessions", "worker")) as worker,
        connected(databases.dsn("sessions", "owner")) as owner,
    ):
        entries = await LogReader(worker).read(dict.fromkeys(range(SLOTS), 0), 10_000)
        events = [
            CODEC.decode(entry.record, slot=entry.slot, number=entry.number) for entry in entries
        ]
        tables_sql = PAIRS.tables.read_text(encoding="utf-8")
        rows = await rows_however_delivered(owner, tables_sql, PAIRS.functions, events)
    assert len(rows["journeys"]) == 3
    assert all(rows[table] for table in rows), [table for table in rows if not rows[table]]
