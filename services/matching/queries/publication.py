"""What is still to be told of a published run; requests and loops ask, so each names a tenant."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.matching.domain.fit import Fit, fits
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.publication import LeftOut, PairToTell, told
from services.matching.queries import fits as pools
from services.matching.queries.runs import LEFT, STANDING
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PersonId, ProgramId, RunId, TenantId

_PUBLISHING = """
SELECT run_id, program_id, cohort_id, policy_version, requested_by FROM read.runs
WHERE tenant = $1 AND run_id = $2 AND state = 'publishing'
"""
_TO_TELL = f"""
SELECT p.mentor, p.mentee, p.score, a.listed AND b.listed AS listed,
       a.seats - a.taken AS mentor_free, b.seats - b.taken AS mentee_free
FROM ({STANDING}) AS p
JOIN read.rosters AS a ON a.tenant = p.tenant AND a.enrollment_id = p.mentor
JOIN read.rosters AS b ON b.tenant = p.tenant AND b.enrollment_id = p.mentee
WHERE p.tenant = $2 AND NOT EXISTS (SELECT FROM read.pairings AS made
    WHERE made.tenant = p.tenant AND made.run_id = p.run_id AND made.mentee = p.mentee)
ORDER BY p.mentor, p.mentee
"""  # noqa: S608  # named where it is written
_TO_WAITLIST = f"""
SELECT u.mentee, u.reason, r.listed AND r.taken = 0 AS can_wait
FROM ({LEFT}) AS u
JOIN read.rosters AS r ON r.tenant = u.tenant AND r.enrollment_id = u.mentee
WHERE u.tenant = $2 ORDER BY u.mentee
"""  # noqa: S608  # named where it is written
_MADE = "SELECT count(*) FROM read.pairings WHERE tenant = $1 AND run_id = $2"


@frozen
class RunToTell:
    """A run that is being published."""

    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int
    requested_by: PersonId


@frozen
class PersonToWaitlist:
    mentee: EnrollmentId
    reason: str
    can_wait: bool  # still in the pool, and without a mentor


async def run_to_tell(db: Database, tenant: TenantId, run_id: UUID) -> RunToTell | None:
    """A run whose publication is not complete."""
    row = await db.fetchrow(_PUBLISHING, tenant, run_id)
    return None if row is None else RunToTell(**row)


async def to_tell(db: Database, tenant: TenantId, run_id: UUID) -> list[PairToTell]:
    """The pairs of a run that have not been proposed, mentor by mentor."""
    return [PairToTell(**row) for row in await db.fetch(_TO_TELL, run_id, tenant)]


async def to_waitlist(db: Database, tenant: TenantId, run_id: UUID) -> list[PersonToWaitlist]:
    """Who has no mentor in a run, all of them, always in the same order."""
    return [PersonToWaitlist(**row) for row in await db.fetch(_TO_WAITLIST, run_id, tenant)]


async def made(db: Database, tenant: TenantId, run_id: UUID) -> int:
    """How many pairs of a run have been proposed."""
    count: int = await db.fetchval(_MADE, tenant, run_id)
    return count


async def proposals(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    run: RunToTell,
    pairs: Sequence[PairToTell],
) -> Sequence[ProposePairing | LeftOut]:
    """For each pair its proposal, or why there is none, by the rules as they hold now."""
    sides = [pair.mentee for pair in pairs], [pair.mentor for pair in pairs]
    source = await pools.source(db, tenant, policy, run.cohort_id, sides)
    known: dict[tuple[EnrollmentId, EnrollmentId], Fit] = {}
    mentees = {who.enrollment_id: who for who in source.mentees}
    mentors = {who.enrollment_id: who for who in source.mentors}
    for pair in pairs:
        if pair.mentee in mentees and pair.mentor in mentors:
            mentee, mentor = mentees[pair.mentee], mentors[pair.mentor]
            (known[pair.mentor, pair.mentee],) = fits(
                replace(source, mentees=(mentee,), mentors=(mentor,))
            )
    where = run.run_id, run.cohort_id
    return [told(pair, known.get((pair.mentor, pair.mentee)), policy, where) for pair in pairs]
