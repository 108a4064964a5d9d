"""Pairs that managers bar for one run: unnamed in its event, named here for who may know.

Each side of each pair stands there by a name that only a key of that person makes, and by another
one each time: nobody else can tell who it is, or whether two of the names are of one person. Who
has the keys makes the names of everybody in the cohort again, and finds them.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, Final
from uuid import UUID

import msgspec

from services.matching.domain.matching_run import RUN
from services.matching.queries.candidate_rows import plain
from services.matching.queries.run_views import MatchingRunView, NamedPairView
from shared.database import Database
from shared.events.matching import MatchingRunRequested, NamedPair, UnnamedPair
from shared.ids import EnrollmentId, RunId, TenantId
from shared.vault import Namer, Place
from shared.vault_at_hand import at_hand

PURPOSE: Final = "bars"
BARRED: Final = "barred"

_PEOPLE = """
SELECT enrollment_id, person_id FROM read.rosters
WHERE tenant = $1 AND enrollment_id = ANY($2::uuid[])
"""
# Whoever has no such key stands in no pair.
_WITH_KEYS = """
SELECT r.cohort_id, r.enrollment_id, r.person_id FROM read.rosters AS r
JOIN vault.subject_keys AS k ON k.tenant = r.tenant AND k.subject = r.person_id::text
    AND k.purpose = $3 AND k.wrapped_key IS NOT NULL
WHERE r.tenant = $1 AND r.cohort_id = ANY($2::uuid[])
"""
_ASKED = """
SELECT request::text FROM read.runs WHERE tenant = $1 AND run_id = ANY($2::uuid[])
"""


async def people_of(
    db: Database, tenant: TenantId, pairs: Sequence[NamedPair]
) -> Mapping[EnrollmentId, str]:
    """Under whose keys these enrollments are named."""
    named = [who for pair in pairs for who in (pair.mentor, pair.mentee)]
    rows = await db.fetch(_PEOPLE, tenant, named)
    return {EnrollmentId(plain(row["enrollment_id"])): str(row["person_id"]) for row in rows}


def unnamed(
    where: Place, pairs: Sequence[NamedPair], namers: Mapping[EnrollmentId, Namer]
) -> tuple[UnnamedPair, ...]:
    """The same pairs without who they are, in no order; none of who has no key.

    Args:
        where: the place of the run's bars.
        pairs: each once.
        namers: by enrollment.
    """
    turns: Counter[EnrollmentId] = Counter()

    def name(who: EnrollmentId) -> UUID:
        turns[who] += 1
        return namers[who].name(_text(who, turns[who]), where)

    found = (
        UnnamedPair(mentor=name(pair.mentor), mentee=name(pair.mentee))
        for pair in pairs
        if pair.mentor in namers and pair.mentee in namers
    )
    return tuple(sorted(found, key=lambda pair: pair.mentor))


async def barred(
    db: Database, tenant: TenantId, request: MatchingRunRequested
) -> tuple[NamedPair, ...]:
    """The pairs that a run may not make, in order of their ids, as far as they can be read."""
    (found,) = await _named(db, tenant, [request])
    return found


async def with_bars(
    db: Database, tenant: TenantId, runs: Sequence[MatchingRunView]
) -> list[MatchingRunView]:
    """The same runs with the pairs that managers barred in them: for managers alone."""
    named = [run.run_id for run in runs if run.barred]
    rows = await db.fetch(_ASKED, tenant, named) if named else ()
    asked = [msgspec.json.decode(row["request"], type=MatchingRunRequested) for row in rows]
    found = await _named(db, tenant, asked)
    pairs = {request.run_id: told for request, told in zip(asked, found, strict=True)}
    return [
        run.model_copy(update={"bar": _views(pairs.get(RunId(run.run_id), ()))}) for run in runs
    ]


def _views(pairs: Sequence[NamedPair]) -> list[NamedPairView]:
    return [NamedPairView(mentor=pair.mentor, mentee=pair.mentee) for pair in pairs]


def bars_place(tenant: TenantId, run_id: UUID) -> Place:
    """Where the bars of a run stand."""
    return Place(tenant=tenant, stream=f"{RUN.category}-{run_id}", field=BARRED)


async def _named(
    db: Database, tenant: TenantId, asked: Sequence[MatchingRunRequested]
) -> Sequence[tuple[NamedPair, ...]]:
    cohorts = {request.cohort_id for request in asked if request.barred_unnamed}
    if not cohorts:
        return _read(tenant, asked, {})
    # It takes a third of a second for the most that can be asked for: others go on meanwhile.
    return await asyncio.to_thread(_read, tenant, asked, await _namers(db, tenant, cohorts))


def _read(
    tenant: TenantId,
    asked: Sequence[MatchingRunRequested],
    namers: Mapping[UUID, Mapping[EnrollmentId, Namer]],
) -> Sequence[tuple[NamedPair, ...]]:
    return [
        tuple(
            sorted(
                {*request.barred, *_opened(tenant, request, namers.get(request.cohort_id, {}))},
                key=lambda pair: (pair.mentor, pair.mentee),
            )
        )
        for request in asked
    ]


async def _namers(
    db: Database, tenant: TenantId, cohorts: Collection[UUID]
) -> Mapping[UUID, Mapping[EnrollmentId, Namer]]:
    """By cohort, of everybody in it who may stand in a pair."""
    rows: Sequence[Any] = await db.fetch(_WITH_KEYS, tenant, list(cohorts), PURPOSE)
    people = {str(row["person_id"]) for row in rows}
    keys = await at_hand().namers(db, tenant, people, purpose=PURPOSE)
    found: dict[UUID, dict[EnrollmentId, Namer]] = defaultdict(dict)
    for row in rows:
        namer = keys.get(str(row["person_id"]))
        if namer is not None:
            found[row["cohort_id"]][EnrollmentId(plain(row["enrollment_id"]))] = namer
    return found


def _opened(
    tenant: TenantId, request: MatchingRunRequested, namers: Mapping[EnrollmentId, Namer]
) -> Iterator[NamedPair]:
    """Pairs of which both can be named again: once a key is destroyed, none of its pairs is."""
    pairs = request.barred_unnamed
    names = {name for pair in pairs for name in (pair.mentor, pair.mentee)}
    where = bars_place(tenant, request.run_id)
    known: dict[UUID, EnrollmentId] = {}
    for who, namer in namers.items() if names else ():
        for turn in count(1):
            name = namer.name(_text(who, turn), where)
            if name not in names:
                break
            known[name] = who
    for pair in pairs:
        if pair.mentor in known and pair.mentee in known:
            yield NamedPair(mentor=known[pair.mentor], mentee=known[pair.mentee])


def _text(who: EnrollmentId, turn: int) -> str:
    """What is named: the same person stands under another name in each pair."""
    return f"{who}/{turn}"
