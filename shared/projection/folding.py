"""Many effects on a table folded in memory into few set-based statements."""

from collections.abc import Callable, Iterable, Mapping
from operator import itemgetter
from typing import Any, TypeAlias
from uuid import UUID

from shared.frozen import frozen
from shared.projection.effects import Add, Change, Effect, Put, Remove
from shared.projection.pending import Pending
from shared.projection.statements import Shape, UnknownColumn, delete, increase, update, upsert

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]
Columns: TypeAlias = tuple[str, ...]
# Rows by the columns they have: a missing column is not the same as an empty one.
Alike: TypeAlias = dict[Columns, list[Row]]


@frozen
class Write:
    """One statement and the rows it is about."""

    query: str
    rows: list[Row]


@frozen
class _Many:
    """Effects of one kind on the rows that have a part of the key, each part once."""

    kind: type[Effect]
    part: Columns
    columns: Columns
    rows: dict[Key, Row]


class TableFold:
    """What a batch does to one table: each row is written once, however often it changes."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._key = ("tenant", *(column for column in shape.key if column != "tenant"))
        self._key_columns = frozenset(shape.key)
        self._ids = frozenset(column for column in shape.key if shape.types[column] == "uuid")
        self._key_of = _keying(self._key[1:], self._ids)
        self._writes: list[Write] = []
        self._rows: dict[Key, Pending] = {}
        self._parts: dict[Columns, dict[Key, list[Key]]] = {}  # by values of a part of the key
        self._manys: list[_Many] = []

    def take(self, tenant: str, effect: Effect) -> None:
        """Let one more effect happen after those already taken.

        Raises:
            UnknownColumn: the effect does not fit the table.
        """
        if isinstance(effect, Put):
            self._put(tenant, effect.row)
            return
        where = effect.key
        if len(where) + 1 != len(self._key) or not where.keys() <= self._key_columns:
            self._take_many({"tenant": tenant, **where}, effect)
            return
        key = self._key_of(tenant, where)
        pending = self._rows.get(key)
        if pending is None:
            pending = self._rows[key] = Pending(where=where)
            self._note(key)
        pending.take(effect)

    def writes(self) -> list[Write]:
        """All that was taken, in an order of the same result; may be asked once.

        Raises:
            UnknownColumn: an effect names a column that the table does not have.
        """
        self._fold()
        return self._writes

    def _put(self, tenant: str, row: Mapping[str, Any]) -> None:
        try:
            key = self._key_of(tenant, row)
        except KeyError as missing:
            message = f"a row for {self._shape.table} lacks its key column {missing}"
            raise UnknownColumn(message) from missing
        if self._parts and key not in self._rows:
            self._note(key)
        self._rows[key] = Pending(where=row, row={**row, "tenant": tenant})

    def _note(self, key: Key) -> None:
        """Let a new row be found by parts of its key."""
        for part, keys in self._parts.items():
            keys.setdefault(self._part_of(key, part), []).append(key)

    def _take_many(self, where: Row, effect: Change | Add | Remove) -> None:
        """Rows of a part of the key: those of this batch change here, all others by a statement.

        The statement may come before all that this batch does to single rows, because those that
        it would have met carry its effect already.
        """
        if not where.keys() <= self._key_columns:  # whom this meets only the database knows
            self._fold()
            self._add_many(where, effect)
            self._fold()
            return
        for key in self._keys_with(where):
            self._rows[key].take(effect, deletes=False)
        self._add_many(where, effect)

    def _keys_with(self, where: Row) -> Iterable[Key]:
        part = tuple(where)
        keys = self._parts.get(part)
        if keys is None:
            keys = self._parts[part] = {}
            for key in self._rows:
                keys.setdefault(self._part_of(key, part), []).append(key)
        values = [_hashed(value) if name in self._ids else value for name, value in where.items()]
        return keys.get(tuple(values), ())

    def _part_of(self, key: Key, part: Columns) -> Key:
        return tuple([key[self._key.index(column)] for column in part])

    def _add_many(self, where: Row, effect: Effect) -> None:
        values: Mapping[str, Any] = {}
        if isinstance(effect, Change):
            values = effect.values
        elif isinstance(effect, Add):
            values = effect.amounts
        kind, part, columns = type(effect), tuple(where), tuple(values)
        last = self._manys[-1] if self._manys else None
        if last is None or (last.kind, last.part, last.columns) != (kind, part, columns):
            last = _Many(kind=kind, part=part, columns=columns, rows={})
            self._manys.append(last)
        key = tuple(where.values())
        row = last.rows.get(key)
        if row is not None and kind is Add:
            for column, amount in values.items():
                row[column] += amount
        else:
            last.rows[key] = {**where, **values}

    def _fold(self) -> None:
        shape, width = self._shape, len(self._shape.key)
        for many in self._manys:
            self._write(_statement(shape, many), list(many.rows.values()))
        removed, puts, changed, increased = self._sorted_out()
        if removed:
            self._write(delete(shape, shape.key), removed)
        for columns, rows in puts.items():
            self._write(upsert(shape, columns), rows)
        for columns, rows in changed.items():
            self._write(update(shape, shape.key, columns[width:]), rows)
        for columns, rows in increased.items():
            self._write(increase(shape, shape.key, columns[width:]), rows)
        self._manys.clear()
        self._rows.clear()
        self._parts.clear()

    def _sorted_out(self) -> tuple[list[Row], Alike, Alike, Alike]:
        """Rows to remove, to put, to change, and to add to."""
        removed: list[Row] = []
        puts, changed, increased = _Sorting(), _Sorting(), _Sorting()
        for key, pending in self._rows.items():
            if pending.row is not None:
                puts.take(pending.row)
            if pending.removed:
                removed.append(self._keyed(key, pending))
            if pending.values:
                changed.take({**self._keyed(key, pending), **pending.values})
            if pending.amounts:
                increased.take({**self._keyed(key, pending), **pending.amounts})
        return removed, puts.rows, changed.rows, increased.rows

    def _write(self, query: str, rows: list[Row]) -> None:
        self._writes.append(Write(query=query, rows=rows))

    def _keyed(self, key: Key, pending: Pending) -> Row:
        names = self._key[1:]
        return {"tenant": key[0], **{name: pending.where[name] for name in names}}


class _Sorting:
    """Puts rows with the same columns together; most have those of the row before them."""

    def __init__(self) -> None:
        self.rows: Alike = {}
        self._columns: Columns | None = None
        self._alike: list[Row] = []

    def take(self, row: Row) -> None:
        """One more row."""
        columns = tuple(row)
        if columns != self._columns:
            self._columns = columns
            self._alike = self.rows.setdefault(columns, [])
        self._alike.append(row)


def _statement(shape: Shape, many: _Many) -> str:
    if many.kind is Change:
        return update(shape, many.part, many.columns)
    if many.kind is Add:
        return increase(shape, many.part, many.columns)
    return delete(shape, many.part)


def _keying(columns: Columns, ids: frozenset[str]) -> Callable[[str, Mapping[str, Any]], Key]:
    """What makes a key of a tenant and the columns of a row beside it."""
    if len(columns) == 1:
        (only,) = columns
        if only in ids:
            return lambda tenant, row: (tenant, _hashed(row[only]))
        return lambda tenant, row: (tenant, row[only])
    if columns and not ids:
        pick = itemgetter(*columns)
        return lambda tenant, row: (tenant, *pick(row))
    return lambda tenant, row: (
        tenant,
        *[_hashed(row[name]) if name in ids else row[name] for name in columns],
    )


def _hashed(value: Any) -> Any:  # noqa: ANN401  # whatever is in a column
    """An id as its number: Python takes its time to hash and compare ids themselves.

    The ids that the database driver makes are of a kind of its own, and equal to others.
    """
    return value.int if isinstance(value, UUID) else value
