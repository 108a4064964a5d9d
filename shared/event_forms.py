"""Which form of each event is stored now, and how the forms before it are brought up to it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

Upcast: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]


def _with_defaults(facts: dict[str, Any]) -> dict[str, Any]:
    """Only fields with defaults came: what is not said keeps the meaning it had."""
    return facts


SCHEMAS: Mapping[str, int] = MappingProxyType(  # type -> current version; 1 where not named
    {
        "MatchingPolicySet": 3,
        "MatchingRunCompleted": 2,
        "MatchingRunFailed": 2,
        "MatchingRunPublished": 2,
        "MatchingRunRequested": 3,
        "MentorCapacityDeclared": 2,
        "OrphanStepTaken": 2,
        "PairingDeclined": 2,
        "PairingEnded": 2,
        "PairingProposed": 2,
        "ParticipantsPaired": 2,
    }
)
UPCASTS: Mapping[tuple[str, int], Upcast] = MappingProxyType(  # (type, version) -> the next
    {
        ("MatchingPolicySet", 1): _with_defaults,
        ("MatchingPolicySet", 2): _with_defaults,
        ("MatchingRunCompleted", 1): _with_defaults,
        ("MatchingRunFailed", 1): _with_defaults,
        ("MatchingRunPublished", 1): _with_defaults,
        ("MatchingRunRequested", 1): _with_defaults,
        ("MatchingRunRequested", 2): _with_defaults,
        ("MentorCapacityDeclared", 1): _with_defaults,
        ("OrphanStepTaken", 1): _with_defaults,
        ("PairingDeclined", 1): _with_defaults,
        ("PairingEnded", 1): _with_defaults,
        ("PairingProposed", 1): _with_defaults,
        ("ParticipantsPaired", 1): _with_defaults,
    }
)
