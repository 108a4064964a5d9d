"""The list of all requests of a cohort: what a manager asks of it, and who is shown nothing."""

from typing import Any

import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.matching.cast import COHORT, enrollment, person
from tests.matching.test_requests_over_http import asked
from tests.matching.town import Town

pytestmark = pytest.mark.integration
PATH = f"/v1/cohorts/{COHORT}/requests"


async def listed(town: Town, **params: str) -> list[str]:
    found = await town.get(PATH, **params)
    assert found.status_code == 200, found.text
    return [each["request_id"] for each in found.json()["items"]]


async def busy(town: Town) -> dict[str, str]:
    """Four requests, the earliest first: one accepted, one of a mentor, two that wait."""
    await town.set_policy()
    await town.join({"ana": 2, "eva": 2}, ["ben", "cem", "dia"])
    told = {
        "ben": await asked(town, "ben", "ana", "eva", message="You know how to listen."),
        "eva": await asked(town, "eva", "dia"),
        "cem": await asked(town, "cem", "eva", format="flash"),
        "dia": await asked(town, "dia", "ana"),
    }
    yes = await town.post("ana", f"/v1/requests/{told['ben']}/acceptance")
    assert yes.status_code == 200, yes.text
    await town.world.settle()
    return told


async def test_a_manager_finds_the_requests_of_a_cohort_by_what_they_look_for(town: Town) -> None:
    told = await busy(town)
    ben, eva, cem, dia = (told[name] for name in ("ben", "eva", "cem", "dia"))
    assert await listed(town) == [dia, cem, eva, ben], "newest first"
    assert await listed(town, state="accepted") == [ben]
    assert await listed(town, state="open") == [dia, cem, eva]
    assert await listed(town, format="flash") == [cem]
    assert await listed(town, part="mentor") == [eva]
    as_eva, as_dia = str(enrollment("eva")), str(enrollment("dia"))
    assert await listed(town, mentor=as_eva) == [cem, eva, ben], "asks, is asked, was never asked"
    assert await listed(town, mentee=as_dia) == [dia, eva]
    assert await listed(town, mentee=as_dia, mentor=as_eva) == [eva]
    assert await listed(town, mentee=as_eva) == []
    assert await listed(town, state="closed") == []


async def test_the_list_comes_in_pages_without_gaps_or_repeats(town: Town) -> None:
    told = await busy(town)
    found: list[str] = []
    params = {"limit": "3"}
    for _ in range(2):
        page: dict[str, Any] = (await town.get(PATH, **params)).json()
        found += [each["request_id"] for each in page["items"]]
        params["cursor"] = page["next_cursor"] or ""
    assert found == [told[name] for name in ("dia", "cem", "eva", "ben")]


async def test_what_somebody_wrote_is_not_for_managers(town: Town) -> None:
    told = await busy(town)
    answer = await town.get(PATH)
    (shown,) = [each for each in answer.json()["items"] if each["request_id"] == told["ben"]]
    assert shown["has_message"] is True
    assert "listen" not in answer.text
    assert "message" not in shown
    assert [each["state"] for each in shown["choices"]] == ["accepted", "waiting"]


async def test_the_list_is_for_managers_of_that_program_alone(town: Town) -> None:
    await busy(town)
    async with town.client(person("ben")) as ben:
        assert (await ben.get(PATH)).status_code == 403
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        assert (await auditor.get(PATH)).status_code == 403
    async with town.client(new_id(), Role.PROGRAM_MANAGER) as stranger:
        hidden = await stranger.get(PATH)
    assert (hidden.status_code, hidden.json()["code"]) == (404, "program_unknown")
    unknown = await town.get(f"/v1/cohorts/{new_id()}/requests")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "program_unknown")
    odd = await town.get(PATH, state="lost")
    assert odd.status_code == 422
