"""What managers, auditors and the person concerned are told, as the service tells it."""

import gzip
import json
from datetime import timedelta
from typing import Any

import pytest

from services.matching.verifier import verify
from shared.auth import Role
from shared.events.enrollment import PersonErased
from shared.ids import new_id
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.town import THEN, Town

pytestmark = pytest.mark.integration

MENTEES = ["ben", "cem", "dia", "eli"]


async def a_run(town: Town, **policy: object) -> str:
    """Ana has two seats, Eva one: one of four mentees goes without."""
    await town.set_policy(**policy)
    await town.join({"ana": 2, "eva": 1}, MENTEES)
    request = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
    async with town.pia() as pia:
        key = {"Idempotency-Key": str(new_id())}
        asked = await pia.post("/v1/matching-runs", json=request, headers=key)
        assert asked.status_code == 202, asked.text
        await town.world.settle()
        operation = (await pia.get(asked.headers["location"])).json()
    assert operation["status"] == "succeeded", operation
    return str(operation["operation_id"])


async def publish(town: Town, run_id: str) -> None:
    async with town.pia() as pia:
        published = await pia.post(f"/v1/matching-runs/{run_id}/publication")
        assert published.status_code == 207, published.text
    await town.world.settle()


async def told(town: Town, path: str, **params: str) -> dict[str, Any]:
    answer = await town.get(path, **params)
    assert answer.status_code == 200, answer.text
    reason: dict[str, Any] = answer.json()
    return reason


async def sides(town: Town, run_id: str) -> tuple[list[dict[str, Any]], str]:
    """The pairs, and who has none."""
    pairs = (await town.get(f"/v1/matching-runs/{run_id}/pairs")).json()["items"]
    left = (await town.get(f"/v1/matching-runs/{run_id}/unserved")).json()["items"]
    return pairs, left[0]["mentee"]


def name_of(mentee: str) -> str:
    return next(name for name in MENTEES if str(enrollment(name)) == mentee)


async def test_a_pair_is_explained_by_points_that_add_up_and_by_what_others_would_cost(
    town: Town,
) -> None:
    run_id = await a_run(town)
    pairs, _ = await sides(town, run_id)
    for pair in pairs:
        path = f"/v1/matching-runs/{run_id}/pairs/{pair['mentee']}/explanation"
        reason = await told(town, path)
        assert reason["mentor"] == pair["mentor"]
        assert sum(part["points"] for part in reason["components"]) == reason["score"]
        assert reason["score"] == pair["score"]
        assert (reason["mentors_open"], reason["mentees_open"]) == (2, 4)
        (other,) = reason["alternatives"]
        assert other["mentor"] != pair["mentor"]
        assert other["amount"]["points"] >= 0
        assert other["held_by"] is None, "so few that it is not told"
        assert "held by fewer than 3 people" in other["blocked_by"]
        assert reason["summary"].startswith(f"You fit together with {pair['score']} of 1000 points")


async def test_why_not_her_is_one_number_and_whoever_is_left_hears_who_is_before_them(
    town: Town,
) -> None:
    run_id = await a_run(town)
    pairs, left = await sides(town, run_id)
    path = f"/v1/matching-runs/{run_id}/why-not"
    pair = pairs[0]
    other = next(each["mentor"] for each in pairs if each["mentor"] != pair["mentor"])
    reason = await told(town, path, mentee=pair["mentee"], mentor=other)
    assert reason["kind"] == "worth_less"
    assert reason["summary"].startswith("The two of you could be paired. But every plan for")
    points = reason["amount"]["points"]
    assert (f"at least {points} point" if points else "as many points") in reason["summary"]
    reason = await told(town, path, mentee=left, mentor=other)
    assert (reason["kind"], reason["people_before"]) == ("outranked", 3)
    reason = await told(town, f"/v1/matching-runs/{run_id}/unserved/{left}/explanation")
    assert (reason["kind"], reason["mentors_open"], reason["people_before"]) == ("outranked", 2, 3)
    assert reason["seats_needed"] == 1
    assert reason["wait"]["position"] is None
    assert "Of 2 mentors, 2 are open to you. Their seats went to 3 people" in reason["summary"]
    await publish(town, run_id)
    reason = await told(town, f"/v1/matching-runs/{run_id}/unserved/{left}/explanation")
    assert (reason["wait"]["position"], reason["wait"]["expected_days"]) == (1, None)
    assert "not enough history" in reason["summary"]


