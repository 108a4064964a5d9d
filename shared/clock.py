"""The only place that asks the time."""

from datetime import UTC, datetime, timedelta

_offset = timedelta()


def now() -> datetime:
    """The time as the product sees it: UTC, with the offset a development clock may have set."""
    return datetime.now(UTC) + _offset


def true_now() -> datetime:
    """The machine's own time, which tokens are checked against while the product's is moved."""
    return datetime.now(UTC)


def move_to(moment: datetime) -> None:
    """Let the product's time go on from `moment`; for demos and tests, never backwards.

    Raises:
        ValueError: `moment` lies before the time already reached.
    """
    if moment < now():
        message = f"time only goes forward: {moment.isoformat()} is before {now().isoformat()}"
        raise ValueError(message)
    start_at(moment)


def start_at(moment: datetime) -> None:
    """Let the product's time begin at `moment`, also in the past: before anything has happened."""
    global _offset  # noqa: PLW0603  # one clock a process, and this module is its only writer
    _offset = moment - datetime.now(UTC)
