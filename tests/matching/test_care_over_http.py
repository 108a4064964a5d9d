from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest

from services.matching.domain.waiting import line
from shared import clock
from shared.events.enrollment import (
    PersonLeft,
)
from shared.events.matching import (
    MatchingRunCancelled,
    MatchingRunPublished,
    MatchingRunRequested,
    PublicationCompleted,
    SeatOffered,
)
from tests.matching.cast import COHORT, PROGRAM, RUN, enrollment, person
from tests.matching.town import THEN, Town, capacity
from tests.matching.voices import (
    as_pia,
    governed,
    notices_of,
    pairings_of,
    roster_events,
    waitlisted,
)

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)


async def test_a_freed_seat_is_offered_to_the_first_in_line_and_falls_through(town: Town) -> None:
    await town.set_policy(request_days=3)
    await town.join({"ana": 1}, ["ben", "cem", "dia"])
    where = await town.paired("ana", "ben")
    for name in ("cem", "dia"):
        proposed = await town.propose("ana", name)
        assert proposed.json()["code"] == "mentor_at_capacity"
    run = await waitlisted(town)
    waiting = (await town.get(f"/v1/cohorts/{COHORT}/waiting-list")).json()["items"]
    first, second = (place["enrollment_id"] for place in waiting)
    assert waiting[0]["expected_wait"]["days"] is None
    assert run
    await town.post("ben", f"/v1/pairings/{where}/end", {"reason": "no_time"})
    await town.world.settle()
    (offer,) = [each for each in await pairings_of(town, "ana") if each["state"] == "proposed"]
    assert (offer["mentee"], offer["offered"]) == (first, True)
    name = "cem" if first == str(enrollment("cem")) else "dia"
    assert "seat_offered" in await notices_of(town, name)
    await town.post(name, f"/v1/pairings/{offer['pairing_id']}/decline")
    await town.world.settle()
    (next_offer,) = [each for each in await pairings_of(town, "ana") if each["state"] == "proposed"]
    assert next_offer["mentee"] == second
    await town.world.pass_time(timedelta(days=3, minutes=1))
    ana = await town.roster("ana")
    assert (ana["taken"], ana["seats"]) == (0, 1), "nobody is left to whom it was not offered"
    told = await roster_events(town)
    offers = [place for place, event in enumerate(told) if isinstance(event, SeatOffered)]
    assert len(offers) == 2
    for place in offers:
        offered = told[place]
        assert line(told[:place])[offered.position - 1] == offered.enrollment_id


async def test_who_is_left_is_told_at_once_and_step_by_step_until_somebody_is_found(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 1, "eva": 1}, ["ben"])
    await town.paired("ana", "ben")
    left = PersonLeft(person_id=person("ana"), at=THEN)
    await town.tell("enrollment", [(f"person-{person('ana')}", left)])
    await town.world.settle()
    ben = await town.roster("ben")
    assert (ben["taken"], ben["waiting"]["priority"]) == (0, True)
    assert (await notices_of(town, "ben"))[0] == "partner_left"
    await town.world.pass_time(timedelta(days=1, minutes=1))
    assert (await notices_of(town, "ben"))[0] == "still_looking"
    await town.world.pass_time(timedelta(days=2, minutes=1))
    (offer,) = [each for each in await pairings_of(town, "ben") if each["state"] == "proposed"]
    assert offer["mentor"] == str(enrollment("eva"))
    await town.world.pass_time(timedelta(days=8))
    ben = await town.roster("ben")
    assert ben["taken"] == 0
    assert ben["waiting"]["priority"] is False, "who does not answer an offer loses priority"


async def test_an_appeal_is_decided_by_somebody_who_was_not_involved(town: Town) -> None:
    await town.set_policy(appeal_days=4)
    await governed(town, "sam")
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    own = {
        "enrollment_id": str(enrollment("ben")),
        "subject": "ended",
        "about": where,
        "ground": "not_heard",
        "text": "Nobody asked me.",
    }
    key = {"Idempotency-Key": "appeal"}
    await as_pia(town, f"/v1/pairings/{where}/end", {"reason": "not_a_fit"})
    async with town.client(person("ben")) as ben:
        filed = await ben.post("/v1/appeals", json=own, headers=key)
    assert filed.status_code == 201, filed.text
    path = f"/v1/appeals/{filed.json()['appeal_id']}"
    decision = {"outcome": "upheld_priority", "text": "You should have been heard."}
    refused = await as_pia(town, f"{path}/decision", decision)
    assert (refused.status_code, refused.json()["code"]) == (409, "decider_involved")
    await town.world.pass_time(timedelta(days=4, minutes=1))
    attention = (await town.get(f"/v1/programs/{PROGRAM}/matching-attention")).json()
    assert attention["overdue_appeals"] == 1
    decided = await town.post("sam", f"{path}/decision", decision)
    assert (decided.status_code, decided.json()["state"]) == (200, "decided"), decided.text
    async with town.client(person("ben")) as ben:
        told = (await ben.get(path)).json()
    assert (told["outcome"], told["decision_text"]) == (
        "upheld_priority",
        "You should have been heard.",
    )
    assert (await town.roster("ben"))["waiting"]["priority"] is True
    seen = (await town.get(path)).json()
    assert (seen["text"], seen["may_decide"]) == (None, False)


