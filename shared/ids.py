"""Names for identifiers, so that one is never passed for another, and where new ones come from."""

from collections.abc import Callable
from typing import NewType
from uuid import UUID, uuid5

import uuid_utils.compat as uuids

TenantId = NewType("TenantId", str)  # a short slug: letters, digits, dashes
PersonId = NewType("PersonId", UUID)  # pseudonym of one person in one tenant
ProgramId = NewType("ProgramId", UUID)
CohortId = NewType("CohortId", UUID)
CompetencyId = NewType("CompetencyId", UUID)
TargetRoleId = NewType("TargetRoleId", UUID)
EnrollmentId = NewType("EnrollmentId", UUID)  # one person in one cohort in one role
RunId = NewType("RunId", UUID)
PairingId = NewType("PairingId", UUID)
RequestId = NewType("RequestId", UUID)  # of one person who asks others to be paired
CircleId = NewType("CircleId", UUID)
GroupId = NewType("GroupId", UUID)
SessionId = NewType("SessionId", UUID)
GoalId = NewType("GoalId", UUID)
MilestoneId = NewType("MilestoneId", UUID)
EventId = NewType("EventId", UUID)

_FAIRLEAD = UUID("6f1d3c1e-5c1b-5f0e-9a51-0d5f6a1c2b3d")
_source: Callable[[], UUID] = uuids.uuid7


def new_id() -> UUID:
    """A fresh time-ordered id of something that people name (UUID version 7, RFC 9562)."""
    return _source()


def fresh_id() -> UUID:
    """A fresh time-ordered id of an event or a request: never the same twice, also in a demo."""
    return uuids.uuid7()


def take_from(source: Callable[[], UUID]) -> None:
    """Let `new_id` ask somebody else, so that a demo can be played again with the same ids."""
    global _source  # noqa: PLW0603  # one source of ids a process, and this module is its only writer
    _source = source


def derived_id(*parts: object) -> UUID:
    """The same id for the same parts, whoever asks (UUID version 5, RFC 9562)."""
    return uuid5(_FAIRLEAD, "\x1f".join(map(str, parts)))
