"""Whether the pool has moved since a draft was made."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from services.matching.domain import staleness
from services.matching.domain.pool import RunInput
from services.matching.domain.staleness import PoolSeen
from services.matching.queries import candidates, records
from services.matching.queries.run_views import MatchingRunView
from services.matching.queries.runs import request_of
from shared.database import Database
from shared.ids import EnrollmentId, TenantId

DRAFT = "draft"


class _Mentee(msgspec.Struct):
    enrollment_id: UUID


class _Mentor(msgspec.Struct):
    enrollment_id: UUID
    free: int


class _People(msgspec.Struct):
    mentees: list[_Mentee]
    mentors: list[_Mentor]


class _Document(msgspec.Struct):
    input: _People


async def changes(db: Database, tenant: TenantId, run: MatchingRunView) -> Sequence[str]:
    """What has moved in the pool since a draft was made, in words; nothing if it has no record."""
    if run.state != DRAFT or run.record_digest is None:
        return ()
    document = await records.document(db, run.run_id, run.record_digest)
    request = await request_of(db, tenant, run.run_id)
    if document is None or request is None:
        return ()
    policy = request.policy or await candidates.policy(
        db, tenant, run.program_id, run.policy_version
    )
    current = await candidates.policy(db, tenant, run.program_id)
    if policy is None or current is None:
        return ()
    now = await candidates.run_input(db, tenant, request, policy)
    then = _then(document, run.policy_version)
    return staleness.changes(then, _seen(now, current.version))


def _then(document: bytes, policy_version: int) -> PoolSeen:
    people = msgspec.json.decode(document, type=_Document).input
    return PoolSeen(
        policy_version=policy_version,
        mentees=frozenset(EnrollmentId(who.enrollment_id) for who in people.mentees),
        mentors={EnrollmentId(who.enrollment_id): who.free for who in people.mentors},
    )


def _seen(source: RunInput, policy_version: int) -> PoolSeen:
    return PoolSeen(
        policy_version=policy_version,
        mentees=frozenset(who.enrollment_id for who in source.mentees),
        mentors={who.enrollment_id: who.free for who in source.mentors},
    )
