"""Runs, their pairs, and who was left without, as views."""

from typing import Any
from uuid import UUID

import msgspec

from services.matching.queries.run_views import (
    MatchingRunView,
    RunPairView,
    UnservedView,
)
from shared.database import Database
from shared.events.matching import MatchingRunRequested
from shared.frozen import frozen
from shared.http import PageOf, PageRequest
from shared.ids import TenantId
from shared.sealed import Sealed

# Seen by managers of the program only.
DRAFTS = ("computing", "draft", "failed", "discarded", "cancelled", "rejected")
COMPUTING = "computing"
MANUAL = "left_by_manager"  # why somebody has no mentor whom the run had given one

_COLUMNS = """
run_id, program_id, cohort_id, policy_version, state, requested_by, requested_at, finished_at,
input_digest, result_digest, mentees, mentors, seats, pairs, unserved, total_score, worst_score,
cross_functional_pairs, reason, rules::text AS rules, published_at, told_at, proposed, waitlisted,
left_out::text AS left_out, what_if, objective, request::text AS request, overrides,
lottery_commitment, lottery_seed, is_unique, as_of::text AS as_of, record_digest, version
"""
_RUN = f"SELECT {_COLUMNS} FROM read.runs WHERE run_id = $1"  # noqa: S608  # columns named above
_RUNS = f"""
SELECT {_COLUMNS} FROM read.runs
WHERE program_id = $1 AND ($2::uuid IS NULL OR cohort_id = $2)
  AND ($3::text[] IS NULL OR state = ANY($3)) AND ($4 OR state IN ('publishing', 'published'))
  AND ($5::boolean IS NULL OR what_if = $5)
  AND ($6::timestamptz IS NULL OR (requested_at, run_id) < ($6, $7))
ORDER BY requested_at DESC, run_id DESC LIMIT $8
"""  # noqa: S608  # columns named above
# A run as it stands: what it found, and over it what was changed by hand.
STANDING = """
SELECT p.tenant, p.run_id, p.mentee, p.mentor, p.score, p.components, p.cross_functional,
       NULL::jsonb AS why
FROM read.run_pairs AS p
WHERE p.run_id = $1 AND NOT EXISTS (SELECT FROM read.run_overrides AS o
    WHERE o.tenant = p.tenant AND o.run_id = p.run_id AND o.mentee = p.mentee)
UNION ALL
SELECT o.tenant, o.run_id, o.mentee, o.mentor, o.score, o.components, o.cross_functional, o.reason
FROM read.run_overrides AS o WHERE o.run_id = $1 AND o.mentor IS NOT NULL
"""
LEFT = f"""
SELECT u.tenant, u.run_id, u.mentee, u.reason
FROM read.run_unserved AS u
WHERE u.run_id = $1 AND NOT EXISTS (SELECT FROM read.run_overrides AS o
    WHERE o.tenant = u.tenant AND o.run_id = u.run_id AND o.mentee = u.mentee
      AND o.mentor IS NOT NULL)
UNION ALL
SELECT o.tenant, o.run_id, o.mentee, '{MANUAL}'
FROM read.run_overrides AS o
WHERE o.run_id = $1 AND o.mentor IS NULL AND NOT EXISTS (SELECT FROM read.run_unserved AS u
    WHERE u.tenant = o.tenant AND u.run_id = o.run_id AND u.mentee = o.mentee)
"""  # noqa: S608  # a constant
_PAIRS = f"""
SELECT p.mentee, p.mentor, p.score, p.components::text AS components, p.cross_functional,
       p.why::text AS why, made.pairing_id, made.state
FROM ({STANDING}) AS p
LEFT JOIN read.pairings AS made
    ON made.tenant = p.tenant AND made.run_id = p.run_id AND made.mentee = p.mentee
WHERE $2::integer IS NULL OR (p.score, p.mentee) < ($2, $3)
ORDER BY p.score DESC, p.mentee DESC LIMIT $4
"""  # noqa: S608  # named above
_UNSERVED = f"""
SELECT mentee, reason FROM ({LEFT}) AS u
WHERE $2::uuid IS NULL OR mentee > $2 ORDER BY mentee LIMIT $3
"""  # noqa: S608  # named above
_REQUESTED = """
SELECT request::text FROM read.runs
WHERE tenant = $1 AND run_id = $2 AND ($3::text IS NULL OR state = $3)
"""
_UNDER_WAY = "SELECT state FROM read.runs WHERE tenant = $1 AND run_id = $2"


