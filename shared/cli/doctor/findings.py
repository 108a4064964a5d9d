"""What a look at the system came to: findings, and what was seen where nothing is wrong."""

from collections.abc import Sequence

from shared.errors import Unavailable
from shared.frozen import frozen

GIGABYTE = 1_000_000_000


@frozen
class Limits:
    """Up to where a delay is none."""

    late_seconds: float = 30.0  # an event that waits for a number, for Kafka, or for a consumer
    timer_seconds: float = 60.0
    transaction_seconds: float = 300.0
    lock_seconds: float = 10.0
    clock_seconds: float = 2.0
    disk_free_share: float = 0.1
    disk_free_bytes: int = GIGABYTE


LIMITS = Limits()


@frozen
class Finding:
    """One thing that is wrong."""

    part: str  # a service, "kafka", "disk"
    code: str  # for programs, such as "events-parked"
    says: str
    remedy: str


@frozen
class Seen:
    """One part of the system: what is wrong with it, and what it is like otherwise."""

    part: str
    findings: Sequence[Finding] = ()
    is_fine: str = ""  # one line for people
    notes: Sequence[str] = ()  # what could not be seen


def wrong(part: str, code: str, says: str, remedy: str) -> Finding:
    """A finding."""
    return Finding(part=part, code=code, says=says, remedy=remedy)


def away(part: str, code: str, reason: Unavailable) -> Seen:
    """Of an error that says itself what is wrong and, after a colon, what to do."""
    told = str(reason) or (reason.__doc__ or "").strip()
    says, _, remedy = told.partition(": ")
    finding = Finding(part=part, code=code, says=_sentence(says), remedy=_sentence(remedy))
    return Seen(part=part, findings=[finding])


def duration(seconds: float) -> str:
    """So long, as people say it."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} seconds" if seconds >= 1 else "less than a second"


def counted(count: int, what: str) -> str:
    """So many, in the singular or the plural."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _sentence(text: str) -> str:
    text = text.strip()
    return text and text[0].upper() + text[1:].rstrip(".") + "."
