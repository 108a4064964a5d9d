"""A roadmap is accepted by both, and a milestone is reached when the mentor has seen it."""

from dataclasses import replace
from datetime import timedelta

from services.sessions.domain.journey.commands import MenteeOnly
from services.sessions.domain.roadmap import ROADMAP
from services.sessions.domain.roadmap.commands import (
    ApproveRoadmap,
    ConfirmMilestone,
    EvidenceMissing,
    MentorConfirms,
    MilestoneAlreadyReached,
    MilestoneDueInThePast,
    MilestoneLeftOut,
    MilestoneRepeated,
    MilestoneUnknown,
    ProposeRoadmap,
    RemindOfMilestone,
    RoadmapUnknown,
    RoadmapVersionSuperseded,
    SubmitEvidence,
)
from services.sessions.domain.timers import notice_of
from shared.events.sessions import (
    MilestoneEvidenceSubmitted,
    MilestoneReached,
    MilestoneSet,
    ReminderIssued,
    ReminderKind,
    RoadmapAccepted,
    RoadmapApproved,
    RoadmapMilestone,
    RoadmapProposed,
)
from shared.events.vocabulary import Part
from shared.ids import MilestoneId, derived_id
from shared.testing import NOW, given
from tests.sessions.pair import ANA, DAY, OTHER_WORDS, PAIR, PAIRED, WORDS

DUE_ON = (NOW + timedelta(days=60)).date()
PROJECT = MilestoneId(derived_id("lead the review"))
TALK = MilestoneId(derived_id("give a talk"))
LEAD = RoadmapMilestone(milestone_id=PROJECT, title=WORDS, due_on=DUE_ON, project=True)
SPEAK = RoadmapMilestone(milestone_id=TALK, title=OTHER_WORDS, due_on=DUE_ON, project=False)
ANA_PROPOSES = ProposeRoadmap(
    pairing_id=PAIR,
    mentee=PAIRED.mentee,
    milestones=(LEAD, SPEAK),
    check_in_dates=(DUE_ON,),
    expectations=WORDS,
    by=Part.MENTEE,
)
PROPOSED = RoadmapProposed(
    pairing_id=PAIR,
    version=1,
    milestones=(LEAD, SPEAK),
    check_in_dates=(DUE_ON,),
    expectations=WORDS,
    by=Part.MENTEE,
    at=NOW,
)
ANA_AGREES = RoadmapApproved(pairing_id=PAIR, version=1, by=Part.MENTEE, at=NOW)
BEN_APPROVES = ApproveRoadmap(pairing_id=PAIR, mentee=PAIRED.mentee, version=1, by=Part.MENTOR)
BEN_AGREES = RoadmapApproved(pairing_id=PAIR, version=1, by=Part.MENTOR, at=NOW)
ACCEPTED = RoadmapAccepted(pairing_id=PAIR, version=1, at=NOW)
LEAD_SET = MilestoneSet(
    pairing_id=PAIR,
    mentee=PAIRED.mentee,
    milestone_id=PROJECT,
    due_on=DUE_ON,
    project=True,
    at=NOW,
)
SPEAK_SET = replace(LEAD_SET, milestone_id=TALK, project=False)
AGREED = (PROPOSED, ANA_AGREES, BEN_AGREES, ACCEPTED, LEAD_SET, SPEAK_SET)
ANA_SHOWS = SubmitEvidence(
    pairing_id=PAIR, milestone_id=PROJECT, deliverable=WORDS, link=OTHER_WORDS, by=Part.MENTEE
)
SHOWN = MilestoneEvidenceSubmitted(
    pairing_id=PAIR, milestone_id=PROJECT, deliverable=WORDS, link_sealed=OTHER_WORDS, at=NOW
)
BEN_CONFIRMS = ConfirmMilestone(
    pairing_id=PAIR, mentee=PAIRED.mentee, milestone_id=PROJECT, by=Part.MENTOR
)
REACHED = MilestoneReached(
    pairing_id=PAIR,
    mentee=PAIRED.mentee,
    milestone_id=PROJECT,
    on_time=True,
    confirmed_by=Part.MENTOR,
    at=NOW,
)


def test_who_proposes_a_roadmap_agrees_to_it() -> None:
    given(ROADMAP).when(ANA_PROPOSES).then(PROPOSED, ANA_AGREES)
    given(ROADMAP, PROPOSED, ANA_AGREES).when(ANA_PROPOSES).then()


def test_milestones_are_set_once_both_agree() -> None:
    story = given(ROADMAP, PROPOSED, ANA_AGREES)
    story.when(BEN_APPROVES).then(BEN_AGREES, ACCEPTED, LEAD_SET, SPEAK_SET)
    given(ROADMAP, *AGREED).when(BEN_APPROVES).then()


def test_agreeing_twice_is_not_both_agreeing() -> None:
    again = replace(BEN_APPROVES, by=Part.MENTEE)
    given(ROADMAP, PROPOSED, ANA_AGREES).when(again).then()


def test_nobody_agrees_to_a_roadmap_that_is_not_there() -> None:
    given(ROADMAP).when(BEN_APPROVES).then_refused(RoadmapUnknown)
    later = replace(BEN_APPROVES, version=2)
    given(ROADMAP, PROPOSED).when(later).then_refused(RoadmapUnknown)


