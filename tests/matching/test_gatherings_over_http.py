from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.auth import Role
from shared.events.enrollment import (
    GovernanceRole,
    GovernanceRoleAssigned,
    PersonMoved,
    PersonRegistered,
)
from shared.events.vocabulary import Part
from tests.matching.asking import bar, by_pia, ids, seen
from tests.matching.cast import COHORT, FACILITATION, PROGRAM, enrollment, person
from tests.matching.test_bars_over_http import what_is_told
from tests.matching.town import THEN, Town, position, profile

pytestmark = pytest.mark.integration


async def moves(town: Town, part: Part, functions: dict[str, str]) -> None:
    facts = [
        (
            f"person-{person(name)}",
            PersonMoved(
                person_id=person(name), position=position(part, function=function), at=THEN
            ),
        )
        for name, function in functions.items()
    ]
    await town.tell("enrollment", facts)
    await town.world.settle()


async def test_a_group_takes_a_seat_for_each_and_gives_it_back(town: Town) -> None:
    await town.set_policy(seats_per_mentor_max=4, group_size_max=3)
    await town.join({"ana": 3}, ["ben", "cem", "dia", "eli"])
    path = f"/v1/cohorts/{COHORT}/groups"
    body = {"mentor": ids("ana")[0], "mentees": ids("ben", "cem")}
    formed = await by_pia(town, path, body)
    assert formed.status_code == 201, formed.text
    where = formed.json()["group_id"]
    assert (await town.roster("ana"))["taken"] == 2
    pairings = (await town.get("/v1/pairings", program_id=str(PROGRAM))).json()["items"]
    assert {each["format"] for each in pairings} == {"group"}
    joined = await by_pia(town, f"/v1/groups/{where}/members", {"mentee": ids("dia")[0]})
    assert (joined.status_code, len(joined.json()["members"])) == (200, 3)
    full = await by_pia(town, f"/v1/groups/{where}/members", {"mentee": ids("eli")[0]}, "again")
    assert (full.status_code, full.json()["code"]) == (409, "group_full")
    own = (await seen(town, "ben", path)).json()["items"]
    assert [each["group_id"] for each in own] == [where]
    assert (await seen(town, "eli", path)).json()["items"] == []
    declined = own[0]["members"][0]["pairing_id"]
    name = {str(enrollment(n)): n for n in ("ben", "cem", "dia")}[own[0]["members"][0]["mentee"]]
    await town.post(name, f"/v1/pairings/{declined}/decline")
    await town.world.settle()
    assert len((await town.get(f"/v1/groups/{where}")).json()["members"]) == 2
    assert (await town.roster("ana"))["taken"] == 2
    closed = await by_pia(town, f"/v1/groups/{where}/closure", None)
    assert closed.json()["open"] is False
    over = await by_pia(town, f"/v1/groups/{where}/members", {"mentee": ids("eli")[0]}, "late")
    assert over.json()["code"] == "group_over"


async def test_a_group_that_lacks_a_seat_is_not_formed_by_half(town: Town) -> None:
    await town.set_policy(seats_per_mentor_max=4)
    await town.join({"ana": 1}, ["ben", "cem"])
    body = {"mentor": ids("ana")[0], "mentees": ids("ben", "cem")}
    refused = await by_pia(town, f"/v1/cohorts/{COHORT}/groups", body)
    assert (refused.status_code, refused.json()["code"]) == (409, "mentor_at_capacity")
    assert (await town.roster("ana"))["taken"] == 0
    one = {"mentor": ids("ana")[0], "mentees": ids("ben")}
    alone = await by_pia(town, f"/v1/cohorts/{COHORT}/groups", one, "alone")
    assert (alone.status_code, alone.json()["code"]) == (422, "group_too_small")


