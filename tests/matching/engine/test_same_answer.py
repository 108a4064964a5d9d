"""One answer, whatever it was worked out with."""

# ruff: noqa: FBT001  # whether there is an order is what these tests go through

import subprocess
import sys
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from services.matching.domain.compatibility import PlainScorer
from services.matching.domain.engine import loops
from services.matching.domain.engine.kernel import KernelScorer
from services.matching.domain.engine.matching import by_matching
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.terms import Optimum, Scorer, Terms
from services.matching.domain.field import Field
from shared.events.matching import Objective, ScoreWeights
from tests.matching.engine.population import POLICY, population, wanted
from tests.matching.engine.small import Table

COARSE = replace(  # so that many pairs weigh the same
    POLICY, weights=ScoreWeights(strengths=0, other_function=300, target_roles=0, style=100)
)
OBJECTIVES = [(objective, ordered) for objective in Objective for ordered in (True, False)]


def company(mentees: int = 240, mentors: int = 90) -> Field:
    return population(mentees, mentors, policy=COARSE)


def terms_of(field: Field, objective: Objective, *, ordered: bool) -> Terms:
    terms = replace(wanted(field), objective=objective, locked=((3, 4), (7, 4)))
    terms = replace(terms, seats=np.where(np.arange(len(terms.seats)) == 4, 3, terms.seats))
    return terms if ordered else replace(terms, order=None)


def told(terms: Terms, found: Optimum) -> str:
    """All that an answer says, by name."""
    rows, columns = terms.row_names.tolist(), terms.column_names.tolist()
    pairs = sorted(
        (rows[row], columns[column]) for row, column in enumerate(found.partners) if column >= 0
    )
    prices = [sorted(zip(columns, tier.prices.tolist(), strict=True)) for tier in found.tiers]
    said = [replace(tier, prices=np.zeros(0, dtype=np.int64)) for tier in found.tiers]
    closed = sorted(zip(columns, found.served_before.tolist(), strict=True))
    return repr((pairs, prices, said, closed, found.unique, found.lottery_counter, found.total))


def answer(
    field: Field, objective: Objective = Objective.MOST_SERVED, *, ordered: bool = True
) -> str:
    terms = terms_of(field, objective, ordered=ordered)
    return told(terms, optimise(PlainScorer(field=field), terms))


@pytest.mark.parametrize(("objective", "ordered"), OBJECTIVES)
def test_people_in_another_order_get_the_same_partners(
    objective: Objective,
    ordered: bool,
) -> None:
    field = company()
    terms = terms_of(field, objective, ordered=ordered)
    scores, allowed = PlainScorer(field=field).block(slice(None))
    random = np.random.default_rng(5)
    rows, columns = random.permutation(len(scores)), random.permutation(scores.shape[1])
    mixed = Table(scores=scores[np.ix_(rows, columns)], allowed=allowed[np.ix_(rows, columns)])
    row_at, column_at = np.argsort(rows), np.argsort(columns)
    others = replace(
        terms,
        seats=terms.seats[columns],
        order=None if terms.order is None else row_at[terms.order],
        locked=tuple((int(row_at[row]), int(column_at[column])) for row, column in terms.locked),
        row_names=terms.row_names[rows],
        column_names=terms.column_names[columns],
    )
    assert told(others, optimise(mixed, others)) == answer(field, objective, ordered=ordered)


@pytest.mark.parametrize(("objective", "ordered"), OBJECTIVES)
@pytest.mark.parametrize("first_candidates", [1, 7, 1000])
def test_how_many_candidates_are_looked_at_first_changes_nothing(
    objective: Objective,
    ordered: bool,
    first_candidates: int,
) -> None:
    field = company()
    terms = terms_of(field, objective, ordered=ordered)
    scorer = PlainScorer(field=field)
    found = optimise(scorer, terms, first_candidates=first_candidates)
    assert told(terms, found) == answer(field, objective, ordered=ordered)


@pytest.mark.parametrize(("objective", "ordered"), OBJECTIVES)
def test_another_solver_changes_nothing(objective: Objective, ordered: bool) -> None:
    field = company(70, 30)
    terms = terms_of(field, objective, ordered=ordered)
    found = optimise(PlainScorer(field=field), terms, engine=by_matching)
    assert told(terms, found) == answer(field, objective, ordered=ordered)


@pytest.mark.parametrize(("objective", "ordered"), OBJECTIVES)
def test_compiled_loops_and_two_threads_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
    objective: Objective,
    ordered: bool,
) -> None:
    field = company()
    terms = terms_of(field, objective, ordered=ordered)
    plain = answer(field, objective, ordered=ordered)
    monkeypatch.setattr(loops, "COMPILED_FROM", 0)
    monkeypatch.setattr("services.matching.domain.engine.ground._BLOCK_PAIRS", 1000)
    scorers: list[Scorer] = [KernelScorer(field), PlainScorer(field=field)]
    for scorer in scorers:
        assert told(terms, optimise(scorer, terms, threads=2)) == plain


@pytest.mark.parametrize(("objective", "ordered"), OBJECTIVES)
def test_scores_that_are_worked_out_again_and_faces_too_wide_to_list_change_nothing(
    monkeypatch: pytest.MonkeyPatch,
    objective: Objective,
    ordered: bool,
) -> None:
    field = company(70, 30)
    plain = answer(field, objective, ordered=ordered)
    monkeypatch.setattr("services.matching.domain.engine.ground._KEPT_PAIRS_MAX", 0)
    monkeypatch.setattr("services.matching.domain.engine.ground._BLOCK_PAIRS", 64)
    monkeypatch.setattr("services.matching.domain.engine.optimising.LISTED_PAIRS_MAX", 80)
    assert answer(field, objective, ordered=ordered) == plain


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_with_other_hashes_finds_the_same(seed: str) -> None:
    here = sha256(answer(company()).encode()).hexdigest()
    program = (
        "from hashlib import sha256; from tests.matching.engine.test_same_answer import *; "
        "print(sha256(answer(company()).encode()).hexdigest())"
    )
    there = subprocess.run(  # noqa: S603  # our own program
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
    )
    assert there.stdout.strip() == here


def test_the_tests_above_are_about_ties() -> None:
    field = company()
    for objective, ordered in OBJECTIVES:
        terms = terms_of(field, objective, ordered=ordered)
        assert not optimise(PlainScorer(field=field), terms).unique
