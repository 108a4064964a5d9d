"""The way between a program and a server, as a thread of ours carries it: slow, cut, or silent."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Self, TypeAlias

from shared.frozen import frozen

CHUNK_BYTES = 65_536
LOOK_SECONDS = 0.02  # how soon a silent wire notices that it may speak again

Streams: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@frozen
class Weather:
    """What a wire does to the bytes on it."""

    silent: bool = False  # takes bytes, hands none over, closes nothing: a partition
    refusing: bool = False  # closes at once whoever comes
    delay_seconds: float = 0.0
    jitter_seconds: float = 0.0
    slice_bytes: int = CHUNK_BYTES  # at most so many at once
    bytes_per_second: float = 0.0  # 0: as fast as it goes
    # The answer to a request that holds these bytes does not come back: the wire is cut instead.
    swallows: bytes = b""
    swallowed_max: int = 0


CLEAR = Weather()


class Wire:
    """Carries connections from an own place to a server; its weather may change at any time."""

    def __init__(self, exchange: "Exchange", server: Callable[[], Awaitable[Streams]]) -> None:
        self.weather = CLEAR
        self.swallowed = 0
        self._exchange = exchange
        self._server = server
        self._open: set[asyncio.StreamWriter] = set()
        self._random = Random(1)  # a seed that can be repeated

    def cut(self) -> None:
        """Break all connections there are; new ones may be made."""
        self._exchange.run(self._cut())

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a program, until either side ends it."""
        if self.weather.refusing:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await self._server()
        except OSError:
            writer.transport.abort()
            return
        link = _Link()
        self._open |= {writer, far_writer}
        there = asyncio.create_task(self._pass(reader, far_writer, link, to_server=True))
        back = asyncio.create_task(self._pass(far_reader, writer, link, to_server=False))
        try:
            await asyncio.wait((there, back), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (there, back):
                task.cancel()
            await asyncio.gather(there, back, return_exceptions=True)
            self._open -= {writer, far_writer}
            for each in (writer, far_writer):
                each.transport.abort()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        link: "_Link",
        *,
        to_server: bool,
    ) -> None:
        with suppress(OSError):
            while chunk := await reader.read(self.weather.slice_bytes):
                await self._wait(len(chunk))
                weather = self.weather
                if to_server and weather.swallows and weather.swallows in chunk:
                    link.is_doomed = self.swallowed < weather.swallowed_max
                if not to_server and link.is_doomed:
                    self.swallowed += 1
                    return  # what was asked has happened; nobody is told
                writer.write(chunk)
                await writer.drain()

    async def _wait(self, length: int) -> None:
        weather = self.weather
        pause = weather.delay_seconds + weather.jitter_seconds * self._random.random()
        if weather.bytes_per_second:
            pause += length / weather.bytes_per_second
        if pause:
            await asyncio.sleep(pause)
        while self.weather.silent:  # noqa: ASYNC110  # another thread changes it
            await asyncio.sleep(LOOK_SECONDS)

    async def _cut(self) -> None:
        for writer in tuple(self._open):
            writer.transport.abort()


class _Link:
    def __init__(self) -> None:
        self.is_doomed = False


class Exchange:
    """All wires, carried by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._servers: list[asyncio.Server] = []
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="wires")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def over_sockets(self, place: Path, server: Callable[[], Path]) -> Wire:
        """A wire from a Unix socket of ours to a server's, wherever that is just now."""
        wire = Wire(self, lambda: asyncio.open_unix_connection(str(server())))
        self._servers.append(self.run(asyncio.start_unix_server(wire.carry, str(place))))
        place.chmod(0o777)
        return wire

    def over_tcp(self, port: int, server_port: int) -> Wire:
        """A wire from a port of this machine to another."""
        wire = Wire(self, lambda: asyncio.open_connection("127.0.0.1", server_port))
        self._servers.append(self.run(asyncio.start_server(wire.carry, "127.0.0.1", port)))
        return wire

    def run(self, work: Any) -> Any:  # noqa: ANN401  # whatever the work gives
        """Do something in the wires' thread, and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
