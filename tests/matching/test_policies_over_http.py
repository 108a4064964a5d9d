"""Policies as a program manager's page meets them."""

import pytest

from shared.auth import Role
from shared.events.enrollment import PersonRegistered
from shared.events.vocabulary import Part
from shared.ids import derived_id
from tests.matching.cast import PROGRAM, person
from tests.matching.town import PIA, THEN, Town, position

PATH = f"/v1/programs/{PROGRAM}/matching-policy"

pytestmark = pytest.mark.integration


async def test_a_policy_that_says_only_why_has_a_default_for_all_else(town: Town) -> None:
    answer = await town.set_policy()
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["version"], told["author"], told["reason"]) == (1, str(PIA), "first policy")
    assert (told["objective"], told["weak_below"], told["standing_cap"]) == (
        "most_served",
        200,
        150,
    )
    assert told["weights"]["title"] == told["weights"]["rotation"] == 0
    assert told["approvals"] == ["mentor", "mentee"]
    assert (await town.get(PATH)).json() == told


async def test_who_changed_what_and_why_is_told_for_every_version(town: Town) -> None:
    report = derived_id("report")
    assert (await town.set_policy()).status_code == 200
    changed = await town.set_policy(
        reason="What people said.",
        evidence=str(report),
        trial_days=14,
        weights={"style": 60, "tenure": 20},
    )
    assert changed.status_code == 200, changed.text
    again = await town.set_policy(
        reason="What people said.",
        evidence=str(report),
        trial_days=14,
        weights={"style": 60, "tenure": 20},
    )
    assert again.json()["version"] == 2, "the same again is no new version"
    await town.world.settle()
    newest, first = (await town.get(f"{PATH}/versions")).json()["items"]
    assert (newest["version"], newest["author"]) == (2, str(PIA))
    assert (newest["reason"], newest["evidence"]) == ("What people said.", str(report))
    assert newest["changed"] == ["evidence", "trial_days", "weights.style", "weights.tenure"]
    assert (first["version"], first["changed"]) == (1, [])
    async with town.client(person("ada"), Role.AUDITOR) as auditor:
        seen = await auditor.get(f"{PATH}/versions")
    assert [each["version"] for each in seen.json()["items"]] == [2, 1]


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        (
            {"weights": {"strengths": 400, "title": 80, "tenure": 80}, "levels": ["a", "b"]},
            "standing_dominates",
            "/weights/title",
        ),
        ({"standing_cap": 151}, "standing_cap_out_of_range", "/standing_cap"),
        ({"weights": {"strengths": 999}}, "weights_above_total", "/weights"),
        ({"seats_per_mentor_max": 0}, "ratio_out_of_range", "/seats_per_mentor_max"),
        ({"hours_per_pair": 500}, "hours_per_pair_out_of_range", "/hours_per_pair"),
        ({"programs_max": 0}, "programs_out_of_range", "/programs_max"),
        ({"level_gap_min": 1}, "levels_missing", "/levels"),
        ({"circle_size_min": 9}, "circle_sizes_reversed", "/circle_size_min"),
        ({"approvals": ["mentor", "mentor"]}, "approval_repeated", "/approvals/1"),
        ({"trial_days": 0}, "days_out_of_range", "/trial_days"),
    ],
)
async def test_a_refusal_names_itself_the_field_and_what_to_do(
    town: Town, changes: dict[str, object], code: str, pointer: str
) -> None:
    answer = await town.set_policy(**changes)
    assert answer.status_code == 422, answer.text
    problem = answer.json()
    assert problem["code"] == code
    assert problem["errors"][0]["pointer"] == pointer
    assert problem["remedy"]
    assert (await town.get(PATH)).status_code == 404, "nothing is half applied"


async def test_a_level_that_nobody_has_is_refused_by_its_place(town: Town) -> None:
    levels = ["junior", "senoir"]
    hired = PersonRegistered(
        person_id=person("ana"), position=position(Part.MENTOR, level="senior"), at=THEN
    )
    assert (await town.set_policy(levels=levels)).status_code == 200, "nobody is known yet"
    await town.tell("enrollment", [(f"person-{person('ana')}", hired)])
    await town.world.settle()
    answer = await town.set_policy(levels=["senior", "senoir"], reason="levels")
    problem = answer.json()
    assert (problem["code"], problem["errors"][0]["pointer"]) == ("level_unknown", "/levels/1")


async def test_what_a_policy_does_not_know_is_refused(town: Town) -> None:
    answer = await town.set_policy(weights={"gender": 10})
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
