"""How many mentees a mentor has room for: one person, one load, whatever the number of programs."""

from services.matching.domain.policy_limits import SEATS_PER_MENTOR_DEFAULT
from shared.events.matching import MatchingPolicySet
from shared.frozen import frozen
from shared.ids import ProgramId

HOURS_PER_PAIR_DEFAULT = 2  # a month, until a program has said something else


@frozen
class Declared:
    """What a mentor said they have room for, all programs together."""

    seats: int
    hours: int  # a month


@frozen
class Load:
    """What a mentor carries, all programs together."""

    pairings: int = 0
    hours: int = 0  # a month
    programs: frozenset[ProgramId] = frozenset()


@frozen
class Room:
    """What a mentor may still take on, all programs together."""

    seats: int | None  # None: nothing was declared
    hours: int | None  # a month
    programs: frozenset[ProgramId]  # where they have mentees

    def takes(self, policy: MatchingPolicySet) -> bool:
        """Whether there is room for one more mentee of this program."""
        if self.seats is not None and self.seats < 1:
            return False
        if self.hours is not None and self.hours < policy.hours_per_pair:
            return False
        return _may_serve(policy, Load(programs=self.programs))

    def after(self, policy: MatchingPolicySet) -> "Room":
        """What is left with one more mentee of this program."""
        return Room(
            seats=None if self.seats is None else self.seats - 1,
            hours=None if self.hours is None else self.hours - policy.hours_per_pair,
            programs=self.programs | {policy.program_id},
        )


NOTHING_DECLARED = Declared(seats=0, hours=0)
NO_LOAD = Load()


def seats_in(policy: MatchingPolicySet | None, declared: Declared) -> int:
    """Seats in a program: the least of its ratio, what was declared, and what the hours allow."""
    ratio = SEATS_PER_MENTOR_DEFAULT if policy is None else policy.seats_per_mentor_max
    hours = HOURS_PER_PAIR_DEFAULT if policy is None else policy.hours_per_pair
    return max(0, min(ratio, declared.seats, declared.hours // hours))


def free_in(
    policy: MatchingPolicySet, declared: Declared, load: Load, *, seats: int, taken: int
) -> int:
    """Seats that can be given now.

    Args:
        policy: of the program.
        declared: all programs together.
        load: all programs together, this one included.
        seats: of this roster.
        taken: of this roster, proposals included.
    """
    if not _may_serve(policy, load):
        return 0
    bandwidth = (declared.hours - load.hours) // policy.hours_per_pair
    return max(0, min(seats - taken, declared.seats - load.pairings, bandwidth))


def _may_serve(policy: MatchingPolicySet, load: Load) -> bool:
    """Whether one more mentee keeps the mentor within the number of programs."""
    if policy.programs_max is None or policy.program_id in load.programs:
        return True
    return len(load.programs) < policy.programs_max
