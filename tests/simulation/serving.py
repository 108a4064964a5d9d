"""Processes of a service that answer requests, one step of the event loop at a time."""

import json
from collections.abc import Coroutine, Sequence
from dataclasses import field
from typing import Any, TypeVar
from uuid import UUID

from shared.command_handler import AlreadyAnswered, CommandHandler, Outcome
from shared.envelope import Cause
from shared.errors import MentorshipError
from shared.eventstore import IdempotencyKey, StoredAnswer
from shared.eventstore.memory import MemoryEventStore
from shared.frozen import frozen
from shared.ids import derived_id
from tests.simulation.company import NOW, TENANT, AnyStep

T = TypeVar("T")


@frozen
class Request:
    """What a client asks for, under the same key however often it has to ask."""

    number: int
    steps: Sequence[AnyStep] = field(hash=False, compare=False)

    @property
    def id(self) -> UUID:
        return derived_id("request", self.number)

    @property
    def key(self) -> IdempotencyKey:
        return IdempotencyKey(
            tenant=TENANT, subject="ana", route="any", key=str(self.id), fingerprint="same"
        )

    @property
    def cause(self) -> Cause:
        return Cause(
            tenant=TENANT,
            actor="ana",
            right="program_manager",
            correlation_id=self.id,
            causation_id=self.id,
        )


class Process:
    """One of those that serve: handles one request at a time, and can be killed in between."""

    def __init__(self, store: MemoryEventStore) -> None:
        self._store = store
        self._handler = CommandHandler(store, lambda: NOW)
        self._running: Coroutine[Any, Any, StoredAnswer] | None = None
        self.request: Request | None = None

    def begin(self, request: Request) -> StoredAnswer | MentorshipError | None:
        self.request = request
        self._running = _answered(self._handler, request)
        return self.advance()

    def advance(self) -> StoredAnswer | MentorshipError | None:
        """To the next place where others may come in between; None if it is not the end."""
        if self._running is None:
            return None
        try:
            self._running.send(None)
        except StopIteration as end:
            self._forget()
            answer: StoredAnswer = end.value
            return answer
        except MentorshipError as refusal:
            self._forget()
            return refusal
        return None

    def end(self) -> None:
        """Go on to the end of the request; nobody hears what came of it."""
        while self.request is not None:
            self.advance()

    def begin_and_end(self, request: Request) -> None:
        self.begin(request)
        self.end()

    def kill(self) -> Request | None:
        """What it worked on is not committed, and nobody heard an answer."""
        request = self.request
        if self._running is not None:
            self._running.close()
        self._forget()
        self._handler = CommandHandler(self._store, lambda: NOW)
        return request

    def _forget(self) -> None:
        self._running = self.request = None


def at_once(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run what waits for nobody."""
    while True:
        try:
            coroutine.send(None)
        except StopIteration as end:
            result: T = end.value
            return result


async def _answered(handler: CommandHandler, request: Request) -> StoredAnswer:
    try:
        outcome = await handler.execute(
            request.cause, request.steps, key=request.key, answer=_answer
        )
    except AlreadyAnswered as before:
        return before.answer
    return _answer(outcome)


def _answer(outcome: Outcome) -> StoredAnswer:
    told = sorted(str(event.event_id) for event in outcome.recorded)
    return StoredAnswer(status=200, headers={}, body=json.dumps(told).encode())
