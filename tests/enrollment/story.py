"""The people, the program, and the words that the tests of enrollment tell of."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from services.enrollment.domain.enrollment.application import SubmitApplication
from services.enrollment.domain.terms import Vocabulary
from shared.events.enrollment import (
    Calendar,
    CriterionScore,
    Part,
    Position,
    RubricCriterion,
)
from shared.ids import CohortId, CompetencyId, EnrollmentId, PersonId, ProgramId, TargetRoleId
from shared.testing import NOW

ACROSS = ProgramId(UUID(int=1))
SPRING = CohortId(UUID(int=2))
ANA = PersonId(UUID(int=11))
BEN = PersonId(UUID(int=12))
CLEO = PersonId(UUID(int=13))
LISTENING = CompetencyId(UUID(int=21))
NEGOTIATION = CompetencyId(UUID(int=22))
STENOGRAPHY = CompetencyId(UUID(int=23))  # retired
TEAM_LEAD = TargetRoleId(UUID(int=31))
ANAS = EnrollmentId(UUID(int=41))  # as mentee
BENS = EnrollmentId(UUID(int=42))  # as mentor

DAY = timedelta(days=1)
WORDS = Vocabulary(current=frozenset({LISTENING, NEGOTIATION}), retired=frozenset({STENOGRAPHY}))
ROLES = Vocabulary(current=frozenset({TEAM_LEAD}))
IN_SALES = Position(
    function="sales",
    level="junior",
    site="Porto",
    time_zone="Europe/Lisbon",
    hired_on=date(2025, 1, 15),
)
CALENDAR = Calendar(
    applications_open_at=NOW + DAY,
    applications_close_at=NOW + 15 * DAY,
    kick_off_at=NOW + 30 * DAY,
    project_start_at=NOW + 40 * DAY,
    reflection_at=NOW + 120 * DAY,
    close_at=NOW + 180 * DAY,
)
CRITERIA = (
    RubricCriterion(code="potential", weight=50),
    RubricCriterion(code="curiosity", weight=30),
    RubricCriterion(code="tenure", weight=20),
)
GOOD = (
    CriterionScore(code="potential", score=80),
    CriterionScore(code="curiosity", score=70),
    CriterionScore(code="tenure", score=20),
)  # 65 of 100
POOR = tuple(CriterionScore(code=each.code, score=10) for each in GOOD)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def application(part: Part = Part.MENTEE, **changes: object) -> SubmitApplication:
    """Ana applies as mentee, Ben as mentor."""
    as_mentee = part is Part.MENTEE
    asked: dict[str, object] = {
        "enrollment_id": ANAS if as_mentee else BENS,
        "program_id": ACROSS,
        "cohort_id": SPRING,
        "person_id": ANA if as_mentee else BEN,
        "part": part,
        "position": IN_SALES,
        "desired_outcomes": (LISTENING,) if as_mentee else (),
        "vocabulary": WORDS,
    }
    return SubmitApplication(**{**asked, **changes})  # type: ignore[arg-type]  # changes fit their fields
