"""Private bars: honoured by runs and proposals, and seen by nobody but who declared them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.auth import Role
from shared.events.enrollment import AccommodationDeclared
from shared.events.vocabulary import Period
from shared.http import error_handlers
from shared.ids import new_id
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town
from tests.world import TENANT

pytestmark = pytest.mark.integration

BARRED = f"/v1/programs/{PROGRAM}/barred-pairs"
EVERY_ROLE = tuple(Role)


def bars_of(name: str) -> str:
    return f"/v1/people/{person(name)}/bars"


async def declare(town: Town, name: str, **target: str) -> httpx.Response:
    async with town.client(person(name)) as client:
        return await client.post(
            bars_of(name), json=target, headers={"Idempotency-Key": str(new_id())}
        )


async def asked_run(town: Town) -> dict[str, Any]:
    """A run's pairs."""
    async with town.pia() as pia:
        pairs = await pia.get(f"{await drafted(town)}/pairs")
    return {pair["mentee"]: pair["mentor"] for pair in pairs.json()["items"]}


async def drafted(town: Town) -> str:
    """Where a run is, once it has been worked out."""
    body = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
    async with town.pia() as pia:
        asked = await pia.post(
            "/v1/matching-runs", json=body, headers={"Idempotency-Key": str(new_id())}
        )
        assert asked.status_code == 202, asked.text
        await town.world.settle()
        operation = (await pia.get(asked.headers["location"])).json()
    return f"/v1/matching-runs/{operation['operation_id']}"


def what_is_told(answer: httpx.Response) -> dict[str, Any]:
    """A problem without what differs in every answer."""
    problem = answer.json()
    return {name: problem[name] for name in problem if name not in ("instance", "trace_id")}


async def test_a_bar_is_declared_read_and_taken_back_by_oneself_alone(town: Town) -> None:
    await town.join({"ana": 1}, ["ben"])
    made = await declare(town, "ben", against=str(person("ana")))
    assert made.status_code == 201, made.text
    assert "against" not in made.json(), "answers are kept for who asks again"
    team = await declare(town, "ben", function="law")
    assert team.status_code == 201, team.text
    await town.world.settle()
    async with town.client(person("ben")) as ben:
        listed = (await ben.get(bars_of("ben"))).json()["items"]
        assert {(bar["against"], bar["function"]) for bar in listed} == {
            (str(person("ana")), None),
            (None, "law"),
        }
        gone = await ben.delete(f"{bars_of('ben')}/{made.json()['bar_id']}")
        assert (gone.status_code, gone.json()["bars"]) == (200, 1), gone.text
        again = await ben.delete(f"{bars_of('ben')}/{made.json()['bar_id']}")
        assert (again.status_code, again.json()["code"]) == (404, "bar_unknown")
    for who in (person("ana"), person("pia"), new_id()):
        async with town.client(who, *EVERY_ROLE) as other:
            hidden = await other.get(bars_of("ben"))
            none = await other.get(f"/v1/people/{new_id()}/bars")
            happened = await other.get(f"/v1/ops/streams/bar-{person('ben')}")
        assert hidden.status_code == 404
        assert what_is_told(hidden) == what_is_told(none), "not even whether there is one"
        assert happened.json()["items"] == [], "not even that something happened"


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({}, "bar_needs_one_target"),
        ({"against": str(person("ana")), "function": "law"}, "bar_needs_one_target"),
        ({"against": str(person("ben"))}, "bar_against_yourself"),
        ({"against": str(person("nobody"))}, "target_unknown"),
        ({"function": "astrology"}, "target_unknown"),
    ],
)
async def test_a_bar_that_cannot_be_is_refused(
    town: Town, target: dict[str, str], code: str
) -> None:
    await town.join({"ana": 1}, ["ben"])
    answer = await declare(town, "ben", **target)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_run_keeps_to_a_bar(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2, "eva": 2}, ["ben"])
    free = await asked_run(town)
    (mentor,) = free.values()
    names = {str(enrollment(name)): name for name in ("ana", "eva")}
    chosen = names[mentor]
    other = next(name for name in ("ana", "eva") if name != chosen)
    assert (await declare(town, "ben", against=str(person(chosen)))).status_code == 201
    assert await asked_run(town) == {str(enrollment("ben")): str(enrollment(other))}
    assert (await declare(town, other, against=str(person("ben")))).status_code == 201
    assert await asked_run(town) == {}, "a mentor's bar holds as well"


