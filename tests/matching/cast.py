"""People, programs, and facts that the stories of matching share."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from services.matching.domain.pool import Candidate, Parted, RunInput
from shared.events.matching import (
    CrossFunctionRule,
    MatchingPolicySet,
    PairingProposed,
    ParticipantListed,
    ScoreWeights,
    SeatReserved,
)
from shared.events.vocabulary import CompetencyLevel, Part, Period
from shared.ids import (
    CohortId,
    CompetencyId,
    EnrollmentId,
    PairingId,
    PersonId,
    ProgramId,
    RunId,
    derived_id,
)
from shared.testing import NOW

PROGRAM = ProgramId(derived_id("program"))
COHORT = CohortId(derived_id("cohort"))
RUN = RunId(derived_id("run"))
PAIR = PairingId(derived_id("pairing of ana and ben"))
OTHER_PAIR = PairingId(derived_id("pairing of ana and cem"))
PIA_MANAGES = PersonId(derived_id("pia"))

FACILITATION = CompetencyId(derived_id("facilitation"))
STATISTICS = CompetencyId(derived_id("statistics"))
BUDGETING = CompetencyId(derived_id("budgeting"))


def person(name: str) -> PersonId:
    return PersonId(derived_id("person", name))


def enrollment(name: str) -> EnrollmentId:
    return EnrollmentId(derived_id("enrollment", name))


ANA, BEN, CEM = enrollment("ana"), enrollment("ben"), enrollment("cem")  # Ana is the mentor

POLICY_SET = MatchingPolicySet(
    program_id=PROGRAM,
    version=1,
    seats_per_mentor_max=3,
    cross_function=CrossFunctionRule.PREFERRED,
    weights=ScoreWeights(),
    trial_days=30,
    answer_days=7,
    exit_criteria=(),
    author=PIA_MANAGES,
    reason="first policy",
    at=NOW,
)


def listed(who: EnrollmentId, part: Part, seats: int = 1) -> ParticipantListed:
    return ParticipantListed(
        enrollment_id=who,
        program_id=PROGRAM,
        cohort_id=COHORT,
        person_id=PersonId(UUID(int=who.int)),
        part=part,
        seats=seats,
        at=NOW,
    )


def reserved(who: EnrollmentId, pairing: PairingId) -> SeatReserved:
    return SeatReserved(enrollment_id=who, pairing_id=pairing, at=NOW)


PROPOSED = PairingProposed(
    pairing_id=PAIR,
    program_id=PROGRAM,
    cohort_id=COHORT,
    mentor=ANA,
    mentee=BEN,
    mentor_person=person("ana"),
    mentee_person=person("ben"),
    run_id=None,
    score=700,
    cross_functional=True,
    answer_by=NOW + timedelta(days=7),
    trial_days=30,
    at=NOW,
)


def candidate(  # noqa: PLR0913  # each a trait that some story is about
    name: str,
    *,
    function: str = "finance",
    levels: dict[CompetencyId, int] | None = None,
    goals: Sequence[CompetencyId] = (),
    managers: Sequence[str] = (),
    languages: Sequence[str] = ("en",),
    periods: Sequence[Period] = tuple(Period),
    utc_offset_minutes: int = 0,
    seats: int = 1,
    role_competencies: Sequence[CompetencyId] = (),
    styles: tuple[str | None, str | None] = (None, None),
    interests: Sequence[str] = (),
) -> Candidate:
    return Candidate(
        enrollment_id=enrollment(name),
        person_id=person(name),
        function=function,
        utc_offset_minutes=utc_offset_minutes,
        managers=tuple(map(person, managers)),
        languages=tuple(languages),
        expertise=tuple(
            CompetencyLevel(competency_id=what, level=level)
            for what, level in (levels or {}).items()
        ),
        goals=tuple(goals),
        role_competencies=tuple(role_competencies),
        interests=tuple(interests),
        learning_style=styles[0],
        work_style=styles[1],
        periods=tuple(periods),
        seats=seats,
        free=seats,
    )


def run_input(
    mentees: Sequence[Candidate],
    mentors: Sequence[Candidate],
    *,
    policy: MatchingPolicySet = POLICY_SET,
    parted: Sequence[Parted] = (),
) -> RunInput:
    return RunInput(
        program_id=PROGRAM,
        cohort_id=COHORT,
        policy=policy,
        mentees=tuple(mentees),
        mentors=tuple(mentors),
        parted=tuple(parted),
    )
