"""Calls to the public APIs as the people of the story, with real tokens, retried as users would."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from http import HTTPStatus
from time import perf_counter
from typing import Any, TypeVar

import aiohttp
import msgspec

from shared.errors import Unavailable
from shared.frozen import frozen
from shared.ids import new_id

T = TypeVar("T")
CALLS_AT_ONCE = 24
ATTEMPTS_MAX = 8
FIRST_ERROR = 400


class CallFailed(Unavailable):
    """An API refused what the story asked for."""

    def __init__(self, message: str, code: str = "") -> None:
        """Say what was asked and answered; `code` is the problem's own."""
        super().__init__(message)
        self.code = code


@frozen
class Actor:
    """Somebody who calls: their subject and roles in the token."""

    subject: str
    roles: tuple[str, ...]


@frozen
class Told:
    """An answer."""

    status: int
    body: Any


@frozen
class Request:
    """What is asked, as it is sent, once or again."""

    method: str
    url: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    content: bytes | None


class Apis:
    """The four services as one caller sees them."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        mint: Callable[[Actor], str],
        http: aiohttp.ClientSession,
    ) -> None:
        """`addresses` by service; `mint` makes the token of an actor."""
        self.addresses = addresses
        self.seconds: list[float] = []  # of each call
        self._mint = mint
        self._http = http
        self._tokens: dict[Actor, str] = {}
        self._turns = asyncio.Semaphore(CALLS_AT_ONCE)

    async def get(self, actor: Actor, service: str, path: str, **query: object) -> Any:  # noqa: ANN401  # JSON
        """What is there."""
        return (await self.call(actor, "GET", service, path, query=query)).body

    async def post(
        self, actor: Actor, service: str, path: str, body: object = None, **query: object
    ) -> Any:  # noqa: ANN401  # JSON
        """Ask for something new."""
        return (await self.call(actor, "POST", service, path, body=body, query=query)).body

    async def put(self, actor: Actor, service: str, path: str, body: object) -> Any:  # noqa: ANN401  # JSON
        """Say how something shall be."""
        return (await self.call(actor, "PUT", service, path, body=body)).body

    async def call(
        self,
        actor: Actor,
        method: str,
        service: str,
        path: str,
        *,
        body: object = None,
        query: Mapping[str, object] | None = None,
        content: bytes | None = None,
        content_type: str = "application/json",
    ) -> Told:
        """One request, repeated with the same key while the answer is to wait or to try again.

        Raises:
            CallFailed: with what the API said.
        """
        headers = {
            "Authorization": f"Bearer {self._token(actor)}",
            "Idempotency-Key": str(new_id()),
        }
        if content is None and body is not None:
            content = msgspec.json.encode(body)
        if content is not None:
            headers["Content-Type"] = content_type
        request = Request(
            method=method,
            url=f"{self.addresses[service]}/v1{path}",
            headers=headers,
            query={name: str(value) for name, value in (query or {}).items() if value is not None},
            content=content,
        )
        async with self._turns:
            return await self._sent(request)

    async def _sent(self, request: Request) -> Told:
        said = code = ""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(0.05 * 2**attempt)
            started = perf_counter()
            try:
                told = await self._answer(request)
            except (aiohttp.ClientError, TimeoutError) as error:
                said = repr(error)  # perhaps it was heard: the key makes it safe to ask again
                continue
            self.seconds.append(perf_counter() - started)
            if told.status < FIRST_ERROR:
                return told
            said, code = _said(told), _code(told)
            if not _worth_repeating(told):
                break
        message = f"{request.method} {request.url}: {said}"
        raise CallFailed(message, code)

    async def _answer(self, request: Request) -> Told:
        async with self._http.request(
            request.method,
            request.url,
            params=request.query,
            headers=request.headers,
            data=request.content,
        ) as answer:
            content = await answer.read()
            body = msgspec.json.decode(content) if content else None
            return Told(status=answer.status, body=body)

    def _token(self, actor: Actor) -> str:
        token = self._tokens.get(actor)
        if token is None:
            token = self._tokens[actor] = self._mint(actor)
        return token


def _worth_repeating(told: Told) -> bool:
    if told.status == int(HTTPStatus.CONFLICT):
        return told.body.get("code") in {"conflict", "projection_behind", "still_running"}
    return told.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


def _said(told: Told) -> str:
    """What an answer says is wrong: a problem in words, anything else as it came."""
    try:
        named = [f"{fault['pointer']}: {fault['detail']}" for fault in told.body["errors"]]
        return " ".join((f"{told.status},", told.body["detail"], *named))
    except (KeyError, TypeError):
        return f"{told.status} {msgspec.json.encode(told.body).decode()[:600]}"


def _code(told: Told) -> str:
    return str(told.body.get("code", "")) if isinstance(told.body, dict) else ""


async def all_of(
    work: Sequence[Callable[[], Awaitable[T]]], step: Callable[[], None] = lambda: None
) -> list[T]:
    """Do everything, many things at once; `step` is called after each; the first error ends it.

    Returns:
        What came of each, in the order of `work`.
    """
    waiting = iter(enumerate(work))
    done: dict[int, T] = {}

    async def worker() -> None:
        for place, task in waiting:
            done[place] = await task()
            step()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(min(CALLS_AT_ONCE, len(work))):
                group.create_task(worker())
    except ExceptionGroup as several:
        raise several.exceptions[0] from several  # the others failed because it did
    return [done[place] for place in range(len(work))]


@frozen
class Tally:
    """What the story counted on its way."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, amount: int = 1) -> None:
        """Count some more."""
        self.counts[what] = self.counts.get(what, 0) + amount
