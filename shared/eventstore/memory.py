"""The log in memory: for tests, and for a world without a database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from shared import clock
from shared.codec import CODEC, Codec
from shared.database import Database
from shared.envelope import Cause, Recorded
from shared.errors import Conflict
from shared.eventstore import Append, History, IdempotencyKey, KeyReused, LogEntry, StoredAnswer
from shared.eventstore.recording import recorded

Place = tuple[str, str]  # tenant and stream
Answered = tuple[str, StoredAnswer]  # fingerprint and answer


class MemoryEventStore:
    """Numbers events as they are committed; nothing here waits, so nothing is out of order."""

    def __init__(
        self, service: str, now: Callable[[], datetime] = clock.now, codec: Codec = CODEC
    ) -> None:
        self.service = service
        self.now = now
        self.codec = codec
        self.streams: dict[Place, list[Recorded]] = {}
        self.answers: dict[tuple[str, ...], Answered] = {}
        self._log: dict[int, list[LogEntry]] = {}
        self._commits = asyncio.Event()

    @asynccontextmanager
    async def transaction(self, cause: Cause) -> AsyncIterator["MemoryTransaction"]:
        transaction = MemoryTransaction(self, cause)
        yield transaction
        transaction.commit()
        self._commits.set()

    async def read(self, positions: Mapping[int, int], limit: int) -> Sequence[LogEntry]:
        """The numbered log, as a follower reads it."""
        behind = {
            slot: after for slot, after in positions.items() if after < len(self._log.get(slot, ()))
        }
        share = max(1, limit // max(1, len(behind)))
        return [
            entry
            for slot, after in sorted(behind.items())
            for entry in self._log[slot][after : after + share]
        ]

    async def heads(self) -> Mapping[int, int]:
        """The highest number of each slot that has events."""
        return {slot: len(entries) for slot, entries in self._log.items()}

    async def wait(self, timeout_seconds: float) -> None:
        """Until something was committed since the last wait, or the time is over."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._commits.wait()
        except TimeoutError:
            return
        self._commits.clear()

    def keep(self, event: Recorded, record: bytes) -> None:
        """Add one event at the end of its stream and of its slot."""
        self.streams.setdefault((event.tenant, event.stream), []).append(event)
        entries = self._log.setdefault(event.slot, [])
        entries.append(
            LogEntry(
                slot=event.slot,
                number=len(entries) + 1,
                tenant=event.tenant,
                stream=event.stream,
                event_id=event.event_id,
                type=event.type,
                record=record,
            )
        )


class MemoryTransaction:
    """What one decision reads and writes; written to the store at the end, at once."""

    def __init__(self, store: MemoryEventStore, cause: Cause) -> None:
        self.cause = cause
        self._store = store
        self._new: list[Recorded] = []
        self._records: list[bytes] = []
        self._heads: dict[str, int] = {}  # expected version of each stream appended to
        self._answers: dict[tuple[str, ...], Answered] = {}

    def db(self) -> Database:
        message = "the store in memory has no database"
        raise LookupError(message)

    async def read(
        self, streams: Sequence[str], after: Mapping[str, int] | None = None
    ) -> Mapping[str, History]:
        return {stream: self._history(stream, (after or {}).get(stream, 0)) for stream in streams}

    async def append(self, appends: Sequence[Append]) -> Sequence[Recorded]:
        store = self._store
        new = recorded(
            self.cause,
            appends,
            service=store.service,
            at=store.now(),
            schema_of=store.codec.schema_of,
        )
        for append in appends:
            if append.expected_version != self._history(append.stream, 0).version:
                raise Conflict
        for append in appends:
            self._heads.setdefault(append.stream, append.expected_version)
        self._records += [store.codec.encode(event) for event in new]
        self._new += new
        await asyncio.sleep(0)  # as with a database, others may come in between
        return tuple(new)

    async def stored_answer(self, key: IdempotencyKey) -> StoredAnswer | None:
        known = self._store.answers.get(_name(key))
        if known is None:
            return None
        fingerprint, answer = known
        if fingerprint != key.fingerprint:
            raise KeyReused
        return answer

    async def keep_answer(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        if _name(key) in self._store.answers:
            raise Conflict
        self._answers[_name(key)] = (key.fingerprint, answer)

    def commit(self) -> None:
        """Write all, or nothing if somebody else was first.

        Raises:
            Conflict: a stream or a key was taken in the meantime.
        """
        store, tenant = self._store, self.cause.tenant
        moved = any(
            len(store.streams.get((tenant, stream), ())) != version
            for stream, version in self._heads.items()
        )
        if moved or self._answers.keys() & store.answers.keys():
            raise Conflict
        store.answers.update(self._answers)
        for event, record in zip(self._new, self._records, strict=True):
            store.keep(event, record)

    def _history(self, stream: str, after: int) -> History:
        committed = self._store.streams.get((self.cause.tenant, stream), [])
        own = [event for event in self._new if event.stream == stream]
        events = [*committed, *own]
        return History(events=[event.event for event in events[after:]], version=len(events))


def _name(key: IdempotencyKey) -> tuple[str, ...]:
    return (key.tenant, key.subject, key.route, key.key)
