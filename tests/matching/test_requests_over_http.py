from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.events.enrollment import ParticipantWithdrew, PersonMoved
from shared.events.vocabulary import Part
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town, position

pytestmark = pytest.mark.integration


async def ask(town: Town, asker: str, *asked: str, **more: object) -> httpx.Response:
    body = {"choices": [str(enrollment(name)) for name in asked], **more}
    key = f"{asker}-{'-'.join(asked)}-{len(more)}".replace(" ", "-")
    async with town.client(person(asker)) as client:
        return await client.post(
            f"/v1/rosters/{enrollment(asker)}/requests",
            json=body,
            headers={"Idempotency-Key": key},
        )


async def asked(town: Town, asker: str, *names: str, **more: object) -> str:
    answer = await ask(town, asker, *names, **more)
    assert answer.status_code == 201, answer.text
    where: str = answer.json()["request_id"]
    return where


async def look(town: Town, name: str, path: str, **params: str) -> Any:  # noqa: ANN401  # JSON
    async with town.client(person(name)) as client:
        answer = await client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def received(town: Town, name: str) -> list[dict[str, Any]]:
    shown = await look(town, name, f"/v1/rosters/{enrollment(name)}/received-requests")
    items: list[dict[str, Any]] = shown["items"]
    return items


async def test_a_mentor_s_yes_pairs_the_two_and_both_are_on_trial(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben"])
    where = await asked(town, "ben", "ana", message="I want to learn how to facilitate.")
    detail = await look(town, "ana", f"/v1/requests/{where}")
    assert detail["message"] == "I want to learn how to facilitate."
    yes = await town.post("ana", f"/v1/requests/{where}/acceptance")
    assert (yes.status_code, yes.json()["state"]) == (200, "accepted")
    pairing = (await town.get(f"/v1/pairings/{yes.json()['pairing_id']}")).json()
    assert (pairing["state"], pairing["format"]) == ("on_trial", "one_to_one")
    again = await town.post("ana", f"/v1/requests/{where}/acceptance")
    assert (again.status_code, again.json()) == (200, yes.json())
    assert (await town.roster("ben"))["taken"] == 1


async def test_a_request_goes_on_after_a_no_and_after_silence(town: Town) -> None:
    await town.set_policy(request_days=5)
    await town.join({"ana": 1, "eva": 1, "fay": 1}, ["ben"])
    where = await asked(town, "ben", "ana", "eva", "fay")
    assert (await received(town, "eva")) == []
    no = await town.post("ana", f"/v1/requests/{where}/decline")
    assert no.status_code == 200, no.text
    await town.world.settle()
    (at_eva,) = await received(town, "eva")
    assert at_eva["state"] == "asked"
    await town.world.pass_time(timedelta(days=5, minutes=1))
    (late,) = await received(town, "eva")
    assert (late["state"], late["reason"]) == ("passed", "expired")
    too_late = await town.post("eva", f"/v1/requests/{where}/acceptance")
    assert (too_late.status_code, too_late.json()["code"]) == (409, "request_expired")
    yes = await town.post("fay", f"/v1/requests/{where}/acceptance")
    assert yes.status_code == 200, yes.text
    shown = await look(town, "ben", f"/v1/requests/{where}")
    assert [each["state"] for each in shown["choices"]] == ["passed", "passed", "accepted"]
    assert [each["reason"] for each in shown["choices"]] == ["declined", "expired", None]


async def test_a_request_that_nobody_answers_is_over_in_the_end(town: Town) -> None:
    await town.set_policy(request_days=2)
    await town.join({"ana": 1, "eva": 1}, ["ben"])
    where = await asked(town, "ben", "ana", "eva")
    await town.world.pass_time(timedelta(days=2, minutes=1))
    await town.world.pass_time(timedelta(days=2, minutes=1))
    shown = await look(town, "ben", f"/v1/requests/{where}")
    assert (shown["state"], shown["reason"]) == ("closed", "nobody_left")


async def test_one_yes_ends_the_mentee_s_other_requests_and_says_why(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2, "eva": 1, "fay": 1}, ["ben", "cem"])
    first = await asked(town, "ben", "ana")
    second = await asked(town, "ben", "eva", "fay")
    from_fay = await asked(town, "fay", "ben", "cem")
    yes = await town.post("ana", f"/v1/requests/{first}/acceptance")
    assert yes.status_code == 200, yes.text
    (at_eva,) = await received(town, "eva")
    assert (at_eva["state"], at_eva["reason"]) == ("closed", "paired")
    notices = (await look(town, "eva", f"/v1/people/{person('eva')}/notices"))["items"]
    assert [(each["kind"], each["request_id"]) for each in notices] == [
        ("request_overtaken", second),
        ("request_received", second),
    ]
    no_more = await town.post("eva", f"/v1/requests/{second}/acceptance")
    assert (no_more.status_code, no_more.json()["code"]) == (409, "request_not_open")
    await town.world.settle()
    (at_ben,) = await received(town, "ben")
    assert (at_ben["state"], at_ben["reason"]) == ("passed", "paired")
    (at_cem,) = await received(town, "cem")
    assert (at_cem["request_id"], at_cem["state"]) == (from_fay, "asked")