async def test_an_upheld_appeal_can_ask_for_a_new_run(town: Town) -> None:
    await town.set_policy()
    await governed(town, "sam")
    await town.join({"ana": 1}, ["ben"])
    where = (await town.propose("ana", "ben")).json()["pairing_id"]
    await town.post("ana", f"/v1/pairings/{where}/decline")
    body = {
        "enrollment_id": str(enrollment("ben")),
        "subject": "declined",
        "about": where,
        "ground": "unequal_treatment",
    }
    async with town.client(person("ben")) as ben:
        filed = await ben.post("/v1/appeals", json=body, headers={"Idempotency-Key": "a"})
    async with town.client(person("ana")) as ana:
        mine = {**body, "enrollment_id": str(enrollment("ana"))}
        nothing = await ana.post("/v1/appeals", json=mine, headers={"Idempotency-Key": "b"})
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_to_contest")
    path = f"/v1/appeals/{filed.json()['appeal_id']}/decision"
    await town.post("sam", path, {"outcome": "upheld_re_run"})
    attention = (await town.get(f"/v1/programs/{PROGRAM}/matching-attention")).json()
    (wanted,) = attention["re_runs"]
    assert (wanted["cohort_id"], wanted["appeals"]) == (
        str(COHORT),
        [filed.json()["appeal_id"]],
    )


async def test_who_is_away_is_proposed_to_nobody_and_back_by_themselves(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2}, ["ben", "cem"])
    path = f"/v1/rosters/{enrollment('ana')}"
    until = (clock.now() + 3 * DAY).isoformat()
    paused = await town.post("ana", f"{path}/pause", {"until": until})
    assert paused.json()["paused"] is True
    refused = await town.propose("ana", "ben")
    assert (refused.status_code, refused.json()["code"]) == (409, "participant_on_pause")
    strange = await town.post("ben", f"{path}/resumption")
    assert strange.status_code == 404
    await town.world.pass_time(timedelta(days=3, minutes=1))
    assert (await town.roster("ana"))["paused"] is False
    for name in ("ben", "cem"):
        assert (await town.propose("ana", name, key="later")).status_code == 201
    async with town.client(person("ana")) as ana:
        fewer = (await ana.put(f"{path}/seats", json={"seats": 1})).json()
    assert (fewer["seats"], fewer["over"], fewer["what_happens"]) == (
        2,
        1,
        "sinks_as_pairings_end",
    )


async def test_who_declares_less_than_they_carry_gets_nobody_and_the_manager_is_told(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 3}, ["ben", "cem", "dia"])
    for name in ("ben", "cem"):
        await town.propose("ana", name)
    await town.tell("enrollment", [(f"profile-{person('ana')}", capacity("ana", 1))])
    await town.world.settle()
    told = (await town.get(f"/v1/programs/{PROGRAM}/overloaded-mentors")).json()["items"]
    assert [(each["person_id"], each["seats"], each["seats_taken"]) for each in told] == [
        (str(person("ana")), 1, 2)
    ]
    ana = await town.roster("ana")
    assert (ana["seats"], ana["declared"], ana["over"]) == (2, 1, 1)
    refused = await town.propose("ana", "dia")
    assert refused.json()["code"] == "mentor_at_capacity"


async def test_while_a_run_is_published_nothing_is_offered_but_right_after_it(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    where = await town.paired("ana", "ben")
    await waitlisted(town)
    async with publishing(town):
        await town.post("ben", f"/v1/pairings/{where}/end", {"reason": "no_time"})
        await town.world.settle()
        assert not await pairings_of(town, "cem"), "nobody is told before the others"
    assert [each["offered"] for each in await pairings_of(town, "cem")] == [True]


async def test_mentors_who_come_while_a_run_is_published_are_offered_right_after_it(
    town: Town,
) -> None:
    await town.set_policy()
    await town.join({"ana": 1}, ["ben", "cem"])
    paused = await town.post("ana", f"/v1/rosters/{enrollment('ana')}/pause", {})
    assert paused.status_code == 200, paused.text
    await town.join({"fay": 0}, [])  # somebody for a run to look at
    await waitlisted(town)
    async with publishing(town):
        resumed = await town.post("ana", f"/v1/rosters/{enrollment('ana')}/resumption")
        assert resumed.status_code == 200
        await town.join({"eva": 1}, [])
    mentors = [each["mentor"] for n in ("ben", "cem") for each in await pairings_of(town, n)]
    assert sorted(mentors) == sorted(str(enrollment(name)) for name in ("ana", "eva"))


@asynccontextmanager
async def publishing(town: Town) -> AsyncIterator[None]:
    """Within the block a run is being published; afterwards everybody in it has been told."""
    ids: dict[str, Any] = {"run_id": RUN, "program_id": PROGRAM, "cohort_id": COHORT}
    asked = MatchingRunRequested(
        **ids, policy_version=1, requested_by=person("pia"), at=clock.now()
    )
    cancelled = MatchingRunCancelled(
        **ids, cancelled_by=person("pia"), reason="no timer of it is due", at=clock.now()
    )
    begun = MatchingRunPublished(
        **ids, published_by=person("pia"), at=clock.now(), completion_follows=True
    )
    await town.tell("matching", [(f"run-{RUN}", each) for each in (asked, cancelled, begun)])
    yield
    told = PublicationCompleted(**ids, proposed=0, waitlisted=1, left_out=(), at=clock.now())
    await town.tell("matching", [(f"run-{RUN}", told)])
    await town.world.settle()
