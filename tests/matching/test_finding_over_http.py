from typing import Any

import pytest

from shared.events.enrollment import (
    PersonMoved,
    ProfileUpdated,
)
from shared.events.vocabulary import CompetencyLevel, Part
from tests.matching.asking import bar, ids, seen
from tests.matching.cast import FACILITATION, STATISTICS, enrollment, person
from tests.matching.town import THEN, Town, position

pytestmark = pytest.mark.integration


async def test_a_manager_is_advised_and_told_why_not_the_others(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 2, "fay": 0, "gus": 1}, ["ben"])
    under = PersonMoved(
        person_id=person("ben"),
        position=position(Part.MENTEE, manager_id=person("gus")),
        at=THEN,
    )
    await town.tell("enrollment", [(f"person-{person('ben')}", under)])
    await town.world.settle()
    advised = await town.get(f"/v1/rosters/{enrollment('ben')}/suggestions")
    assert advised.status_code == 200, advised.text
    told = advised.json()
    assert (told["considered"], told["allowed"], told["without_seat"]) == (4, 3, 1)
    assert told["forbidden"] == [{"rule": "reporting_line", "people": 1}]
    (best,) = told["items"]
    assert best["score"] == sum(best["components"].values())
    other_way = (await town.get(f"/v1/rosters/{enrollment('ana')}/suggestions")).json()
    assert [each["enrollment_id"] for each in other_way["items"]] == ids("ben")
    assert (
        await seen(town, "ben", f"/v1/rosters/{enrollment('ben')}/suggestions")
    ).status_code in (
        403,
        404,
    )


async def test_who_looks_for_a_mentor_finds_them_by_filter(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1, "fay": 0}, ["ben"])
    skills = (CompetencyLevel(competency_id=STATISTICS, level=4),)
    told = ProfileUpdated(
        person_id=person("eva"), expertise=skills, languages=("en", "pt"), at=THEN
    )
    await town.tell("enrollment", [(f"profile-{person('eva')}", told)])
    await town.world.settle()
    path = f"/v1/rosters/{enrollment('ben')}/partners"

    async def found(**params: str) -> list[dict[str, Any]]:
        answer = await seen(town, "ben", path, **params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    everybody = await found()
    assert {each["enrollment_id"] for each in everybody} == set(ids("ana", "eva"))
    assert [each["enrollment_id"] for each in await found(language="pt")] == ids("eva")
    assert [each["enrollment_id"] for each in await found(competency=str(FACILITATION))] == ids(
        "ana"
    )
    assert len(await found(full_too="true")) == 3
    assert {"fit", "can_be_asked"} <= set(everybody[0])
    assert "score" not in everybody[0]
    first = (await seen(town, "ben", path, limit="1")).json()
    rest = (await seen(town, "ben", path, limit="1", cursor=first["next_cursor"])).json()
    assert [first["items"][0], *rest["items"]] == everybody
    unknown = await seen(town, "ben", path, gender="f")
    assert unknown.json()["errors"][0]["code"] == "unknown_parameter"


async def test_a_shortlist_is_seen_by_nobody_else(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    async with town.client(person("ben")) as ben:
        put = await ben.put(f"/v1/rosters/{enrollment('ben')}/shortlist/{enrollment('ana')}")
        assert (put.status_code, put.json()["people"]) == (200, 1)
        listed = (await ben.get(f"/v1/rosters/{enrollment('ben')}/shortlist")).json()["items"]
        assert [each["enrollment_id"] for each in listed] == ids("ana")
        gone = await ben.delete(f"/v1/rosters/{enrollment('ben')}/shortlist/{enrollment('ana')}")
        assert gone.json()["people"] == 0
    assert (
        await seen(town, "ana", f"/v1/rosters/{enrollment('ben')}/shortlist")
    ).status_code == 404
    assert (await town.get(f"/v1/rosters/{enrollment('ben')}/shortlist")).status_code == 404


async def test_whom_a_bar_keeps_apart_is_not_found_nor_advised_and_reads_no_reason(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1, "fay": 1}, ["ben"])
    before = (await town.get(f"/v1/rosters/{enrollment('ben')}/suggestions")).json()
    await bar(town, "eva", "ben")
    await town.world.settle()
    found = (await seen(town, "ben", f"/v1/rosters/{enrollment('ben')}/partners")).json()["items"]
    assert {each["enrollment_id"] for each in found} == set(ids("ana", "fay"))
    after = (await town.get(f"/v1/rosters/{enrollment('ben')}/suggestions")).json()
    figures = ("considered", "allowed", "without_seat", "forbidden")
    assert [after[name] for name in figures] == [before[name] for name in figures]
    assert len(after["items"]) == len(before["items"])
    async with town.client(person("ben")) as ben:
        body = {"choices": ids("ana", "eva")}
        key = {"Idempotency-Key": "ben-asks"}
        path = f"/v1/rosters/{enrollment('ben')}/requests"
        barred = await ben.post(path, json=body, headers=key)
    assert (barred.status_code, barred.json()["code"]) == (409, "pair_not_open")
    by_hand = await town.propose("eva", "ben")
    assert (by_hand.status_code, by_hand.json()["code"]) == (409, "pair_not_open")
    for text in (barred.text, by_hand.text):
        assert "apart" not in text
        assert "barred" not in text
