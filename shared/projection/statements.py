"""The four set-based statements that write read tables; rows come as one JSON text."""

from collections.abc import Iterable, Mapping

from shared.frozen import frozen


class UnknownColumn(LookupError):
    """A projection names a table or a column that tables.sql does not have."""


@frozen
class Shape:
    """A read table as the database knows it."""

    schema: str
    table: str
    types: Mapping[str, str]  # column to its SQL type
    key: tuple[str, ...]  # the primary key, `tenant` among it

    @property
    def name(self) -> str:
        """The quoted name with its schema."""
        return f'"{self.schema}"."{self.table}"'


def upsert(shape: Shape, columns: Iterable[str]) -> str:
    """Insert rows or replace them as a whole: columns that are not given get their defaults."""
    given = tuple(columns)
    names = ", ".join(map(_quoted, given))
    news = ", ".join(
        f"{_quoted(column)} = {f'excluded.{_quoted(column)}' if column in given else 'DEFAULT'}"
        for column in shape.types
        if column not in shape.key
    )
    return (
        f"INSERT INTO {shape.name} ({names}) SELECT {names} FROM {_rows(shape, given)} "  # noqa: S608  # names of the catalogue
        f"ON CONFLICT ({', '.join(map(_quoted, shape.key))}) DO "
        + (f"UPDATE SET {news}" if news else "NOTHING")
    )


def update(shape: Shape, key: Iterable[str], columns: Iterable[str]) -> str:
    """Set columns where the key is the row's."""
    key, columns = tuple(key), tuple(columns)
    news = ", ".join(f"{_quoted(column)} = r.{_quoted(column)}" for column in columns)
    return _update(shape, key, columns, news)


def increase(shape: Shape, key: Iterable[str], columns: Iterable[str]) -> str:
    """Add to columns where the key is the row's."""
    key, columns = tuple(key), tuple(columns)
    news = ", ".join(
        f"{_quoted(column)} = t.{_quoted(column)} + r.{_quoted(column)}" for column in columns
    )
    return _update(shape, key, columns, news)


def delete(shape: Shape, key: Iterable[str]) -> str:
    """Remove where the key is the row's."""
    key = tuple(key)
    return f"DELETE FROM {shape.name} AS t USING {_rows(shape, key)} WHERE {_same(key)}"  # noqa: S608  # names of the catalogue


def _update(shape: Shape, key: tuple[str, ...], columns: tuple[str, ...], news: str) -> str:
    rows = _rows(shape, (*key, *columns))
    return f"UPDATE {shape.name} AS t SET {news} FROM {rows} WHERE {_same(key)}"  # noqa: S608  # names of the catalogue


def _rows(shape: Shape, columns: Iterable[str]) -> str:
    try:
        typed = ", ".join(f"{_quoted(column)} {shape.types[column]}" for column in columns)
    except KeyError as unknown:
        message = f"table {shape.table} has no column {unknown}"
        raise UnknownColumn(message) from unknown
    # Text on the wire, whatever codec a connection has been given for json; and json, not jsonb,
    # because it is read once: a row costs a quarter less.
    return f"json_to_recordset($1::text::json) AS r({typed})"


def _same(key: Iterable[str]) -> str:
    return " AND ".join(f"t.{_quoted(column)} = r.{_quoted(column)}" for column in key)


def _quoted(column: str) -> str:
    return f'"{column}"'
