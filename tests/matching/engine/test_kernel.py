from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.matching.domain.compatibility import PlainScorer
from services.matching.domain.engine import facets, kernel
from services.matching.domain.engine.kernel import KernelScorer, scorer_for
from services.matching.domain.field import Field, Pairs
from shared.events.matching import CrossFunctionRule, MatchingPolicySet, ScoreWeights
from tests.matching.engine.population import POLICY, SKILLS, population

EVERY = slice(None)


@st.composite
def policies(draw: st.DrawFn) -> MatchingPolicySet:
    weight = st.integers(0, 90)
    return replace(
        POLICY,
        weights=ScoreWeights(**{name: draw(weight) for name in ScoreWeights.__dataclass_fields__}),
        cross_function=draw(st.sampled_from(CrossFunctionRule)),
        common_minutes_min=draw(st.sampled_from([0, 15, 60, 240])),
        time_zone_hours_max=draw(st.sampled_from([None, 0, 3, 12])),
        level_gap_min=draw(st.sampled_from([None, -1, 0, 2])),
        level_gap_max=draw(st.sampled_from([None, 1, 3])),
        needs_supported=draw(st.booleans()),
    )


@st.composite
def fields(draw: st.DrawFn) -> Field:
    mentees, mentors = draw(st.integers(1, 40)), draw(st.integers(1, 30))
    field = population(mentees, mentors, seed=draw(st.integers(0, 1000)), policy=draw(policies()))
    places = st.tuples(st.integers(0, mentees - 1), st.integers(0, mentors - 1))
    mentors_too = draw(st.lists(st.integers(0, mentors - 1), max_size=3, unique=True))
    person = field.mentors.person.copy()
    person[mentors_too[:mentees]] = field.mentees.person[: len(mentors_too[:mentees])]
    emphasised = draw(st.lists(st.integers(1, SKILLS), max_size=4, unique=True))
    return replace(
        field,
        mentors=replace(field.mentors, person=person),
        emphasis_weight=draw(st.sampled_from([0, 77, 150])),
        emphasised=np.array(emphasised, dtype=np.int32),
        related=pairs(draw(st.lists(places, max_size=5))),
        apart=pairs(draw(st.lists(places, max_size=5))),
    )


def pairs(places: list[tuple[int, int]]) -> Pairs:
    ordered = np.array(sorted(set(places)), dtype=np.int32).reshape(-1, 2)
    return Pairs(rows=ordered[:, 0], columns=ordered[:, 1])


def agrees(field: Field, rows: slice = EVERY) -> bool:
    fast, plain = KernelScorer(field).block(rows), PlainScorer(field=field).block(rows)
    return all(np.array_equal(own, other) for own, other in zip(fast, plain, strict=True))


@settings(max_examples=60, deadline=None)
@for_all(fields())
def test_the_fast_score_is_the_plain_score_number_by_number(field: Field) -> None:
    assert agrees(field)
    assert agrees(field, slice(1, len(field.mentees.person)))


@pytest.fixture(scope="module")
def _no_tables() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(facets, "_TABLE_BYTES_MAX", 100)
        patched.setattr(kernel, "_JOINED_MAX", 0)
        yield


@pytest.mark.usefixtures("_no_tables")
@settings(max_examples=20, deadline=None)
@for_all(fields())
def test_what_is_too_much_for_a_table_is_worked_out_row_by_row(field: Field) -> None:
    assert agrees(field)


def test_columns_beyond_one_tile_agree_as_well() -> None:
    assert agrees(population(9, 9_000))


@pytest.mark.parametrize("weight", [1, 7, 59, 61, 480, 999, 1000])
def test_dividing_by_multiplying_is_exact(weight: int) -> None:
    policy = replace(POLICY, weights=replace(NO_WEIGHTS, strengths=weight))
    assert agrees(population(60, 60, policy=policy))
    policy = replace(POLICY, weights=replace(NO_WEIGHTS, target_roles=weight))
    assert agrees(population(60, 60, policy=policy))


def test_small_fields_are_scored_without_translating_anything() -> None:
    assert isinstance(scorer_for(population(50, 20)), PlainScorer)
    assert isinstance(scorer_for(population(4_000, 1_000)), KernelScorer)


def test_a_table_that_fits_is_merged_though_one_before_it_is_too_large(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    two, three, four = np.arange(12) % 2, np.arange(12) % 3, np.arange(12) % 4
    tables = [
        facets.Facet(keys=keys, table=np.full((ways, 5), ways, dtype=np.int16))
        for keys, ways in ((two, 2), (three, 3), (four, 4))
    ]
    monkeypatch.setattr(facets, "_MERGED_BYTES_MAX", 4 * 5 * 2)  # four ways to be, five mentors
    merged = list(facets._merged(tables))
    assert [facet.table.shape for facet in merged] == [(4, 5), (3, 5)]
    points = np.sum([facet.table[facet.keys] for facet in merged], axis=0)
    assert points.tolist() == [[9] * 5] * 12


NO_WEIGHTS = ScoreWeights(**dict.fromkeys(ScoreWeights.__dataclass_fields__, 0))
