"""Points at which a process can be told to be killed, for tests of what survives it."""

import os
import signal

_armed: str | None = None

# Where a process may be killed, in the order of an event's way; a test visits each of them.
POINTS = (
    "beside: before it is written",
    "append: before commit",
    "append: after commit",
    "answer: before it is sent",
    "sequencer: before commit",
    "sequencer: after commit",
    "relay: before publishing",
    "relay: after publishing",
    "projector: before commit",
    "projector: after commit",
    "reactor: before its command",
    "reactor: after its command",
    "timer: before its command",
    "timer: after its command",
)


def arm(point: str) -> None:
    """Be killed when this point is reached.

    Raises:
        ValueError: there is no such point.
    """
    global _armed  # noqa: PLW0603  # of the whole process, set once at its start
    if point not in POINTS:
        message = f"{point}: there are {', '.join(POINTS)}"
        raise ValueError(message)
    _armed = point


def reached(point: str) -> None:
    """Be killed here, without any chance to clean up, if this point was armed."""
    if _armed == point:
        os.kill(os.getpid(), signal.SIGKILL)
