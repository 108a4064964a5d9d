"""What has to hold of a frozen pool before it is worth any work."""

from collections import Counter

from services.matching.domain.pool import RunInput

NOBODY_TO_PAIR = "nobody_to_pair"
LOCK_NOT_POSSIBLE = "lock_not_possible"


def fault_of(source: RunInput) -> str | None:
    """Why a run cannot be worked out: the pool has moved since it was asked for. None: it can."""
    if not source.mentees or not source.mentors:
        return NOBODY_TO_PAIR
    mentees = {who.enrollment_id: who for who in source.mentees}
    mentors = {who.enrollment_id: who for who in source.mentors}
    loads = Counter(pair.mentor for pair in source.locked)
    for pair in source.locked:
        mentee, mentor = mentees.get(pair.mentee), mentors.get(pair.mentor)
        if mentee is None or mentor is None or loads[pair.mentor] > mentor.free:
            return LOCK_NOT_POSSIBLE
    return None
