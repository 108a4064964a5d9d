"""A request: whose turn it is, when it goes on, and what a late answer hears."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.matching.domain.pairing_refusals import HardRuleBroken, PairNotOpen
from services.matching.domain.request import REQUEST
from services.matching.domain.request_commands import (
    AcceptRequest,
    AskNext,
    Chosen,
    CloseRequest,
    MakeRequest,
    PassOn,
    Skipped,
)
from services.matching.domain.request_refusals import (
    ChoiceNotDue,
    ChosenTwice,
    FormatNotRequested,
    NobodyChosen,
    RequestAlreadyMade,
    RequestExpired,
    RequestMoved,
    RequestNotOpen,
    RequestUnknown,
    TooManyChoices,
)
from services.matching.domain.roster import MentorAtCapacity
from shared.errors import MentorshipError
from shared.events.matching import (
    Choice,
    ChoiceAsked,
    ChoicePassed,
    CloseReason,
    PairingFormat,
    PassReason,
    RequestAccepted,
    RequestClosed,
    RequestMade,
)
from shared.events.vocabulary import Part
from shared.ids import EnrollmentId, RequestId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, COHORT, PAIR, PROGRAM, enrollment, person

WISH = RequestId(derived_id("wish"))
OTHER_WISH = RequestId(derived_id("other wish"))
EVA = enrollment("eva")
A_WEEK = timedelta(days=7)


def chosen(name: str) -> Chosen:
    return Chosen(enrollment_id=enrollment(name), person_id=person(name))


BEN_ASKS = MakeRequest(
    request_id=WISH,
    program_id=PROGRAM,
    cohort_id=COHORT,
    asker=BEN,
    asker_person=person("ben"),
    part=Part.MENTEE,
    choices=(chosen("ana"), chosen("eva"), chosen("fay")),
    format=PairingFormat.ONE_TO_ONE,
    request_days=7,
)
MADE = RequestMade(
    request_id=WISH,
    program_id=PROGRAM,
    cohort_id=COHORT,
    asker=BEN,
    asker_person=person("ben"),
    part=Part.MENTEE,
    choices=tuple(
        Choice(enrollment_id=enrollment(name), person_id=person(name))
        for name in ("ana", "eva", "fay")
    ),
    format=PairingFormat.ONE_TO_ONE,
    request_days=7,
    message=None,
    at=NOW,
)


def asked(name: str) -> ChoiceAsked:
    return ChoiceAsked(request_id=WISH, asked=enrollment(name), answer_by=NOW + A_WEEK, at=NOW)


def passed(name: str, reason: PassReason = PassReason.DECLINED) -> ChoicePassed:
    return ChoicePassed(request_id=WISH, passed=enrollment(name), reason=reason, at=NOW)


def passing(name: str, reason: PassReason = PassReason.DECLINED) -> PassOn:
    return PassOn(request_id=WISH, asked=enrollment(name), reason=reason)


def accepting(who: EnrollmentId) -> AcceptRequest:
    return AcceptRequest(request_id=WISH, by=who, pairing_id=PAIR)


def closed(who: EnrollmentId | None, reason: CloseReason) -> RequestClosed:
    return RequestClosed(request_id=WISH, asker=BEN, asked=who, reason=reason, at=NOW)


ACCEPTED = RequestAccepted(request_id=WISH, accepted_by=ANA, pairing_id=PAIR, at=NOW)


def test_the_most_wanted_is_asked_first() -> None:
    given(REQUEST).when(BEN_ASKS).then(MADE, asked("ana"))


def test_a_request_is_made_once() -> None:
    given(REQUEST, MADE, asked("ana")).when(BEN_ASKS).then_refused(RequestAlreadyMade)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"choices": ()}, NobodyChosen),
        ({"choices": tuple(chosen(str(number)) for number in range(6))}, TooManyChoices),
        ({"choices": (chosen("ana"), chosen("ana"))}, ChosenTwice),
        ({"format": PairingFormat.GROUP}, FormatNotRequested),
        (
            {"choices": (replace(chosen("ana"), broken_rules=("reporting_line",)),)},
            HardRuleBroken,
        ),
        ({"choices": (chosen("eva"), replace(chosen("ana"), is_open=False))}, PairNotOpen),
        ({"choices": (replace(chosen("ana"), refusal=MentorAtCapacity),)}, MentorAtCapacity),
    ],
)
def test_a_request_that_can_lead_nowhere_is_not_made(
    changes: dict[str, Any], refusal: type[MentorshipError]
) -> None:
    given(REQUEST).when(replace(BEN_ASKS, **changes)).then_refused(refusal)


def test_who_is_asked_may_say_yes_once() -> None:
    given(REQUEST, MADE, asked("ana")).when(accepting(ANA)).then(ACCEPTED)
    given(REQUEST, MADE, asked("ana"), ACCEPTED).when(accepting(ANA)).then()


def test_nobody_answers_out_of_turn() -> None:
    given(REQUEST, MADE, asked("ana")).when(accepting(EVA)).then_refused(RequestNotOpen)
    given(REQUEST, MADE, asked("ana"), ACCEPTED).when(accepting(EVA)).then_refused(RequestNotOpen)


def test_a_yes_after_the_last_moment_is_too_late_also_before_the_timer() -> None:
    late = NOW + A_WEEK
    given(REQUEST, MADE, asked("ana")).when(accepting(ANA), at=late).then_refused(RequestExpired)
    expired = passed("ana", PassReason.EXPIRED)
    story = given(REQUEST, MADE, asked("ana"), expired, asked("eva"))
    story.when(accepting(ANA)).then_refused(RequestExpired)


def test_a_yes_after_the_seat_went_says_so() -> None:
    gone = passed("ana", PassReason.SEATS_TAKEN)
    story = given(REQUEST, MADE, asked("ana"), gone)
    story.when(accepting(ANA)).then_refused(MentorAtCapacity)


def test_a_no_ends_the_turn_once() -> None:
    given(REQUEST, MADE, asked("ana")).when(passing("ana")).then(passed("ana"))
    given(REQUEST, MADE, asked("ana"), passed("ana")).when(passing("ana")).then()
    given(REQUEST, MADE, asked("ana")).when(passing("eva")).then_refused(RequestNotOpen)
    given(REQUEST, MADE, asked("ana"), ACCEPTED).when(passing("ana")).then_refused(RequestNotOpen)


def test_a_seat_that_goes_after_the_turn_is_no_news() -> None:
    gone = passing("ana", PassReason.SEATS_TAKEN)
    given(REQUEST, MADE, asked("ana"), passed("ana"), asked("eva")).when(gone).then()
    given(REQUEST, MADE, asked("ana"), ACCEPTED).when(gone).then()
    told = passed("ana", PassReason.SEATS_TAKEN)
    given(REQUEST, MADE, asked("ana")).when(gone).then(told)


def test_a_turn_expires_not_before_its_time() -> None:
    early = passing("ana", PassReason.EXPIRED)
    given(REQUEST, MADE, asked("ana")).when(early).then_refused(ChoiceNotDue)
    at = NOW + A_WEEK
    expired = replace(passed("ana", PassReason.EXPIRED), at=at)
    given(REQUEST, MADE, asked("ana")).when(early, at=at).then(expired)


def test_the_next_is_asked_when_one_was_passed() -> None:
    between = given(REQUEST, MADE, asked("ana"), passed("ana"))
    between.when(AskNext(request_id=WISH, skipped=(), asked=EVA)).then(asked("eva"))


def test_who_cannot_be_asked_is_skipped_with_the_reason() -> None:
    full = Skipped(enrollment_id=EVA, reason=PassReason.SEATS_TAKEN)
    between = given(REQUEST, MADE, asked("ana"), passed("ana"))
    step = AskNext(request_id=WISH, skipped=(full,), asked=enrollment("fay"))
    between.when(step).then(passed("eva", PassReason.SEATS_TAKEN), asked("fay"))


def test_nobody_is_jumped_over_in_silence() -> None:
    between = given(REQUEST, MADE, asked("ana"), passed("ana"))
    jump = AskNext(request_id=WISH, skipped=(), asked=enrollment("fay"))
    between.when(jump).then_refused(RequestMoved)
    early = AskNext(request_id=WISH, skipped=(), asked=None)
    between.when(early).then_refused(RequestMoved)


def test_a_request_is_over_when_nobody_is_left() -> None:
    last = given(REQUEST, MADE, asked("ana"), passed("ana"), passed("eva"), passed("fay"))
    step = AskNext(request_id=WISH, skipped=(), asked=None)
    last.when(step).then(closed(None, CloseReason.NOBODY_LEFT))


def test_nobody_is_asked_while_somebody_is() -> None:
    story = given(REQUEST, MADE, asked("ana"))
    story.when(AskNext(request_id=WISH, skipped=(), asked=EVA)).then_refused(RequestMoved)
    story.when(AskNext(request_id=WISH, skipped=(), asked=ANA)).then()


def test_nobody_is_asked_what_has_come_to_its_end_meanwhile() -> None:
    ask = AskNext(request_id=WISH, skipped=(), asked=EVA)
    between = (MADE, asked("ana"), passed("ana"))
    withdrawn = closed(None, CloseReason.WITHDRAWN)
    given(REQUEST, *between, withdrawn).when(ask).then_refused(RequestMoved)
    given(REQUEST, MADE, asked("ana"), ACCEPTED).when(ask).then_refused(RequestMoved)


def test_who_asked_may_take_it_back_until_it_is_accepted() -> None:
    back = CloseRequest(request_id=WISH, asked=ANA, reason=CloseReason.WITHDRAWN)
    told = closed(ANA, CloseReason.WITHDRAWN)
    given(REQUEST, MADE, asked("ana")).when(back).then(told)
    given(REQUEST, MADE, asked("ana"), told).when(back).then()
    given(REQUEST, MADE, asked("ana"), ACCEPTED).when(back).then_refused(RequestNotOpen)
    given(REQUEST, MADE, asked("ana"), told).when(accepting(ANA)).then_refused(RequestNotOpen)


def test_taking_back_what_went_on_meanwhile_has_to_look_again() -> None:
    back = CloseRequest(request_id=WISH, asked=ANA, reason=CloseReason.WITHDRAWN)
    story = given(REQUEST, MADE, asked("ana"), passed("ana"), asked("eva"))
    story.when(back).then_refused(RequestMoved)


def test_a_request_nobody_made_is_unknown() -> None:
    given(REQUEST).when(accepting(ANA)).then_refused(RequestUnknown)
