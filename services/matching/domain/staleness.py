"""How a pool has moved since a draft was made from it, in words for the manager."""

from collections.abc import Mapping

from shared.frozen import frozen
from shared.ids import EnrollmentId


@frozen
class PoolSeen:
    """A pool, as far as it matters to who has changed."""

    policy_version: int
    mentees: frozenset[EnrollmentId]
    mentors: Mapping[EnrollmentId, int]  # with their free seats


def changes(then: PoolSeen, now: PoolSeen) -> tuple[str, ...]:
    """What has changed from then to now; nothing where the draft is still fresh."""
    gone, come = then.mentors.keys() - now.mentors.keys(), now.mentors.keys() - then.mentors.keys()
    both = then.mentors.keys() & now.mentors.keys()
    seats = [who for who in both if then.mentors[who] != now.mentors[who]]
    counted = (
        (len(then.mentees - now.mentees), "mentee no longer waits", "mentees no longer wait"),
        (len(now.mentees - then.mentees), "mentee has joined", "mentees have joined"),
        (len(gone), "mentor has left", "mentors have left"),
        (len(come), "mentor has joined", "mentors have joined"),
        (len(seats), "mentor has other free seats", "mentors have other free seats"),
    )
    told = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
    if then.policy_version != now.policy_version:
        told.append(f"the policy is at version {now.policy_version}, not {then.policy_version}")
    return tuple(told)
