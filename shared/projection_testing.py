"""A specification for projections: however the same events come, the rows are the same."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.database import Connection, Database
from shared.envelope import Recorded
from shared.projection import ProjectionFunction, ReadTables, create_tables, shapes_of

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


async def rows_of(db: Database, schema: str) -> Rows:
    """All rows of all tables of a schema, in the order of their keys."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for shape in (await shapes_of(db, schema)).values():
        key = ", ".join(f'"{column}"' for column in shape.key)
        query = f"SELECT * FROM {shape.name} ORDER BY {key}"  # noqa: S608  # names of the catalogue
        rows[shape.table] = [dict(row) for row in await db.fetch(query)]
    return rows


async def rows_however_delivered(
    connection: Connection,
    tables_sql: str,
    functions: Sequence[ProjectionFunction],
    events: Sequence[Recorded],
) -> Rows:
    """What events make of empty tables: at once, one by one, and each twice, copies dropped.

    Raises:
        AssertionError: the three do not lead to the same rows.
    """
    together = await _rows(connection, tables_sql, functions, [events])
    apart = await _rows(connection, tables_sql, functions, [[event] for event in events])
    twice = [event for event in events for _ in range(2)]
    again = await _rows(connection, tables_sql, functions, [list(_without_copies(twice))])
    if together != apart:
        message = "the rows depend on how events are batched"
        raise AssertionError(message)
    if together != again:
        message = "an event that came twice had two effects"
        raise AssertionError(message)
    return together


async def _rows(
    connection: Connection,
    tables_sql: str,
    functions: Sequence[ProjectionFunction],
    batches: Iterable[Sequence[Recorded]],
) -> Rows:
    schema = "specification"
    await create_tables(connection, schema, tables_sql)
    tables = ReadTables(schema, functions)
    try:
        for batch in batches:
            await tables.project(connection, batch)
        return await rows_of(connection, schema)
    finally:
        await connection.execute(f"DROP SCHEMA {schema} CASCADE")


def _without_copies(events: Iterable[Recorded]) -> Iterable[Recorded]:
    """Drop by number, as a consumer does."""
    last: dict[str, int] = {}
    for event in events:
        if event.version > last.get(event.stream, 0):
            last[event.stream] = event.version
            yield event