async def test_a_circle_is_proposed_formed_joined_and_left_without_any_seat(town: Town) -> None:
    await town.set_policy(circle_size_min=3, circle_size_max=4)
    names = ["ben", "cem", "dia", "eli", "fay", "gus"]
    await town.join({"ana": 1}, names)
    await moves(town, Part.MENTEE, {"ben": "law", "cem": "law", "dia": "law"})
    path = f"/v1/cohorts/{COHORT}"
    proposed = await by_pia(town, f"{path}/circle-proposals", {"volunteers": ids(*names)})
    assert proposed.status_code == 200, proposed.text
    told = proposed.json()
    assert [len(circle) for circle in told["circles"]] == [3, 3]
    assert told["left_over"] == []
    assert "dealt" in told["rule"]
    members = [each["enrollment_id"] for each in told["circles"][0]]
    formed = await by_pia(town, f"{path}/circles", {"members": members})
    assert formed.status_code == 201, formed.text
    where = formed.json()["circle_id"]
    dull = await by_pia(town, f"{path}/circles", {"members": ids("ben", "cem", "dia")}, "dull")
    assert (dull.status_code, dull.json()["code"]) == (409, "circle_of_one_function")
    fourth = next(each for each in ids(*names) if each not in members)
    joined = await by_pia(town, f"/v1/circles/{where}/members", {"enrollment_id": fourth})
    assert (joined.status_code, len(joined.json()["members"])) == (200, 4)
    fifth = next(each for each in ids(*names) if each not in (*members, fourth))
    full = await by_pia(town, f"/v1/circles/{where}/members", {"enrollment_id": fifth}, "more")
    assert full.json()["code"] == "circle_full"
    name = next(each for each in names if str(enrollment(each)) == members[0])
    async with town.client(person(name)) as client:
        assert (await client.get(f"/v1/circles/{where}")).status_code == 200
        left = await client.delete(f"/v1/circles/{where}/members/{members[0]}")
        assert (left.status_code, len(left.json()["members"])) == (200, 3)
        assert (await client.get(f"/v1/circles/{where}")).status_code == 404
    for each in names:
        assert (await town.roster(each))["taken"] == 0
    done = await by_pia(town, f"/v1/circles/{where}/closure", None)
    assert done.json()["open"] is False


async def test_whom_a_bar_keeps_apart_are_in_no_circle_together(town: Town) -> None:
    await town.set_policy(circle_size_min=3, circle_size_max=4, circle_functions_min=1)
    names = ["ben", "cem", "dia", "eli", "fay", "gus"]
    await town.join({}, names)
    await bar(town, "ben", "cem")
    await town.world.settle()
    path = f"/v1/cohorts/{COHORT}"
    told = (await by_pia(town, f"{path}/circle-proposals", {"volunteers": ids(*names)})).json()
    for circle in told["circles"]:
        assert not set(ids("ben", "cem")) <= {each["enrollment_id"] for each in circle}
    refused = await by_pia(town, f"{path}/circles", {"members": ids("ben", "cem", "dia")})
    assert (refused.status_code, refused.json()["code"]) == (409, "pair_not_open")
    tongues = [
        replace(profile(person(name), Part.MENTEE), languages=(tongue,))
        for name, tongue in (("eli", "fi"), ("fay", "pt"))
    ]
    await town.tell("enrollment", [(f"profile-{fact.person_id}", fact) for fact in tongues])
    await town.world.settle()
    silent = await by_pia(town, f"{path}/circles", {"members": ids("eli", "fay", "dia")}, "silent")
    assert what_is_told(silent) == what_is_told(refused), "a bar is one cause of several"