async def test_a_person_is_told_of_their_own_once_the_run_is_published(town: Town) -> None:
    run_id = await a_run(town)
    pairs, left = await sides(town, run_id)
    mine, path = name_of(pairs[0]["mentee"]), f"/v1/matching-runs/{run_id}"
    async with town.client(person(mine), Role.MENTEE) as client:
        own = f"{path}/pairs/{pairs[0]['mentee']}/explanation"
        assert (await client.get(own)).status_code == 404  # a draft is told to nobody
        await publish(town, run_id)
        reason = (await client.get(own)).json()
        assert reason["score"] == pairs[0]["score"]
        assert [(each["mentor"], each["score"]) for each in reason["alternatives"]] == [
            (None, None)
        ]
        others = f"{path}/pairs/{pairs[1]['mentee']}/explanation"
        assert (await client.get(others)).status_code == 404
        asked = {"mentee": pairs[0]["mentee"], "mentor": pairs[1]["mentor"]}
        assert (await client.get(f"{path}/why-not", params=asked)).status_code == 200
        asked["mentee"] = left
        assert (await client.get(f"{path}/why-not", params=asked)).status_code == 404
        assert (await client.get(f"{path}/record")).status_code == 403
    async with town.client(person(name_of(left)), Role.MENTEE) as client:
        reason = (await client.get(f"{path}/unserved/{left}/explanation")).json()
        assert reason["wait"]["position"] == 1


async def test_an_auditor_takes_the_whole_record_away_and_a_manager_one_without_bars(
    town: Town,
) -> None:
    run_id = await a_run(town)
    path = f"/v1/matching-runs/{run_id}/record"
    async with town.pia() as pia:
        open_copy = await pia.get(path)
        again = await pia.get(path, headers={"If-None-Match": open_copy.headers["etag"]})
        assert again.status_code == 304
    assert "apart" not in open_copy.json()["input"]
    assert "tiers" not in open_copy.json()["result"]
    report = verify(open_copy.content)
    assert report.holds, report.findings
    assert not report.whole
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        assert (await auditor.get(path)).status_code == 404
        await publish(town, run_id)
        whole = await auditor.get(path)
    assert whole.headers["content-encoding"] == "gzip"
    report = verify(whole.content)
    assert report.holds, report.findings
    assert report.whole, report.unchecked
    run = (await town.get(f"/v1/matching-runs/{run_id}")).json()
    assert run["record_digest"] == report.record_sha256
    assert run["input_digest"] == whole.json()["input_sha256"]
    assert run["result_digest"] == whole.json()["result_sha256"]


async def test_a_record_says_openly_how_many_people_were_erased(town: Town) -> None:
    run_id = await a_run(town)
    await publish(town, run_id)
    gone = PersonErased(person_id=person("ben"), at=THEN + timedelta(days=1))
    await town.tell("enrollment", [(f"person-{person('ben')}", gone)])
    await town.world.settle()
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        record = (await auditor.get(f"/v1/matching-runs/{run_id}/record")).json()
    stubs = [who for who in record["input"]["mentees"] if who.get("erased")]
    assert stubs == [{"enrollment_id": str(enrollment("ben")), "erased": True, "free": 1}]
    connection = town.world.connections["matching"]
    kept = await connection.fetchval("SELECT document FROM log.records")
    assert str(person("ben")).encode() not in gzip.decompress(kept)
    report = verify(json.dumps(record).encode())
    assert report.holds, report.findings
    assert report.unchecked[0].startswith("not replayable: 1 people erased")


async def test_an_unknown_mentee_is_told_from_an_unserved_one(town: Town) -> None:
    run_id = await a_run(town)
    pairs, left = await sides(town, run_id)
    path = f"/v1/matching-runs/{run_id}"
    wrong = [
        (f"{path}/pairs/{left}/explanation", "mentee_unserved"),
        (f"{path}/unserved/{pairs[0]['mentee']}/explanation", "mentee_served"),
        (f"{path}/pairs/{new_id()}/explanation", "not_in_run"),
        (f"/v1/matching-runs/{new_id()}/pairs/{left}/explanation", "run_unknown"),
    ]
    for asked, code in wrong:
        answer = await town.get(asked)
        assert (answer.status_code, answer.json()["code"]) == (404, code)
