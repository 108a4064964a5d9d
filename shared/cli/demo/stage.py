"""What every scene of the story shares: the APIs, the people, the clock, and the counting."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from random import Random
from time import monotonic
from typing import Any, TypeVar

from rich.progress import Progress

from shared.cli.demo.client import Actor, Apis, CallFailed, Tally, all_of
from shared.cli.demo.participants import Cast, Participant
from shared.cli.demo.population import FIRST_DAY
from shared.cli.output import errors

T = TypeVar("T")
FIRST_MOMENT = datetime.combine(FIRST_DAY, time(7), UTC)
SETTLE_SECONDS_MAX = 180.0
LOOK_SECONDS = 0.05
HR = Actor(subject="hr-sync", roles=("hr_platform",))
OPERATOR = Actor(subject="operator", roles=("operator",))
AUDITOR = Actor(subject="auditor", roles=("auditor",))
SERVICES = ("enrollment", "matching", "sessions", "metrics")


class Stage:
    """The place where the story happens."""

    def __init__(
        self, apis: Apis, people: Cast, seed: int, bars: Progress, first_moment: datetime
    ) -> None:
        """Nothing has happened yet."""
        self._first_moment = first_moment
        self.apis = apis
        self.cast = people
        self.seed = seed
        self.tally = Tally()
        self.person_ids: dict[str, str] = {}  # by employee number
        self.competencies: dict[str, str] = {}  # id by code
        self.target_roles: dict[str, str] = {}  # id by code
        self.enrollments: dict[str, str] = {}  # id by employee number
        self.milestones: dict[str, list[str]] = {}  # ids by pairing, in the order of their dates
        self.participants: dict[str, Participant] = {}  # by person id
        self.runs: list[str] = []  # matching runs that were published, first one first
        self.manager = OPERATOR  # until somebody is appointed
        self.program_id = ""
        self.cohort_id = ""
        self.day = 0
        self._bars = bars

    def dice(self, *what: object) -> Random:
        """Chance that falls the same way for the same things in the same story."""
        return Random(f"{self.seed}-{'-'.join(map(str, what))}")

    def actor(self, participant: Participant) -> Actor:
        """A participant as the caller of an API."""
        person = self.person_ids[participant.employee.number]
        return Actor(subject=person, roles=("employee", participant.part))

    def moment(self, day: float) -> datetime:
        """A time of the story, counted in days from its beginning."""
        return self._first_moment + timedelta(days=day)

    async def pass_until(self, day: float) -> None:
        """Let time go by in all services, and wait until what it causes has happened."""
        body = {"now": self.moment(day).isoformat()}
        for service in SERVICES:
            await self.apis.put(OPERATOR, service, "/development/clock", body)
        self.day = int(day)
        await self.settled()

    async def settled(self) -> None:
        """Wait until every timer that ran out has rung, and every consumer has heard everything.

        Raises:
            CallFailed: they do not get there.
        """
        quiet = 0
        async with asyncio.timeout(SETTLE_SECONDS_MAX):
            while quiet < 3:  # what one has heard may make it say something to another
                await asyncio.sleep(LOOK_SECONDS)
                quiet = 0 if await self._behind() else quiet + 1

    async def _behind(self) -> bool:
        for service in SERVICES:
            lag = await self.apis.get(OPERATOR, service, "/ops/lag")
            if lag["timers_due"] or any(item["behind"] for item in lag["items"]):
                return True
        return False

    async def everybody(
        self, saying: str, work: Sequence[Callable[[], Awaitable[T]]]
    ) -> Sequence[T]:
        """Do many things, with a bar that shows how far it is."""
        began = monotonic()
        bar = self._bars.add_task(saying, total=len(work))
        done = await all_of(work, lambda: self._bars.advance(bar))
        self._bars.update(bar, completed=len(work))
        if self._bars.disable:  # no terminal to draw on: a line each
            errors.print(f"{saying}: {len(work)} in {monotonic() - began:.1f} s")
        return done

    async def pages(self, actor: Actor, service: str, path: str, **query: object) -> list[Any]:
        """All items of a list."""
        items: list[Any] = []
        cursor = None
        while True:
            page = await self.apis.get(actor, service, path, limit=200, cursor=cursor, **query)
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    async def finished(self, operation_id: str, service: str) -> Any:  # noqa: ANN401  # JSON
        """Wait for an operation that was started.

        Raises:
            CallFailed: it failed.
        """
        async with asyncio.timeout(SETTLE_SECONDS_MAX):
            while True:
                now = await self.apis.get(self.manager, service, f"/operations/{operation_id}")
                if now["status"] == "succeeded":
                    return now
                if now["status"] == "failed":
                    raise CallFailed(str(now["error"]))
                await asyncio.sleep(LOOK_SECONDS)
