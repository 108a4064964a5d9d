"""Many effects on a table folded in memory into few set-based statements."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from shared.frozen import frozen
from shared.projection.effects import Add, Change, Effect, Put
from shared.projection.statements import Shape, UnknownColumn, delete, increase, update, upsert

Row: TypeAlias = dict[str, Any]
Key: TypeAlias = tuple[Any, ...]


@frozen
class Write:
    """One statement and the rows it is about."""

    query: str
    rows: list[Row]


class TableFold:
    """What a batch does to one table: each row is written once, however often it changes."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._key_columns = frozenset(shape.key)
        self._writes: list[Write] = []
        self._puts: dict[Key, Row] = {}
        self._changes: dict[Key, Row] = {}
        self._amounts: dict[Key, Row] = {}
        self._removed: dict[Key, None] = {}  # a set that keeps its order

    def take(self, tenant: str, effect: Effect) -> None:
        """Let one more effect happen after those already taken.

        Raises:
            UnknownColumn: the effect does not fit the table.
        """
        if isinstance(effect, Put):
            self._put({"tenant": tenant, **effect.row})
            return
        where = {"tenant": tenant, **effect.key}
        if where.keys() != self._key_columns:
            self._write_many(where, effect)
            return
        key = tuple([where[column] for column in self._shape.key])
        if isinstance(effect, Change):
            self._change(key, effect.values)
        elif isinstance(effect, Add):
            self._add(key, effect.amounts)
        else:
            self._remove(key)

    def writes(self) -> list[Write]:
        """All that was taken, in an order of the same result; may be asked once.

        Raises:
            UnknownColumn: an effect names a column that the table does not have.
        """
        self._fold()
        return self._writes

    def _put(self, row: Row) -> None:
        try:
            key = tuple([row[column] for column in self._shape.key])
        except KeyError as missing:
            message = f"a row for {self._shape.table} lacks its key column {missing}"
            raise UnknownColumn(message) from missing
        self._remove(key)
        del self._removed[key]  # an upsert replaces: nothing to delete first
        self._puts[key] = row

    def _change(self, key: Key, values: Mapping[str, Any]) -> None:
        if key in self._removed:
            return
        row = self._puts.get(key)
        if row is None:
            row = self._changes.setdefault(key, {})
        row.update(values)
        amounts = self._amounts.get(key)
        if amounts:
            for column in values:
                amounts.pop(column, None)

    def _add(self, key: Key, amounts: Mapping[str, int]) -> None:
        if key in self._removed:
            return
        row = self._puts.get(key) or self._changes.get(key) or {}
        for column, amount in amounts.items():
            if column not in row:  # only the database knows what stands there
                waiting = self._amounts.setdefault(key, {})
                waiting[column] = waiting.get(column, 0) + amount
            elif row[column] is not None:  # as in SQL, nothing plus something is nothing
                row[column] += amount

    def _remove(self, key: Key) -> None:
        self._puts.pop(key, None)
        self._changes.pop(key, None)
        self._amounts.pop(key, None)
        self._removed[key] = None

    def _write_many(self, where: Row, effect: Effect) -> None:
        """A key that names several rows cannot be folded: what came before is written first."""
        self._fold()
        if isinstance(effect, Change):
            query = update(self._shape, where, effect.values)
            self._writes.append(Write(query=query, rows=[{**where, **effect.values}]))
        elif isinstance(effect, Add):
            query = increase(self._shape, where, effect.amounts)
            self._writes.append(Write(query=query, rows=[{**where, **effect.amounts}]))
        else:
            self._writes.append(Write(query=delete(self._shape, where), rows=[where]))

    def _fold(self) -> None:
        shape = self._shape
        if self._removed:
            rows = [self._keyed(key) for key in self._removed]
            self._writes.append(Write(query=delete(shape, shape.key), rows=rows))
        for columns, rows in _alike(self._puts.values()):
            self._writes.append(Write(query=upsert(shape, columns), rows=rows))
        for parts, statement in ((self._changes, update), (self._amounts, increase)):
            rows = [{**row, **self._keyed(key)} for key, row in parts.items() if row]
            for columns, group in _alike(rows):
                values = columns[: -len(shape.key)]
                self._writes.append(Write(query=statement(shape, shape.key, values), rows=group))
        self._removed.clear()
        for rows_by_key in (self._puts, self._changes, self._amounts):
            rows_by_key.clear()

    def _keyed(self, key: Key) -> Row:
        return dict(zip(self._shape.key, key, strict=True))


def _alike(rows: Iterable[Row]) -> Iterator[tuple[tuple[str, ...], list[Row]]]:
    """Rows by the columns they have: a missing column is not the same as an empty one."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row), []).append(row)
    yield from groups.items()