async def test_a_bar_that_comes_after_the_draft_is_kept_when_it_is_published(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    where = await drafted(town)
    assert (await declare(town, "ben", against=str(person("ana")))).status_code == 201
    await town.world.settle()
    async with town.pia() as pia:
        published = await pia.post(f"{where}/publication", json={"accept_changes": True})
    assert (published.status_code, published.json()["proposed"]) == (207, 1), published.text
    (left,) = published.json()["not_proposed"]
    assert left["mentee"] == str(enrollment("ben"))
    assert "bar" not in str(left["problem"]).lower()
    async with town.client(person("ana")) as ana:
        shown = (await ana.get("/v1/pairings", params={"program_id": str(PROGRAM)})).text
    assert str(enrollment("ben")) not in shown


async def test_a_proposal_against_a_bar_is_refused_like_others_that_are_nobodys_business(
    town: Town,
) -> None:
    await town.set_policy(needs_supported=True)
    await town.join({"ana": 2, "eva": 2}, ["ben", "cem", "dia"])
    needs = AccommodationDeclared(
        person_id=person("cem"), remote_only=False, needs=("captions",), unavailable=(), at=THEN
    )
    cares = replace(needs, person_id=person("dia"), needs=(), unavailable=tuple(Period))
    await town.tell("enrollment", [(f"profile-{fact.person_id}", fact) for fact in (needs, cares)])
    assert (await declare(town, "ben", against=str(person("ana")))).status_code == 201
    await town.world.settle()
    barred = await town.propose("ana", "ben")
    in_need = await town.propose("ana", "cem")
    away = await town.propose("ana", "dia")
    assert (barred.status_code, barred.json()["code"]) == (409, "pair_not_open"), barred.text
    assert what_is_told(barred) == what_is_told(in_need) == what_is_told(away)
    told = barred.text.lower()
    assert not any(word in told for word in ("bar", "apart", "conflict", "private", "ben"))
    assert (await town.propose("eva", "ben")).status_code == 201


async def test_a_request_against_a_bar_is_refused_like_one_that_could_not_meet(town: Town) -> None:
    """The one who is barred must not learn it by asking."""
    await town.set_policy()
    await town.join({"ana": 3}, ["ben", "dia"])
    cares = AccommodationDeclared(
        person_id=person("dia"),
        remote_only=False,
        needs=(),
        unavailable=tuple(Period),
        at=THEN,
    )
    await town.tell("enrollment", [(f"profile-{person('dia')}", cares)])
    assert (await declare(town, "ben", against=str(person("ana")))).status_code == 201
    await town.world.settle()
    barred, cannot_meet = [await request(town, "ana", name) for name in ("ben", "dia")]
    assert (barred.status_code, barred.json()["code"]) == (409, "pair_not_open"), barred.text
    assert what_is_told(barred) == what_is_told(cannot_meet)
    own = await request(town, "ben", "ana")
    assert what_is_told(own) == what_is_told(barred)


async def request(town: Town, asker: str, asked: str) -> httpx.Response:
    async with town.client(person(asker)) as client:
        return await client.post(
            f"/v1/rosters/{enrollment(asker)}/requests",
            json={"choices": [str(enrollment(asked))]},
            headers={"Idempotency-Key": str(new_id())},
        )


async def test_who_tries_pairs_that_are_not_open_is_noted_and_not_which(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[dict[str, str]] = []
    told = SimpleNamespace(info=lambda _, **facts: noted.append(facts), warning=print)
    monkeypatch.setattr(error_handlers, "log", told)
    await town.set_policy()
    await town.join({"ana": 2}, ["ben"])
    assert (await declare(town, "ben", against=str(person("ana")))).status_code == 201
    await town.world.settle()
    assert (await town.propose("ana", "ben")).status_code == 409
    await request(town, "ana", "ben")
    code = {"code": "pair_not_open", "tenant": TENANT}
    actors = (str(person("pia")), str(person("ana")))
    assert noted == [{**code, "actor": actor} for actor in actors]


async def test_managers_keep_a_list_that_they_alone_read(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    people = [str(person("ben")), str(person("ana"))]
    body = {"people": people, "reason": "They were on two sides of a dispute."}
    async with town.pia() as pia:
        made = await pia.post(BARRED, json=body, headers={"Idempotency-Key": "bar-1"})
        assert made.status_code == 201, made.text
        await town.world.settle()
        (listed,) = (await pia.get(BARRED)).json()["items"]
        assert sorted(listed["people"]) == sorted(people)
        assert (listed["reason"], listed["barred_by"]) == (body["reason"], str(person("pia")))
        refused = await town.propose("ana", "ben")
        assert (refused.status_code, refused.json()["code"]) == (409, "pair_not_open")
        assert set(await asked_run(town)) == {str(enrollment("cem"))}
        released = await pia.post(
            f"{BARRED}/{listed['bar_id']}/release", json={"reason": "It is settled."}
        )
        assert (released.status_code, released.json()["barred"]) == (200, False), released.text
        await town.world.settle()
        assert (await pia.get(BARRED)).json()["items"] == []
        twice = await pia.post(
            f"{BARRED}/{listed['bar_id']}/release", json={"reason": "It is settled."}
        )
        assert (twice.status_code, twice.json()["code"]) == (404, "pair_not_barred")
    assert (await town.propose("ana", "ben", key="anew")).status_code == 201
    stored = await town.world.connections["matching"].fetch("SELECT record FROM log.events")
    assert not any(b"dispute" in row["record"] for row in stored), "reasons are sealed"
    for who in (person("ana"), person("ben")):
        async with town.client(who, *EVERY_ROLE) as other:
            assert (await other.get(BARRED)).status_code == 404
    async with town.client(person("ada"), Role.AUDITOR) as auditor:
        assert (await auditor.get(BARRED)).status_code == 403


@pytest.mark.parametrize(
    ("people", "code", "pointer"),
    [
        (["ana", "ana"], "pair_of_one_person", "/people/1"),
        (["ana", "nobody"], "target_unknown", "/people/1"),
    ],
)
async def test_a_list_names_two_people_who_are_known(
    town: Town, people: list[str], code: str, pointer: str
) -> None:
    await town.join({"ana": 2}, [])
    body = {"people": [str(person(name)) for name in people], "reason": "They asked for it."}
    async with town.pia() as pia:
        answer = await pia.post(BARRED, json=body, headers={"Idempotency-Key": "bar-2"})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code), answer.text
    assert problem["errors"][0]["pointer"] == pointer
