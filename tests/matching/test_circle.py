"""Circles and groups: who may be in them, how large they are, and how circles are put together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.circle import (
    CIRCLE,
    CircleFull,
    CircleMemberTwice,
    CircleOfOneFunction,
    CircleOver,
    CircleTooLarge,
    CircleTooSmall,
    CircleUnknown,
    CloseCircle,
    FormCircle,
    JoinCircle,
    LeaveCircle,
)
from services.matching.domain.circle_proposals import CircleRules, circles_wanted, propose_circles
from services.matching.domain.group import (
    GROUP,
    CloseGroup,
    FormGroup,
    GroupFull,
    GroupOver,
    GroupTooSmall,
    GroupUnknown,
    JoinGroup,
    LeaveGroup,
)
from services.matching.domain.pairing_refusals import PairNotOpen
from shared.errors import MentorshipError
from shared.events.matching import (
    CircleClosed,
    CircleFormed,
    CircleJoined,
    CircleLeft,
    CircleMember,
    GroupClosed,
    GroupFormed,
    GroupJoined,
    GroupLeft,
)
from shared.ids import CircleId, GroupId, PairingId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import ANA, COHORT, PROGRAM, enrollment, person

READERS = CircleId(derived_id("readers"))
TABLE = GroupId(derived_id("table"))


def member(name: str, function: str = "law") -> CircleMember:
    return CircleMember(enrollment_id=enrollment(name), person_id=person(name), function=function)


FOUR = (member("ben"), member("cem"), member("dia", "sales"), member("eli", "sales"))
FORM = FormCircle(
    circle_id=READERS,
    program_id=PROGRAM,
    cohort_id=COHORT,
    members=FOUR,
    size_min=4,
    size_max=5,
    functions_min=2,
)
FORMED = CircleFormed(
    circle_id=READERS,
    program_id=PROGRAM,
    cohort_id=COHORT,
    members=FOUR,
    size_min=4,
    size_max=5,
    functions_min=2,
    at=NOW,
)


def joined(name: str) -> CircleJoined:
    return CircleJoined(circle_id=READERS, member=member(name), at=NOW)


def left(name: str) -> CircleLeft:
    return CircleLeft(circle_id=READERS, enrollment_id=enrollment(name), at=NOW)


def joining(name: str) -> JoinCircle:
    return JoinCircle(circle_id=READERS, member=member(name))


def leaving(name: str) -> LeaveCircle:
    return LeaveCircle(circle_id=READERS, enrollment_id=enrollment(name))


def test_a_circle_of_the_right_size_and_mixed_functions_is_formed_once() -> None:
    given(CIRCLE).when(FORM).then(FORMED)
    given(CIRCLE, FORMED).when(FORM).then()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"members": FOUR[:3]}, CircleTooSmall),
        ({"members": (*FOUR, member("fay"), member("gus"))}, CircleTooLarge),
        ({"members": (*FOUR[:3], member("ben", "it"))}, CircleMemberTwice),
        ({"members": tuple(member(str(number)) for number in range(4))}, CircleOfOneFunction),
        ({"is_open": False}, PairNotOpen),
    ],
)
def test_a_circle_that_breaks_a_rule_is_not_formed(
    changes: dict[str, Any], refusal: type[MentorshipError]
) -> None:
    given(CIRCLE).when(replace(FORM, **changes)).then_refused(refusal)


def test_a_circle_takes_people_until_it_is_full() -> None:
    given(CIRCLE, FORMED).when(joining("fay")).then(joined("fay"))
    given(CIRCLE, FORMED, joined("fay")).when(joining("fay")).then()
    given(CIRCLE, FORMED, joined("fay")).when(joining("gus")).then_refused(CircleFull)
    given(CIRCLE, FORMED, joined("fay"), left("ben")).when(joining("gus")).then(joined("gus"))
    kept_apart = replace(joining("fay"), is_open=False)
    given(CIRCLE, FORMED).when(kept_apart).then_refused(PairNotOpen)
    given(CIRCLE).when(joining("fay")).then_refused(CircleUnknown)


def test_whoever_wants_to_leave_a_circle_may_and_one_alone_is_none() -> None:
    given(CIRCLE, FORMED).when(leaving("ben")).then(left("ben"))
    given(CIRCLE, FORMED, left("ben")).when(leaving("ben")).then()
    story = given(CIRCLE, FORMED, left("ben"), left("cem"))
    over = CircleClosed(circle_id=READERS, reason="too_small", at=NOW)
    story.when(leaving("dia")).then(left("dia"), over)
    given(CIRCLE, FORMED, over).when(joining("fay")).then_refused(CircleOver)


def test_a_circle_is_closed_once() -> None:
    done = CircleClosed(circle_id=READERS, reason="done", at=NOW)
    given(CIRCLE, FORMED).when(CloseCircle(circle_id=READERS)).then(done)
    given(CIRCLE, FORMED, done).when(CloseCircle(circle_id=READERS)).then()


RULES = CircleRules(size_min=3, size_max=5, functions_min=2)
VOLUNTEERS = st.lists(st.sampled_from(["law", "sales", "it"]), max_size=40).map(
    lambda functions: [member(str(n), function) for n, function in enumerate(functions)]
)


def always(*_: object) -> bool:
    return True


@for_all(VOLUNTEERS, st.randoms(use_true_random=False))
def test_proposed_circles_keep_every_rule_and_lose_nobody(
    volunteers: list[CircleMember], dice: object
) -> None:
    told = propose_circles(volunteers, RULES, always)
    for circle in told.circles:
        assert 3 <= len(circle) <= 5
        assert len({who.function for who in circle}) >= 2
    everybody = [who for circle in told.circles for who in circle] + list(told.left_over)
    assert sorted(who.enrollment_id for who in everybody) == sorted(
        who.enrollment_id for who in volunteers
    )
    shuffled = list(volunteers)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    assert propose_circles(shuffled, RULES, always) == told


def test_functions_are_spread_evenly() -> None:
    people = [member(f"{function} {n}", function) for function in "abc" for n in range(4)]
    told = propose_circles(people, CircleRules(size_min=3, size_max=3, functions_min=3), always)
    assert [sorted(who.function for who in circle) for circle in told.circles] == [
        ["a", "b", "c"]
    ] * 4


def test_who_cannot_be_together_is_in_no_circle_together() -> None:
    people = [member(f"{function} {n}", function) for function in "ab" for n in range(5)]
    first, second = people[0].enrollment_id, people[5].enrollment_id

    def together(one: object, other: object) -> bool:
        return {one, other} != {first, second}

    told = propose_circles(people, CircleRules(size_min=4, size_max=5, functions_min=2), together)
    for circle in told.circles:
        assert not {first, second} <= {who.enrollment_id for who in circle}


@pytest.mark.parametrize(
    ("people", "circles"), [(0, 0), (2, 0), (3, 1), (5, 1), (6, 2), (7, 2), (11, 3), (25, 5)]
)
def test_there_are_as_few_circles_as_hold_everybody(people: int, circles: int) -> None:
    assert circles_wanted(people, RULES) == circles


GROUPED = GroupFormed(
    group_id=TABLE,
    program_id=PROGRAM,
    cohort_id=COHORT,
    mentor=ANA,
    mentor_person=person("ana"),
    size_max=2,
    at=NOW,
)
BEGIN = FormGroup(
    group_id=TABLE,
    program_id=PROGRAM,
    cohort_id=COHORT,
    mentor=ANA,
    mentor_person=person("ana"),
    size_max=2,
    mentees=2,
)


def pairing(name: str) -> PairingId:
    return PairingId(derived_id("pairing in the group", name))


def entering(name: str) -> JoinGroup:
    return JoinGroup(
        group_id=TABLE,
        mentee=enrollment(name),
        mentee_person=person(name),
        pairing_id=pairing(name),
    )


def entered(*names: str) -> Sequence[GroupJoined]:
    return [
        GroupJoined(
            group_id=TABLE,
            mentee=enrollment(name),
            mentee_person=person(name),
            pairing_id=pairing(name),
            at=NOW,
        )
        for name in names
    ]


def test_a_group_begins_with_two_and_never_grows_past_its_size() -> None:
    given(GROUP).when(BEGIN).then(GROUPED)
    given(GROUP).when(replace(BEGIN, mentees=1)).then_refused(GroupTooSmall)
    given(GROUP).when(replace(BEGIN, mentees=3)).then_refused(GroupFull)
    given(GROUP, GROUPED).when(entering("ben")).then(*entered("ben"))
    given(GROUP, GROUPED, *entered("ben")).when(entering("ben")).then()
    full = given(GROUP, GROUPED, *entered("ben", "cem"))
    full.when(entering("dia")).then_refused(GroupFull)
    given(GROUP).when(entering("ben")).then_refused(GroupUnknown)


def test_a_pairing_that_is_over_leaves_room_in_its_group() -> None:
    gone = GroupLeft(group_id=TABLE, mentee=enrollment("ben"), pairing_id=pairing("ben"), at=NOW)
    leave = LeaveGroup(group_id=TABLE, pairing_id=pairing("ben"))
    given(GROUP, GROUPED, *entered("ben", "cem")).when(leave).then(gone)
    story = given(GROUP, GROUPED, *entered("ben", "cem"), gone)
    story.when(leave).then()
    story.when(entering("dia")).then(*entered("dia"))


def test_a_closed_group_takes_nobody() -> None:
    over = GroupClosed(group_id=TABLE, at=NOW)
    given(GROUP, GROUPED).when(CloseGroup(group_id=TABLE)).then(over)
    given(GROUP, GROUPED, over).when(CloseGroup(group_id=TABLE)).then()
    given(GROUP, GROUPED, over).when(entering("ben")).then_refused(GroupOver)
