"""Clients at work in a thread of their own, while the test breaks things under them."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, TypeVar

import aiohttp

from shared.ids import new_id
from tests.faults.calls import Actor, Call, Client, Ledger
from tests.faults.lives import OPENS_IN_SECONDS, Company, families, founded, newcomers
from tests.faults.stage import Stage, pause

T = TypeVar("T")
CLIENTS = 3
FOUNDED_SECONDS_MAX = 180.0  # a busy machine
ENDED_SECONDS_MAX = 120.0
REPLAYS_AT_ONCE = 8


class Play:
    """What a tenant's people do until they are told that it is over."""

    def __init__(self, stage: Stage, name: str, random: Random, clients: int = CLIENTS) -> None:
        self.tenant = f"{name}-{new_id().hex[-8:]}"
        self.ledger = Ledger()
        self.company: Company | None = None
        self._stage = stage
        self._random = random
        self._clients = clients
        self._client: Client | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._begun = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"play {name}")

    def begin(self) -> None:
        """Return when the program stands and people begin to live in it."""
        self._thread.start()
        if not self._begun.wait(FOUNDED_SECONDS_MAX):
            message = f"no program after {FOUNDED_SECONDS_MAX} s: {self.ledger.calls[-1:]}"
            raise TimeoutError(message)
        self._assert_well()

    def end(self) -> None:
        """Ask nothing new; return when all is answered and no timer of theirs is still to run out.

        One that ran out later would tell something new while it is looked at what was told.
        """
        if self._client is not None:
            self._client.over = True
        self._thread.join(ENDED_SECONDS_MAX)
        self._assert_well()
        assert not self._thread.is_alive(), "clients that never end"
        pause(OPENS_IN_SECONDS)

    def do(self, work: Callable[[Company], Coroutine[Any, Any, T]]) -> T:
        """Something more that happens there, and what it came to."""
        assert self.company is not None
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work(self.company), self._loop).result()

    def erased(self) -> list[str]:
        """People whose erasure was answered."""
        return [] if self.company is None else list(self.company.erased)

    def replayed(self) -> list[str]:
        """Ask everything once more under the same keys; what was answered differently."""
        return asyncio.run(self._replay())

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as failure:  # noqa: BLE001  # told to whoever waits for us
            self._failure = failure
        finally:
            self._begun.set()

    async def _live(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with aiohttp.ClientSession() as session:
            self._client = client = self._client_over(session)
            told = await founded(client)
            self.company = Company(client=client, founded=told, random=self._random)
            self._begun.set()
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(newcomers(self.company))
                for _ in range(self._clients):
                    tasks.create_task(families(self.company))

    async def _replay(self) -> list[str]:
        """Answers are compared word for word."""
        different: list[str] = []
        turns = asyncio.Semaphore(REPLAYS_AT_ONCE)
        async with aiohttp.ClientSession() as session:
            client = self._client_over(session)

            async def again(call: Call) -> None:
                copy = Call(call.actor, call.service, call.method, call.path, call.content)
                copy.key, copy.content_type = call.key, call.content_type
                async with turns:
                    await client.answered(copy)
                if (copy.status, copy.answer) != (call.status, call.answer):
                    different.append(f"{call}: now {copy.status} {copy.answer[:200]!r}")

            await asyncio.gather(*(again(call) for call in self.ledger.calls if call.is_ok))
        return different

    def _client_over(self, session: aiohttp.ClientSession) -> Client:
        return Client(self._stage.addresses, self._mint, self.ledger, session)

    def _mint(self, actor: Actor) -> str:
        return self._stage.issuer.mint(self.tenant, actor.subject, actor.roles)

    def _assert_well(self) -> None:
        if self._failure is not None:
            raise self._failure


@contextmanager
def playing(stage: Stage, name: str, random: Random, *, clients: int = CLIENTS) -> Iterator[Play]:
    """People of a new tenant at work; told that it is over at the end of the block."""
    play = Play(stage, name, random, clients)
    play.begin()
    try:
        yield play
    finally:
        play.end()
