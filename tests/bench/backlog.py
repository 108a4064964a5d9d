"""A long history in a log: written as fast as can be, without numbers yet."""

import os
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import asyncpg

from shared.clock import now
from shared.codec import CODEC, encode
from shared.eventstore import leaf_of
from shared.eventstore.recording import recorded
from tests.bench.facts import cause, history

OF_ONE_PERSON = 8
BATCH_EVENTS = 20_000
COLUMNS = ("tenant", "stream", "version", "event_id", "type", "slot", "record", "leaf")


async def filled(pool: asyncpg.Pool, events: int) -> list[float]:
    """Copy so many events into the log.

    Returns:
        Rows a second of each batch, the time of the database alone.
    """
    paces: list[float] = []
    records = _records(events)
    while batch := list(islice(records, BATCH_EVENTS)):
        begun = time.perf_counter()
        await pool.copy_records_to_table(
            "events", schema_name="log", columns=COLUMNS, records=batch
        )
        paces.append(len(batch) / (time.perf_counter() - begun))
    await pool.execute("VACUUM ANALYZE log.events")
    return paces


def processor_seconds(process: int) -> float:
    """What a process of this machine has used of its processors so far; 0 where nobody tells."""
    try:
        told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _records(events: int) -> Iterator[tuple[object, ...]]:
    for append in history(-(-events // OF_ONE_PERSON)):
        for each in recorded(
            cause(), [append], service="enrollment", at=now(), schema_of=CODEC.schema_of
        ):
            record = encode(each)
            yield (
                *(each.tenant, each.stream, each.version, each.event_id),
                *(each.type, each.slot, record, leaf_of(record)),
            )
