"""The port to the log: read streams, append to them if nobody else did, answer a key once."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from hashlib import sha256
from typing import Any, Protocol
from uuid import UUID

from shared.database import Database
from shared.envelope import SLOTS, Cause, Recorded
from shared.errors import InvalidCommand
from shared.frozen import frozen, light


@frozen
class History:
    """What a stream holds so far; the decider that reads it knows the event types."""

    events: Sequence[Any]
    version: int  # of the last event, also where `events` holds only the newer ones


@frozen
class Append:
    """Events to add at the end of a stream that is at `expected_version`."""

    stream: str
    expected_version: int  # 0: the stream must not exist yet
    events: Sequence[Any]


@frozen
class Receipt:
    """Where an answer was written: a reader may wait until this version is projected."""

    stream: str
    version: int  # after the append


@frozen
class IdempotencyKey:
    """One request of one caller, however often it is sent."""

    tenant: str
    subject: str
    route: str
    key: str
    fingerprint: str  # SHA-256 of the body, hex


@frozen
class StoredAnswer:
    """What the caller was told, to be told again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class KeyReused(InvalidCommand):
    """This idempotency key was used before with another request: choose a new key."""


@light
class LogEntry:
    """One numbered event, its record exactly as stored."""

    slot: int
    number: int  # gapless in its slot, from 1
    tenant: str
    stream: str
    event_id: UUID
    type: str
    record: bytes


class Transaction(Protocol):
    """Everything that one decision reads and writes: all of it is committed, or none."""

    @property
    def cause(self) -> Cause:
        """Who and what leads to the events appended here."""
        ...

    async def read(
        self, streams: Sequence[str], after: Mapping[str, int] | None = None
    ) -> Mapping[str, History]:
        """Events of streams, oldest first; an unknown stream is empty at version 0.

        Where `after` names a version of a stream, only its newer events are read.
        """
        ...

    async def append(self, appends: Sequence[Append]) -> Sequence[Recorded]:
        """Add events, all or none, and bring the service's own read tables up to them.

        Returns:
            The events with their envelopes, in the order of `appends`.

        Raises:
            Conflict: a stream is not at its expected version; at the latest when the block ends.
        """
        ...

    async def stored_answer(self, key: IdempotencyKey) -> StoredAnswer | None:
        """What was answered to this key before.

        Raises:
            KeyReused: it was used with another body.
        """
        ...

    async def keep_answer(self, key: IdempotencyKey, answer: StoredAnswer) -> None:
        """Remember what this key is answered with.

        Raises:
            Conflict: the key was taken in the meantime; at the latest when the block ends.
        """
        ...

    def db(self) -> Database:
        """For queries and writes of one's own in the same transaction.

        Raises:
            LookupError: this store has no database.
        """
        ...


class EventStore(Protocol):
    """The log of one service."""

    def transaction(self, cause: Cause) -> AbstractAsyncContextManager[Transaction]:
        """Commits at the end of the block, rolls back on an error; sees one tenant only.

        Raises:
            Conflict: somebody else wrote first.
            Unavailable: the store does not answer now.
        """
        ...


def slot_of(stream: str) -> int:
    """The slot that a stream is delivered in: fixed for ever."""
    return int.from_bytes(sha256(stream.encode()).digest()[:8], "big") % SLOTS


def leaf_of(record: bytes) -> bytes:
    """The hash by which a stored record enters the tree of its tenant.

    Source: RFC 9162, section 2.1.1.
    """
    return sha256(b"\x00" + record).digest()


class Log(Protocol):
    """The numbered events of one service, for whoever follows them."""

    async def read(self, positions: Mapping[int, int], limit: int) -> Sequence[LogEntry]:
        """Events of slots, each after the number given for it.

        About `limit` of them, shared out among the slots that have news; at least one of each.
        Of a slot they are ascending and without a gap.
        """
        ...

    async def heads(self) -> Mapping[int, int]:
        """The highest number of each slot that has events."""
        ...
