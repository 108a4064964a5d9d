"""What may be asked of a run before anything is worked out: caps, locks, and bars."""

import re
from collections import Counter

from services.matching.domain.pairing_refusals import PairNotOpen
from services.matching.domain.policy_checks import check_weights
from services.matching.domain.run_commands import LockAsked, RequestRun
from services.matching.domain.run_refusals import (
    CohortIsClosed,
    LockBreaksRule,
    LockedAndBarred,
    LocksConflict,
    LocksExceedSeats,
    NobodyToPair,
    NoMatchingPolicy,
    PersonNotInPool,
)
from shared.errors import InvalidCommand, MentorshipError
from shared.events.matching import MatchingPolicySet, RunEmphasis

_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


def asked_policy(command: RequestRun) -> MatchingPolicySet:
    """What the run goes by.

    Raises:
        NoMatchingPolicy: there is none.
    """
    if command.policy is None:
        raise NoMatchingPolicy
    return command.policy


def weights_fault(policy: MatchingPolicySet, emphasis: RunEmphasis | None) -> InvalidCommand | None:
    """Which cap the weights of a run break; a policy may be older than the cap."""
    try:
        check_weights(policy, emphasis=None if emphasis is None else emphasis.weight)
    except InvalidCommand as fault:
        return fault
    return None


def code_of(fault: type[MentorshipError]) -> str:
    """A fault by the code that it is told with."""
    return _CAPITAL.sub("_", fault.__name__).lower()


def assert_askable(command: RequestRun) -> None:
    """Somebody to pair, locks that can all hold, nothing asked for twice and differently.

    Raises:
        CohortIsClosed: nobody is paired in it any more.
        NobodyToPair: there is no mentee without a mentor, or no mentor.
        PairNotOpen: two who are locked may not be put together, whatever the reason.
        InvalidCommand: with the place of the first fault.
    """
    if command.cohort_closed:
        raise CohortIsClosed
    if not command.anybody:
        raise NobodyToPair
    barred = {(pair.mentor, pair.mentee) for pair in command.barred}
    partners = Counter(lock.pair.mentee for lock in command.locked)
    loads = Counter(lock.pair.mentor for lock in command.locked)
    for place, lock in enumerate(command.locked):
        where = f"/lock/{place}"
        if (lock.pair.mentor, lock.pair.mentee) in barred:
            raise LockedAndBarred(field=where)
        if partners[lock.pair.mentee] > 1:
            raise LocksConflict(field=f"{where}/mentee")
        _assert_possible(lock, loads[lock.pair.mentor], where)


def _assert_possible(lock: LockAsked, load: int, where: str) -> None:
    if not lock.mentee_known:
        raise PersonNotInPool(field=f"{where}/mentee")
    if lock.mentor_free is None:
        raise PersonNotInPool(field=f"{where}/mentor")
    if lock.broken_rules:
        said = ", ".join(lock.broken_rules)
        message = f"{LockBreaksRule.__doc__} The rule: {said}."
        raise LockBreaksRule(message, field=where)
    if not lock.is_open:
        raise PairNotOpen(field=where)
    if load > lock.mentor_free:
        raise LocksExceedSeats(field=f"{where}/mentor")
