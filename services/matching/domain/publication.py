"""Telling a run: which of its pairs can be proposed now, and which no longer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.matching.domain.fit import Fit
from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.proposal import Way, proposal
from services.matching.domain.roster import MenteeAlreadyPaired, MentorAtCapacity, NotListed
from services.matching.domain.run_request import code_of
from shared.errors import MentorshipError, Refused
from shared.events.matching import MatchingPolicySet, PairLeftOut
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, RunId, derived_id


class PairNoLongerAllowed(Refused):
    """Since the run was worked out, these two may no longer be put together."""


@frozen
class PairToTell:
    """A pair of a run that nobody has been told of, and how both sides stand."""

    mentor: EnrollmentId
    mentee: EnrollmentId
    score: int
    listed: bool  # both are in the pool
    mentor_free: int  # seats
    mentee_free: int


@frozen
class LeftOut:
    """A pair that cannot be told any more."""

    pair: PairToTell
    why: type[MentorshipError]

    def told(self) -> PairLeftOut:
        """As it is recorded."""
        where = {"mentor": self.pair.mentor, "mentee": self.pair.mentee}
        return PairLeftOut(**where, code=code_of(self.why))


def sorted_out(pairs: Iterable[PairToTell]) -> tuple[Sequence[PairToTell], Sequence[LeftOut]]:
    """Those whose seats are free, first come first served at each mentor, and the others."""
    loads: Counter[EnrollmentId] = Counter()
    possible: list[PairToTell] = []
    left: list[LeftOut] = []
    for pair in pairs:
        why = _obstacle(pair, loads[pair.mentor])
        if why is None:
            loads[pair.mentor] += 1
            possible.append(pair)
        else:
            left.append(LeftOut(pair=pair, why=why))
    return possible, left


def told(
    pair: PairToTell, fit: Fit | None, policy: MatchingPolicySet, run: tuple[RunId, CohortId]
) -> ProposePairing | LeftOut:
    """The proposal of a pair as the run scored it, or why there is none.

    Which rule stands in the way now is told of none: it may be one that only the two know.
    """
    if fit is None:
        return LeftOut(pair=pair, why=NotListed)
    if not fit.is_allowed:
        return LeftOut(pair=pair, why=PairNoLongerAllowed)
    run_id, cohort_id = run
    pairing_id = PairingId(derived_id("pairing", run_id, pair.mentee))
    way = Way(pairing_id=pairing_id, cohort_id=cohort_id, run_id=run_id)
    return replace(proposal(fit, policy, way), score=pair.score)


def still_left(left: Iterable[LeftOut], untold: Iterable[PairToTell]) -> Sequence[LeftOut]:
    """Those that nobody else has told meanwhile, such as the timer of a request that takes long."""
    mentees = {pair.mentee for pair in untold}
    return [each for each in left if each.pair.mentee in mentees]


def _obstacle(pair: PairToTell, load: int) -> type[Refused] | None:
    if not pair.listed:
        return NotListed
    if pair.mentee_free < 1:
        return MenteeAlreadyPaired
    if pair.mentor_free <= load:
        return MentorAtCapacity
    return None
