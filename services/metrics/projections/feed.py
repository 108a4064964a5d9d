"""One row for each event that belongs to a program: what the live stream is read from."""

from collections.abc import Iterator

from shared.envelope import Recorded
from shared.projection import Effect, Put

# A person's own events belong to no program, and nobody who follows a program may see them.
_CATEGORIES = frozenset(
    {
        "program",
        "cohort",
        "enrollment",
        "policy",
        "roster",
        "run",
        "pairing",
        "journey",
        "goal",
        "roadmap",
    }
)


def feed(recorded: Recorded) -> Iterator[Effect]:
    """That something happened, where, and when; never what it said."""
    category, _, subject = recorded.stream.partition("-")
    if category not in _CATEGORIES:
        return
    program = subject if category in {"program", "policy"} else None
    row = {
        "service": recorded.service,
        "slot": recorded.slot,
        "number": recorded.number,
        "event_id": recorded.event_id,
        "type": recorded.type,
        "stream": recorded.stream,
        "version": recorded.version,
        "program_id": getattr(recorded.event, "program_id", program),
        "subject": getattr(recorded.event, "pairing_id", subject),
        "recorded_at": recorded.recorded_at,
    }
    yield Put(table="feed", row=row)