@frozen
class RunQuestion:
    """Which runs of a program are asked for."""

    program_id: UUID
    cohort_id: UUID | None
    states: list[str] | None
    what_if: bool | None  # None: both those that count and those that only try something
    drafts: bool  # whether the asker may see what is not published


@frozen
class ListedRunPair:
    """A pair of a run, and why it was made by hand, still sealed."""

    view: RunPairView
    reason: Sealed | None


async def run(db: Database, *, run_id: UUID) -> MatchingRunView | None:
    """One run with its sums."""
    row = await db.fetchrow(_RUN, run_id)
    return None if row is None else _view(row)


async def runs(
    db: Database, page: PageRequest, *, question: RunQuestion
) -> PageOf[MatchingRunView]:
    """Runs of a program, newest first."""
    at, run_id = page.after or (None, None)
    asked = (question.program_id, question.cohort_id, question.states, question.drafts)
    rows = await db.fetch(_RUNS, *asked, question.what_if, at, run_id, page.rows)
    views = [_view(row) for row in rows]
    return page.of(views, lambda view: (view.requested_at, view.run_id))


async def run_pairs(db: Database, page: PageRequest, *, run_id: UUID) -> list[ListedRunPair]:
    """The pairs of a run as they stand, with their components, best first."""
    score, mentee = page.after or (None, None)
    rows = await db.fetch(_PAIRS, run_id, score, mentee, page.rows)
    return [_pair(row) for row in rows]


async def unserved(db: Database, page: PageRequest, *, run_id: UUID) -> PageOf[UnservedView]:
    """Who has no mentor in a run as it stands, and which kind of reason it was."""
    (after,) = page.after or (None,)
    rows = await db.fetch(_UNSERVED, run_id, after, page.rows)
    return page.of([UnservedView(**row) for row in rows], lambda person: (person.mentee,))


async def requested_run(
    db: Database, tenant: TenantId, run_id: UUID
) -> MatchingRunRequested | None:
    """What was asked of a run that is still to be worked out; loops ask, for any tenant."""
    return await request_of(db, tenant, run_id, COMPUTING)


async def request_of(
    db: Database, tenant: TenantId, run_id: UUID, state: str | None = None
) -> MatchingRunRequested | None:
    """What was asked of a run, if it is in this state."""
    text = await db.fetchval(_REQUESTED, tenant, run_id, state)
    return None if text is None else msgspec.json.decode(text, type=MatchingRunRequested)


async def state_of(db: Database, tenant: TenantId, run_id: UUID) -> str | None:
    """Where a run stands now; loops ask, for any tenant."""
    state: str | None = await db.fetchval(_UNDER_WAY, tenant, run_id)
    return state


def _view(row: Any) -> MatchingRunView:  # noqa: ANN401  # a row
    told = {**row}
    for name in ("rules", "left_out", "as_of"):
        told[name] = _value(row[name]) or []
    return MatchingRunView(**told | _request(_value(told.pop("request")) or {}))


def _request(request: dict[str, Any]) -> dict[str, Any]:
    """What was asked of a run, beside the policy's version."""
    return {
        "asked_because": request.get("reason") or None,
        "lock": request.get("locked", []),
        "bar": [],  # named for managers alone
        "barred": len(request.get("barred", ())) + len(request.get("barred_unnamed", ())),
        "basis": request.get("basis"),
        "emphasis": request.get("emphasis"),
        "tried": _tried(request.get("policy")),
    }


def _tried(policy: dict[str, Any] | None) -> dict[str, Any] | None:
    if policy is None:
        return None
    plain = ("program_id", "version", "author", "reason", "at")
    return {name: value for name, value in policy.items() if name not in plain}


def _pair(row: Any) -> ListedRunPair:  # noqa: ANN401  # a row
    told = {**row}
    why = told.pop("why")
    told["components"] = msgspec.json.decode(told["components"])
    return ListedRunPair(
        view=RunPairView(**told, overridden=why is not None, override_reason=None),
        reason=None if why is None else msgspec.json.decode(why, type=Sealed),
    )


def _value(text: str | None) -> Any:  # noqa: ANN401  # JSON
    return None if text is None else msgspec.json.decode(text)
