from dataclasses import replace

import pytest

from services.matching.domain.pairing import PAIRING
from services.matching.domain.pairing_commands import (
    AnswerExitSurvey,
    EndByTerm,
    MarkEscalationOverdue,
    RaiseEscalation,
    RequestContinuity,
    ResolveEscalation,
    RotatePairing,
)
from services.matching.domain.pairing_refusals import (
    EscalationNotDue,
    EscalationNotYours,
    EscalationOpen,
    EscalationOutcomeNotOpen,
    EscalationToSide,
    ExitSurveyAlreadyAnswered,
    NeverPaired,
    NoEscalation,
    PairingNotEnded,
    PairingNotUnderWay,
    ReasonNotOpen,
    RotationSameFunction,
    RotationToSameMentor,
    SurveyAnswerInvalid,
)
from shared.events.matching import (
    Actor,
    ContinuityRequested,
    EndReason,
    EscalationGround,
    EscalationOutcome,
    EscalationOverdue,
    EscalationRaised,
    EscalationResolved,
    ExitQuestion,
    ExitSurveyAnswered,
    MatchRotated,
    SurveyAnswer,
)
from shared.events.vocabulary import Part
from shared.testing import NOW, given
from tests.matching.cast import ANA, CEM, OTHER_PAIR, PAIR, PIA_MANAGES, PROPOSED, person
from tests.matching.test_pairing import ENDED
from tests.matching.test_pairing_course import CONFIRMED, DAY

RAISE = RaiseEscalation(
    pairing_id=PAIR,
    to=PIA_MANAGES,
    ground=EscalationGround.NO_CONTACT,
    by=Actor.MENTEE,
    days=10,
)
RAISED = EscalationRaised(
    pairing_id=PAIR,
    escalation=1,
    to=PIA_MANAGES,
    ground=EscalationGround.NO_CONTACT,
    by=Actor.MENTEE,
    due_at=NOW + 10 * DAY,
    at=NOW,
)


def test_an_escalation_names_who_settles_it_and_by_when() -> None:
    story = given(PAIRING, *CONFIRMED)
    story.when(RAISE).then(RAISED)
    story.when(replace(RAISE, to=person("ana"))).then_refused(EscalationToSide)
    open_one = given(PAIRING, *CONFIRMED, RAISED)
    open_one.when(RAISE).then()
    open_one.when(replace(RAISE, ground=EscalationGround.CONFLICT)).then_refused(EscalationOpen)
    settle = ResolveEscalation(pairing_id=PAIR, outcome=EscalationOutcome.SETTLED, by=PIA_MANAGES)
    settled = EscalationResolved(
        pairing_id=PAIR, escalation=1, outcome=EscalationOutcome.SETTLED, by=PIA_MANAGES, at=NOW
    )
    open_one.when(replace(settle, by=person("eva"))).then_refused(EscalationNotYours)
    unheard = replace(settle, outcome=EscalationOutcome.PAIRING_ENDED)
    open_one.when(unheard).then_refused(EscalationOutcomeNotOpen)
    open_one.when(settle).then(settled)
    open_one.and_when(settle).when(settle).then()
    story.when(settle).then_refused(NoEscalation)
    again = open_one.and_when(settle)
    again.when(RAISE).then(replace(RAISED, escalation=2))


def test_an_escalation_past_its_day_is_overdue_and_stays_open() -> None:
    mark = MarkEscalationOverdue(pairing_id=PAIR)
    story = given(PAIRING, *CONFIRMED, RAISED)
    story.when(mark).then_refused(EscalationNotDue)
    overdue = EscalationOverdue(pairing_id=PAIR, escalation=1, to=PIA_MANAGES, at=RAISED.due_at)
    story.when(mark, at=RAISED.due_at).then(overdue)
    given(PAIRING, *CONFIRMED, RAISED, overdue).when(mark, at=RAISED.due_at).then()


