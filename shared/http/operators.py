"""What keeps a service running: how far its consumers are, what is parked, what a stream holds."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final, TypeGuard
from uuid import UUID

import msgspec
from fastapi import Path
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from shared import clock
from shared.auth import Role
from shared.database import Database
from shared.errors import NotFound
from shared.http.caller import require
from shared.http.commands import JSON, json_of
from shared.http.models import Moment, PageOf, PageRequest, View
from shared.http.ports import ports_of
from shared.http.problems import problems
from shared.http.reads import Reads
from shared.http.routes import Routes

router: Final = Routes("operations of the service")
_WATCHERS = [require(Role.OPERATOR, Role.AUDITOR)]
_OPERATORS = [require(Role.OPERATOR)]
_SEALED_KEYS = frozenset({"subject", "purpose", "nonce", "ciphertext", "commitment"})

_LEASES = """
SELECT consumer, source, number FROM log.leases
"""
_PARKED = """
SELECT id, consumer, source, stream, event_id, type, cause, attempts, waiting, parked_at,
       release_asked_at
FROM log.parked WHERE $1::bigint IS NULL OR id > $1 ORDER BY id LIMIT $2
"""
_RELEASE = """
UPDATE log.parked SET release_asked_at = coalesce(release_asked_at, now())
WHERE id = $1 RETURNING id
"""
_TIMELINE = """
SELECT version, record FROM log.events
WHERE stream = $1 AND version > coalesce($2::bigint, 0) ORDER BY version LIMIT $3
"""


# A timer that was refused has a note, and is tried again later: nobody need wait for it.
_TIMERS = """
SELECT count(*) FROM read.deadlines AS d LEFT JOIN log.timers AS t USING (tenant, deadline_id)
WHERE d.due_at <= $1 AND t.note IS NULL
"""


class LagView(View):
    """How far one consumer is behind one source."""

    consumer: str
    source: str
    applied: int
    published: int | None = None
    behind: int | None = None


class LagsView(View):
    """How far every consumer of this service is behind."""

    items: list[LagView]
    timers_due: int = Field(description="Timers that ran out and have not been answered yet.")


class ParkedView(View):
    """An event that could not be handled, or that waits behind one."""

    id: int
    consumer: str
    source: str
    stream: str
    event_id: UUID | None
    type: str
    cause: str
    attempts: int
    waiting: bool
    parked_at: Moment
    release_asked_at: Moment | None


class ReleaseView(View):
    """A wish that was noted: the consumer tries the event again."""

    id: int


class TimelineEntry(View):
    """One event of a stream, without any text that people wrote."""

    version: int
    event_id: UUID
    type: str
    recorded_at: str
    actor: str
    right: str
    correlation_id: UUID
    causation_id: UUID
    content: dict[str, Any]


@router.get("/v1/ops/lag", response_model=LagsView, dependencies=_WATCHERS)
async def show_lag(request: Request, reads: Reads) -> Response:
    """How far every consumer is behind the logs that it follows, and which timers are late."""
    headers = await reads.wait()
    async with reads.db() as db:
        rows = await db.fetch(_LEASES)
        has_timers = await db.fetchval("SELECT to_regclass('read.deadlines') IS NOT NULL")
        due = await db.fetchval(_TIMERS, clock.now()) if has_timers else 0
    ports = ports_of(request)
    heads = {source: await ask() for source, ask in ports.heads.items()}
    items = _lags(ports.hearing, rows, heads)
    return Response(json_of(LagsView(items=items, timers_due=due)), 200, headers, JSON)


@router.get("/v1/ops/parked", response_model=PageOf[ParkedView], dependencies=_WATCHERS)
async def list_parked(request: Request, reads: Reads) -> Response:
    """Events of this tenant that wait for somebody to look at them, oldest first.

    Of streams that people keep to themselves only the kind is shown.
    """
    private = ports_of(request).private

    async def query(db: Database, page: PageRequest) -> PageOf[ParkedView]:
        (after,) = page.after or (None,)
        rows = await db.fetch(_PARKED, after, page.rows)
        views = [_parked(row, private) for row in rows]
        return page.of(views, lambda parked: (parked.id,))

    return await reads.page(query)


@router.put(
    "/v1/ops/parked/{parked_id}/release",
    response_model=ReleaseView,
    status_code=202,
    dependencies=_OPERATORS,
    responses=problems(NotFound),
)
async def release_parked(parked_id: Annotated[int, Path(ge=1, le=2**62)], reads: Reads) -> Response:
    """Have a parked event tried again, with all that waits behind it in its stream."""
    await reads.wait()
    async with reads.db() as db:
        released = await db.fetchval(_RELEASE, parked_id)
    if released is None:
        raise NotFound
    return Response(json_of(ReleaseView(id=released)), 202, media_type=JSON)


@router.get(
    "/v1/ops/streams/{stream}",
    response_model=PageOf[TimelineEntry],
    dependencies=_WATCHERS,
)
async def list_stream_events(
    stream: Annotated[str, Path(max_length=200, examples=["cohort-0198c5a4"])],
    request: Request,
    reads: Reads,
) -> Response:
    """What happened in one stream: who did what when, by which right, following from what.

    What people keep to themselves is not shown: such a stream is as empty as one that is not there.
    """
    is_private = _shown(stream, ports_of(request).private) != stream

    async def query(db: Database, page: PageRequest) -> PageOf[TimelineEntry]:
        if is_private:
            return PageOf[TimelineEntry](items=[], next_cursor=None)
        (after,) = page.after or (None,)
        rows = await db.fetch(_TIMELINE, stream, after, page.rows)
        return page.of([_entry(row["record"]) for row in rows], lambda entry: (entry.version,))

    return await reads.page(query)


def _parked(row: Mapping[str, Any], private: frozenset[str]) -> ParkedView:
    said: dict[str, Any] = {**row, "stream": _shown(row["stream"], private)}
    return ParkedView(**said)


def _shown(stream: str, private: frozenset[str]) -> str:
    """A stream, or only its category where that is private."""
    category = stream.partition("-")[0]
    return category if category in private else stream


def _lags(
    hearing: Sequence[tuple[str, str]],
    rows: Iterable[Mapping[str, Any]],
    heads: Mapping[str, Mapping[int, int]],
) -> list[LagView]:
    applied = dict.fromkeys(sorted(hearing), 0)
    for row in rows:
        if (pair := (row["consumer"], row["source"])) in applied:
            applied[pair] += row["number"]
    published = {source: sum(slots.values()) for source, slots in heads.items()}
    return [
        LagView(
            consumer=consumer,
            source=source,
            applied=number,
            published=published.get(source),
            behind=published[source] - number if source in published else None,
        )
        for (consumer, source), number in applied.items()
    ]


def _entry(record: bytes) -> TimelineEntry:
    told = msgspec.json.decode(record)
    return TimelineEntry(
        version=told["version"],
        event_id=told["event_id"],
        type=told["type"],
        recorded_at=told["recorded_at"],
        actor=told["actor"],
        right=told["right"],
        correlation_id=told["correlation_id"],
        causation_id=told["causation_id"],
        content=_without_text(told["data"]),
    )


def _without_text(value: Any) -> Any:  # noqa: ANN401  # JSON
    if _is_object(value):
        if value.keys() >= _SEALED_KEYS:
            return {"sealed": True, "purpose": value["purpose"]}
        return {name: _without_text(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_without_text(member) for member in value]
    return value


def _is_object(value: Any) -> TypeGuard[dict[str, Any]]:  # noqa: ANN401  # JSON
    return isinstance(value, dict)
