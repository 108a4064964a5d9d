from datetime import timedelta
from uuid import UUID

import pytest

from shared import clock
from shared.auth import Role
from tests.enrollment.office import Office, create, granted, refused, row, send, table
from tests.enrollment.spring import GOOD, POOR, enrolled_mentee, spring, step

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="session")]
NOBODY = UUID(int=7)


async def test_a_mentee_goes_from_application_to_enrollment(office: Office) -> None:
    story = await spring(office)
    told = await story.apply(
        story.ana, "mentee", challenges="I lead for the first time.", motivation="To grow."
    )
    enrollment = told["enrollment_id"]
    assert (told["stage"], told["missing"][0]) == ("submitted", "decision")
    seen = granted(await story.manager.get(f"/v1/enrollments/{enrollment}"))
    assert seen["challenges"] == "I lead for the first time."
    assert seen["eligibility"]["results"][0]["passed"] is True
    assessed = granted(await story.decide(enrollment, "assessment", {"scores": GOOD}))
    assert assessed["stage"] == "admitted"
    await step(story.ana, enrollment, "agreement", version=1)
    await step(story.ana, enrollment, "opt-in")
    last = await step(story.ana, enrollment, "baseline", confidence=40, cross_functional_contacts=2)
    assert last["stage"] == "enrolled"
    view = granted(await story.ana.get(f"/v1/enrollments/{enrollment}"))
    assert view["assessment"]["total"] == 60
    assert view["baseline"]["confidence"] == 40


async def test_a_mentor_goes_from_application_to_enrollment(office: Office) -> None:
    story = await spring(office)
    enrollment = (await story.apply(story.ben, "mentor"))["enrollment_id"]
    early = await story.ben.post(f"/v1/enrollments/{enrollment}/opt-in")
    refused(early, 409, "capacity_not_declared")
    capacity = {"seats": 2, "hours_per_month": 6}
    granted(await story.ben.put(f"/v1/people/{story.ben_id}/capacity", json=capacity))
    granted(await story.decide(enrollment, "approval", {"reason": "listens"}))
    await step(story.ben, enrollment, "opt-in")
    await step(story.ben, enrollment, "agreement", version=1)
    told = await step(story.ben, enrollment, "training", module="coaching")
    assert told["stage"] == "enrolled"
    view = granted(await story.manager.get(f"/v1/enrollments/{enrollment}"))
    assert view["decision"]["decided_by"] == story.manager_id
    assert view["decision"]["reason"] == "listens"
    listed = granted(await story.manager.get("/v1/enrollments"))["items"]
    assert [each["decision"]["reason"] for each in listed] == [None]
    assert [(each["module"], each["required"]) for each in view["training"]] == [
        ("bias", False),
        ("coaching", True),
    ]


async def test_who_is_not_eligible_learns_why(office: Office) -> None:
    story = await spring(office)
    new = row(9, hired=(clock.now() - timedelta(days=60)).date().isoformat())
    hired = granted(await send(office.hr, table(new)))["results"][0]["person_id"]
    client = office.client(hired)
    told = await story.apply(client, "mentee")
    assert told["stage"] == "declined"
    view = granted(await client.get(f"/v1/enrollments/{told['enrollment_id']}"))
    assert view["decision"]["reason"] == "not_eligible"
    assert view["eligibility"]["results"][0]["rule_id"] == "year"
    again = await create(client, f"/v1/cohorts/{story.cohort}/applications", {"part": "mentee"})
    refused(again, 409, "application_was_declined")


async def test_applications_need_a_person_a_cohort_and_an_open_window(office: Office) -> None:
    story = await spring(office)
    path = f"/v1/cohorts/{story.cohort}/applications"
    refused(await create(office.hr, path, {"part": "mentee"}), 403, "person_needed")
    unknown = office.client(NOBODY)
    refused(await create(unknown, path, {"part": "mentee"}), 404, "person_not_found")
    nowhere = f"/v1/cohorts/{NOBODY}/applications"
    refused(await create(story.ana, nowhere, {"part": "mentee"}), 404, "cohort_not_found")
    other = office.client(story.ana_id, tenant="meadow")
    refused(await create(other, path, {"part": "mentee"}), 404, "cohort_not_found")
    refused(await story.ana.post(path, json={"part": "mentee"}), 400, "idempotency_key_missing")
    await office.world.pass_time(timedelta(days=15))
    refused(await create(story.ana, path, {"part": "mentee"}), 409, "cohort_not_open")


async def test_the_queue_shows_the_longest_waiting_first_with_its_age(office: Office) -> None:
    story = await spring(office)
    first = (await story.apply(story.ben, "mentor"))["enrollment_id"]
    await office.world.pass_time(timedelta(days=3))
    second = (await story.apply(story.ana, "mentee"))["enrollment_id"]
    path = f"/v1/cohorts/{story.cohort}/applications"
    queue = granted(await story.manager.get(path))["items"]
    assert [(each["enrollment_id"], each["queued_days"]) for each in queue] == [
        (first, 3),
        (second, 0),
    ]
    mentors = granted(await story.manager.get(path, params={"part": "mentor"}))["items"]
    assert [each["enrollment_id"] for each in mentors] == [first]
    granted(await story.decide(first, "refusal", {"reason": "no time"}))
    view = granted(await story.ben.get(f"/v1/enrollments/{first}"))
    assert (view["stage"], view["decision"]["queued_days"]) == ("declined", 3)
    refused(await story.ana.get(path), 403, "role_missing")


