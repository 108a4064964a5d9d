"""Ports of processes that tests start, end, and start again where they were."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

HOST = "127.0.0.1"


@contextmanager
def kept_ports(count: int) -> Iterator[list[int]]:
    """So many free ports, all different; whoever asks for any port is given none of them.

    They are held until the end of the block by sockets that do not listen: servers share such a
    port, since all of them set SO_REUSEADDR, and who connects before one is there is refused.
    """
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            each.bind((HOST, 0))
        yield [each.getsockname()[1] for each in sockets]
