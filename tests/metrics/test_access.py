from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shared.auth import Role
from shared.ids import new_id
from tests.held_up import held_up, others_are_through
from tests.metrics.conftest import say, tell
from tests.metrics.spring import FINANCE, SALES, spring
from tests.metrics.telling import PROGRAM, person
from tests.world import World

pytestmark = pytest.mark.integration

HERE = f"/v1/programs/{PROGRAM}"


def mara(world: World) -> httpx.AsyncClient:
    return world.client("metrics", person("mara"), Role.PROGRAM_MANAGER)


def key() -> Mapping[str, str]:
    return {"Idempotency-Key": str(new_id())}


def step(answer: httpx.Response, measure: str) -> Any:  # noqa: ANN401  # JSON
    assert answer.status_code == 200, answer.text
    (found,) = [item for item in answer.json()["items"] if item["measure"] == measure]
    return found


def groups(found: Any) -> dict[str, tuple[int | None, int | None]]:  # noqa: ANN401  # JSON
    return {row["group"]: (row["numerator"], row["denominator"]) for row in found["groups"]}


async def test_access_is_told_by_group_with_the_small_ones_hidden(orchard: World) -> None:
    async with mara(orchard) as client:
        answer = await client.get(f"{HERE}/access", params={"dimension": "site"})
    applying = step(answer, "access_application")
    assert (applying["total"]["numerator"], applying["total"]["denominator"]) == (60, 98)
    assert groups(applying) == {"porto": (30, 36), "riga": (30, 62)}
    riga, porto = (
        next(row for row in applying["groups"] if row["group"] == name)
        for name in ("riga", "porto")
    )
    assert porto["ratio_per_mille"] == 1000
    assert riga["ratio_per_mille"] == 581
    assert riga["below_four_fifths"] is True
    assert riga["interval"]["low"] < riga["per_mille"] < riga["interval"]["high"]
    waits = {row["group"]: row["median_days"] for row in answer.json()["waiting"]}
    assert waits == {"porto": 10, "riga": 10}


async def test_no_hidden_function_follows_from_the_totals(orchard: World) -> None:
    async with mara(orchard) as client:
        answer = await client.get(f"{HERE}/access", params={"dimension": "function"})
    for found in answer.json()["items"]:
        hidden = [row for row in found["groups"] if row["suppressed"]]
        assert "legal" in {row["group"] for row in hidden}
        assert len(hidden) >= 2
        for row in hidden:
            assert row["numerator"] is row["denominator"] is row["per_mille"] is None


async def test_what_people_declare_is_counted_only_in_large_groups(orchard: World) -> None:
    for name in [*SALES, *FINANCE]:
        async with orchard.client("metrics", person(name)) as client:
            gender = "woman" if int(name.split("-")[1]) % 2 else "man"
            body = {"groups": {"gender": gender}, "consent": True}
            put = await client.put(f"/v1/people/{person(name)}/declarations", json=body)
            assert put.status_code == 200, put.text
    async with mara(orchard) as client:
        answer = await client.get(f"{HERE}/access", params={"dimension": "gender"})
    applying = groups(step(answer, "access_application"))
    assert applying.keys() == {"man", "woman", "unknown"}
    for numerator, denominator in applying.values():
        if numerator is not None and denominator is not None:
            assert numerator % 5 == denominator % 5 == 0
            assert denominator >= 10
            assert numerator == 0 or numerator >= 10


async def test_only_oneself_may_declare_and_take_back(orchard: World) -> None:
    ana, ben = person(SALES[0]), person(SALES[1])
    mine, theirs = f"/v1/people/{ana}/declarations", f"/v1/people/{ben}/declarations"
    async with orchard.client("metrics", ana) as client:
        body = {"groups": {"gender": "woman"}, "consent": True}
        assert (await client.put(theirs, json=body)).status_code == 404
        unwilling = await client.put(mine, json={**body, "consent": False})
        assert unwilling.json()["code"] == "consent_missing"
        strange = {"groups": {"gender": "x"}, "consent": True}
        assert (await client.put(mine, json=strange)).json()["code"] == "no_such_group"
        assert (await client.put(mine, json=body)).json()["groups"] == {"gender": "woman"}
        assert (await client.delete(mine)).status_code == 204
        assert (await client.get(mine)).json()["groups"] == {}
    async with mara(orchard) as client:
        assert (await client.get(mine)).status_code == 404


async def test_what_an_erased_person_declared_is_gone(orchard: World) -> None:
    ana = person(SALES[0])
    path = f"/v1/people/{ana}/declarations"
    async with orchard.client("metrics", ana) as client:
        body = {"groups": {"caregiving": "yes"}, "consent": True}
        assert (await client.put(path, json=body)).status_code == 200
        story = spring()
        before = len(story.told)
        await tell(orchard, story.erases(SALES[0]), after=before)
        assert (await client.get(path)).status_code == 404
        assert (await client.put(path, json=body)).status_code == 404
    connection = orchard.connections["metrics"]
    assert await connection.fetchval("SELECT count(*) FROM vault.declarations") == 0


async def test_what_is_declared_while_one_is_being_erased_is_not_kept(orchard: World) -> None:
    ana = person(SALES[0])
    path = f"/v1/people/{ana}/declarations"
    story = spring()
    before = len(story.told)
    async with held_up(orchard, "metrics", "figures"):
        await say(orchard, story.erases(SALES[0]), after=before)
        await others_are_through(orchard, "figures")
        async with orchard.client("metrics", ana) as client:
            body = {"groups": {"caregiving": "yes"}, "consent": True}
            assert (await client.put(path, json=body)).status_code == 404
    connection = orchard.connections["metrics"]
    assert await connection.fetchval("SELECT count(*) FROM vault.declarations") == 0


async def test_a_disclosure_shows_all_and_is_written_down(orchard: World) -> None:
    body = {"dimension": "function"}
    async with orchard.client("metrics", "audit", Role.AUDITOR) as client:
        answer = await client.post(f"{HERE}/disclosures", json=body, headers=key())
        assert answer.status_code == 201, answer.text
        declared = await client.post(
            f"{HERE}/disclosures", json={"dimension": "gender"}, headers=key()
        )
        assert declared.json()["code"] == "declared_groups_stay_hidden"
    (applying, *_) = answer.json()["access"]["items"]
    assert groups(applying)["legal"] == (6, 6)
    async with mara(orchard) as client:
        refused = await client.post(f"{HERE}/disclosures", json=body, headers=key())
        assert refused.status_code == 403
        (written,) = (await client.get(f"{HERE}/disclosures")).json()["items"]
    assert (written["made_by"], written["measure"]) == ("audit", "access:mentee:function")


async def test_a_report_is_kept_by_its_digest(orchard: World) -> None:
    async with mara(orchard) as client:
        answer = await client.post(
            f"{HERE}/reports", json={"kind": "quarterly_review"}, headers=key()
        )
        assert answer.status_code == 201, answer.text
        (listed,) = (await client.get(f"{HERE}/reports")).json()["items"]
    assert listed["figures_digest"] == answer.json()["figures_digest"]
    assert answer.json()["figures"]["detail"] == "aggregate"
    async with orchard.client("metrics", person("sven"), Role.SPONSOR) as client:
        refused = await client.post(f"{HERE}/reports", json={"kind": "mine"}, headers=key())
        assert refused.status_code == 403
