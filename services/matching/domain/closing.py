"""What a closed pairing means for the seats of both sides, and who looks for a partner again."""

from services.matching.domain.load import ReleaseLoad
from services.matching.domain.roster import ReturnSeat
from shared.events.matching import EndReason
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId, PairingId, PersonId

BOTH = frozenset(Part)
NOBODY: frozenset[Part] = frozenset()
WELL_ENDED = frozenset(
    {
        EndReason.GOALS_MET,
        EndReason.JOURNEY_COMPLETED,
        EndReason.PROGRAM_CLOSED,
        EndReason.COHORT_CLOSED,
        EndReason.TERM_OVER,
    }
)

Freed = tuple[ReturnSeat | ReleaseLoad, ...]  # both seats, and what both people carried


@frozen
class Sides:
    """A pairing and the two who hold a seat for it."""

    pairing_id: PairingId
    mentor: EnrollmentId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId

    def of(self, part: Part) -> EnrollmentId:
        """The enrollment on this side."""
        return self.mentor if part is Part.MENTOR else self.mentee


def after_decline(sides: Sides, by: Part | None) -> Freed:
    """Both look on; who was declined has priority.

    Args:
        sides: whose seats become free.
        by: who said no; None if a manager withheld approval.
    """
    return _freed(sides, seeking=BOTH, let_down=BOTH if by is None else BOTH - {by})


def after_expiry(sides: Sides, not_silent: frozenset[Part]) -> Freed:
    """Both look on; who had said yes, or was not asked yet, has priority, and who was silent none.

    Args:
        sides: whose seats become free.
        not_silent: who is not to blame.
    """
    return _freed(sides, seeking=BOTH, let_down=not_silent)


def after_trial(sides: Sides) -> Freed:
    """Both look on and wait anew: a trial may end without blame on either side."""
    return _freed(sides, seeking=BOTH, let_down=NOBODY)


def after_end(sides: Sides, reason: EndReason, by: Part | None) -> Freed:
    """After a good end nobody looks on unless they ask; else both do, who was left with priority.

    Args:
        sides: whose seats become free.
        reason: why it ended.
        by: which side ended it; None if neither did.
    """
    if reason in WELL_ENDED:
        return _freed(sides, seeking=NOBODY, let_down=NOBODY)
    return _freed(sides, seeking=BOTH, let_down=NOBODY if by is None else BOTH - {by})


def after_leaving(sides: Sides, leaver: Part) -> Freed:
    """The leaver is gone; the partner is looked after first, step by step."""
    partner = BOTH - {leaver}
    return _freed(sides, seeking=partner, let_down=partner, orphaned=partner)


def after_silence(sides: Sides) -> Freed:
    """Nobody is held to be at fault: both have priority, and the mentee is looked after first."""
    mentee = frozenset({Part.MENTEE})
    return _freed(sides, seeking=BOTH, let_down=BOTH, orphaned=mentee, silent=True)


def after_rotation(sides: Sides) -> Freed:
    """The mentee has the next mentor already; the mentor's seat is free for others."""
    return _freed(sides, seeking=frozenset({Part.MENTOR}), let_down=NOBODY)


def _freed(
    sides: Sides,
    *,
    seeking: frozenset[Part],
    let_down: frozenset[Part],
    orphaned: frozenset[Part] = NOBODY,
    silent: bool = False,
) -> Freed:
    seats = (
        ReturnSeat(
            enrollment_id=sides.of(part),
            pairing_id=sides.pairing_id,
            seek=part in seeking,
            priority=part in let_down,
            orphaned=part in orphaned,
            silent=silent,
        )
        for part in (Part.MENTOR, Part.MENTEE)
    )
    loads = (
        ReleaseLoad(person_id=person, pairing_id=sides.pairing_id)
        for person in (sides.mentor_person, sides.mentee_person)
    )
    return (*seats, *loads)
