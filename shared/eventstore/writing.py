"""What transactions have yet to write, and the one statement that writes it."""

from collections.abc import Sequence
from typing import Any

import asyncpg
import msgspec

from shared.database import Database
from shared.envelope import Recorded
from shared.eventstore import Append, IdempotencyKey, StoredAnswer, leaf_of
from shared.eventstore.together import Held
from shared.projection import ReadTables

# How long a party waits for who is not of it; then it parts, and one alone goes on waiting.
PATIENCE = "50ms"

_COMMIT = f"SELECT log.commit_all({', '.join(f'${place}' for place in range(1, 21))})"
_encode = msgspec.json.encode


class Writing:
    """What one transaction writes when it ends."""

    __slots__ = ("answer", "appends", "events", "key", "records")

    def __init__(self) -> None:
        self.events: list[Recorded] = []
        self.records: list[bytes] = []
        self.appends: Sequence[Append] = ()
        self.key: IdempotencyKey | None = None
        self.answer: StoredAnswer | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write."""
        return not self.events and self.key is None


async def write(
    db: Database,
    tenant: str,
    party: Sequence[Writing],
    tables: ReadTables | None,
    patience: str | None = None,
) -> None:
    """Write for all of a party, or for none, and bring the own read tables up to it.

    Outside an open transaction the statement is one of its own.

    Raises:
        Held: the patience was over; nothing is written.
    """
    # Everybody takes streams in the same order, so nobody waits for one who waits for him.
    new = sorted(
        (each for writing in party for each in zip(writing.events, writing.records, strict=True)),
        key=_stream,
    )
    events = [event for event, _ in new]
    records = [record for _, record in new]
    writes = await tables.writes(db, events) if tables is not None and events else ()
    # A list costs something on its way, also an empty one.
    columns = (each or None for each in _columns(events, records, party, writes))
    leaves = list(map(leaf_of, records)) or None
    try:
        await db.execute(_COMMIT, tenant, *columns, patience, leaves)
    except asyncpg.LockNotAvailableError as error:
        if patience is None:
            raise
        raise Held from error


def _columns(
    events: Sequence[Recorded],
    records: Sequence[bytes],
    party: Sequence[Writing],
    writes: Sequence[tuple[str, str]],
) -> tuple[Sequence[Any], ...]:
    """What the database is given of a party, column by column."""
    return (
        *_events(events),
        records,
        *_heads(party),
        *_answers(party),
        [query for query, _ in writes],
        [rows for _, rows in writes],
    )


def _stream(new: tuple[Recorded, bytes]) -> str:
    return new[0].stream


def _events(events: Sequence[Recorded]) -> tuple[list[Any], ...]:
    return (
        [event.stream for event in events],
        [event.version for event in events],
        [event.event_id for event in events],
        [event.type for event in events],
        [event.slot for event in events],
    )


def _heads(party: Sequence[Writing]) -> tuple[list[Any], ...]:
    """The streams that must be there, each with its version."""
    heads = [
        append for writing in party for append in writing.appends if append.expected_version > 0
    ]
    return [append.stream for append in heads], [append.expected_version for append in heads]


def _answers(party: Sequence[Writing]) -> tuple[list[Any], ...]:
    """The keys that are taken, each with what it was answered with."""
    kept = [
        (writing.key, writing.answer)
        for writing in party
        if writing.key is not None and writing.answer is not None
    ]
    return (
        [key.subject for key, _ in kept],
        [key.route for key, _ in kept],
        [key.key for key, _ in kept],
        [key.fingerprint for key, _ in kept],
        [answer.status for _, answer in kept],
        [_encode(dict(answer.headers)).decode() for _, answer in kept],
        [answer.body for _, answer in kept],
    )
