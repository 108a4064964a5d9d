"""Goals are specific, measurable and have a date, or they are refused."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.sessions.domain.goal import GOAL
from services.sessions.domain.goal.commands import (
    AchieveGoal,
    DropGoal,
    DropReason,
    GoalClosed,
    GoalDueInThePast,
    GoalMeasuresNothing,
    GoalNotReached,
    GoalUnknown,
    GoalWithoutDate,
    GoalWithoutMeasure,
    ObjectiveNotRevisable,
    PriorityUnknown,
    RemindOfGoal,
    ReviseGoal,
    SetGoal,
    SetJointObjective,
)
from services.sessions.domain.journey.commands import CompetencyUnknown, MenteeOnly
from services.sessions.domain.timers import notice_of
from shared.events.sessions import (
    GoalAchieved,
    GoalDropped,
    GoalMeasure,
    GoalRevised,
    GoalSet,
    JointObjectiveSet,
    ReminderIssued,
    ReminderKind,
)
from shared.events.vocabulary import Part
from shared.ids import GoalId, PairingId, derived_id
from shared.testing import NOW, given
from tests.sessions.pair import ANA, LISTENING, OTHER_WORDS, PAIR, WORDS

GOAL_ID = GoalId(derived_id("listen better"))
IN_JUNE = (NOW + timedelta(days=100)).date()
TWO_LEVELS = GoalMeasure(competency_id=LISTENING, unit="level", start=1, target=3)
ANA_AIMS = SetGoal(
    goal_id=GOAL_ID,
    pairing_id=PAIR,
    text=WORDS,
    measure=TWO_LEVELS,
    due_on=IN_JUNE,
    by=Part.MENTEE,
    catalogue=frozenset({LISTENING}),
)
AIMED = GoalSet(
    goal_id=GOAL_ID, pairing_id=PAIR, text=WORDS, measure=TWO_LEVELS, due_on=IN_JUNE, at=NOW
)
ANA_THINKS_AGAIN = ReviseGoal(
    goal_id=GOAL_ID,
    pairing_id=PAIR,
    text=OTHER_WORDS,
    measure=TWO_LEVELS,
    due_on=IN_JUNE,
    by=Part.MENTEE,
    catalogue=frozenset({LISTENING}),
)
REVISED = GoalRevised(
    goal_id=GOAL_ID,
    pairing_id=PAIR,
    text=OTHER_WORDS,
    measure=TWO_LEVELS,
    due_on=IN_JUNE,
    at=NOW,
)
BOTH_AIM = SetJointObjective(
    goal_id=GOAL_ID,
    pairing_id=PAIR,
    text=WORDS,
    priority="break-silos",
    due_on=IN_JUNE,
    priorities=frozenset({"break-silos"}),
)
AIMED_JOINTLY = JointObjectiveSet(
    goal_id=GOAL_ID,
    pairing_id=PAIR,
    text=WORDS,
    priority="break-silos",
    owners=(Part.MENTOR, Part.MENTEE),
    due_on=IN_JUNE,
    at=NOW,
)
ANA_IS_THERE = AchieveGoal(goal_id=GOAL_ID, pairing_id=PAIR, reached=3)
ACHIEVED = GoalAchieved(goal_id=GOAL_ID, pairing_id=PAIR, reached=3, at=NOW)
ANA_GIVES_UP = DropGoal(goal_id=GOAL_ID, pairing_id=PAIR, reason=DropReason.NO_TIME)
DROPPED = GoalDropped(goal_id=GOAL_ID, pairing_id=PAIR, reason="no_time", at=NOW)


def test_a_goal_says_what_how_much_and_by_when() -> None:
    given(GOAL).when(ANA_AIMS).then(AIMED)
    given(GOAL, AIMED).when(ANA_AIMS).then()


def test_a_goal_with_no_measure_is_refused() -> None:
    given(GOAL).when(replace(ANA_AIMS, measure=None)).then_refused(GoalWithoutMeasure)


def test_a_goal_with_no_date_is_refused() -> None:
    given(GOAL).when(replace(ANA_AIMS, due_on=None)).then_refused(GoalWithoutDate)


def test_a_goal_for_today_comes_too_late() -> None:
    given(GOAL).when(replace(ANA_AIMS, due_on=NOW.date())).then_refused(GoalDueInThePast)


@pytest.mark.parametrize("target", [0, 1])
def test_a_measure_that_asks_for_nothing_is_refused(target: int) -> None:
    still = replace(TWO_LEVELS, target=target)
    given(GOAL).when(replace(ANA_AIMS, measure=still)).then_refused(GoalMeasuresNothing)


def test_a_measure_uses_the_catalogue_in_use() -> None:
    unknown = replace(ANA_AIMS, catalogue=frozenset())
    given(GOAL).when(unknown).then_refused(CompetencyUnknown)


def test_a_counted_thing_needs_no_competency() -> None:
    people = GoalMeasure(competency_id=None, unit="people", start=0, target=5)
    counted = replace(ANA_AIMS, measure=people, catalogue=frozenset())
    given(GOAL).when(counted).then(replace(AIMED, measure=people))


def test_the_goal_is_the_mentee_s_own() -> None:
    by_ben = replace(ANA_AIMS, by=Part.MENTOR)
    given(GOAL).when(by_ben).then_refused(MenteeOnly)


def test_a_goal_can_be_written_anew() -> None:
    given(GOAL, AIMED).when(ANA_THINKS_AGAIN).then(REVISED)
    given(GOAL, AIMED, REVISED).when(ANA_THINKS_AGAIN).then()


def test_a_goal_written_anew_still_needs_measure_and_date() -> None:
    story = given(GOAL, AIMED)
    story.when(replace(ANA_THINKS_AGAIN, measure=None)).then_refused(GoalWithoutMeasure)
    story.when(replace(ANA_THINKS_AGAIN, due_on=None)).then_refused(GoalWithoutDate)


def test_a_goal_is_achieved_when_its_measure_is() -> None:
    given(GOAL, AIMED).when(ANA_IS_THERE).then(ACHIEVED)
    given(GOAL, AIMED, ACHIEVED).when(ANA_IS_THERE).then()
    half_way = replace(ANA_IS_THERE, reached=2)
    given(GOAL, AIMED).when(half_way).then_refused(GoalNotReached)


def test_a_goal_can_be_dropped_for_a_reason() -> None:
    given(GOAL, AIMED).when(ANA_GIVES_UP).then(DROPPED)
    given(GOAL, AIMED, DROPPED).when(ANA_GIVES_UP).then()


def test_a_goal_is_achieved_or_dropped_but_not_both() -> None:
    given(GOAL, AIMED, DROPPED).when(ANA_IS_THERE).then_refused(GoalClosed)
    given(GOAL, AIMED, ACHIEVED).when(ANA_GIVES_UP).then_refused(GoalClosed)
    given(GOAL, AIMED, ACHIEVED).when(ANA_THINKS_AGAIN).then_refused(GoalClosed)


def test_the_goal_of_another_pair_is_not_found() -> None:
    elsewhere = PairingId(derived_id("another pair"))
    for command in (ANA_IS_THERE, ANA_GIVES_UP, ANA_THINKS_AGAIN):
        foreign = replace(command, pairing_id=elsewhere)
        given(GOAL, AIMED, ACHIEVED).when(foreign).then_refused(GoalUnknown)
        given(GOAL).when(command).then_refused(GoalUnknown)


def test_a_joint_objective_serves_a_priority_and_both_own_it() -> None:
    given(GOAL).when(BOTH_AIM).then(AIMED_JOINTLY)
    given(GOAL, AIMED_JOINTLY).when(BOTH_AIM).then()
    other = replace(BOTH_AIM, priority="be-first")
    given(GOAL).when(other).then_refused(PriorityUnknown)
    given(GOAL).when(replace(BOTH_AIM, due_on=None)).then_refused(GoalWithoutDate)


def test_a_joint_objective_is_replaced_not_rewritten() -> None:
    story = given(GOAL, AIMED_JOINTLY)
    story.when(ANA_THINKS_AGAIN).then_refused(ObjectiveNotRevisable)
    story.when(ANA_IS_THERE).then(ACHIEVED)


def test_the_mentee_is_reminded_of_an_open_goal_once() -> None:
    due_at = notice_of(IN_JUNE)
    remind = RemindOfGoal(goal_id=GOAL_ID, pairing_id=PAIR, to=(ANA,), due_at=due_at)
    story = given(GOAL, AIMED)
    reminder = story.when(remind, at=due_at).decide()[0]
    assert isinstance(reminder, ReminderIssued)
    assert (reminder.kind, reminder.subject) == (ReminderKind.GOAL_DUE, GOAL_ID)
    story.and_when(remind, at=due_at).when(remind, at=due_at).then()
    given(GOAL, AIMED, ACHIEVED).when(remind, at=due_at).then()
    moved = replace(REVISED, due_on=IN_JUNE + timedelta(days=30))
    given(GOAL, AIMED, moved).when(remind, at=due_at).then()
