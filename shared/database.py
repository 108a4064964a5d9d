"""What we ask of a Postgres connection and of a pool of them; asyncpg's satisfy it as they are."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol

# At the beginning of a transaction whose source stands in a log: after a crash its effect and its
# checkpoint are gone together and it is done again, so its commit need not wait for the disk.
# Plans are made anew: one of an empty table reads all of it, and would be kept while it grows.
REPEATABLE = "SET LOCAL synchronous_commit = off; SET LOCAL plan_cache_mode = force_custom_plan"


class Database(Protocol):
    """Queries, inside whatever transaction is open."""

    async def execute(self, query: str, *args: Any) -> str:  # noqa: ANN401  # any SQL value
        """Run a statement; the answer is its command tag, like "UPDATE 3"."""
        ...

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:  # noqa: ANN401  # any SQL value
        """All rows."""
        ...

    async def fetchrow(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value, a row or None
        """The first row, or None."""
        ...

    async def fetchval(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value
        """The first column of the first row, or None."""
        ...


class Connection(Database, Protocol):
    """A connection of one's own: it can begin a transaction, or a savepoint within one."""

    def transaction(self) -> AbstractAsyncContextManager[Any]:
        """Commits at the end of the block, rolls back on an error."""
        ...


class Pool(Protocol):
    """Connections to one database under one role."""

    def acquire(self) -> AbstractAsyncContextManager[Any]:
        """Lends a connection for the time of the block."""
        ...


class LentDatabase:
    """Queries outside any transaction, each on a connection that a pool lends for its time."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def execute(self, query: str, *args: Any) -> str:  # noqa: ANN401  # any SQL value
        """Run a statement; the answer is its command tag."""
        async with self._pool.acquire() as connection:
            tag: str = await connection.execute(query, *args)
            return tag

    async def fetch(self, query: str, *args: Any) -> Sequence[Any]:  # noqa: ANN401  # any SQL value
        """All rows."""
        async with self._pool.acquire() as connection:
            rows: Sequence[Any] = await connection.fetch(query, *args)
            return rows

    async def fetchrow(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value, a row or None
        """The first row, or None."""
        async with self._pool.acquire() as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: Any) -> Any:  # noqa: ANN401  # any SQL value
        """The first column of the first row, or None."""
        async with self._pool.acquire() as connection:
            return await connection.fetchval(query, *args)

    @asynccontextmanager
    async def at_one_moment(self) -> AsyncIterator[Database]:
        """Queries that all see the same: what is committed meanwhile is seen by none of them."""
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection


@asynccontextmanager
async def at_one_moment(db: Database) -> AsyncIterator[Database]:
    """The same database for a while in which nothing changes; in a transaction it is as it is."""
    if isinstance(db, LentDatabase):
        async with db.at_one_moment() as still:
            yield still
    else:
        yield db
