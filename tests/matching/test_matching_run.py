from dataclasses import replace

from services.matching.domain.matching_run import RUN as RUNS
from services.matching.domain.pairing_refusals import HardRuleBroken
from services.matching.domain.policy_refusals import EmphasisOutOfRange
from services.matching.domain.roster import MentorAtCapacity
from services.matching.domain.run_commands import (
    CancelRun,
    CompletePublication,
    CompleteRun,
    DiscardRun,
    FailRun,
    LockAsked,
    OverrideDraft,
    PairWanted,
    PublishRun,
    RequestRun,
)
from services.matching.domain.run_completion import PEOPLE_A_PART
from services.matching.domain.run_refusals import (
    DraftStale,
    LockBreaksRule,
    LockedAndBarred,
    LocksConflict,
    LocksExceedSeats,
    MenteeNotInRun,
    NoMatchingPolicy,
    PersonNotInPool,
    RunDiscarded,
    RunNotComputing,
    RunNotReady,
    RunPublished,
    RunUnknown,
    WhatIfNeverPublished,
)
from shared.codec import canonical
from shared.events.matching import (
    DraftOverridden,
    MatchingRunCancelled,
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPairsRecorded,
    MatchingRunPublished,
    MatchingRunRejected,
    MatchingRunRequested,
    MatchScored,
    NamedPair,
    PublicationCompleted,
    RunEmphasis,
    RunEvent,
    ScoreWeights,
    Unserved,
)
from shared.ids import EnrollmentId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import (
    ANA,
    BEN,
    CEM,
    COHORT,
    FACILITATION,
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


def test_a_run_needs_a_policy() -> None:
    without = replace(REQUEST, policy_version=0, policy=None)
    given(RUNS).when(without).then_refused(NoMatchingPolicy)


def test_a_run_is_asked_for_once() -> None:
    given(RUNS).when(REQUEST).then(REQUESTED)
    given(RUNS, REQUESTED).when(REQUEST).then()


def test_a_worked_out_run_is_a_draft_with_its_sums() -> None:
    given(RUNS, REQUESTED).when(COMPLETE).then(COMPLETED)
    given(RUNS, REQUESTED, COMPLETED).when(COMPLETE).then()


def test_a_failed_run_says_why() -> None:
    given(RUNS, REQUESTED).when(FailRun(run_id=RUN, reason="worker_lost")).then(FAILED)
    given(RUNS, REQUESTED, FAILED).when(COMPLETE).then()
    given(RUNS, REQUESTED, FAILED).when(PUBLISH).then_refused(RunNotReady)


def test_only_a_draft_is_published_and_once() -> None:
    given(RUNS, REQUESTED, COMPLETED).when(PUBLISH).then(PUBLISHED)
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED).when(PUBLISH).then()
    given(RUNS, REQUESTED).when(PUBLISH).then_refused(RunNotReady)
    given(RUNS).when(PUBLISH).then_refused(RunUnknown)


def test_a_discarded_run_is_never_published() -> None:
    given(RUNS, REQUESTED, COMPLETED).when(DISCARD).then(DISCARDED)
    given(RUNS, REQUESTED, COMPLETED, DISCARDED).when(DISCARD).then()
    given(RUNS, REQUESTED, COMPLETED, DISCARDED).when(PUBLISH).then_refused(RunDiscarded)
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED).when(DISCARD).then_refused(RunPublished)


def test_a_run_being_worked_out_can_be_called_off_and_has_no_result_then() -> None:
    given(RUNS, REQUESTED).when(CANCEL).then(CANCELLED)
    given(RUNS, REQUESTED, CANCELLED).when(CANCEL).then()
    given(RUNS, REQUESTED, CANCELLED).when(COMPLETE).then()
    given(RUNS, REQUESTED, COMPLETED).when(CANCEL).then_refused(RunNotComputing)
    given(RUNS).when(CANCEL).then_refused(RunUnknown)


def test_a_publication_ends_once_and_the_run_is_told() -> None:
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED).when(TELL).then(TOLD)
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED, TOLD).when(TELL).then()
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED, TOLD).when(PUBLISH).then()


def test_what_was_only_tried_out_is_never_published() -> None:
    tried, found = replace(REQUESTED, what_if=True), replace(COMPLETED, what_if=True)
    given(RUNS).when(replace(REQUEST, what_if=True)).then(tried)
    given(RUNS, tried).when(COMPLETE).then(found)
    given(RUNS, tried, found).when(PUBLISH).then_refused(WhatIfNeverPublished)


def test_a_draft_that_the_pool_has_left_behind_is_published_only_knowingly() -> None:
    stale = replace(PUBLISH, changes=("2 mentees have left",))
    given(RUNS, REQUESTED, COMPLETED).when(stale).then_refused(DraftStale)
    knowing = replace(stale, changes_accepted=True)
    accepted = replace(PUBLISHED, changes_accepted=True)
    given(RUNS, REQUESTED, COMPLETED).when(knowing).then(accepted)


def test_a_run_whose_weights_let_standing_rule_is_rejected_on_record() -> None:
    heavy = replace(POLICY_SET, weights=ScoreWeights(title=100, tenure=60))
    given(RUNS).when(replace(REQUEST, policy=heavy)).then(
        MatchingRunRejected(
            run_id=RUN,
            program_id=PROGRAM,
            cohort_id=COHORT,
            policy_version=1,
            requested_by=PIA_MANAGES,
            code="standing_dominates",
            at=NOW,
        )
    )


def test_what_a_run_emphasises_counts_towards_all_weights() -> None:
    beyond = RunEmphasis(competencies=(FACILITATION,), weight=151)
    rejected = given(RUNS).when(replace(REQUEST, emphasis=beyond)).decide()
    assert isinstance(rejected[0], MatchingRunRejected)
    assert rejected[0].code == "emphasis_out_of_range"
    assert EmphasisOutOfRange.__doc__


