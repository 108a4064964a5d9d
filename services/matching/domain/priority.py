"""Who is served first: who was let down, then who waits longest, then a lottery that was sealed."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from shared.frozen import frozen
from shared.ids import EnrollmentId


@frozen
class Waiting:
    """A mentee who looks for a mentor."""

    enrollment_id: EnrollmentId
    let_down: bool  # a partner left or declined, through no fault of theirs
    since: datetime


def in_order(waiting: Iterable[Waiting], seed: bytes) -> tuple[EnrollmentId, ...]:
    """All of them, whoever is served first comes first.

    Waits are counted in days: which of two was heard of first on one day is chance, and nobody's
    merit. Whose turn it is among equals is drawn by lot: the seed was committed to before anybody
    knew who would be in the pool, so nobody could choose one that favours somebody. The order
    does not depend on the order in which they are named.
    """
    drawn = sorted(
        waiting,
        key=lambda who: (not who.let_down, who.since.date(), lot(seed, who.enrollment_id)),
    )
    return tuple(who.enrollment_id for who in drawn)


def lot(seed: bytes, enrollment_id: EnrollmentId) -> bytes:
    """The lot of one mentee: the lower comes first.

    SHA-256 of the seed followed by the sixteen bytes of the id. Ids differ, so lots do.
    """
    return sha256(seed + enrollment_id.bytes).digest()
