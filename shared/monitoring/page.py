"""The page of numbers of one process, for Prometheus."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import TypeAlias

import asyncpg
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import REGISTRY, Collector

from shared.database import Pool
from shared.monitoring import counters, families
from shared.monitoring.sights import Behind, Place, Sight, behind, sight_of

log = logging.getLogger(__name__)

CONTENT_TYPE = CONTENT_TYPE_LATEST
LOOK_SECONDS_MAX = 2.0  # at one database; scrapes end after ten
KEPT_SECONDS = 1.0
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

BySource: TypeAlias = Mapping[str, Sequence[Behind] | None]  # None: that database is away


class Monitor:
    """Tells how one service is; looks at its databases when asked, not more than once a second."""

    def __init__(
        self, service: str, own: Pool, readers: Mapping[str, Pool], now: Callable[[], datetime]
    ) -> None:
        """Look at the service's own database as its worker, at other services' logs as reader."""
        self._service = service
        self._own = own
        self._logs = {**readers, service: own}
        self._now = now
        self._looking = asyncio.Lock()
        self._looked_at = -KEPT_SECONDS
        self._found: Sequence[Metric] = ()

    async def page(self) -> bytes:
        """All numbers of this process, and of its service, in the text format of Prometheus."""
        async with self._looking:
            if monotonic() >= self._looked_at + KEPT_SECONDS:
                self._found = await self._look()
                self._looked_at = monotonic()
            told = self._found
        counted = families.of_process(self._service, counters.REGISTRY.collect())
        return process_page() + _rendered((*counted, *told))

    async def _look(self) -> Sequence[Metric]:
        sight = await self._sight()
        if sight is None:
            return [families.up(self._service, {self._service: False})]
        found = await self._behind(sight.places)
        up = {self._service: True} | {
            source: slots is not None for source, slots in found.items() if source != self._service
        }
        return [
            families.up(self._service, up),
            *families.of_sight(self._service, sight),
            *families.of_lag(self._service, sight.places, found),
        ]

    async def _sight(self) -> Sight | None:
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                return await sight_of(self._own, self._now())
        except AWAY as reason:
            log.warning("database not seen", extra={"reason": type(reason).__name__})
            return None

    async def _behind(self, places: Iterable[Place]) -> BySource:
        by_source: dict[str, list[Place]] = {}
        for place in places:
            by_source.setdefault(place.source, []).append(place)
        found = await asyncio.gather(*(self._of(*each) for each in by_source.items()))
        return dict(zip(by_source, found, strict=True))

    async def _of(self, source: str, places: Sequence[Place]) -> Sequence[Behind] | None:
        if source not in self._logs:
            return None
        try:
            async with asyncio.timeout(LOOK_SECONDS_MAX):
                return await behind(self._logs[source], places)
        except AWAY as reason:
            fields = {"source": source, "reason": type(reason).__name__}
            log.warning("log not seen", extra=fields)
            return None


def process_page() -> bytes:
    """What every process counts, whatever it does."""
    return generate_latest(REGISTRY)


def _rendered(found: Iterable[Metric]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Found(found))
    return generate_latest(registry)


class _Found(Collector):
    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterator[Metric]:
        """What was found before."""
        return iter(self._found)
