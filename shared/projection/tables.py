"""Read tables in Postgres: made from tables.sql, guarded by row security, written in batches."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from shared.database import Connection, Database
from shared.envelope import Recorded
from shared.projection.effects import Effect, ProjectionFunction, heard_by
from shared.projection.folding import TableFold
from shared.projection.statements import Shape, UnknownColumn

INLINE_SCHEMA = "read"  # written by the service itself, in the append
NEXT_SUFFIX = "_next"  # a rebuild's schema, until it is switched

_encode = msgspec.json.Encoder(order="deterministic").encode  # a set looks the same every time

_SHAPES = """
SELECT c.relname AS table, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS types,
       array_agg(a.attname::text ORDER BY a.attnum)
           FILTER (WHERE a.attnum = ANY (i.indkey)) AS key
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     AND NOT a.attisdropped AND a.attgenerated = ''
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
WHERE c.relnamespace = to_regnamespace(quote_ident($1)) AND c.relkind IN ('r', 'p')
GROUP BY c.relname ORDER BY c.relname
"""

# Rows are changed often: with room on their page that costs no index entry.
_SECURE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} SET (fillfactor = 80);
CREATE POLICY one_tenant ON {table} TO fairlead_app
    USING (tenant = nullif(current_setting('app.tenant', true), ''))
    WITH CHECK (tenant = nullif(current_setting('app.tenant', true), ''));
CREATE POLICY every_tenant ON {table} TO fairlead_worker, CURRENT_USER
    USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO fairlead_worker;
GRANT {app_rights} ON {table} TO fairlead_app;
"""


async def shapes_of(db: Database, schema: str) -> dict[str, Shape]:
    """The tables of a schema by name; empty where there is no such schema."""
    return {
        row["table"]: Shape(
            schema=schema,
            table=row["table"],
            types=dict(zip(row["columns"], row["types"], strict=True)),
            key=tuple(row["key"] or ()),
        )
        for row in await db.fetch(_SHAPES, schema)
    }


async def create_tables(db: Connection, schema: str, tables_sql: str) -> bool:
    """Make a schema of read tables with tenant row security and rights, unless it stands already.

    Returns:
        False if it stands but was made from another tables.sql: it must be rebuilt.

    Raises:
        ValueError: a table lacks the tenant in its primary key.
    """
    async with db.transaction():
        # Two processes that start together would otherwise both try to create it.
        await db.execute("SELECT pg_advisory_xact_lock(hashtext($1))", f"create {schema}")
        stands = await are_as_in(db, schema, tables_sql)
        if stands is None:
            await _create(db, schema, tables_sql)
            mark = _mark(tables_sql)
            await db.execute(f"COMMENT ON SCHEMA \"{schema}\" IS '{mark}'")
    return stands is not False


async def are_as_in(db: Database, schema: str, tables_sql: str) -> bool | None:
    """Whether the tables of a schema were made from this tables.sql; None if there are none."""
    made_from = await db.fetchval(
        "SELECT coalesce(obj_description(to_regnamespace(quote_ident($1)), 'pg_namespace'), '')"
        " WHERE to_regnamespace(quote_ident($1)) IS NOT NULL",
        schema,
    )
    return None if made_from is None else bool(made_from == _mark(tables_sql))


def _mark(tables_sql: str) -> str:
    return sha256(tables_sql.encode()).hexdigest()


async def _create(db: Database, schema: str, tables_sql: str) -> None:
    before = await db.fetchval("SELECT current_setting('search_path')")
    await db.execute(f'CREATE SCHEMA "{schema}"')
    await db.execute(f'GRANT USAGE ON SCHEMA "{schema}" TO fairlead_app, fairlead_worker')
    await db.execute("SELECT set_config('search_path', quote_ident($1), true)", schema)
    await db.execute(tables_sql)
    await db.execute("SELECT set_config('search_path', $1, true)", before)
    inline = schema.removesuffix(NEXT_SUFFIX) == INLINE_SCHEMA
    app_rights = "SELECT, INSERT, UPDATE, DELETE" if inline else "SELECT"
    for shape in (await shapes_of(db, schema)).values():
        if "tenant" not in shape.key:
            message = f"table {shape.table} needs the tenant in its primary key"
            raise ValueError(message)
        await db.execute(_SECURE.format(table=shape.name, app_rights=app_rights))


class ReadTables:
    """The tables of one schema in one database, and the functions that write them."""

    def __init__(self, schema: str, functions: Sequence[ProjectionFunction]) -> None:
        self._schema = schema
        self._functions = tuple(functions)
        self._heard = tuple(map(heard_by, functions))
        self._hearing: dict[type[Any], Sequence[ProjectionFunction]] = {}
        self._shapes: dict[str, Shape] = {}

    async def project(self, db: Database, events: Iterable[Recorded]) -> None:
        """Apply what events mean, in their order, in the transaction that is open.

        Raises:
            UnknownColumn: a function's effect does not fit the tables.
        """
        for query, rows in await self.writes(db, events):
            await db.execute(query, rows)

    async def apply(self, db: Database, tenant: str, effects: Iterable[Effect]) -> None:
        """Write effects of one tenant, in their order."""
        folds: dict[str, TableFold] = {}
        for effect in effects:
            (await self._fold(db, folds, effect)).take(tenant, effect)
        for query, rows in _encoded(folds):
            await db.execute(query, rows)

    async def writes(self, db: Database, events: Iterable[Recorded]) -> list[tuple[str, str]]:
        """What `project` would execute: each statement with its rows as JSON text.

        Raises:
            UnknownColumn: a function's effect does not fit the tables.
        """
        folds: dict[str, TableFold] = {}
        for event in events:
            for function in self._hearing.get(type(event.event)) or self._who_hears(event):
                for effect in function(event):
                    fold = folds.get(effect.table) or await self._fold(db, folds, effect)
                    fold.take(event.tenant, effect)
        return _encoded(folds)

    def _who_hears(self, event: Recorded) -> Sequence[ProjectionFunction]:
        kind = type(event.event)
        if kind not in self._hearing:
            self._hearing[kind] = [
                function
                for function, heard in zip(self._functions, self._heard, strict=True)
                if heard is None or kind in heard
            ]
        return self._hearing[kind]

    async def _fold(self, db: Database, folds: dict[str, TableFold], effect: Effect) -> TableFold:
        if effect.table not in folds:
            folds[effect.table] = TableFold(await self._shape(db, effect.table))
        return folds[effect.table]

    async def _shape(self, db: Database, table: str) -> Shape:
        if table not in self._shapes:
            self._shapes = await shapes_of(db, self._schema)
        try:
            return self._shapes[table]
        except KeyError as unknown:
            message = f"schema {self._schema} has no table {table}"
            raise UnknownColumn(message) from unknown


def _encoded(folds: Mapping[str, TableFold]) -> list[tuple[str, str]]:
    return [
        (write.query, _encode(write.rows).decode())
        for fold in folds.values()
        for write in fold.writes()
    ]


async def apply(db: Database, schema: str, tenant: str, effects: Iterable[Effect]) -> None:
    """Write effects of one tenant once; what writes often keeps its own `ReadTables`."""
    await ReadTables(schema, ()).apply(db, tenant, effects)
