"""Streams out of the log, for one or for several who ask at the same time."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from shared.codec import Codec
from shared.database import Database
from shared.eventstore import History, slot_of

Row: TypeAlias = Sequence[Any]  # stream, version, record
Wanted: TypeAlias = Mapping[str, int]  # streams, each after a version

_READ = "SELECT stream, version, record FROM log.read_streams($1, $2, $3)"


async def read(db: Database, tenant: str, wanted: Wanted) -> Sequence[Row]:
    """Events of streams, each stream's oldest first."""
    return await db.fetch(_READ, tenant, list(wanted), list(wanted.values()))


async def read_for_all(
    db: Database, tenant: str, party: Sequence[Wanted]
) -> Sequence[Sequence[Row]]:
    """What each of a party wants; what several want is read once."""
    if len(party) == 1:
        return (await read(db, tenant, party[0]),)
    least: dict[str, int] = {}
    for wanted in party:
        for stream, after in wanted.items():
            least[stream] = min(after, least.get(stream, after))
    found: dict[str, list[Row]] = {stream: [] for stream in least}
    for row in await read(db, tenant, least):
        found[row[0]].append(row)
    return [
        [row for stream, after in wanted.items() for row in found[stream] if row[1] > after]
        for wanted in party
    ]


def histories(codec: Codec, rows: Sequence[Row], wanted: Wanted) -> Mapping[str, History]:
    """What rows say of the streams that were wanted."""
    versions = dict(wanted)
    events: dict[str, list[Any]] = {stream: [] for stream in versions}
    for stream, version, record in rows:
        events[stream].append(codec.decode(record, slot=slot_of(stream)).event)
        versions[stream] = version
    return {
        stream: History(events=events[stream], version=version)
        for stream, version in versions.items()
    }