def test_nobody_agrees_to_a_proposal_that_was_replaced() -> None:
    second = replace(PROPOSED, version=2)
    given(ROADMAP, PROPOSED, second).when(BEN_APPROVES).then_refused(RoadmapVersionSuperseded)


def test_a_milestone_agreed_on_can_be_moved() -> None:
    later = replace(LEAD, due_on=DUE_ON + timedelta(days=30))
    second = replace(ANA_PROPOSES, milestones=(later, SPEAK), known=frozenset({PROJECT, TALK}))
    story = given(ROADMAP, *AGREED).and_when(second)
    answer = story.when(replace(BEN_APPROVES, version=2)).decide()
    assert answer[2:] == (replace(LEAD_SET, due_on=later.due_on),)


def test_a_milestone_agreed_on_is_not_left_out() -> None:
    less = replace(ANA_PROPOSES, milestones=(SPEAK,))
    given(ROADMAP, *AGREED).when(less).then_refused(MilestoneLeftOut)
    assert given(ROADMAP, *AGREED, SHOWN, REACHED).when(less).decide()


def test_a_roadmap_names_a_milestone_once() -> None:
    twice = replace(ANA_PROPOSES, milestones=(LEAD, LEAD))
    given(ROADMAP).when(twice).then_refused(MilestoneRepeated)


def test_a_milestone_that_was_there_before_must_have_been() -> None:
    invented = replace(ANA_PROPOSES, known=frozenset({PROJECT}))
    given(ROADMAP).when(invented).then_refused(MilestoneUnknown)


def test_a_milestone_is_due_on_a_day_to_come() -> None:
    past = replace(ANA_PROPOSES, milestones=(replace(LEAD, due_on=NOW.date()),))
    given(ROADMAP).when(past).then_refused(MilestoneDueInThePast)


def test_an_overdue_milestone_does_not_block_a_new_proposal() -> None:
    long_after = NOW + 90 * DAY
    new = replace(SPEAK, milestone_id=MilestoneId(derived_id("new")), due_on=long_after.date())
    new = replace(new, due_on=new.due_on + timedelta(days=5))
    more = replace(ANA_PROPOSES, milestones=(LEAD, SPEAK, new))
    assert given(ROADMAP, *AGREED).when(more, at=long_after).decide()


def test_the_mentee_shows_what_was_made() -> None:
    given(ROADMAP, *AGREED).when(ANA_SHOWS).then(SHOWN)
    given(ROADMAP, *AGREED, SHOWN).when(ANA_SHOWS).then()
    by_ben = replace(ANA_SHOWS, by=Part.MENTOR)
    given(ROADMAP, *AGREED).when(by_ben).then_refused(MenteeOnly)


def test_nothing_is_shown_for_an_unknown_or_reached_milestone() -> None:
    given(ROADMAP).when(ANA_SHOWS).then_refused(MilestoneUnknown)
    given(ROADMAP, *AGREED, SHOWN, REACHED).when(ANA_SHOWS).then_refused(MilestoneAlreadyReached)


def test_a_project_milestone_is_not_confirmed_without_evidence() -> None:
    given(ROADMAP, *AGREED).when(BEN_CONFIRMS).then_refused(EvidenceMissing)


def test_the_mentor_confirms_what_was_shown() -> None:
    given(ROADMAP, *AGREED, SHOWN).when(BEN_CONFIRMS).then(REACHED)
    given(ROADMAP, *AGREED, SHOWN, REACHED).when(BEN_CONFIRMS).then()


def test_a_milestone_outside_projects_needs_no_evidence() -> None:
    talk = replace(BEN_CONFIRMS, milestone_id=TALK)
    given(ROADMAP, *AGREED).when(talk).then(replace(REACHED, milestone_id=TALK))


def test_the_mentee_does_not_confirm_their_own_milestone() -> None:
    by_ana = replace(BEN_CONFIRMS, by=Part.MENTEE)
    given(ROADMAP, *AGREED, SHOWN).when(by_ana).then_refused(MentorConfirms)


def test_an_unknown_milestone_is_not_confirmed() -> None:
    given(ROADMAP).when(BEN_CONFIRMS).then_refused(MilestoneUnknown)


def test_a_mentor_who_looks_late_does_not_make_the_mentee_late() -> None:
    late = NOW + 90 * DAY
    given(ROADMAP, *AGREED, SHOWN).when(BEN_CONFIRMS, at=late).then(replace(REACHED, at=late))
    shown_late = replace(SHOWN, at=late)
    given(ROADMAP, *AGREED, shown_late).when(BEN_CONFIRMS, at=late).then(
        replace(REACHED, on_time=False, at=late)
    )


def test_the_mentee_is_reminded_of_an_open_milestone_once() -> None:
    due_at = notice_of(DUE_ON)
    remind = RemindOfMilestone(pairing_id=PAIR, milestone_id=PROJECT, to=(ANA,), due_at=due_at)
    story = given(ROADMAP, *AGREED)
    reminder = story.when(remind, at=due_at).decide()[0]
    assert isinstance(reminder, ReminderIssued)
    assert (reminder.kind, reminder.to) == (ReminderKind.MILESTONE_DUE, (ANA,))
    story.and_when(remind, at=due_at).when(remind, at=due_at).then()
    given(ROADMAP, *AGREED, SHOWN, REACHED).when(remind, at=due_at).then()
