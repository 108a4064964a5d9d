"""Names for identifiers, so that one is never passed for another, and where new ones come from."""

import itertools
from collections.abc import Iterator
from random import Random
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
SessionId = NewType("SessionId", UUID)
GoalId = NewType("GoalId", UUID)
MilestoneId = NewType("MilestoneId", UUID)
EventId = NewType("EventId", UUID)

_FAIRLEAD = UUID("6f1d3c1e-5c1b-5f0e-9a51-0d5f6a1c2b3d")
_seeded: Iterator[UUID] | None = None


def new_id() -> UUID:
    """A fresh time-ordered id of something that people name (UUID version 7, RFC 9562)."""
    return uuids.uuid7() if _seeded is None else next(_seeded)


def fresh_id() -> UUID:
    """A fresh time-ordered id of an event or a request: never the same twice, also with a seed."""
    return uuids.uuid7()


def seed(text: str) -> None:
    """Let the ids of this process follow from a text, so that a demo can be played again."""
    global _seeded  # noqa: PLW0603  # one source of ids a process, and this module is its only writer
    _seeded = _ids_from(Random(text))  # noqa: S311  # for demos, where nobody must not guess them


def _ids_from(chance: Random) -> Iterator[UUID]:
    """Version 7 in form; the place of the time counts, so that later ids still sort later."""
    for count in itertools.count(1):
        yield UUID(
            int=count << 80
            | 7 << 76
            | chance.getrandbits(12) << 64
            | 2 << 62
            | chance.getrandbits(62)
        )


def derived_id(*parts: object) -> UUID:
    """The same id for the same parts, whoever asks (UUID version 5, RFC 9562)."""
    return uuid5(_FAIRLEAD, "\x1f".join(map(str, parts)))
