"""How live tables are made to stand still at a number, so that a rebuild can come up to it."""

from collections.abc import Mapping
from typing import Protocol, TypeAlias

from shared import applied
from shared.codec import CODEC, Codec
from shared.database import Database, Pool
from shared.eventstore.log_reader import LogReader
from shared.eventstore.sequencer import Sequencer
from shared.projection import Projection

Numbers: TypeAlias = Mapping[str, Mapping[int, int]]  # by source, the last number of each slot

_NUMBERS = "SELECT source, slot, number FROM log.leases WHERE consumer = $1 ORDER BY source, slot"
_PARKED = """
SELECT source, slot, number, message FROM log.parked WHERE consumer = $1 ORDER BY source, number
"""


class StandStill(Protocol):
    """What keeps live tables from moving, and knows how far they are."""

    async def numbers(self, db: Database) -> Numbers:
        """How far the live tables are now; they move on."""
        ...

    async def hold(self, db: Database) -> Numbers:
        """Let them move no more until the transaction ends, and say how far they are."""
        ...

    async def settle(self, db: Database) -> None:
        """What the rebuilt tables hold is not to be applied again."""
        ...


class HeldLeases:
    """Tables that a consumer keeps: whoever holds its lease rows stops it."""

    def __init__(self, projection: Projection, codec: Codec = CODEC) -> None:
        self._consumer = projection.name
        self._codec = codec

    async def numbers(self, db: Database) -> Numbers:
        """How far the consumer's slots are."""
        return await self._numbers(db, _NUMBERS)

    async def hold(self, db: Database) -> Numbers:
        """Lock the consumer's slots: its next batch waits."""
        return await self._numbers(db, f"{_NUMBERS} FOR UPDATE")

    async def settle(self, db: Database) -> None:
        """What was parked is in the rebuilt tables: it is not parked any more."""
        rows = await db.fetch(_PARKED, self._consumer)
        for source in {row["source"] for row in rows}:
            events = []
            for row in rows:
                if row["source"] == source:
                    number, message = row["number"], row["message"]
                    events.append(self._codec.decode(message, slot=row["slot"], number=number))
            await applied.advance(db, self._consumer, source, events)
        await db.execute("DELETE FROM log.parked WHERE consumer = $1", self._consumer)

    async def _numbers(self, db: Database, query: str) -> Numbers:
        numbers: dict[str, dict[int, int]] = {}
        for row in await db.fetch(query, self._consumer):
            numbers.setdefault(row["source"], {})[row["slot"]] = row["number"]
        return numbers


class HeldLog:
    """Tables that a service writes in its appends: whoever holds the log stops them."""

    def __init__(self, service: str, worker: Pool) -> None:
        """Know the service, and its database as the worker, who may number and read its log."""
        self._service = service
        self._sequencer = Sequencer(worker)
        self._reader = LogReader(worker)

    async def numbers(self, db: Database) -> Numbers:
        """How far the log is numbered."""
        del db
        return {self._service: await self._reader.heads()}

    async def hold(self, db: Database) -> Numbers:
        """Let nobody append, and number what was appended before."""
        await db.execute("LOCK TABLE log.events IN SHARE MODE")
        await self._sequencer.run_once()
        await self._sequencer.close()
        return await self.numbers(db)

    async def settle(self, db: Database) -> None:
        """Nothing to do: what is appended next is applied to whatever is live then."""
