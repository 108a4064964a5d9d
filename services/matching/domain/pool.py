"""What a run looks at, frozen: coded, pseudonymous, and the same on every machine.

Nothing here tells who somebody is, and no protected attribute ever comes this way.
"""

from shared.events.matching import MatchingPolicySet
from shared.events.vocabulary import CompetencyLevel, Period
from shared.frozen import frozen
from shared.ids import CohortId, CompetencyId, EnrollmentId, PersonId, ProgramId


@frozen
class Candidate:
    enrollment_id: EnrollmentId
    person_id: PersonId
    function: str
    utc_offset_minutes: int  # on the day of the run: time zone rules are not looked up again
    managers: tuple[PersonId, ...] = ()  # own manager first, then theirs, upwards
    languages: tuple[str, ...] = ("en",)  # BCP 47
    expertise: tuple[CompetencyLevel, ...] = ()
    goals: tuple[CompetencyId, ...] = ()  # most wanted first
    role_competencies: tuple[CompetencyId, ...] = ()  # what the target roles ask for
    interests: tuple[str, ...] = ()
    learning_style: str | None = None
    work_style: str | None = None
    periods: tuple[Period, ...] = tuple(Period)  # when they can meet, in their own time
    seats: int = 1
    free: int = 1


@frozen
class Parted:
    """Two who were proposed or paired before: they are not put together again."""

    mentor: PersonId
    mentee: PersonId


@frozen
class RunInput:
    program_id: ProgramId
    cohort_id: CohortId
    policy: MatchingPolicySet
    mentees: tuple[Candidate, ...]
    mentors: tuple[Candidate, ...]
    parted: tuple[Parted, ...] = ()
