"""What this process counts of its own work; the page adds which service it is."""

from time import monotonic

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry(auto_describe=True)

CONFLICTS = Counter(
    "fairlead_append_conflicts_total",
    "Transactions that lost against another one.",
    registry=REGISTRY,
)
RETRIES = Counter(
    "fairlead_command_retries_total",
    "Commands decided again because somebody else was first.",
    registry=REGISTRY,
)
DOORBELL_MISSES = Counter(
    "fairlead_doorbell_misses_total",
    "Events found by looking, without having been rung for.",
    registry=REGISTRY,
)
PUBLISHED = Counter(
    "fairlead_events_published_total",
    "Events that the bus has acknowledged.",
    registry=REGISTRY,
)
PROJECTED = Counter(
    "fairlead_events_projected_total",
    "Events that a consumer has handled.",
    ("consumer",),
    registry=REGISTRY,
)
_sequenced_at: float | None = None


def sequenced() -> None:
    """The sequencer of this process has numbered all that there was."""
    global _sequenced_at  # noqa: PLW0603  # one sequencer a process
    _sequenced_at = monotonic()


def sequencer_age() -> float | None:
    """Seconds since then; None if this process has no sequencer."""
    return None if _sequenced_at is None else monotonic() - _sequenced_at