def lock(mentor: str, mentee: str, **known: object) -> LockAsked:
    pair = NamedPair(mentor=enrollment(mentor), mentee=enrollment(mentee))
    return replace(LockAsked(pair=pair, mentor_free=2), **known)  # type: ignore[arg-type]  # named by the story


def test_locks_that_cannot_all_hold_are_refused_one_by_one() -> None:
    asked = given(RUNS)

    def locks(*locked: LockAsked) -> RequestRun:
        return replace(REQUEST, locked=locked)

    asked.when(locks(lock("ana", "ben"), lock("eva", "ben"))).then_refused(LocksConflict)
    three = locks(lock("ana", "ben"), lock("ana", "cem"), lock("ana", "dia"))
    asked.when(three).then_refused(LocksExceedSeats)
    family = lock("ana", "ben", broken_rules=("reporting_line",))
    asked.when(locks(family)).then_refused(LockBreaksRule)
    asked.when(locks(lock("ana", "ben", mentee_known=False))).then_refused(PersonNotInPool)
    asked.when(locks(lock("ana", "ben", mentor_free=None))).then_refused(PersonNotInPool)
    both = replace(locks(lock("ana", "ben")), barred=(NamedPair(mentor=ANA, mentee=BEN),))
    asked.when(both).then_refused(LockedAndBarred)
    fine = lock("ana", "ben")
    asked.when(locks(fine)).then(replace(REQUESTED, locked=(fine.pair,)))


def scored(mentee: EnrollmentId, mentor: EnrollmentId) -> MatchScored:
    return replace(SOLUTION.pairs[0], mentee=mentee, mentor=mentor)


def overriding(*paired: PairWanted, unpaired: tuple[EnrollmentId, ...] = ()) -> OverrideDraft:
    return OverrideDraft(
        run_id=RUN,
        paired=paired,
        unpaired=unpaired,
        overridden_by=PIA_MANAGES,
        reason="they know each other",
    )


def overridden(
    unpaired: tuple[NamedPair, ...], paired: tuple[MatchScored, ...] = ()
) -> DraftOverridden:
    return DraftOverridden(
        run_id=RUN,
        unpaired=unpaired,
        paired=paired,
        overridden_by=PIA_MANAGES,
        reason="they know each other",
        at=NOW,
    )


EVA = enrollment("eva")
WITH_CEM = replace(COMPLETED, unserved=(Unserved(mentee=CEM, reason="all_seats_taken"),))
BUS_BYTES_MAX = 1 << 20  # of one message
BEN_WITH_ANA = NamedPair(mentor=ANA, mentee=BEN)


def test_a_pair_of_a_draft_is_changed_by_hand_with_a_reason() -> None:
    draft = given(RUNS, REQUESTED, WITH_CEM)
    other = PairWanted(pair=scored(BEN, EVA), seats=1)
    draft.when(overriding(other)).then(overridden((BEN_WITH_ANA,), (other.pair,)))
    draft.when(overriding(unpaired=(BEN,))).then(overridden((BEN_WITH_ANA,)))
    same = PairWanted(pair=scored(BEN, ANA), seats=1)
    draft.when(overriding(same)).then()


def test_changes_by_hand_keep_to_hard_rules_and_seats() -> None:
    draft = given(RUNS, REQUESTED, WITH_CEM)
    full = PairWanted(pair=scored(CEM, ANA), seats=1)
    draft.when(overriding(full)).then_refused(MentorAtCapacity)
    swapped = overriding(full, unpaired=(BEN,))
    draft.when(swapped).then(overridden((BEN_WITH_ANA,), (full.pair,)))
    line = replace(full, broken_rules=("reporting_line",))
    draft.when(overriding(line)).then_refused(HardRuleBroken)
    stranger = PairWanted(pair=scored(enrollment("zoe"), ANA), seats=2)
    draft.when(overriding(stranger)).then_refused(MenteeNotInRun)
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED).when(swapped).then_refused(RunPublished)
    given(RUNS, REQUESTED).when(swapped).then_refused(RunNotReady)


def test_a_change_by_hand_is_seen_by_the_next_one() -> None:
    moved = overridden((BEN_WITH_ANA,), (scored(CEM, ANA),))
    back = PairWanted(pair=scored(BEN, ANA), seats=1)
    draft = given(RUNS, REQUESTED, WITH_CEM, moved)
    draft.when(overriding(back)).then_refused(MentorAtCapacity)


def test_a_long_result_comes_in_parts_that_lose_nobody() -> None:
    mentees = [EnrollmentId(derived_id("mentee", n)) for n in range(PEOPLE_A_PART)]
    pairs = tuple(scored(mentee, ANA) for mentee in mentees)
    left = (Unserved(mentee=CEM, reason="all_seats_taken"),)
    long = replace(COMPLETE, solution=replace(SOLUTION, pairs=pairs, unserved=left))
    events: list[RunEvent] = list(given(RUNS, REQUESTED).when(long).decide())
    parts = [event for event in events if isinstance(event, MatchingRunPairsRecorded)]
    assert [event.part for event in parts] == [1, 2]
    assert sum((event.pairs for event in parts), ()) == pairs
    (done,) = (event for event in events if isinstance(event, MatchingRunCompleted))
    assert (done.pairs, done.parts, done.pairs_total, done.unserved_total) == ((), 2, 500, 1)
    assert all(len(canonical(part)) < BUS_BYTES_MAX // 4 for part in parts)
    again = given(RUNS, REQUESTED, *events)
    again.when(overriding(unpaired=(mentees[7],))).then(
        overridden((NamedPair(mentor=ANA, mentee=mentees[7]),))
    )
