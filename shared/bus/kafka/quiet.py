"""What of the client's own ways we do without."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any
from weakref import WeakSet

import aiokafka.client
from aiokafka.conn import create_conn
from aiokafka.protocol.metadata import MetadataRequest

_opened: ContextVar[WeakSet[Any] | None] = ContextVar("opened", default=None)


def keep_quiet() -> None:
    """Let the client neither make topics nor complain; to be called before it is used."""
    # Asking for a topic would make it, with the brokers' number of partitions instead of ours,
    # just when it was deleted and the relay is about to make it again.
    aiokafka.client.MetadataRequest = partial(MetadataRequest, allow_auto_topic_creation=False)
    # Of brokers that are away it complains several times a second. The lookout says it once.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    aiokafka.client.create_conn = _noted


@contextmanager
def nothing_left_open() -> Iterator[None]:
    """Close what a client opened within the block, if the block does not end well.

    Cancelled while its first broker tells it of the others, a client forgets that connection,
    which then stays open until it is collected as garbage.
    """
    opened: WeakSet[Any] = WeakSet()
    before = _opened.set(opened)
    try:
        yield
    except BaseException:
        for connection in list(opened):
            connection.close()
        raise
    finally:
        _opened.reset(before)


async def _noted(*where: Any, **how: Any) -> Any:  # noqa: ANN401  # as the client has it
    connection: Any = await create_conn(*where, **how)
    opened = _opened.get()
    if opened is not None:
        opened.add(connection)
    return connection
