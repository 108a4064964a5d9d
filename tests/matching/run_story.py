"""One matching run as it is asked for, worked out, changed by hand, and told."""

from dataclasses import replace

from services.matching.domain.run_commands import (
    CancelRun,
    CompletePublication,
    CompleteRun,
    DiscardRun,
    OverrideDraft,
    PairWanted,
    PublishRun,
    RequestRun,
)
from shared.events.matching import (
    DraftOverridden,
    MatchingRunCancelled,
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPublished,
    MatchingRunRequested,
    MatchScored,
    NamedPair,
    PublicationCompleted,
    Unserved,
)
from shared.ids import EnrollmentId
from shared.sealed import Sealed
from shared.testing import NOW
from tests.matching.cast import (
    ANA,
    BEN,
    CEM,
    COHORT,
    PIA_MANAGES,
    POLICY_SET,
    PROGRAM,
    RUN,
    candidate,
    enrollment,
    run_input,
)
from tests.matching.solved import solve

REQUEST = RequestRun(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    policy_version=1,
    policy=POLICY_SET,
    requested_by=PIA_MANAGES,
    lottery_commitment="ab" * 32,
)
REQUESTED = MatchingRunRequested(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    policy_version=1,
    requested_by=PIA_MANAGES,
    at=NOW,
    lottery_commitment="ab" * 32,
)
SOLUTION = solve(run_input([candidate("ben")], [candidate("ana", function="law")]))
COMPLETE = CompleteRun(run_id=RUN, solution=SOLUTION)
COMPLETED = MatchingRunCompleted(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    policy_version=1,
    input_digest=SOLUTION.input_digest,
    result_digest=SOLUTION.result_digest,
    mentees=1,
    mentors=1,
    seats=1,
    pairs=SOLUTION.pairs,
    unserved=(),
    total_score=SOLUTION.pairs[0].score,
    cross_functional_pairs=1,
    at=NOW,
    pairs_total=1,
    unserved_total=0,
    worst_score=SOLUTION.pairs[0].score,
    as_of=SOLUTION.as_of,
    lottery_seed=SOLUTION.lottery_seed,
    lottery_counter=SOLUTION.lottery_counter,
    unique=SOLUTION.unique,
    record_digest=SOLUTION.record_digest,
)
FAILED = MatchingRunFailed(
    run_id=RUN, program_id=PROGRAM, cohort_id=COHORT, reason="worker_lost", at=NOW
)
PUBLISH = PublishRun(run_id=RUN, published_by=PIA_MANAGES)
PUBLISHED = MatchingRunPublished(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    published_by=PIA_MANAGES,
    at=NOW,
    completion_follows=True,
)
TELL = CompletePublication(run_id=RUN, proposed=1, waitlisted=0, left_out=())
TOLD = PublicationCompleted(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    proposed=1,
    waitlisted=0,
    left_out=(),
    at=NOW,
)
CANCEL = CancelRun(run_id=RUN, cancelled_by=PIA_MANAGES, reason="too early")
CANCELLED = MatchingRunCancelled(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    cancelled_by=PIA_MANAGES,
    reason="too early",
    at=NOW,
)
DISCARD = DiscardRun(run_id=RUN, reason="weights were wrong")
DISCARDED = MatchingRunDiscarded(run_id=RUN, reason="weights were wrong", at=NOW)


def scored(mentee: EnrollmentId, mentor: EnrollmentId) -> MatchScored:
    return replace(SOLUTION.pairs[0], mentee=mentee, mentor=mentor)


def overriding(*paired: PairWanted, unpaired: tuple[EnrollmentId, ...] = ()) -> OverrideDraft:
    return OverrideDraft(
        run_id=RUN,
        paired=paired,
        unpaired=unpaired,
        overridden_by=PIA_MANAGES,
        reason=WHY,
    )


def overridden(
    unpaired: tuple[NamedPair, ...], paired: tuple[MatchScored, ...] = ()
) -> DraftOverridden:
    return DraftOverridden(
        run_id=RUN,
        unpaired=unpaired,
        paired=paired,
        overridden_by=PIA_MANAGES,
        reason=WHY,
        at=NOW,
    )


WHY = Sealed(subject="pia", purpose="matching", nonce="n", ciphertext="c", commitment="k")
EVA = enrollment("eva")
WITH_CEM = replace(COMPLETED, unserved=(Unserved(mentee=CEM, reason="all_seats_taken"),))
BUS_BYTES_MAX = 1 << 20  # of one message
BEN_WITH_ANA = NamedPair(mentor=ANA, mentee=BEN)
