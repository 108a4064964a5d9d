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
    level: str = ""  # a code; the policy says which is above which
    site: str = ""  # a code; empty: none known
    tenure_years: int = 0  # whole years at the time of the run
    needs: tuple[str, ...] = ()  # codes of what the mentee needs
    supports: tuple[str, ...] = ()  # codes of needs that the mentor can meet
    recent_pairings: int = 0  # that the mentor began in the 365 days before the run


@frozen
class Parted:
    """Two who were proposed or paired before."""

    mentor: PersonId
    mentee: PersonId
    cycles_ago: int = 0  # cohorts of this program that began since; 0: this one
    continuing: bool = False  # both asked to go on together


@frozen
class Locked:
    """Two who stay together whatever else a run finds; a seat of the mentor is theirs."""

    mentor: EnrollmentId
    mentee: EnrollmentId


@frozen
class Apart:
    """Two whom nobody may put together; why, and who asked for it, is not known here."""

    mentor: EnrollmentId
    mentee: EnrollmentId


@frozen
class Emphasis:
    """Competencies that a run seeks besides everything else, such as those of a target role."""

    competencies: tuple[CompetencyId, ...]
    weight: int  # points at most


@frozen
class RunInput:
    program_id: ProgramId
    cohort_id: CohortId
    policy: MatchingPolicySet
    mentees: tuple[Candidate, ...]
    mentors: tuple[Candidate, ...]
    parted: tuple[Parted, ...] = ()
    apart: tuple[Apart, ...] = ()  # private
    order: tuple[EnrollmentId, ...] = ()  # all mentees, who is served first comes first
    locked: tuple[Locked, ...] = ()
    emphasis: Emphasis | None = None
