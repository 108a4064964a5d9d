from dataclasses import replace

from services.matching.domain.matching_run import RUN as RUNS
from services.matching.domain.run_commands import (
    FailRun,
)
from services.matching.domain.run_completion import PEOPLE_A_PART
from services.matching.domain.run_refusals import (
    DraftStale,
    NoMatchingPolicy,
    RunDiscarded,
    RunNotComputing,
    RunNotReady,
    RunPublished,
    RunUnknown,
    WhatIfNeverPublished,
)
from shared.codec import canonical
from shared.events.matching import (
    MatchingRunCompleted,
    MatchingRunPairsRecorded,
    NamedPair,
    RunEvent,
    Unserved,
)
from shared.ids import EnrollmentId, derived_id
from shared.testing import given
from tests.matching.cast import (
    ANA,
    CEM,
    RUN,
)
from tests.matching.run_story import (
    BUS_BYTES_MAX,
    CANCEL,
    CANCELLED,
    COMPLETE,
    COMPLETED,
    DISCARD,
    DISCARDED,
    FAILED,
    PUBLISH,
    PUBLISHED,
    REQUEST,
    REQUESTED,
    SOLUTION,
    TELL,
    TOLD,
    overridden,
    overriding,
    scored,
)


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
