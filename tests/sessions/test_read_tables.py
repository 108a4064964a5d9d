"""Read tables of sessions are what the log says, however often it is read."""

from datetime import timedelta

import pytest

from services.sessions.main import SERVICE
from shared import clock
from shared.runtime.rebuilding import rebuilt
from tests.sessions.companions import Company, post, put, session_held, session_planned
from tests.sessions.test_texts_over_http import everything_written

pytestmark = pytest.mark.integration


async def test_rows_made_anew_from_the_log_equal_the_live_ones(
    company_of_its_own: Company,
) -> None:
    company = company_of_its_own
    couples = [await company.paired() for _ in range(3)]
    for couple in couples:
        session_id = await session_held(couple)
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
    reports = [each async for each in rebuilt(SERVICE, company.world.databases, switch=False)]
    assert [report.projection for report in reports] == ["pairs", "programs"]
    assert reports[0].events > 70
    assert [report.differences for report in reports] == [[], []]
