"""Drafts as they stand, for comparing them and for changing them by hand."""

from dataclasses import replace
from uuid import UUID

import msgspec

from services.matching.domain.comparison import DraftFacts, Made, Person
from services.matching.domain.fit import Fit
from services.matching.domain.fit import fits as fits_of
from services.matching.domain.pool import Emphasis
from services.matching.queries import candidates, fits, records
from services.matching.queries.run_views import MatchingRunView
from services.matching.queries.runs import LEFT, STANDING, request_of
from shared.database import Database
from shared.events.matching import MatchingPolicySet
from shared.ids import CohortId, CompetencyId, EnrollmentId, RunId, TenantId

_MADE = f"SELECT mentor, mentee, score, cross_functional FROM ({STANDING}) AS p"  # noqa: S608  # named there
_WITHOUT = f"SELECT mentee FROM ({LEFT}) AS u"  # noqa: S608  # named there
_PARTNER = f"SELECT mentor FROM ({STANDING}) AS p WHERE mentee = $2"  # noqa: S608  # named there


class _Person(msgspec.Struct):
    enrollment_id: UUID
    function: str
    free: int
    level: str = ""
    site: str = ""


class _People(msgspec.Struct):
    mentees: list[_Person]
    mentors: list[_Person]


class _Document(msgspec.Struct):
    input: _People


async def draft(db: Database, run: MatchingRunView) -> DraftFacts:
    """A run as it stands, with the people that it looked at."""
    made = await db.fetch(_MADE, run.run_id)
    without = await db.fetch(_WITHOUT, run.run_id)
    people = await _people(db, run)
    return DraftFacts(
        run_id=RunId(run.run_id),
        pairs=[Made(**row) for row in made],
        unserved=frozenset(EnrollmentId(row["mentee"]) for row in without),
        mentees={
            EnrollmentId(who.enrollment_id): Person(
                function=who.function, level=who.level, site=who.site
            )
            for who in people.mentees
        },
        mentors={EnrollmentId(who.enrollment_id): who.free for who in people.mentors},
    )


async def free_seats(db: Database, run: MatchingRunView) -> dict[UUID, int]:
    """The seats that each mentor of a run had free when it began."""
    return {who.enrollment_id: who.free for who in (await _people(db, run)).mentors}


async def partner_of(db: Database, run_id: UUID, mentee: UUID) -> UUID | None:
    """Whom a draft as it stands gives a mentee."""
    mentor: UUID | None = await db.fetchval(_PARTNER, run_id, mentee)
    return mentor


async def policy_of(
    db: Database, tenant: TenantId, run: MatchingRunView
) -> MatchingPolicySet | None:
    """What a run went by."""
    request = await request_of(db, tenant, run.run_id)
    if request is not None and request.policy is not None:
        return request.policy
    return await candidates.policy(db, tenant, run.program_id, run.policy_version)


async def fit_in(
    db: Database,
    tenant: TenantId,
    policy: MatchingPolicySet,
    run: MatchingRunView,
    pair: tuple[UUID, UUID],
) -> Fit | None:
    """How a mentor, named first, and a mentee fit as the run scores, by what is known now."""
    mentor, mentee = pair
    sides = [mentee], [mentor]
    source = await fits.source(db, tenant, policy, CohortId(run.cohort_id), sides)
    if run.emphasis is not None:
        wanted = tuple(map(CompetencyId, run.emphasis.competencies))
        emphasis = Emphasis(competencies=wanted, weight=run.emphasis.weight)
        source = replace(source, emphasis=emphasis)
    found = fits_of(source)
    return found[0] if found else None


async def _people(db: Database, run: MatchingRunView) -> _People:
    """Nobody for a run of before there were records."""
    digest = run.record_digest
    document = None if digest is None else await records.document(db, run.run_id, digest)
    if document is None:
        return _People(mentees=[], mentors=[])
    return msgspec.json.decode(document, type=_Document).input
