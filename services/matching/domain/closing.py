"""What a closed pairing means for the seats of both sides, and who looks for a partner again."""

from services.matching.domain.roster import ReturnSeat
from shared.events.matching import EndReason
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import EnrollmentId, PairingId

BOTH = frozenset(Part)
NOBODY: frozenset[Part] = frozenset()
WELL_ENDED = frozenset({EndReason.GOALS_MET, EndReason.JOURNEY_COMPLETED, EndReason.PROGRAM_CLOSED})


@frozen
class Sides:
    """A pairing and the two enrollments that hold a seat for it."""

    pairing_id: PairingId
    mentor: EnrollmentId
    mentee: EnrollmentId

    def of(self, part: Part) -> EnrollmentId:
        """The enrollment on this side."""
        return self.mentor if part is Part.MENTOR else self.mentee


def after_decline(sides: Sides, by: Part) -> tuple[ReturnSeat, ReturnSeat]:
    """Both look on; who was declined has priority."""
    return _seats_back(sides, seeking=BOTH, let_down=BOTH - {by})


def after_expiry(sides: Sides, accepted: frozenset[Part]) -> tuple[ReturnSeat, ReturnSeat]:
    """Both look on; who had said yes has priority."""
    return _seats_back(sides, seeking=BOTH, let_down=accepted)


def after_trial(sides: Sides) -> tuple[ReturnSeat, ReturnSeat]:
    """Both look on and wait anew: a trial may end without blame on either side."""
    return _seats_back(sides, seeking=BOTH, let_down=NOBODY)


def after_end(sides: Sides, reason: EndReason, by: Part | None) -> tuple[ReturnSeat, ReturnSeat]:
    """After a good end nobody looks on unless they ask; else both do, who was left with priority.

    Args:
        sides: whose seats become free.
        reason: why it ended.
        by: which side ended it; None if neither did.
    """
    if reason in WELL_ENDED:
        return _seats_back(sides, seeking=NOBODY, let_down=NOBODY)
    return _seats_back(sides, seeking=BOTH, let_down=NOBODY if by is None else BOTH - {by})


def after_leaving(sides: Sides, leaver: Part) -> tuple[ReturnSeat, ReturnSeat]:
    """The leaver is gone; the partner is looked after first."""
    partner = BOTH - {leaver}
    return _seats_back(sides, seeking=partner, let_down=partner)


def _seats_back(
    sides: Sides, *, seeking: frozenset[Part], let_down: frozenset[Part]
) -> tuple[ReturnSeat, ReturnSeat]:
    mentor, mentee = (
        ReturnSeat(
            enrollment_id=sides.of(part),
            pairing_id=sides.pairing_id,
            seek=part in seeking,
            priority=part in let_down,
        )
        for part in (Part.MENTOR, Part.MENTEE)
    )
    return mentor, mentee
