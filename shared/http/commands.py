"""What a route that changes something asks for: commands bound to the caller who gives them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from shared import crashing
from shared.auth import Principal, Role
from shared.command_handler import AlreadyAnswered, Outcome, Step
from shared.database import Database
from shared.decider import Decider
from shared.envelope import Cause
from shared.errors import Conflict, MentorshipError, Refused
from shared.eventstore import IdempotencyKey, StoredAnswer, Transaction
from shared.http import consistency
from shared.http.arrival import arrival_of
from shared.http.caller import caller_of
from shared.http.error_handlers import BOUND, answer_to
from shared.http.idempotency import key_in, replay_headers, scoped
from shared.http.ports import Ports, have_vault_at_hand, ports_of
from shared.http.preconditions import etag, expected_version
from shared.http.protocol_errors import IdempotencyKeyMissing

S = TypeVar("S")

JSON = "application/json"
_STARTS = (201, 202)  # what creates or starts must not happen twice by accident
_MULTI_STATUS = 207

Also = Callable[[Transaction], Awaitable[None]]


class BoundCommands:
    """The commands of one request: they carry its caller, its cause, and its headers."""

    def __init__(self, request: Request, caller: Principal) -> None:
        """Note who asks, and read the headers that every command has.

        Raises:
            IdempotencyKeyMissing: what creates or starts needs one.
            IdempotencyKeyMalformed: it is none.
            Malformed: If-Match holds no entity tag.
            Stale: it holds one that is not ours.
        """
        arrival = arrival_of(request)
        self.caller = caller
        self.cause = Cause(
            tenant=caller.tenant,
            actor=caller.subject,
            right=arrival.right or Role.EMPLOYEE.value,
            correlation_id=arrival.correlation_id,
            causation_id=arrival.request_id,
            traceparent=arrival.traceparent,
        )
        self._request = request
        self._ports: Ports = ports_of(request)
        self._key_text = key_in(request)
        self._assert_key(self._status(None))
        self._expected = expected_version(request)

    def by(self, right: str) -> "BoundCommands":
        """The same, allowed by a relationship ("mentor of the pairing") rather than by a role."""
        self.cause = replace(self.cause, right=right)
        return self

    def db(self) -> AbstractAsyncContextManager[Database]:
        """For a look before the command, or for sealing what it will hold: no transaction."""
        return self._ports.reading(self.caller.tenant)

    async def handle(  # noqa: PLR0913  # each says one thing about the answer
        self,
        decider: Decider[S, Any, Any],
        command: object,
        *,
        show: Callable[[S], BaseModel],
        status: int | None = None,
        check: Callable[[S], None] | None = None,
        location: str | None = None,
        also: Also | None = None,
    ) -> Response:
        """Give one command; the answer shows the state that it led to.

        Args:
            decider: the aggregate that answers it.
            command: what is wanted.
            show: the view of the new state.
            status: of the answer; the route's own if None.
            check: raises NotAllowed or NotFound for what the caller may not do to this state.
            location: path of what was created.
            also: writes that belong to the same transaction.
        """
        step = Step(decider=decider, command=command, check=check)
        return await self.handle_all(
            (step,),
            show=lambda outcome: show(outcome.states[0]),
            status=status,
            location=location,
            also=also,
        )

    async def handle_all(
        self,
        steps: Sequence[Step[Any, Any, Any]],
        *,
        show: Callable[[Outcome], BaseModel],
        status: int | None = None,
        location: str | None = None,
        also: Also | None = None,
    ) -> Response:
        """Give several commands that all take effect, or none of them."""
        status = self._status(status)
        key = self._key(status)

        kept: StoredAnswer | None = None  # what the handler has committed with the events

        def answer(outcome: Outcome) -> StoredAnswer:
            nonlocal kept
            headers = self._headers(steps, outcome, location)
            kept = StoredAnswer(status=status, headers=headers, body=json_of(show(outcome)))
            return kept

        try:
            outcome = await self._ports.commands.execute(
                self.cause,
                steps,
                expected=self._expected,
                key=key,
                answer=answer,
                also=also,
            )
        except AlreadyAnswered as known:
            return _replayed(known.answer)
        except Refused as refusal:
            return await self._refuse(refusal, key)
        crashing.reached("answer: before it is sent")
        return _response(answer(outcome) if kept is None else kept)

    async def each(
        self,
        steps: Sequence[Step[Any, Any, Any]],
        *,
        show: Callable[[Sequence[Outcome | MentorshipError]], BaseModel],
        status: int = _MULTI_STATUS,
    ) -> Response:
        """Give many commands, each of which takes effect or is refused on its own."""

        async def work() -> StoredAnswer:
            outcomes = await self._ports.commands.execute_each(self.cause, steps)
            written = [
                (step.decider.stream(step.command), outcome.versions[0])
                for step, outcome in zip(steps, outcomes, strict=True)
                if not isinstance(outcome, MentorshipError)
            ]
            headers = self._token(written) if written else {}
            return StoredAnswer(status=status, headers=headers, body=json_of(show(outcomes)))

        return await self.once(work, status=status)

    async def once(
        self, work: Callable[[], Awaitable[StoredAnswer]], *, status: int | None = None
    ) -> Response:
        """Do work of several transactions, unless this request was answered before.

        Its answer is kept after it: work that was broken off is done again when it is asked for
        again, so each part of it must bear a repetition.
        """
        key = self._key(self._status(status))
        return await self.answered() or await self._kept(key, await work())

    async def answered(self) -> Response | None:
        """What this request was answered with before, under its key."""
        key = self._key(0)
        if key is None:
            return None
        async with self._ports.store.transaction(self.cause) as transaction:
            known = await transaction.stored_answer(key)
        return None if known is None else _replayed(known)

    def _status(self, status: int | None) -> int:
        if status is not None:
            return status
        declared: int | None = self._request.scope["route"].status_code
        return declared or 200

    def _key(self, status: int) -> IdempotencyKey | None:
        self._assert_key(status)
        if self._key_text is None:
            return None
        return scoped(self._key_text, self._request, self.caller.tenant, self.caller.subject)

    def _assert_key(self, status: int) -> None:
        if self._key_text is None and status in _STARTS and self._request.method == "POST":
            raise IdempotencyKeyMissing

    def _headers(
        self, steps: Sequence[Step[Any, Any, Any]], outcome: Outcome, location: str | None
    ) -> dict[str, str]:
        streams = [step.decider.stream(step.command) for step in steps]
        headers = self._token(list(zip(streams, outcome.versions, strict=True)))
        headers["etag"] = etag(outcome.versions[0])
        if location is not None:
            headers["location"] = self._request.scope.get("root_path", "") + location
        return headers

    def _token(self, written: Sequence[tuple[str, int]]) -> dict[str, str]:
        return {consistency.HEADER: consistency.token_of(self._ports, self.caller.tenant, written)}

    async def _refuse(self, refusal: Refused, key: IdempotencyKey | None) -> Response:
        problem = answer_to(refusal, self._request)
        headers = {"content-type": problem.headers["content-type"]}
        body = bytes(problem.body)
        return await self._kept(
            key, StoredAnswer(status=problem.status_code, headers=headers, body=body)
        )

    async def _kept(self, key: IdempotencyKey | None, answer: StoredAnswer) -> Response:
        """Keep an answer that has no events to be committed with; the first one kept wins."""
        if key is None:
            return _response(answer)
        try:
            async with self._ports.store.transaction(self.cause) as transaction:
                await transaction.keep_answer(key, answer)
        except Conflict:
            async with self._ports.store.transaction(self.cause) as transaction:
                known = await transaction.stored_answer(key)
            if known is not None:
                return _replayed(known)
            raise
        return _response(answer)


async def bind_commands(request: Request) -> BoundCommands:
    """What `Commands` is made of; malformed headers are told before anything is done for them."""
    have_vault_at_hand(request)
    commands = BoundCommands(request, await caller_of(request))
    request.scope[BOUND] = commands
    return commands


Commands = Annotated[BoundCommands, Depends(bind_commands)]


def json_of(view: BaseModel) -> bytes:
    """A view as the bytes of an answer."""
    return type(view).__pydantic_serializer__.to_json(view)


def _response(answer: StoredAnswer, headers: Mapping[str, str] | None = None) -> Response:
    media_type = answer.headers.get("content-type", JSON)
    return Response(answer.body, answer.status, headers or answer.headers, media_type)


def _replayed(answer: StoredAnswer) -> Response:
    return _response(answer, replay_headers(answer))
