"""Calls to the public APIs as the people of the story, with real tokens, retried as users would."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import field
from time import perf_counter
from typing import Any, TypeVar

import httpx

from shared.errors import Unavailable
from shared.frozen import frozen
from shared.ids import new_id

T = TypeVar("T")
CALLS_AT_ONCE = 24
ATTEMPTS_MAX = 8
CALL_SECONDS_MAX = 60
AGAIN = frozenset({409, 429, 503})  # of 409, only a conflict that others caused


class CallFailed(Unavailable):
    """An API refused what the story asked for."""


@frozen
class Actor:
    """Somebody who calls: their subject and roles in the token."""

    subject: str
    roles: tuple[str, ...]


@frozen
class Told:
    """An answer: its JSON, and what its headers say."""

    status: int
    body: Any
    headers: Mapping[str, str]


class Apis:
    """The four services as one caller sees them."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        mint: Callable[[Actor], str],
        http: httpx.AsyncClient,
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
        content_type: str | None = None,
    ) -> Told:
        """One request, repeated with the same key while the answer is to wait or to try again.

        Raises:
            CallFailed: with what the API said.
        """
        headers = {
            "Authorization": f"Bearer {self._token(actor)}",
            "Idempotency-Key": str(new_id()),
        }
        if content_type:
            headers["Content-Type"] = content_type
        request = self._http.build_request(
            method,
            f"{self.addresses[service]}/v1{path}",
            json=body if content is None and body is not None else None,
            content=content,
            params={name: str(value) for name, value in (query or {}).items() if value is not None},
            headers=headers,
            timeout=CALL_SECONDS_MAX,
        )
        async with self._turns:
            return await self._sent(request)

    async def _sent(self, request: httpx.Request) -> Told:
        said = ""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                await asyncio.sleep(0.05 * 2**attempt)
            started = perf_counter()
            try:
                answer = await self._http.send(request)
            except httpx.TransportError as error:  # perhaps it was heard: the key makes it safe
                said = repr(error)
                continue
            self.seconds.append(perf_counter() - started)
            if answer.is_success:
                body = answer.json() if answer.content else None
                return Told(status=answer.status_code, body=body, headers=answer.headers)
            said = f"{answer.status_code} {answer.text[:600]}"
            if not _worth_repeating(answer):
                break
        message = f"{request.method} {request.url.path}: {said}"
        raise CallFailed(message)

    def _token(self, actor: Actor) -> str:
        token = self._tokens.get(actor)
        if token is None:
            token = self._tokens[actor] = self._mint(actor)
        return token


def _worth_repeating(answer: httpx.Response) -> bool:
    if answer.status_code not in AGAIN:
        return False
    if answer.status_code != httpx.codes.CONFLICT:
        return True
    return answer.json().get("code") in {"conflict", "projection_behind", "still_running"}


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