async def test_many_applications_are_decided_each_by_itself(office: Office) -> None:
    story = await spring(office)
    mentee = (await story.apply(story.ana, "mentee"))["enrollment_id"]
    mentor = (await story.apply(story.ben, "mentor"))["enrollment_id"]
    items = [
        {"enrollment_id": mentee, "scores": POOR},
        {"enrollment_id": mentor, "scores": GOOD},
        {"enrollment_id": str(NOBODY), "scores": GOOD},
    ]
    answer = await story.manager.post("/v1/assessments:batch", json={"items": items})
    assert answer.status_code == 207
    assert [
        (each["status"], each["stage"], each["problem"] and each["problem"]["code"])
        for each in granted(answer)["items"]
    ] == [
        (200, "declined", None),
        (409, None, "mentors_are_approved"),
        (404, None, "enrollment_not_found"),
    ]
    items = [{"enrollment_id": mentor, "decision": "approve", "reason": "listens"}]
    answer = await story.manager.post("/v1/approvals:batch", json={"items": items})
    assert [each["stage"] for each in granted(answer)["items"]] == ["admitted"]


async def test_only_this_programs_manager_decides(office: Office) -> None:
    story = await spring(office)
    enrollment = (await story.apply(story.ana, "mentee"))["enrollment_id"]
    path = f"/v1/enrollments/{enrollment}"
    other = office.client(story.ben_id, Role.PROGRAM_MANAGER)
    answer = await other.post(f"{path}/assessment", json={"scores": GOOD})
    refused(answer, 403, "not_your_program")
    refused(await other.get(path), 404, "not_found")
    answer = await story.ana.post(f"{path}/assessment", json={"scores": GOOD})
    refused(answer, 403, "role_missing")
    items = {"items": [{"enrollment_id": enrollment, "scores": GOOD}]}
    batch = granted(await other.post("/v1/assessments:batch", json=items))
    assert batch["items"][0]["problem"]["code"] == "not_your_program"


async def test_enrollments_are_seen_by_participant_manager_and_auditor(office: Office) -> None:
    story = await spring(office)
    enrollment = (await story.apply(story.ana, "mentee", motivation="To grow."))["enrollment_id"]
    path = f"/v1/enrollments/{enrollment}"
    auditor = office.client("auditor", Role.AUDITOR)
    view = granted(await auditor.get(path))
    assert (view["written"], view["motivation"]) == (["motivation"], None)
    assert granted(await story.ana.get(path))["motivation"] == "To grow."
    refused(await story.ben.get(path), 404, "not_found")
    taken = await story.ben.post(f"{path}/opt-in")
    refused(taken, 404, "enrollment_not_found")
    for client, seen in ((story.ana, 1), (story.ben, 0), (story.manager, 1), (auditor, 1)):
        listed = await client.get("/v1/enrollments", params={"cohort_id": story.cohort})
        assert len(granted(listed)["items"]) == seen
    stranger = office.client(story.ana_id, Role.AUDITOR, tenant="meadow")
    refused(await stranger.get(path), 404, "not_found")


async def test_only_the_current_agreement_is_accepted(office: Office) -> None:
    story = await spring(office)
    enrollment = (await story.apply(story.ana, "mentee"))["enrollment_id"]
    path = f"/v1/enrollments/{enrollment}/agreement"
    answer = await story.ana.post(path, json={"version": 2})
    refused(answer, 409, "agreement_not_current")


async def test_withdrawing_does_not_count_against_anybody(office: Office) -> None:
    story = await spring(office)
    enrollment = await enrolled_mentee(story)
    told = await step(story.ana, enrollment, "withdrawal", reason="no_time")
    assert told["stage"] == "withdrawn"
    again = await story.apply(story.ana, "mentee")
    assert (again["enrollment_id"], again["stage"]) == (enrollment, "submitted")
    assert "agreement" in again["missing"]


async def test_a_leaver_is_withdrawn_from_everything(office: Office) -> None:
    story = await spring(office)
    enrollment = await enrolled_mentee(story)
    granted(await office.hr.post(f"/v1/people/{story.ana_id}/departure"))
    view = granted(await story.manager.get(f"/v1/enrollments/{enrollment}"))
    assert (view["stage"], view["withdrawal_reason"]) == ("withdrawn", "left_organisation")
    assert set((await office.events())[-2:]) == {"PersonLeft", "ParticipantWithdrew"}


async def test_a_leaver_of_the_file_is_withdrawn_too(office: Office) -> None:
    story = await spring(office)
    enrollment = await enrolled_mentee(story)
    granted(await send(office.hr, table(row(2, status="terminated"))))
    view = granted(await story.manager.get(f"/v1/enrollments/{enrollment}"))
    assert view["stage"] == "withdrawn"


async def test_the_texts_of_an_erased_person_are_gone(office: Office) -> None:
    story = await spring(office)
    told = await story.apply(story.ana, "mentee", motivation="To grow.")
    granted(await office.hr.post(f"/v1/people/{story.ana_id}/erasure"))
    view = granted(await story.manager.get(f"/v1/enrollments/{told['enrollment_id']}"))
    assert (view["written"], view["motivation"]) == (["motivation"], None)


async def test_unknown_fields_are_told_and_a_retried_application_is_one(office: Office) -> None:
    story = await spring(office)
    path = f"/v1/cohorts/{story.cohort}/applications"
    answer = await create(story.ana, path, {"part": "mentee", "nominated_by": "boss"})
    problem = refused(answer, 422, "request_invalid")
    assert problem["errors"][0]["code"] == "unknown_field"
    key = {"Idempotency-Key": "application"}
    first = await story.ana.post(path, json={"part": "mentee"}, headers=key)
    second = await story.ana.post(path, json={"part": "mentee"}, headers=key)
    assert granted(first) == granted(second)
    assert (await office.events()).count("ApplicationSubmitted") == 1