async def test_a_mentor_may_ask_first(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    where = await asked(town, "ana", "ben", "cem")
    yes = await town.post("ben", f"/v1/requests/{where}/acceptance")
    assert yes.status_code == 200, yes.text
    pairing = (await town.get(f"/v1/pairings/{yes.json()['pairing_id']}")).json()
    assert (pairing["mentor"], pairing["mentee"]) == (
        str(enrollment("ana")),
        str(enrollment("ben")),
    )


async def test_when_a_mentor_s_last_seat_goes_requests_go_on(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem"])
    await asked(town, "ben", "ana")
    waiting = await asked(town, "cem", "ana", "eva")
    (_, at_ana) = await received(town, "ana")
    yes = await town.post("ana", f"/v1/requests/{at_ana['request_id']}/acceptance")
    assert yes.status_code == 200, yes.text
    await town.world.settle()
    gone = await town.post("ana", f"/v1/requests/{waiting}/acceptance")
    assert (gone.status_code, gone.json()["code"]) == (409, "mentor_at_capacity")
    (at_eva,) = await received(town, "eva")
    assert (at_eva["request_id"], at_eva["state"]) == (waiting, "asked")


async def test_limits_hold_for_who_asks_and_for_who_is_asked(town: Town) -> None:
    await town.set_policy(pending_requests_max=1, open_requests_max=1)
    await town.join({"ana": 2, "eva": 2}, ["ben", "cem"])
    where = await asked(town, "ben", "ana")
    more = await ask(town, "ben", "eva")
    assert (more.status_code, more.json()["code"]) == (409, "too_many_pending_requests")
    crowded = await ask(town, "cem", "ana")
    assert (crowded.status_code, crowded.json()["code"]) == (409, "asked_enough")
    back = await town.post("ben", f"/v1/requests/{where}/withdrawal")
    assert (back.status_code, back.json()["state"]) == (200, "closed")
    (at_ana,) = await received(town, "ana")
    assert (at_ana["state"], at_ana["reason"]) == ("closed", "withdrawn")
    assert (await ask(town, "ben", "eva", format="one_to_one")).status_code == 201
    assert (await ask(town, "cem", "ana", format="one_to_one")).status_code == 201


async def test_nobody_else_reads_or_answers_a_request(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem"])
    where = await asked(town, "ben", "ana", "eva", message="private")
    for name in ("cem", "eva"):
        async with town.client(person(name)) as client:
            assert (await client.get(f"/v1/requests/{where}")).status_code == 404
        assert (await town.post(name, f"/v1/requests/{where}/acceptance")).status_code == 404
        assert (await town.post(name, f"/v1/requests/{where}/withdrawal")).status_code == 404
    assert (await town.get(f"/v1/requests/{where}")).json()["message"] is None
    at_ana = await look(town, "ana", f"/v1/requests/{where}")
    assert [each["enrollment_id"] for each in at_ana["choices"]] == [str(enrollment("ana"))]
    foreign = await look(town, "ben", f"/v1/rosters/{enrollment('ben')}/requests")
    assert len(foreign["items"]) == 1
    async with town.client(person("cem")) as cem:
        spied = await cem.get(f"/v1/rosters/{enrollment('ben')}/requests")
    assert spied.status_code == 404


async def test_what_cannot_lead_to_a_pair_is_refused_by_name(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 0}, ["ben", "cem"])
    codes = {
        "": (await ask(town, "ben")).json()["code"],
        "self": (await ask(town, "ben", "cem")).json()["code"],
        "twice": (await ask(town, "ben", "ana", "ana")).json()["code"],
        "nobody": (await ask(town, "ben", "zoe")).json()["code"],
        "full": (await ask(town, "ben", "eva")).json()["code"],
        "group": (await ask(town, "ben", "ana", format="group")).json()["code"],
        "sponsor": (await ask(town, "ben", "ana", format="sponsor_led", message="x")).json(),
    }
    assert codes.pop("sponsor")["code"] == "hard_rule_broken"
    assert codes == {
        "": "nobody_chosen",
        "self": "not_a_mentor",
        "twice": "chosen_twice",
        "nobody": "roster_unknown",
        "full": "mentor_at_capacity",
        "group": "format_not_requested",
    }


async def test_who_leaves_is_asked_nothing_more(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem"])
    where = await asked(town, "ben", "ana", "eva")
    own = await asked(town, "cem", "eva")
    for name, part in (("ana", Part.MENTOR), ("cem", Part.MENTEE)):
        withdrew = ParticipantWithdrew(
            enrollment_id=enrollment(name),
            program_id=PROGRAM,
            cohort_id=COHORT,
            person_id=person(name),
            part=part,
            reason="own_wish",
            at=THEN,
        )
        await town.tell("enrollment", [(f"enrollment-{enrollment(name)}", withdrew)])
    await town.world.settle()
    turns = {each["request_id"]: each for each in await received(town, "eva")}
    assert turns[where]["state"] == "asked"
    assert (turns[own]["state"], turns[own]["reason"]) == ("closed", "left")


async def test_a_reverse_pair_is_led_by_the_junior(town: Town) -> None:
    await town.set_policy(levels=["junior", "senior"])
    await town.join({"ana": 1}, ["ben"])
    same = await ask(town, "ben", "ana", format="reverse")
    assert (same.status_code, same.json()["code"]) == (409, "hard_rule_broken")
    assert "level_gap" in same.json()["detail"]
    moved = PersonMoved(
        person_id=person("ana"), position=position(Part.MENTOR, level="junior"), at=THEN
    )
    await town.tell("enrollment", [(f"person-{person('ana')}", moved)])
    await town.world.settle()
    where = await asked(town, "ben", "ana", format="reverse", message="Teach me the new ways.")
    yes = await town.post("ana", f"/v1/requests/{where}/acceptance")
    assert yes.status_code == 200, yes.text
    pairing = (await town.get(f"/v1/pairings/{UUID(yes.json()['pairing_id'])}")).json()
    assert pairing["format"] == "reverse"


async def test_a_flash_pairing_ends_by_itself(town: Town) -> None:
    await town.set_policy(flash_days=3)
    await town.join({"ana": 1}, ["ben"])
    where = await asked(town, "ben", "ana", format="flash")
    yes = await town.post("ana", f"/v1/requests/{where}/acceptance")
    pairing_id = yes.json()["pairing_id"]
    assert (await town.get(f"/v1/pairings/{pairing_id}")).json()["state"] == "confirmed"
    await town.world.pass_time(timedelta(days=3, minutes=1))
    shown = (await town.get(f"/v1/pairings/{pairing_id}")).json()
    assert (shown["state"], shown["end_reason"]) == ("ended", "term_over")


async def test_where_a_manager_has_to_agree_the_pairing_waits_for_it(town: Town) -> None:
    await town.set_policy(approvals=["mentor", "mentee", "manager"])
    await town.join({"ana": 1}, ["ben"])
    where = await asked(town, "ben", "ana")
    yes = await town.post("ana", f"/v1/requests/{where}/acceptance")
    assert yes.status_code == 200, yes.text
    path = f"/v1/pairings/{yes.json()['pairing_id']}"
    assert (await town.get(path)).json()["state"] == "proposed"
    async with town.pia() as pia:
        agreed = await pia.post(f"{path}/approval")
    assert (agreed.status_code, agreed.json()["state"]) == (200, "on_trial")


async def test_a_manager_pairs_two_by_hand_in_another_format(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    body = {"mentor": str(enrollment("ana")), "mentee": str(enrollment("ben"))}
    async with town.pia() as pia:
        flash = await pia.post(
            "/v1/pairings", json={**body, "format": "flash"}, headers={"Idempotency-Key": "flash"}
        )
        group = await pia.post(
            "/v1/pairings", json={**body, "format": "group"}, headers={"Idempotency-Key": "group"}
        )
    assert flash.status_code == 201, flash.text
    assert group.status_code == 422
    shown = (await town.get(f"/v1/pairings/{flash.json()['pairing_id']}")).json()
    assert shown["format"] == "flash"


async def test_who_is_on_a_break_is_not_asked_and_nobody_reads_why(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben"])
    waiting = await asked(town, "ben", "eva", "ana")
    paused = await town.post("ana", f"/v1/rosters/{enrollment('ana')}/pause", {})
    assert paused.status_code == 200, paused.text
    refused = await ask(town, "ben", "ana")
    assert (refused.status_code, refused.json()["code"]) == (409, "pair_not_open")
    found = await look(town, "ben", f"/v1/rosters/{enrollment('ben')}/partners")
    assert [each["enrollment_id"] for each in found["items"]] == [str(enrollment("eva"))]
    await town.post("eva", f"/v1/requests/{waiting}/decline")
    await town.world.settle()
    shown = await look(town, "ben", f"/v1/requests/{waiting}")
    assert (shown["state"], shown["reason"]) == ("closed", "nobody_left")
    assert shown["choices"][1]["reason"] == "not_available"
