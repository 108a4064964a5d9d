"""Bars are nobody else's business on the bus either, and end with the keys of who declared them."""

import json
from typing import get_args
from uuid import UUID

import pytest

from shared.auth import Role
from shared.events.enrollment import PersonErased, PersonRegistered
from shared.events.matching import BarEvent, BarredPairEvent
from shared.events.vocabulary import Part
from shared.ids import new_id
from shared.vault import destroy
from tests.matching.cast import PROGRAM, person
from tests.matching.overheard import on_the_bus, tells
from tests.matching.town import THEN, Town, position
from tests.world import TENANT

pytestmark = pytest.mark.integration

BARRED = f"/v1/programs/{PROGRAM}/barred-pairs"
FUNCTION = "oceanography"
TYPES = {kind.__name__ for union in (BarEvent, BarredPairEvent) for kind in get_args(union)}
_STORED = "SELECT stream, record FROM log.events WHERE type = ANY($1)"
_ANSWERS = "SELECT body FROM log.idempotency"
_PARK = """
INSERT INTO log.parked (tenant, consumer, source, slot, number, stream, type, cause, message,
                        headers)
SELECT $1, 'matching', 'matching', 0, number, stream, 'BarDeclared', 'a test', '', '{}'
FROM unnest(ARRAY[$2, $3]) WITH ORDINALITY AS parked (stream, number)
"""
_KEYS = """
SELECT purpose, wrapped_key FROM vault.subject_keys WHERE tenant = $1 AND subject = $2
"""


def bars_of(name: str) -> str:
    return f"/v1/people/{person(name)}/bars"


async def declare(town: Town, name: str, **target: str) -> str:
    """The id of the new bar."""
    async with town.client(person(name)) as client:
        made = await client.post(
            bars_of(name), json=target, headers={"Idempotency-Key": str(new_id())}
        )
    assert made.status_code == 201, made.text
    where: str = made.json()["bar_id"]
    return where


async def bar(town: Town, one: str, other: str) -> str:
    """The id of a pair that Pia puts on the list."""
    body = {"people": [str(person(one)), str(person(other))], "reason": "They asked for it."}
    async with town.pia() as pia:
        made = await pia.post(BARRED, json=body, headers={"Idempotency-Key": str(new_id())})
    assert made.status_code == 201, made.text
    where: str = made.json()["bar_id"]
    return where


async def test_no_event_tells_who_is_kept_from_whom(town: Town) -> None:
    await town.join({"ana": 2}, ["ben", "cem", "dia"])
    known = PersonRegistered(
        person_id=person("fay"), position=position(Part.MENTOR, function=FUNCTION), at=THEN
    )
    await town.tell("enrollment", [(f"person-{person('fay')}", known)])
    await town.world.settle()
    mine = await declare(town, "ben", against=str(person("ana")))
    await declare(town, "ben", function=FUNCTION)
    async with town.client(person("ben")) as ben:
        assert (await ben.delete(f"{bars_of('ben')}/{mine}")).status_code == 200
    listed = await bar(town, "cem", "dia")
    async with town.pia() as pia:
        gone = await pia.post(f"{BARRED}/{listed}/release", json={"reason": "It is settled."})
    assert gone.status_code == 200, gone.text
    await town.world.settle()

    rows = await town.world.connections["matching"].fetch(_STORED, list(TYPES))
    stored = [row["stream"].encode() + row["record"] for row in rows]
    heard = await on_the_bus(town, TYPES)
    assert {json.loads(row["record"])["type"] for row in rows} == TYPES
    assert len(heard) == len(stored) == 5
    for told in (*stored, *heard):
        assert not tells(told, person("ana"))
        assert FUNCTION.encode() not in told
        assert not (tells(told, person("cem")) and tells(told, person("dia")))
    second = max(person("cem"), person("dia"))
    assert not any(tells(told, second) for told in (*stored, *heard))
    assert any(tells(told, person("ben")) for told in stored), "ids are looked for as they are"
    answers = await town.world.connections["matching"].fetch(_ANSWERS)
    assert not any(FUNCTION.encode() in row["body"] for row in answers)


async def test_whose_bar_cannot_be_handled_is_not_shown_to_operators(town: Town) -> None:
    database = town.world.connections["matching"]
    await database.execute(_PARK, TENANT, f"bar-{person('ben')}", f"person-{person('ben')}")
    async with town.client(new_id(), Role.OPERATOR) as operator:
        parked = (await operator.get("/v1/ops/parked")).json()["items"]
    assert [each["stream"] for each in parked] == ["bar", f"person-{person('ben')}"]


async def test_the_same_wish_again_is_the_same_bar(town: Town) -> None:
    await town.join({"ana": 1}, ["ben"])
    one = await declare(town, "ben", against=str(person("ana")))
    assert await declare(town, "ben", against=str(person("ana"))) == one
    assert await declare(town, "ben", function="law") != one
    pair = await bar(town, "ana", "ben")
    assert await bar(town, "ben", "ana") == pair
    assert UUID(pair) != UUID(one)
    async with town.client(person("ben")) as ben, town.pia() as pia:
        assert len((await ben.get(bars_of("ben"))).json()["items"]) == 2
        assert len((await pia.get(BARRED)).json()["items"]) == 1


async def test_a_bar_binds_nobody_once_its_key_is_destroyed(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 3}, ["ben", "cem"])
    await declare(town, "ben", against=str(person("ana")))
    await bar(town, "cem", "ana")
    await town.world.settle()
    for name in ("ben", "cem"):
        assert (await town.propose("ana", name, key="before")).status_code == 409
    database = town.world.connections["matching"]
    for who in (person("ben"), min(person("ana"), person("cem"))):
        assert "bars" in await destroy(database, TENANT, str(who))
    async with town.client(person("ben")) as ben:
        assert (await ben.get(bars_of("ben"))).json()["items"] == []
    async with town.pia() as pia:
        assert (await pia.get(BARRED)).json()["items"] == []
    for name in ("ben", "cem"):
        answer = await town.propose("ana", name, key="after")
        assert answer.status_code == 201, answer.text


async def test_an_erased_person_leaves_no_bar_that_can_be_read(town: Town) -> None:
    await town.join({"ana": 1}, ["ben"])
    await declare(town, "ben", against=str(person("ana")))
    erased = PersonErased(person_id=person("ben"), at=THEN)
    await town.tell("enrollment", [(f"person-{person('ben')}", erased)])
    await town.world.settle()
    keys = await town.world.connections["matching"].fetch(_KEYS, TENANT, str(person("ben")))
    assert {row["purpose"]: row["wrapped_key"] for row in keys} == {"bars": None}
    async with town.client(person("ben")) as ben:
        assert (await ben.get(bars_of("ben"))).json()["items"] == []
        again = await ben.post(
            bars_of("ben"), json={"function": "law"}, headers={"Idempotency-Key": "again"}
        )
    assert (again.status_code, again.json()["code"]) == (409, "author_erased"), again.text
