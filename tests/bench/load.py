"""Closed-loop HTTP load over kept connections: each sends its next request when it is answered."""

import asyncio
import time
from collections.abc import Callable, Sequence
from statistics import quantiles

from shared.frozen import frozen

MAKE_ROOM = 64 * 1024


class Refused(Exception):
    """The service under load answered something else than success."""


@frozen
class Load:
    """What a run of requests took."""

    per_second: float
    seconds: Sequence[float]  # each request, in no order

    def percentile(self, which: int) -> float:
        """Milliseconds within which so many percent were answered."""
        return 1_000 * quantiles(self.seconds, n=100, method="inclusive")[which - 1]


def request(path: str, host: str, headers: Sequence[str], body: bytes) -> bytes:
    """A POST request as bytes."""
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {host}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def loaded(
    host: str, port: int, make: Callable[[], bytes], *, connections: int, seconds: float
) -> Load:
    """Keep so many connections busy for so long; `make` gives the bytes of the next request.

    Raises:
        Refused: an answer that is not 2xx.
    """
    taken: list[float] = []
    end = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, port, limit=MAKE_ROOM)
        while time.perf_counter() < end:
            started = time.perf_counter()
            writer.write(make())
            await _answer(reader)
            taken.append(time.perf_counter() - started)
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(connections)))
    return Load(per_second=len(taken) / (time.perf_counter() - started), seconds=taken)


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    body = await reader.readexactly(length)
    if not head.startswith(b"http/1.1 2"):
        raise Refused((head + body).decode(errors="replace"))
