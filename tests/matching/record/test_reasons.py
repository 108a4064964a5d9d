"""Reasons read off records: they add up, they are bounds that hold, and they tell of no bar."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.matching.api.explanation_views import (
    PairExplanationView,
    UnservedExplanationView,
    WhyNotView,
)
from services.matching.domain.pool import Apart, Locked, RunInput
from services.matching.domain.reason_words import people
from services.matching.domain.reasons import Amount, Wait
from services.matching.queries import explaining
from services.matching.queries.loaded_runs import LoadedRun, taken_apart
from services.matching.verifier.answer import NOBODY
from shared.events.matching import Objective
from tests.matching.record.harbour import POLICY, harbour, recorded

SEEDS = st.integers(0, 10_000)
NO_AMOUNT = Amount(points=0).words  # in other words, for whoever sees 0
SOME_AMOUNT = Amount(points=2).words
WAIT = Wait(position=4, expected_days=18, freed=9, within_days=40)
WIDE = replace(POLICY, needs_supported=False, level_gap_min=None, time_zone_hours_max=None)


def loaded(source: RunInput) -> LoadedRun:
    return taken_apart(recorded(source).opened)


def _locked(source: RunInput, row: int, column: int) -> RunInput:
    mentee, mentor = source.mentees[row].enrollment_id, source.mentors[column].enrollment_id
    return replace(source, locked=(Locked(mentor=mentor, mentee=mentee),))


def everything_told(run: LoadedRun, row: int, column: int) -> str:
    """All that anybody is told of a mentee and of this pair, numbers blotted out."""
    views: list[object] = [WhyNotView.of(explaining.why_not(run, row, column))]
    pair = explaining.pair_reason(run, row)
    if pair is not None:
        views += [PairExplanationView.of(pair, own=own) for own in (True, False)]
    left = explaining.unserved_reason(run, row, WAIT)
    if left is not None:
        views.append(UnservedExplanationView.of(left))
    return blotted("\n".join(view.model_dump_json() for view in views))  # type: ignore[attr-defined]


def blotted(text: str) -> str:
    """Words without numbers."""
    text = text.replace(NO_AMOUNT, SOME_AMOUNT).replace(people(0), people(9))
    told = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", lambda each: each[0][:8], text)
    return re.sub(r"(?<![0-9a-f])\d+(st|nd|rd|th| points?| more seats?)?(?![0-9a-f])", "#", told)


def pairs_not_made(run: LoadedRun) -> list[tuple[int, int]]:
    """Open pairs that were not chosen."""
    return [
        (row, column)
        for row in range(len(run.mentees))
        for column in explaining._open_columns(run, row).tolist()
        if run.answer.partners[row] != column
    ]


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_components_add_up_and_ranks_are_places(seed: int) -> None:
    run = loaded(harbour(seed, 24, 10, policy=WIDE))
    for row in np.flatnonzero(run.answer.served).tolist():
        reason = explaining.pair_reason(run, row)
        assert reason is not None
        view = PairExplanationView.of(reason, own=False)
        assert sum(part.points for part in view.components) == view.score
        assert all(0 <= part.points <= (part.points_max or 0) for part in view.components)
        assert 1 <= reason.rank_of_mentor <= reason.mentors_open
        assert 1 <= reason.rank_of_mentee <= reason.mentees_open
        better = [each for each in view.alternatives if (each.score or 0) > (view.score or 0)]
        assert len(better) == min(3, reason.rank_of_mentor - 1)


@settings(max_examples=6, deadline=None)
@given(SEEDS)
def test_forcing_a_pair_costs_at_least_what_why_not_says(seed: int) -> None:
    """The same run with the pair locked serves the same people only for so many points less."""
    policy = replace(WIDE, weak_below=0)
    source = harbour(seed, 14, 7, policy=policy, lock=0, bar=0, emphasis=False)
    first = recorded(source)
    run = taken_apart(first.opened)
    total = sum(pair.score for pair in first.result.pairs)
    served = {pair.mentee for pair in first.result.pairs}
    tried = 0
    for row, column in pairs_not_made(run)[::5]:
        reason = explaining.why_not(run, row, column)
        if reason.kind != "worth_less" or reason.amount is None:
            continue
        forced = recorded(_locked(source, row, column))
        again = {pair.mentee for pair in forced.result.pairs}
        if again == served:
            tried += 1
            assert total - sum(pair.score for pair in forced.result.pairs) >= reason.amount.points
    assume(tried)


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.sampled_from([Objective.MOST_SERVED, Objective.BEST_SCORE]), st.data())
def test_a_bar_changes_nothing_of_what_is_told_but_numbers(
    seed: int, objective: Objective, data: st.DataObject
) -> None:
    policy = replace(WIDE, objective=objective, weak_below=0)
    free = harbour(seed, 24, 10, policy=policy, bar=0, lock=0)
    run = loaded(free)
    row, column = data.draw(st.sampled_from(pairs_not_made(run)))
    bar = Apart(mentor=free.mentors[column].enrollment_id, mentee=free.mentees[row].enrollment_id)
    barred = loaded(replace(free, apart=(bar,)))
    assert np.array_equal(run.answer.partners, barred.answer.partners)
    assert everything_told(barred, row, column) == everything_told(run, row, column)


@cache
def ordinary() -> frozenset[str]:
    """What mentees read of pairs that were not made, where there are no bars."""
    policy = replace(WIDE, weak_below=0)
    runs = [loaded(harbour(seed, 24, 10, policy=policy, bar=0, lock=0)) for seed in range(4)]
    return frozenset(
        blotted(explaining.why_not(run, *pair).summary)
        for run in runs
        for pair in pairs_not_made(run)
    )


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.data())
def test_a_bar_that_parts_whom_the_run_had_chosen_is_told_in_words_that_others_hear(
    seed: int, data: st.DataObject
) -> None:
    """What the mentee reads of the pair that is not made, and of their own, is nothing unusual."""
    policy = replace(WIDE, weak_below=0)
    free = harbour(seed, 24, 10, policy=policy, bar=0, lock=0)
    run = loaded(free)
    row = data.draw(st.sampled_from(np.flatnonzero(run.answer.served).tolist()))
    column = int(run.answer.partners[row])
    bar = Apart(mentor=free.mentors[column].enrollment_id, mentee=free.mentees[row].enrollment_id)
    barred = loaded(replace(free, apart=(bar,)))
    assert barred.answer.partners[row] != column
    assert blotted(explaining.why_not(barred, row, column).summary) in ordinary()
    own = explaining.pair_reason(barred, row)
    for shown in () if own is None else PairExplanationView.of(own, own=True).alternatives:
        assert (shown.mentor, shown.score) == (None, None)
        assert re.match(
            "its seats are held by (fewer than 3|[0-9]+) people; |all", shown.blocked_by
        )


def test_whoever_is_only_kept_apart_is_told_the_same_as_who_is_outranked() -> None:
    """The bar leaves nobody, and is spoken of as if all of them were open."""
    free = harbour(4, 24, 10, policy=WIDE, bar=0, lock=0)
    who = free.mentees[0].enrollment_id
    bars = tuple(Apart(mentor=each.enrollment_id, mentee=who) for each in free.mentors)
    record = recorded(replace(free, apart=bars))
    (left,) = [each for each in record.result.unserved if each.mentee == who]
    assert left.kind == "outranked"
    reason = explaining.unserved_reason(taken_apart(record.opened), 0, WAIT)
    assert reason is not None
    assert (reason.kind, reason.mentors_open > 0) == ("outranked", True)
    assert "apart" not in str(reason)


def test_a_seat_that_stays_free_for_a_bar_looks_like_one_that_is_taken() -> None:
    """The only mentor is not for the first mentee: by a bar, or because others come first."""
    some = harbour(4, 24, 10, policy=WIDE, bar=0, lock=0)
    pair = recorded(some).result.pairs[0]
    mentor = next(each for each in some.mentors if each.enrollment_id == pair.mentor)
    mentee = next(each for each in some.mentees if each.enrollment_id == pair.mentee)
    alike = tuple(replace(mentee, enrollment_id=who.enrollment_id) for who in some.mentees[:3])
    ours, *others = alike
    taken = replace(
        some,
        mentees=alike,
        mentors=(replace(mentor, free=1),),
        parted=(),
        order=tuple(each.enrollment_id for each in (*others, ours)),
    )
    bars = tuple(Apart(mentor=mentor.enrollment_id, mentee=each.enrollment_id) for each in alike)
    kept_free = replace(taken, apart=bars)
    told = []
    for source in (taken, kept_free):
        run = loaded(source)
        row = run.mentees[str(ours.enrollment_id)]
        assert explaining.unserved_reason(run, row, WAIT) is not None
        told.append(everything_told(run, row, 0))
    assert int(loaded(kept_free).in_run[0]) == 0
    assert told[0] == told[1]


def test_rules_are_counted_and_the_one_that_matters_most_is_named() -> None:
    free = harbour(4, 24, 10, policy=WIDE, bar=0, lock=0)
    silent = replace(free.mentees[0], languages=("fi",))
    source = replace(free, mentees=(silent, *free.mentees[1:]))
    run = loaded(source)
    reason = explaining.unserved_reason(run, 0, WAIT)
    assert reason is not None
    view = UnservedExplanationView.of(reason)
    assert (view.kind, view.mentors_open, view.mentors) == ("none_allowed", 0, 10)
    assert view.helps_most == "no_common_language"
    told = {effect.rule: effect for effect in view.rules}
    assert told["no_common_language"].forbids == 10
    assert 0 < told["no_common_language"].alone <= 10
    assert view.summary.startswith(
        "The rules leave you none of the 10 mentors: 10 because there is"
    )
    assert "What would help most:" in view.summary
    assert "You are 4th on the waiting list. If seats go on" in view.summary
    assert "(9 seats became free in 40 days), expect about 18 days." in view.summary


@pytest.mark.parametrize("objective", Objective)
def test_every_objective_has_its_reasons(objective: Objective) -> None:
    run = loaded(harbour(2, 30, 12, policy=replace(WIDE, objective=objective)))
    kinds = set()
    for row in range(len(run.mentees)):
        for column in range(len(run.mentors)):
            reason = explaining.why_not(run, row, column)
            assert reason.summary
            assert reason.amount is None or reason.amount.points >= 0 or reason.amount.weak_pairs
            kinds.add(reason.kind)
        left = explaining.unserved_reason(run, row, WAIT)
        assert (left is None) == (run.answer.partners[row] != NOBODY)
    assert {"chosen", "rule", "worth_less", "locked"} <= kinds
    assert ("outranked" in kinds) == (objective is not Objective.BEST_SCORE)