def test_an_escalation_may_lead_to_a_new_match_and_ends_with_the_pairing() -> None:
    apart = ResolveEscalation(pairing_id=PAIR, outcome=EscalationOutcome.RE_MATCH, by=PIA_MANAGES)
    story = given(PAIRING, *CONFIRMED, RAISED)
    settled = EscalationResolved(
        pairing_id=PAIR, escalation=1, outcome=EscalationOutcome.RE_MATCH, by=PIA_MANAGES, at=NOW
    )
    ended = replace(ENDED, reason=EndReason.RE_MATCHED, by=Actor.MANAGER, manager=PIA_MANAGES)
    story.when(apart).then(settled, ended)
    story.and_when(apart).when(apart).then()
    over = NOW + 180 * DAY
    story.when(EndByTerm(pairing_id=PAIR), at=over).then(
        replace(settled, outcome=EscalationOutcome.PAIRING_ENDED, by=None, at=over),
        replace(ENDED, reason=EndReason.TERM_OVER, at=over),
    )


ROTATE = RotatePairing(
    pairing_id=PAIR,
    next_pairing=OTHER_PAIR,
    next_mentor=CEM,
    continuing=True,
    same_function=False,
    manager=PIA_MANAGES,
)


def test_a_rotation_leads_to_another_function_and_stays_on_record() -> None:
    moved = MatchRotated(
        pairing_id=PAIR,
        next_pairing=OTHER_PAIR,
        next_mentor=CEM,
        continuing=True,
        by=PIA_MANAGES,
        at=NOW,
    )
    ended = replace(ENDED, reason=EndReason.ROTATED, by=Actor.MANAGER, manager=PIA_MANAGES)
    story = given(PAIRING, *CONFIRMED)
    story.when(ROTATE).then(moved, ended)
    story.and_when(ROTATE).when(ROTATE).then()
    story.when(replace(ROTATE, same_function=True)).then_refused(RotationSameFunction)
    story.when(replace(ROTATE, next_mentor=ANA)).then_refused(RotationToSameMentor)
    given(PAIRING, PROPOSED).when(ROTATE).then_refused(PairingNotUnderWay)


def test_continuity_counts_once_both_have_asked_also_after_the_end() -> None:
    ana, ben = (RequestContinuity(pairing_id=PAIR, by=part) for part in Part)
    wanted = ContinuityRequested(pairing_id=PAIR, by=Part.MENTOR, agreed=False, at=NOW)
    story = given(PAIRING, *CONFIRMED)
    story.when(ana).then(wanted)
    given(PAIRING, *CONFIRMED, wanted).when(ana).then()
    after = given(PAIRING, *CONFIRMED, wanted, ENDED)
    after.when(ben).then(replace(wanted, by=Part.MENTEE, agreed=True))
    given(PAIRING, PROPOSED).when(ana).then_refused(NeverPaired)


SURVEY = AnswerExitSurvey(
    pairing_id=PAIR,
    by=Part.MENTEE,
    reason=EndReason.NO_TIME,
    answers=(SurveyAnswer(question=ExitQuestion.GOALS_REACHED, answer=4),),
)


def test_each_side_says_once_what_it_makes_of_the_end() -> None:
    told = ExitSurveyAnswered(
        pairing_id=PAIR,
        by=Part.MENTEE,
        reason=EndReason.NO_TIME,
        answers=SURVEY.answers,
        at=NOW,
    )
    story = given(PAIRING, *CONFIRMED, ENDED)
    story.when(SURVEY).then(told)
    story.and_when(SURVEY).when(SURVEY).then()
    other = replace(SURVEY, reason=EndReason.SILENT)
    story.and_when(SURVEY).when(other).then_refused(ExitSurveyAlreadyAnswered)
    story.and_when(SURVEY).when(replace(SURVEY, by=Part.MENTOR)).then(replace(told, by=Part.MENTOR))
    given(PAIRING, *CONFIRMED).when(SURVEY).then_refused(PairingNotEnded)


@pytest.mark.parametrize("answer", [0, 6, -1])
def test_an_answer_is_one_to_five(answer: int) -> None:
    wrong = SurveyAnswer(question=ExitQuestion.GOALS_REACHED, answer=answer)
    story = given(PAIRING, *CONFIRMED, ENDED)
    story.when(replace(SURVEY, answers=(wrong,))).then_refused(SurveyAnswerInvalid)


def test_a_question_is_answered_once_and_with_a_reason_the_program_knows() -> None:
    story = given(PAIRING, *CONFIRMED, ENDED)
    story.when(replace(SURVEY, answers=SURVEY.answers * 2)).then_refused(SurveyAnswerInvalid)
    known = frozenset({EndReason.NOT_A_FIT})
    story.when(replace(SURVEY, open_reasons=known)).then_refused(ReasonNotOpen)
