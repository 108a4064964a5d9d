"""Calls to the APIs as they are remembered: what was asked, and what each attempt came to."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Any

import aiohttp

from shared.auth import Role
from shared.frozen import frozen
from shared.ids import new_id

ATTEMPT_SECONDS_MAX = 8.0
RESOLVED_SECONDS_MAX = 60.0  # after that, what became of a call stays unknown
PAUSE_SECONDS_MAX = 0.5
AGAIN = {  # these refusals ask to come back
    "conflict",
    "projection_behind",
    "recorded_meanwhile",
    "still_running",
}
FIRST_SERVER_ERROR = 500


class Declined(Exception):
    """An API said no, and why."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class Over(Exception):
    """The play ends: nothing new is asked."""


@frozen
class Actor:
    """Somebody who calls."""

    subject: str
    roles: tuple[Role, ...]


class Call:
    """One command with its key, however often it was sent."""

    def __init__(self, actor: Actor, service: str, method: str, path: str, content: bytes) -> None:
        self.actor = actor
        self.service = service
        self.method = method
        self.path = path
        self.content = content
        self.content_type = "application/json"
        self.key = str(new_id())
        self.attempts: list[str] = []  # "ok", "fail", "away" (503), or "unknown"
        self.status = 0
        self.headers: Mapping[str, str] = {}
        self.answer = b""

    @property
    def is_ok(self) -> bool:
        return bool(self.attempts) and self.attempts[-1] == "ok"

    @property
    def is_refused(self) -> bool:
        return bool(self.attempts) and self.attempts[-1] == "fail"

    @property
    def was_unknown(self) -> bool:
        """Whether some attempt ended without an answer."""
        return "unknown" in self.attempts

    def __str__(self) -> str:
        return f"{self.method} {self.service}{self.path} {self.key} {self.attempts} {self.status}"


class Ledger:
    """All calls of a play, and the answers that no caller should ever get."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: list[str] = []  # answers that break what HTTP callers were promised
        self.refusals: Counter[str] = Counter()

    def note_answer(self, about: str, status: int, headers: Mapping[str, str], said: bytes) -> None:
        if status == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" not in headers:
            self.faults.append(f"503 without Retry-After: {about}")
        if status >= FIRST_SERVER_ERROR and status != HTTPStatus.SERVICE_UNAVAILABLE:
            self.faults.append(f"{status}: {about}: {said[:200].decode(errors='replace')}")


class Client:
    """Sends calls, and sends them again with the same key until it knows what became of them."""

    def __init__(
        self,
        addresses: Mapping[str, str],
        mint: Callable[[Actor], str],
        ledger: Ledger,
        session: aiohttp.ClientSession,
    ) -> None:
        self.ledger = ledger
        self.over = False  # set from another thread
        self._addresses = addresses
        self._mint = mint
        self._session = session
        self._tokens: dict[Actor, str] = {}

    async def post(self, actor: Actor, service: str, path: str, body: object = None) -> Any:  # noqa: ANN401  # JSON
        return await self._told(Call(actor, service, "POST", path, _json(body)))

    async def put(self, actor: Actor, service: str, path: str, body: object) -> Any:  # noqa: ANN401  # JSON
        return await self._told(Call(actor, service, "PUT", path, _json(body)))

    async def upload(self, actor: Actor, service: str, path: str, text: str) -> Any:  # noqa: ANN401  # JSON
        call = Call(actor, service, "POST", path, text.encode())
        call.content_type = "text/csv"
        return await self._told(call)

    async def get(self, actor: Actor, service: str, path: str) -> Any | None:  # noqa: ANN401  # JSON
        """What is there, or None if it is not there or nobody says."""
        if self.over:
            raise Over
        call = Call(actor, service, "GET", path, b"")
        return json.loads(call.answer) if await self.send(call) == "ok" else None

    async def eventually(
        self, actor: Actor, service: str, path: str, is_it: Callable[[Any], bool] = bool
    ) -> Any:  # noqa: ANN401  # JSON
        """What is there as soon as it is as wanted."""
        while not (  # noqa: ASYNC110  # it comes true in another process
            (found := await self.get(actor, service, path)) and is_it(found)
        ):
            await asyncio.sleep(0.1)
        return found

    async def send(self, call: Call) -> str:
        """One attempt, and what it came to."""
        headers = {
            "Authorization": f"Bearer {self._token(call.actor)}",
            "Idempotency-Key": call.key,
            "X-Correlation-Id": call.key,
            **({"Content-Type": call.content_type} if call.content else {}),
        }
        try:
            status, heard, said = await self._sent(call, headers)
        except (aiohttp.ClientError, TimeoutError):
            return "unknown"
        call.status, call.headers, call.answer = status, heard, said
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            return "away"
        if status >= FIRST_SERVER_ERROR:
            return "unknown"
        if status == HTTPStatus.CONFLICT and _code(said) in AGAIN:
            return "away"
        return "ok" if status < HTTPStatus.BAD_REQUEST else "fail"

    async def answered(self, call: Call) -> None:
        """Send it, once more while it is not told what became of it; not for ever."""
        until = asyncio.get_running_loop().time() + RESOLVED_SECONDS_MAX
        while await self.send(call) in {"unknown", "away"}:
            if asyncio.get_running_loop().time() > until:
                return
            await asyncio.sleep(PAUSE_SECONDS_MAX)

    async def _told(self, call: Call) -> Any:  # noqa: ANN401  # JSON
        if self.over:
            raise Over
        self.ledger.calls.append(call)
        clock = asyncio.get_running_loop().time
        until = clock() + RESOLVED_SECONDS_MAX
        while True:
            call.attempts.append(await self.send(call))
            if call.is_ok:
                return json.loads(call.answer) if call.answer else None
            if call.is_refused:
                code = _code(call.answer)
                self.ledger.refusals[code] += 1
                raise Declined(call.status, code)
            if clock() > until and self.over:
                raise Over
            await asyncio.sleep(min(PAUSE_SECONDS_MAX, 0.05 * 2 ** len(call.attempts)))

    async def _sent(
        self, call: Call, headers: Mapping[str, str]
    ) -> tuple[int, Mapping[str, str], bytes]:
        async with self._session.request(
            call.method,
            self._addresses[call.service] + call.path,
            headers=headers,
            data=BytesIO(call.content) if call.content else None,
            timeout=aiohttp.ClientTimeout(total=ATTEMPT_SECONDS_MAX),
        ) as answer:
            said = await answer.read()
            heard = {name.lower(): value for name, value in answer.headers.items()}
            about = f"{call.method} {call.service}{call.path}"
            self.ledger.note_answer(about, answer.status, heard, said)
            return answer.status, heard, said

    def _token(self, actor: Actor) -> str:
        if actor not in self._tokens:
            self._tokens[actor] = self._mint(actor)
        return self._tokens[actor]


def _json(body: object) -> bytes:
    return b"" if body is None else json.dumps(body).encode()


def _code(said: bytes) -> str:
    try:
        return str(json.loads(said).get("code", ""))
    except (ValueError, AttributeError):
        return ""
