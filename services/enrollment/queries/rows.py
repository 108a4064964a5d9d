"""Rows of a query as views: Postgres writes each row as JSON, pydantic reads it typed."""

from typing import TypeVar

from shared.database import Database
from shared.http import View

V = TypeVar("V", bound=View)


async def one(db: Database, view: type[V], query: str, *values: object) -> V | None:
    """The row that a query finds, or None; its columns are the fields of the view."""
    text = await db.fetchval(f"SELECT to_json(found)::text FROM ({query}) AS found", *values)  # noqa: S608  # the query is ours
    return None if text is None else view.model_validate_json(text)


async def many(db: Database, view: type[V], query: str, *values: object) -> list[V]:
    """All rows that a query finds, in its order."""
    rows = await db.fetch(f"SELECT to_json(found)::text AS text FROM ({query}) AS found", *values)  # noqa: S608  # the query is ours
    return [view.model_validate_json(row["text"]) for row in rows]
