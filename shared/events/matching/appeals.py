"""Appeals against what matching did: filed, decided by somebody not involved, or overdue."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

from shared.frozen import light
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId
from shared.sealed import Sealed


class AppealSubject(StrEnum):
    """What is contested."""

    DECLINED = "declined"  # a proposal that somebody else turned down
    UNMATCHED = "unmatched"  # a run that found no partner
    ENDED = "ended"  # a pairing that somebody ended


class AppealGround(StrEnum):
    """Why it is contested."""

    RULE_MISAPPLIED = "rule_misapplied"
    FACTS_WRONG = "facts_wrong"
    UNEQUAL_TREATMENT = "unequal_treatment"
    NOT_HEARD = "not_heard"
    OTHER = "other"


class AppealOutcome(StrEnum):
    """What an appeal came to."""

    UPHELD_RE_RUN = "upheld_re_run"  # the cohort is to be matched anew
    UPHELD_PRIORITY = "upheld_priority"  # the participant is first in the list
    REJECTED = "rejected"


@light
class AppealFiled:
    appeal_id: UUID
    program_id: ProgramId
    cohort_id: CohortId
    enrollment_id: EnrollmentId  # who contests
    person_id: PersonId
    subject: AppealSubject
    about: UUID  # the pairing or the run
    ground: AppealGround
    involved: tuple[PersonId, ...]  # may not decide
    due_at: datetime
    at: datetime
    text: Sealed | None = None


@light
class AppealDecided:
    appeal_id: UUID
    outcome: AppealOutcome
    by: PersonId
    at: datetime
    text: Sealed | None = None


@light
class AppealWithdrawn:
    appeal_id: UUID
    at: datetime


@light
class AppealOverdue:
    """Nobody decided in time; it stays open."""

    appeal_id: UUID
    program_id: ProgramId
    cohort_id: CohortId
    at: datetime


AppealEvent: TypeAlias = AppealFiled | AppealDecided | AppealWithdrawn | AppealOverdue
