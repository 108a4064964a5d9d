"""Processor time as Linux counts it: neither waiting nor neighbours are in it."""

import os
from collections.abc import Sequence
from pathlib import Path

from shared.provisioning import connected

_PROCESSES = Path("/proc")


def seconds_of(pid: int) -> float:
    """What a process has used so far, all of its threads together."""
    used = 0
    for thread in (_PROCESSES / str(pid) / "task").glob("*/schedstat"):
        try:
            used += int(thread.read_text().split()[0])
        except OSError:
            continue  # it has ended meanwhile
    return used / 1e9


def children_of(pid: int, argument: str = "") -> Sequence[int]:
    """The processes that a process has begun, of those that were begun with this argument."""
    return [child for child in _running() if _parent(child) == pid and _has(child, argument)]


def own_child(argument: str) -> int:
    """The program that this one has begun with this argument."""
    (child,) = children_of(os.getpid(), argument)
    return child


async def postmaster(server: str) -> int:
    """The process that began all processes of a server of Postgres on this machine."""
    async with connected(server) as connection:
        return _parent(await connection.fetchval("SELECT pg_backend_pid()"))


def seconds_of_server(postmaster_pid: int) -> float:
    """What all processes of a server of Postgres have used that run now."""
    return sum(map(seconds_of, children_of(postmaster_pid)))


def _running() -> Sequence[int]:
    return [int(entry.name) for entry in _PROCESSES.iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    try:
        status = (_PROCESSES / str(pid) / "stat").read_text()
    except OSError:
        return 0
    return int(status.rpartition(")")[2].split()[1])  # a program's name may hold blanks


def _has(pid: int, argument: str) -> bool:
    try:
        arguments = (_PROCESSES / str(pid) / "cmdline").read_text().split("\0")
    except OSError:
        return False
    return not argument or argument in arguments
