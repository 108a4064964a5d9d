"""What a failure of Postgres means to the caller: somebody else was first, or it is away."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from shared.errors import Conflict, Unavailable
from shared.monitoring import counters

LOST_RACES = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,  # the connection or the pool is closed
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,  # no connection, memory, or disk left
    asyncpg.OperatorInterventionError,  # shut down, restarting, statement took too long
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.LockNotAvailableError,
    asyncpg.ReadOnlySQLTransactionError,  # a standby that is not promoted yet
)
# A version of a stream belongs to whoever commits it first.
VERSION_TAKEN = "events_stream_version"


class DatabaseAway(Unavailable):
    """The database does not answer now; nothing was changed, or the key of the request tells."""


@contextmanager
def translated() -> Iterator[None]:
    """Lets errors of asyncpg leave as errors that a command handler and a caller understand.

    Raises:
        Conflict: another transaction took the version first, or both wanted each other's.
        Unavailable: the database does not answer.
    """
    try:
        yield
    except asyncpg.UniqueViolationError as error:
        if getattr(error, "constraint_name", None) != VERSION_TAKEN:
            raise
        counters.CONFLICTS.inc()
        raise Conflict from error
    except LOST_RACES as error:
        counters.CONFLICTS.inc()
        raise Conflict from error
    except AWAY as error:
        if not is_away(error):
            raise
        raise DatabaseAway from error


def is_away(error: Exception) -> bool:
    """Whether an error says that the database does not answer, rather than what it answers."""
    # A ValueError among them is asyncpg's DataError: a value that fits no column.
    return isinstance(error, AWAY) and not isinstance(error, ValueError)
