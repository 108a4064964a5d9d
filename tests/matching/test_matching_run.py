from services.matching.domain.matching_run import (
    RUN as RUNS,
)
from services.matching.domain.matching_run import (
    CompleteRun,
    DiscardRun,
    FailRun,
    NoMatchingPolicy,
    PublishRun,
    RequestRun,
    RunDiscarded,
    RunNotReady,
    RunPublished,
    RunUnknown,
)
from services.matching.domain.solution import solve
from shared.events.matching import (
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPublished,
    MatchingRunRequested,
)
from shared.testing import NOW, given
from tests.matching.cast import COHORT, PIA_MANAGES, PROGRAM, RUN, candidate, run_input

REQUEST = RequestRun(
    run_id=RUN, program_id=PROGRAM, cohort_id=COHORT, policy_version=1, requested_by=PIA_MANAGES
)
REQUESTED = MatchingRunRequested(
    run_id=RUN,
    program_id=PROGRAM,
    cohort_id=COHORT,
    policy_version=1,
    requested_by=PIA_MANAGES,
    at=NOW,
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
)
FAILED = MatchingRunFailed(
    run_id=RUN, program_id=PROGRAM, cohort_id=COHORT, reason="worker_lost", at=NOW
)
PUBLISH = PublishRun(run_id=RUN, published_by=PIA_MANAGES)
PUBLISHED = MatchingRunPublished(
    run_id=RUN, program_id=PROGRAM, cohort_id=COHORT, published_by=PIA_MANAGES, at=NOW
)
DISCARD = DiscardRun(run_id=RUN, reason="weights were wrong")
DISCARDED = MatchingRunDiscarded(run_id=RUN, reason="weights were wrong", at=NOW)


def test_a_run_needs_a_policy() -> None:
    without = RequestRun(
        run_id=RUN, program_id=PROGRAM, cohort_id=COHORT, policy_version=0, requested_by=PIA_MANAGES
    )
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