async def test_lots_are_drawn_among_those_who_asked_and_can_be_drawn_again(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem", "dia"])
    for name in ("ana", "ben", "cem"):
        async with town.client(person(name)) as client:
            put = await client.put(f"/v1/rosters/{enrollment(name)}/roulette")
            assert put.json()["playing"] is True
    path = f"/v1/cohorts/{COHORT}/roulette-draws"
    drawn = await by_pia(town, path, None)
    assert drawn.status_code == 201, drawn.text
    (pair,) = drawn.json()["pairs"]
    assert (pair["mentor"], pair["mentee"] in ids("ben", "cem")) == (ids("ana")[0], True)
    pairing = (await town.get(f"/v1/pairings/{pair['pairing_id']}")).json()
    assert (pairing["state"], pairing["format"]) == ("proposed", "roulette")
    (kept,) = (await town.get(path)).json()["items"]
    assert (kept["seed"], kept["pairs"]) == (drawn.json()["seed"], drawn.json()["pairs"])
    nobody = await by_pia(town, path, None, "again")
    assert (nobody.status_code, nobody.json()["code"]) == (409, "nobody_to_draw")


async def governs(town: Town, names: Sequence[str]) -> None:
    facts: list[tuple[str, Any]] = []
    for name in names:
        who = person(name)
        known = PersonRegistered(person_id=who, position=position(Part.MENTOR), at=THEN)
        role = GovernanceRoleAssigned(
            program_id=PROGRAM,
            person_id=who,
            role=GovernanceRole.SPONSOR,
            function="board",
            decision_rights=(),
            at=THEN,
        )
        facts += [(f"person-{who}", known), (f"program-{PROGRAM}", role)]
    await town.tell("enrollment", facts)
    await town.world.settle()


async def test_a_sponsor_backs_a_mentee_apart_from_the_mentor(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    await governs(town, ["sam"])
    path = f"/v1/rosters/{enrollment('ben')}/sponsors"
    nobody = await by_pia(town, path, {"sponsor": str(person("ana"))}, "ana")
    assert (nobody.status_code, nobody.json()["code"]) == (409, "not_a_sponsor")
    linked = await by_pia(town, path, {"sponsor": str(person("sam"))})
    assert (linked.status_code, linked.json()["sponsors"]) == (201, [str(person("sam"))])
    mine = (await seen(town, "sam", f"/v1/people/{person('sam')}/sponsorships")).json()["items"]
    assert [each["enrollment_id"] for each in mine] == ids("ben")
    assert (await seen(town, "cem", path)).status_code == 404
    introductions = f"/v1/rosters/{enrollment('ben')}/introductions"
    async with town.client(person("sam")) as sam:
        key = {"Idempotency-Key": "introduce"}
        body = {"community": "facilitators", "competency_id": str(FACILITATION)}
        told = await sam.post(introductions, json=body, headers=key)
        assert told.status_code == 201, told.text
        none = await sam.post(introductions, json={}, headers={"Idempotency-Key": "none"})
        assert none.json()["code"] == "introduction_needs_one_target"
    (known,) = (await seen(town, "ben", introductions)).json()["items"]
    assert (known["community"], known["introduced_by"]) == ("facilitators", str(person("sam")))
    async with town.client(person("cem")) as cem:
        key = {"Idempotency-Key": "spy"}
        spied = await cem.post(introductions, json={"community": "x"}, headers=key)
    assert spied.status_code == 404
    async with town.pia() as pia:
        gone = await pia.delete(f"{path}/{person('sam')}")
    assert gone.json()["sponsors"] == []
    async with town.client(person("auditor"), Role.AUDITOR) as auditor:
        assert (await auditor.get(path)).status_code == 200


async def test_coaching_led_by_a_sponsor_is_asked_of_sponsors_only(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben"])
    await governs(town, ["ana"])
    async with town.client(person("ben")) as ben:
        path = f"/v1/rosters/{enrollment('ben')}/requests"
        refused = await ben.post(
            path,
            json={"choices": ids("eva"), "format": "sponsor_led"},
            headers={"Idempotency-Key": "eva"},
        )
        assert (refused.status_code, refused.json()["code"]) == (409, "hard_rule_broken")
        asked = await ben.post(
            path,
            json={"choices": ids("ana"), "format": "sponsor_led"},
            headers={"Idempotency-Key": "ana"},
        )
        assert asked.status_code == 201, asked.text
    yes = await town.post("ana", f"/v1/requests/{asked.json()['request_id']}/acceptance")
    pairing = (await town.get(f"/v1/pairings/{yes.json()['pairing_id']}")).json()
    assert pairing["format"] == "sponsor_led"
