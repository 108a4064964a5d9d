"""The record of a run is the same bytes from any order of people, any engine, any process."""

import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from services.matching.domain import run_record
from services.matching.domain.compatibility import PlainScorer, field_of
from services.matching.domain.engine.kernel import KernelScorer
from services.matching.domain.engine.matching import by_matching
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.run_replay import about_of, source_of
from services.matching.domain.solution import _terms
from shared.events.matching import Objective
from tests.matching.record.forging import document_of
from tests.matching.record.harbour import ABOUT, POLICY, harbour, recorded

WIDE = replace(POLICY, needs_supported=False, level_gap_min=None)


@pytest.mark.parametrize("objective", Objective)
def test_another_engine_and_another_start_leave_the_same_bytes(objective: Objective) -> None:
    source = harbour(6, 50, 20, policy=replace(WIDE, objective=objective))
    field, terms = field_of(source), _terms(source, ABOUT.seed)
    first = recorded(source)
    others = [
        optimise(PlainScorer(field=field), terms, engine=by_matching, first_candidates=3),
        optimise(KernelScorer(field), terms, threads=2, first_candidates=9),
    ]
    for optimum in others:
        assert run_record.build(ABOUT, source, field, optimum).document == first.document


def test_people_in_another_order_leave_the_same_bytes() -> None:
    source, chance = harbour(6, 50, 20, policy=WIDE), random.Random(1)
    mixed = replace(
        source,
        mentees=tuple(chance.sample(source.mentees, 50)),
        mentors=tuple(chance.sample(source.mentors, 20)),
        parted=tuple(chance.sample(source.parted, len(source.parted))),
        apart=tuple(chance.sample(source.apart, len(source.apart))),
    )
    assert mixed.mentees != source.mentees
    assert recorded(mixed).document == recorded(source).document


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_with_other_hashes_leaves_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    source = harbour(6, 50, 20, policy=WIDE)
    monkeypatch.setenv("PYTHONHASHSEED", seed)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        again = elsewhere.submit(recorded, source).result()
    assert again.document == recorded(source).document


def test_a_record_read_back_is_what_the_run_looked_at() -> None:
    source = harbour(6, 50, 20, policy=WIDE)
    document = document_of(recorded(source).document)
    again = source_of(document)
    assert (again.mentees, again.mentors, again.parted) == (
        source.mentees,
        source.mentors,
        source.parted,
    )
    assert (again.apart, again.order, again.locked) == (source.apart, source.order, source.locked)
    assert again.emphasis == source.emphasis
    assert about_of(document) == ABOUT
