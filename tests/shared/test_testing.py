"""Stories about rules fail when the rule is broken."""

import pytest

from shared.errors import Refused
from shared.testing import NOW, given
from tests.shared.reading_circle import GOAL, GoalFull, Work, achieved, goal


def test_a_story_goes_from_events_by_a_command_to_events() -> None:
    third = GOAL.decide(2, Work(goal_id=goal("a")), NOW)
    given(GOAL, achieved("a", 1), achieved("a", 2)).when(Work(goal_id=goal("a"))).then(*third)


def test_a_story_may_go_on() -> None:
    twice = given(GOAL).and_when(Work(goal_id=goal("a"))).and_when(Work(goal_id=goal("a")))
    assert twice.state == 2


def test_a_refusal_is_told_by_its_own_name() -> None:
    full = given(GOAL, achieved("a", 2)).when(Work(goal_id=goal("a"), limit=2))
    full.then_refused(GoalFull)
    with pytest.raises(AssertionError):
        full.then_refused(Refused)


def test_a_story_with_another_end_fails() -> None:
    with pytest.raises(AssertionError):
        given(GOAL).when(Work(goal_id=goal("a"))).then()
