"""How many circles somebody is in: counted where it cannot be overtaken, and freed in every way."""

import asyncio
from typing import Any

import httpx
import pytest

from shared.events.enrollment import ParticipantWithdrew
from shared.events.vocabulary import Part
from tests.matching.asking import by_pia, ids
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town

pytestmark = pytest.mark.integration
CIRCLES = f"/v1/cohorts/{COHORT}/circles"
SIZES: dict[str, Any] = {"circle_size_min": 3, "circle_functions_min": 1}
READERS, WRITERS, SPARE = ("ben", "cem", "dia"), ("eli", "fay", "gus"), ("hal", "ida", "jon")


async def formed(town: Town, *names: str) -> str:
    answer = await by_pia(town, CIRCLES, {"members": ids(*names)}, "-".join(names))
    assert answer.status_code == 201, answer.text
    where: str = answer.json()["circle_id"]
    return where


async def joins(town: Town, name: str, where: str, key: str = "once") -> httpx.Response:
    body = {"enrollment_id": str(enrollment(name))}
    return await by_pia(town, f"/v1/circles/{where}/members", body, f"{key}-{name}-{where}")


async def carried(town: Town, name: str) -> int:
    async with town.client(person(name)) as client:
        load = await client.get(f"/v1/people/{person(name)}/load")
    circles: int = load.json()["circles"]
    return circles


async def test_of_two_joins_at_once_one_wins(town: Town) -> None:
    assert (await town.set_policy(**SIZES)).json()["circles_max"] == 1
    await town.join({}, [*READERS, *WRITERS, *SPARE])
    first, second = await formed(town, *READERS), await formed(town, *WRITERS)
    asked = [joins(town, name, where) for name in SPARE for where in (first, second)]
    answers = await asyncio.gather(*asked)
    for place, name in enumerate(SPARE):
        both = answers[2 * place : 2 * place + 2]
        assert sorted(each.status_code for each in both) == [200, 409], name
        refused = next(each.json() for each in both if each.status_code == 409)
        assert refused["code"] == "in_enough_circles"
        assert str(person(name)) in refused["detail"]
        assert await carried(town, name) == 1


async def test_a_circle_with_somebody_in_enough_of_them_is_not_formed_by_half(town: Town) -> None:
    await town.set_policy(**SIZES)
    await town.join({}, [*READERS, *SPARE])
    await formed(town, *READERS)
    refused = await by_pia(town, CIRCLES, {"members": ids("ben", "hal", "ida")}, "again")
    assert (refused.status_code, refused.json()["code"]) == (409, "in_enough_circles")
    await formed(town, *SPARE)
    assert [await carried(town, name) for name in ("ben", "hal")] == [1, 1]


async def test_a_program_may_allow_more_circles_or_any_number(town: Town) -> None:
    await town.set_policy(**SIZES, circles_max=2)
    await town.join({}, [*READERS, "eli", "fay"])
    where = [await formed(town, *READERS), await formed(town, "ben", "eli", "fay")]
    third = {"members": ids("ben", "cem", "fay")}
    assert (await by_pia(town, CIRCLES, third, "third")).json()["code"] == "in_enough_circles"
    await town.set_policy(**SIZES, circles_max=None, reason="As many as they like.")
    assert (await by_pia(town, CIRCLES, third, "now")).status_code == 201
    assert await carried(town, "ben") == 3
    assert len(set(where)) == 2


async def test_a_place_in_a_circle_is_free_again_in_whatever_way_it_was_left(town: Town) -> None:
    await town.set_policy(**SIZES)
    await town.join({}, [*READERS, *WRITERS, *SPARE])
    first, second = await formed(town, *READERS), await formed(town, *WRITERS)
    third = await formed(town, *SPARE)
    for name in ("ben", "cem"):  # with the second of three the last is alone
        async with town.client(person(name)) as client:
            left = await client.delete(f"/v1/circles/{first}/members/{enrollment(name)}")
        assert left.status_code == 200
    closed = await by_pia(town, f"/v1/circles/{second}/closure", None)
    assert closed.json()["open"] is False
    gone = ParticipantWithdrew(
        enrollment_id=enrollment("hal"),
        program_id=PROGRAM,
        cohort_id=COHORT,
        person_id=person("hal"),
        part=Part.MENTEE,
        reason="own_wish",
        at=THEN,
    )
    await town.tell("enrollment", [(f"enrollment-{enrollment('hal')}", gone)])
    await town.world.settle()
    free = [*READERS, *WRITERS, "hal"]
    assert {name: await carried(town, name) for name in free} == dict.fromkeys(free, 0)
    assert (await joins(town, "dia", third)).status_code == 200
    again = await joins(town, "dia", third, "twice")
    assert (again.status_code, await carried(town, "dia")) == (200, 1)
