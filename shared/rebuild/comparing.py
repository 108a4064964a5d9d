"""Two schemas of the same tables, row by row."""

from collections.abc import Iterable, Sequence

from shared.database import Database
from shared.frozen import frozen
from shared.projection import shapes_of
from shared.projection.statements import Shape

EXAMPLES_MAX = 3


@frozen
class TableDifference:
    """How a rebuilt table differs from the live one; the examples are keys, as JSON."""

    table: str
    difference: str  # "rows", "columns", "only live", "only rebuilt"
    live_rows: int = 0  # rows that only the live table has
    rebuilt_rows: int = 0
    examples: tuple[str, ...] = ()


async def differences(db: Database, live: str, rebuilt: str) -> Sequence[TableDifference]:
    """What differs between the tables of two schemas; nothing if they are equal."""
    lives, rebuilts = await shapes_of(db, live), await shapes_of(db, rebuilt)
    found: list[TableDifference] = []
    for table in sorted({*lives, *rebuilts}):
        one, other = lives.get(table), rebuilts.get(table)
        if one is None or other is None:
            difference = "only rebuilt" if one is None else "only live"
            found.append(TableDifference(table=table, difference=difference))
        elif one.types != other.types or set(one.key) != set(other.key):
            found.append(TableDifference(table=table, difference="columns"))
        else:
            found += await _rows(db, one, other)
    return found


async def _rows(db: Database, live: Shape, rebuilt: Shape) -> Iterable[TableDifference]:
    only_live = await db.fetchrow(_only_in(live, rebuilt))
    only_rebuilt = await db.fetchrow(_only_in(rebuilt, live))
    if not only_live["rows"] and not only_rebuilt["rows"]:
        return ()
    examples = [*(only_live["examples"] or ()), *(only_rebuilt["examples"] or ())]
    return (
        TableDifference(
            table=live.table,
            difference="rows",
            live_rows=only_live["rows"],
            rebuilt_rows=only_rebuilt["rows"],
            examples=tuple(dict.fromkeys(examples)),
        ),
    )


def _only_in(one: Shape, other: Shape) -> str:
    columns = ", ".join(f'"{column}"' for column in one.types)
    key = ", ".join(f"'{column}', d.\"{column}\"" for column in one.key)
    return (
        f"SELECT count(*) AS rows, (array_agg(jsonb_build_object({key})::text))[1:{EXAMPLES_MAX}]"  # noqa: S608  # names of the catalogue
        f" AS examples FROM (SELECT {columns} FROM {one.name}"
        f" EXCEPT ALL SELECT {columns} FROM {other.name}) AS d"
    )
