from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from services.matching.domain.appeal import (
    APPEAL,
    AppealClosed,
    AppealFiledBefore,
    AppealNotDue,
    AppealUnknown,
    DecideAppeal,
    DeciderInvolved,
    FileAppeal,
    MarkAppealOverdue,
    WithdrawAppeal,
)
from shared.events.matching import (
    AppealDecided,
    AppealFiled,
    AppealGround,
    AppealOutcome,
    AppealOverdue,
    AppealSubject,
    AppealWithdrawn,
)
from shared.ids import derived_id
from shared.testing import NOW, given
from tests.matching.cast import BEN, COHORT, PAIR, PIA_MANAGES, PROGRAM, person

APPEALED: UUID = derived_id("appeal")
EVA, SAM = person("ben"), person("sam")
FILE = FileAppeal(
    appeal_id=APPEALED,
    program_id=PROGRAM,
    cohort_id=COHORT,
    enrollment_id=BEN,
    person_id=EVA,
    subject=AppealSubject.ENDED,
    about=PAIR,
    ground=AppealGround.NOT_HEARD,
    involved=(PIA_MANAGES,),
    days=14,
)
DUE = NOW + timedelta(days=14)
FILED = AppealFiled(
    appeal_id=APPEALED,
    program_id=PROGRAM,
    cohort_id=COHORT,
    enrollment_id=BEN,
    person_id=EVA,
    subject=AppealSubject.ENDED,
    about=PAIR,
    ground=AppealGround.NOT_HEARD,
    involved=tuple(sorted((PIA_MANAGES, EVA))),
    due_at=DUE,
    at=NOW,
)
DECIDE = DecideAppeal(appeal_id=APPEALED, outcome=AppealOutcome.UPHELD_PRIORITY, by=SAM)
DECIDED = AppealDecided(appeal_id=APPEALED, outcome=AppealOutcome.UPHELD_PRIORITY, by=SAM, at=NOW)


def test_an_appeal_is_filed_once_and_has_a_day() -> None:
    given(APPEAL).when(FILE).then(FILED)
    given(APPEAL, FILED).when(FILE).then()
    other = replace(FILE, ground=AppealGround.FACTS_WRONG)
    given(APPEAL, FILED).when(other).then_refused(AppealFiledBefore)
    given(APPEAL, FILED, DECIDED).when(FILE).then_refused(AppealFiledBefore)


def test_nobody_decides_who_had_a_part_in_it() -> None:
    given(APPEAL, FILED).when(replace(DECIDE, by=PIA_MANAGES)).then_refused(DeciderInvolved)
    given(APPEAL, FILED).when(replace(DECIDE, by=EVA)).then_refused(DeciderInvolved)
    given(APPEAL, FILED).when(DECIDE).then(DECIDED)


def test_an_appeal_is_decided_once() -> None:
    given(APPEAL, FILED, DECIDED).when(DECIDE).then()
    other = replace(DECIDE, outcome=AppealOutcome.REJECTED)
    given(APPEAL, FILED, DECIDED).when(other).then_refused(AppealClosed)
    given(APPEAL).when(DECIDE).then_refused(AppealUnknown)


def test_an_appeal_past_its_day_is_overdue_and_can_still_be_decided() -> None:
    mark = MarkAppealOverdue(appeal_id=APPEALED)
    overdue = AppealOverdue(appeal_id=APPEALED, program_id=PROGRAM, cohort_id=COHORT, at=DUE)
    given(APPEAL, FILED).when(mark).then_refused(AppealNotDue)
    given(APPEAL, FILED).when(mark, at=DUE).then(overdue)
    given(APPEAL, FILED, overdue).when(mark, at=DUE).then()
    given(APPEAL, FILED, DECIDED).when(mark, at=DUE).then_refused(AppealClosed)
    given(APPEAL, FILED, overdue).when(DECIDE).then(DECIDED)


def test_an_appeal_can_be_taken_back_until_it_is_decided() -> None:
    withdraw = WithdrawAppeal(appeal_id=APPEALED)
    withdrawn = AppealWithdrawn(appeal_id=APPEALED, at=NOW)
    given(APPEAL, FILED).when(withdraw).then(withdrawn)
    given(APPEAL, FILED, withdrawn).when(withdraw).then()
    given(APPEAL, FILED, withdrawn).when(DECIDE).then_refused(AppealClosed)
    given(APPEAL, FILED, DECIDED).when(withdraw).then_refused(AppealClosed)
