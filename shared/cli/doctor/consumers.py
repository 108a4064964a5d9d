"""Looks at how far those are who consume events: projections, reactions, and the relay."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence

import asyncpg

from shared.cli.doctor.findings import Finding, Limits, counted, duration, wrong
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.monitoring.sights import Behind, Place, Sight, behind, heads_of
from shared.provisioning import Databases
from shared.relay import CONSUMER as RELAY
from shared.runtime.pools import opened_pool
from shared.service import Service
from shared.settings import DatabaseSettings

HASTE = DatabaseSettings(statement_timeout_seconds=4)
UNREACHED = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, Unavailable)


@frozen
class Consumer:
    """One consumer of one source, as far as it has come."""

    service: str
    name: str
    source: str
    places: Sequence[Place]

    @property
    def follows(self) -> str:
        """What it does, in words."""
        if self.name == RELAY:
            return "the relay to Kafka"
        return f"{self.name}, which follows {self.source}"

    def finding(self, code: str, says: str, remedy: str) -> Finding:
        """Something that is wrong with it."""
        return wrong(self.service, code, says, remedy)


@frozen
class Log:
    """A source's log as its consumers see it."""

    heads: Mapping[int, int]
    behind: Sequence[Behind]


async def look(
    service: Service, databases: Databases, sight: Sight, limits: Limits, *, over_kafka: bool
) -> tuple[Sequence[Finding], str]:
    """What is wrong with the consumers of a service, and how they are otherwise."""
    consumers = [
        Consumer(
            service=service.name,
            name=name,
            source=source,
            places=[at for at in sight.places if (at.consumer, at.source) == (name, source)],
        )
        for name, source in service.consumers(over_kafka=over_kafka)
    ]
    sources = sorted({consumer.source for consumer in consumers})
    seen = await asyncio.gather(*(_log(databases, source, sight) for source in sources))
    logs = dict(zip(sources, seen, strict=True))
    found = [
        finding
        for consumer in consumers
        if (log := logs[consumer.source]) is not None  # else its own look says that it is away
        for finding in _faults(consumer, log, limits)
    ]
    return found, f"{counted(len(consumers), 'consumer')} up to date"


async def _log(databases: Databases, source: str, sight: Sight) -> Log | None:
    places = [place for place in sight.places if place.source == source]
    dsn = databases.dsn(source, "reader")
    try:
        async with opened_pool(dsn, 1, HASTE, application_name="fairlead doctor") as pool:
            return Log(heads=await heads_of(pool), behind=await behind(pool, places))
    except UNREACHED:
        return None


def _faults(consumer: Consumer, log: Log, limits: Limits) -> Iterator[Finding]:
    late = [each for each in log.behind if each.consumer == consumer.name]
    events = sum(each.events for each in late)
    seconds = max((each.seconds for each in late), default=0.0)
    start = f"`fairlead worker {consumer.service}`"
    if not consumer.places:
        if log.heads:
            says = f"Nobody has begun to be {consumer.follows}."
            yield consumer.finding("consumer-never-ran", says, f"Start a worker: {start}.")
    elif seconds > limits.late_seconds:
        behind_by = f"{counted(events, 'event')} behind, the oldest for {duration(seconds)}"
        if any(place.is_held for place in consumer.places):
            says = f"Late: {consumer.follows}, is {behind_by}."
            remedy = "If `fairlead lag` goes down, wait or add workers; if not, their log says why."
            yield consumer.finding(_code(consumer, "behind"), says, remedy)
        else:
            says = f"No worker is {consumer.follows}: {behind_by}."
            yield consumer.finding(_code(consumer, "without-worker"), says, f"Start one: {start}.")
    ahead = [at for at in consumer.places if at.number > log.heads.get(at.slot, 0)]
    if ahead:
        says = (
            f"Ahead of its source: {consumer.follows}, has handled what the log does not hold, in"
            f" {counted(len(ahead), 'slot')}; {consumer.source} was restored from an older backup."
        )
        remedy = f"Run `fairlead rebuild --service {consumer.service}`; see docs/operations.md."
        yield consumer.finding("consumer-ahead", says, remedy)


def _code(consumer: Consumer, what: str) -> str:
    return f"{'relay' if consumer.name == RELAY else 'consumer'}-{what}"
