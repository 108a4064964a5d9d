"""Two who do not meet, over the real sessions, matching and metrics, from the first date on."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.metrics.main import SERVICE as METRICS
from services.sessions.main import SERVICE as SESSIONS
from shared import clock
from shared.auth import Role
from shared.events.enrollment import ProgramCreated
from shared.events.matching import SilenceBegun, SilenceStepTaken
from shared.events.sessions import CadenceMissed, SessionHeld
from shared.events.vocabulary import Part
from shared.ids import PairingId, SessionId, new_id
from shared.provisioning import Databases
from tests.matching import town as towns
from tests.matching.cast import PROGRAM, enrollment, person
from tests.matching.town import THEN, Town
from tests.matching.voices import notices_of, pairings_of, waitlisted

pytestmark = pytest.mark.integration
DAY = timedelta(days=1)
RHYTHM = timedelta(days=30, minutes=1)  # until sessions misses a meeting
PATIENCE = 4  # times as long as others wait until all is quiet: four services take their time
POLICY: dict[str, Any] = {
    "silence_warn_after": 1,
    "silence_offer_after_days": 10,
    "silence_end_after_days": 16,
}


@pytest.fixture
async def whole_town(
    databases: Databases,
    tmp_path: Path,
    solver: None,  # noqa: ARG001  # it is ready
) -> AsyncIterator[Town]:
    async with towns.running(databases, tmp_path, SESSIONS, METRICS) as here:
        created = ProgramCreated(program_id=PROGRAM, name="Across", at=THEN)
        await here.tell("enrollment", [(f"program-{PROGRAM}", created)])
        yield here


async def comes_to_rest(town: Town) -> None:
    for _ in range(PATIENCE - 1):
        try:
            await town.world.settle()
        except TimeoutError:
            continue
        return
    await town.world.settle()


async def passes(town: Town, by: timedelta) -> None:
    await comes_to_rest(town)
    clock.move_to(clock.now() + by)
    await comes_to_rest(town)


async def shown(town: Town, where: str) -> dict[str, Any]:
    pairing: dict[str, Any] = (await town.get(f"/v1/pairings/{where}")).json()
    return pairing


async def silent_pairs(town: Town) -> list[str]:
    found = await town.get("/v1/pairings", program_id=str(PROGRAM), silent="true")
    assert found.status_code == 200, found.text
    return [each["pairing_id"] for each in found.json()["items"]]


async def told(town: Town, kind: type[Any]) -> int:
    """How often something happened to a pairing."""
    rows = await town.world.connections["matching"].fetch(
        "SELECT id FROM log.events WHERE type = $1", kind.__name__
    )
    return len(rows)


async def meet(town: Town, name: str, where: str) -> None:
    async with town.world.client("sessions", person(name)) as client:
        path = f"/v1/journeys/{where}/sessions"
        key = {"Idempotency-Key": f"meet-{where}"}
        planned = await client.post(path, json={"starts_at": clock.now().isoformat()}, headers=key)
        assert planned.status_code == 201, planned.text
        session = planned.json()["session_id"]
        held = await client.post(f"{path}/{session}/holding", json={})
        assert held.status_code == 200, held.text


async def test_silence_leads_step_by_step_to_the_end_and_to_somebody_new(whole_town: Town) -> None:
    town = whole_town
    await town.set_policy(**POLICY)
    await town.join({"ana": 1}, ["ben", "cem"])
    where = await town.paired("ana", "ben")
    await waitlisted(town)  # Cem, for whom there is no seat
    await passes(town, RHYTHM)
    silence = (await shown(town, where))["silence"]
    assert (silence["step"], silence["misses"], silence["next_step"]) == ("warned", 1, "offered")
    since, next_at = (datetime.fromisoformat(silence[each]) for each in ("since", "next_at"))
    assert next_at - since == 10 * DAY
    assert await silent_pairs(town) == [where]
    for name in ("ana", "ben", "pia"):
        assert "gone_silent" in await notices_of(town, name), name
    attention = await town.get(f"/v1/programs/{PROGRAM}/matching-attention")
    assert attention.json()["silent_pairings"] == 1
    early = await town.post("ben", f"/v1/pairings/{where}/re-match")
    assert (early.status_code, early.json()["code"]) == (409, "re_match_not_offered")
    await passes(town, next_at - clock.now() + timedelta(minutes=1))
    silence = (await shown(town, where))["silence"]
    assert (silence["step"], silence["next_step"]) == ("offered", "ended")
    for name in ("ana", "ben", "pia"):
        assert (await notices_of(town, name))[0] == "re_match_offered", name
    await passes(town, 6 * DAY + timedelta(minutes=1))
    over = await shown(town, where)
    assert (over["end_reason"], over["closed_by"], over["silence"]) == ("silent", None, None)
    for name in ("ana", "ben", "pia"):
        assert "ended_in_silence" in await notices_of(town, name), name
    assert "new_partner_looked_for" in await notices_of(town, "ben")
    ben = await town.roster("ben")
    assert (ben["taken"], ben["seeking"], ben["waiting"]["priority"]) == (0, True, True)
    (offer,) = await pairings_of(town, "cem")
    assert (offer["mentor"], offer["offered"]) == (str(enrollment("ana")), True), "the freed seat"
    await elsewhere_it_is_over_too(town, where)
    await town.join({"eva": 1}, [])
    assert (await notices_of(town, "ben"))[0] == "seat_offered", "who has priority is first"


async def elsewhere_it_is_over_too(town: Town, where: str) -> None:
    """In sessions and in metrics."""
    async with town.world.client("sessions", person("ben")) as ben:
        journey = (await ben.get(f"/v1/journeys/{where}")).json()
    assert (journey["phase"], journey["end_reason"]) == ("ended", "silent")
    async with town.world.client("metrics", new_id(), Role.AUDITOR) as auditor:
        pairs = (
            await auditor.get(f"/v1/programs/{PROGRAM}/pairings", params={"state": "ended"})
        ).json()
    assert [(each["pairing_id"], each["end_reason"]) for each in pairs["items"]] == [
        (where, "silent")
    ]


async def test_a_session_ends_the_silence_and_nothing_follows(whole_town: Town) -> None:
    town = whole_town
    await town.set_policy(**POLICY)
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    await passes(town, RHYTHM)
    assert await silent_pairs(town) == [where]
    await meet(town, "ben", where)
    await passes(town, timedelta(minutes=1))
    met = await shown(town, where)
    assert met["silence"] is None
    assert met["last_met_at"] is not None
    assert (await notices_of(town, "ana"))[0] == "silence_over"
    await passes(town, 17 * DAY)
    assert (await shown(town, where))["state"] == "confirmed"
    assert await told(town, SilenceStepTaken) == 0


async def test_the_way_out_is_taken_without_fault(whole_town: Town) -> None:
    town = whole_town
    await town.set_policy(silence_warn_after=1, silence_offer_after_days=3)
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    await passes(town, RHYTHM)
    await passes(town, 3 * DAY + timedelta(minutes=1))
    offered = await shown(town, where)
    assert (offered["silence"]["step"], offered["silence"]["next_at"]) == ("offered", None)
    active = f"/v1/programs/{PROGRAM}/pair-tables/active"
    (row,) = (await town.get(active, silent="true")).json()["items"]
    assert (row["pairing_id"], row["silence_next_at"]) == (where, None)
    assert row["silent_since"] == offered["silence"]["since"]
    assert (await town.get(active, silent="false")).json()["items"] == []
    outsider = await town.post("cem", f"/v1/pairings/{where}/re-match")
    assert outsider.status_code == 404
    left = await town.post("ben", f"/v1/pairings/{where}/re-match")
    assert (left.status_code, left.json()["state"]) == (200, "ended"), left.text
    again = await town.post("ben", f"/v1/pairings/{where}/re-match")
    assert again.status_code == 200, "asked twice, it is done once"
    over = await shown(town, where)
    assert (over["end_reason"], over["closed_by"]) == ("silent", "mentee")
    ben, ana = await town.roster("ben"), await town.roster("ana")
    assert (ben["waiting"]["priority"], ben["taken"], ana["taken"]) == (True, 0, 0)


async def test_a_step_is_taken_once_and_on_time_after_a_restart(
    databases: Databases, tmp_path: Path
) -> None:
    async with towns.running(databases, tmp_path) as town:
        await town.set_policy(**POLICY)
        await town.join({"ana": 1}, ["ben"])
        where = await town.paired("ana", "ben")
        await miss(town, where)
        assert await told(town, SilenceBegun) == 1
    clock.move_to(clock.now() + 12 * DAY)  # nobody is there on the tenth
    async with towns.running(databases, tmp_path) as town:
        await passes(town, timedelta(minutes=1))
        silence = (await shown(town, where))["silence"]
        assert (silence["step"], silence["next_step"]) == ("offered", "ended")
        assert datetime.fromisoformat(silence["next_at"]) > clock.now() + 5 * DAY
        assert (await told(town, SilenceBegun), await told(town, SilenceStepTaken)) == (1, 1)


async def miss(town: Town, where: str) -> None:
    """Sessions tells that the two did not meet by now."""
    now = clock.now()
    missed = CadenceMissed(
        pairing_id=PairingId(UUID(where)), due_at=now, next_session_by=now + 30 * DAY, at=now
    )
    await town.tell("sessions", [(f"journey-{where}", missed)])
    await passes(town, timedelta(minutes=1))


async def hold(town: Town, where: str) -> None:
    """Sessions tells that they have met."""
    now = clock.now()
    held = SessionHeld(
        pairing_id=PairingId(UUID(where)),
        session_id=SessionId(new_id()),
        place=1,
        minutes=60,
        by=Part.MENTEE,
        next_session_by=now + 30 * DAY,
        at=now,
    )
    await town.tell("sessions", [(f"journey-{where}", held)])
    await passes(town, timedelta(minutes=1))


async def test_who_goes_on_a_break_is_not_silent_and_misses_nothing_while_away(town: Town) -> None:
    await town.set_policy(**POLICY)
    await town.join({"ana": 1}, ["ben"])
    where = await town.paired("ana", "ben")
    await miss(town, where)
    assert await silent_pairs(town) == [where]
    until = (clock.now() + 40 * DAY).isoformat()
    path = f"/v1/rosters/{enrollment('ana')}/pause"
    assert (await town.post("ana", path, {"until": until})).status_code == 200
    await passes(town, timedelta(minutes=1))
    assert await silent_pairs(town) == []
    await passes(town, 30 * DAY)
    await miss(town, where)
    assert await silent_pairs(town) == [], "one of the two is away"
    await passes(town, 20 * DAY)
    await miss(town, where)
    assert await silent_pairs(town) == [], "and was for a part of this time"
    await passes(town, 30 * DAY)
    await miss(town, where)
    assert await silent_pairs(town) == [where]
    assert (await town.post("ben", f"/v1/pairings/{where}/pause")).status_code == 200
    assert await silent_pairs(town) == []
    await miss(town, where)
    assert await silent_pairs(town) == [], "the pairing rests"


async def test_a_program_may_wait_for_more_misses_or_not_look_at_all(town: Town) -> None:
    await town.set_policy(**{**POLICY, "silence_warn_after": 2})
    await town.join({"ana": 1, "eva": 1}, ["ben", "cem"])
    where = await town.paired("ana", "ben")
    await miss(town, where)
    await hold(town, where)
    await miss(town, where)
    assert await silent_pairs(town) == []
    await miss(town, where)
    assert (await shown(town, where))["silence"]["misses"] == 2
    unwatched = await town.set_policy(silence_warn_after=None, reason="They meet elsewhere.")
    assert unwatched.json()["silence_warn_after"] is None, unwatched.text
    other = await town.paired("eva", "cem")
    await miss(town, other)
    assert await silent_pairs(town) == [where]
    reversed_ = await town.set_policy(silence_end_after_days=5)
    assert (reversed_.status_code, reversed_.json()["code"]) == (422, "silence_steps_reversed")
