from dataclasses import fields, replace
from pathlib import Path

from services.matching.domain.policy import (
    POLICY,
    NoPolicy,
    SetMatchingPolicy,
    reasons_open_to_people,
)
from services.matching.domain.policy_limits import OPEN_TO_PEOPLE
from shared.codec import CODEC
from shared.events.matching import (
    Approver,
    CrossFunctionRule,
    EndReason,
    ExitCriterion,
    MatchingPolicySet,
    Objective,
    ScoreWeights,
)
from shared.ids import derived_id
from shared.testing import given
from tests.matching.cast import PIA_MANAGES, POLICY_SET, PROGRAM

SET = SetMatchingPolicy(
    program_id=PROGRAM,
    seats_per_mentor_max=3,
    cross_function=CrossFunctionRule.PREFERRED,
    weights=ScoreWeights(),
    trial_days=30,
    answer_days=7,
    exit_criteria=(),
    author=PIA_MANAGES,
    reason="first policy",
)


LADDER = ("junior", "senior", "lead")
GOLDEN = Path(__file__).parents[1] / "golden"


def test_the_first_policy_is_version_one() -> None:
    given(POLICY).when(SET).then(POLICY_SET)


def test_a_changed_policy_is_a_new_version() -> None:
    changed = replace(SET, trial_days=14, reason="shorter trials")
    expected = replace(POLICY_SET, version=2, trial_days=14, reason="shorter trials")
    given(POLICY, POLICY_SET).when(changed).then(expected)


def test_setting_the_same_policy_again_records_nothing() -> None:
    given(POLICY, POLICY_SET).when(SET).then()


def test_levels_are_not_checked_while_nobody_is_known() -> None:
    (event,) = given(POLICY).when(replace(SET, levels=LADDER)).decide()
    assert event.levels == LADDER


def test_a_policy_names_the_report_that_led_to_it() -> None:
    report = derived_id("what people said without their names")
    changed = replace(SET, trial_days=14, reason="shorter trials", evidence=report)
    (event,) = given(POLICY, POLICY_SET).when(changed).decide()
    assert (event.version, event.evidence, event.author) == (2, report, PIA_MANAGES)


def test_a_policy_may_ask_nobody_for_approval() -> None:
    (event,) = given(POLICY).when(replace(SET, approvals=())).decide()
    assert event.approvals == ()


def test_a_policy_of_the_first_version_means_what_it_meant() -> None:
    stored = (GOLDEN / "MatchingPolicySet.v1.json").read_bytes().rstrip(b"\n")
    policy = CODEC.decode(stored, slot=0).event
    assert isinstance(policy, MatchingPolicySet)
    told = {each.name: getattr(policy, each.name) for each in fields(policy)}
    assert told == {**told, **AS_IT_WAS}
    assert policy.weights.title == policy.weights.rotation == 0


AS_IT_WAS: dict[str, object] = {
    "objective": Objective.MOST_SERVED,
    "weak_below": 0,
    "levels": (),
    "level_gap_min": None,
    "level_gap_max": None,
    "common_minutes_min": 60,
    "time_zone_hours_max": None,
    "needs_supported": False,
    "rest_cycles": None,
    "programs_max": None,
    "approvals": (Approver.MENTOR, Approver.MENTEE),
    "evidence": None,
    "silence_warn_after": None,
    "silence_end_after_days": None,
    "circles_max": None,
}


def test_a_program_with_exit_criteria_knows_only_these_and_no_reason() -> None:
    told = replace(POLICY_SET, exit_criteria=(ExitCriterion(code="goals_met", text="done"),))
    assert reasons_open_to_people(told) == {EndReason.GOALS_MET, EndReason.NO_REASON_GIVEN}
    assert reasons_open_to_people(NoPolicy()) == OPEN_TO_PEOPLE
