"""The score is written down twice, by different hands, and comes out the same."""

import ast
import gzip
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.matching import verifier
from services.matching.domain.compatibility import (
    COMPONENTS,
    PlainScorer,
    Rule,
    blocked,
    components,
    field_of,
)
from services.matching.domain.engine.kernel import KernelScorer
from services.matching.verifier import passing, rules, scoring, verify
from services.matching.verifier.circles import parts_of
from services.matching.verifier.reading import read
from shared.codec import canonical
from shared.events.matching import CrossFunctionRule, Objective
from tests.matching.record.harbour import POLICY, harbour, recorded

ROOM = Path(verifier.__file__).parent
SEEDS = st.integers(0, 10_000)


@settings(max_examples=12, deadline=None)
@given(SEEDS, st.sampled_from(CrossFunctionRule))
def test_every_component_and_every_rule_is_the_same_by_either_hand(
    seed: int, functions: CrossFunctionRule
) -> None:
    policy = replace(POLICY, cross_function=functions, rest_cycles=[None, 0, 3][seed % 3])
    source = harbour(seed, 12, 9, policy=policy)
    theirs = scoring.scoring_of(read(recorded(source).document))
    field = field_of(source)
    points, forbidden = components(field, slice(None)), blocked(field, slice(None))
    rows, columns = (each.ravel() for each in np.indices((12, 9)))
    assert scoring.COMPONENTS == COMPONENTS
    assert [rule.value for rule in Rule] == list(rules.RULES)
    assert np.array_equal(theirs.components(rows, columns).T, points.reshape(len(COMPONENTS), -1))
    broken = theirs.rules.broken(rows, columns)
    for place, rule in enumerate(Rule):
        assert np.array_equal(broken[rule.value], forbidden[place].ravel()), rule
    scores, allowed = PlainScorer(field=field).block(slice(None))
    assert_passed(theirs, scores, allowed)


def test_the_fast_kernel_says_what_the_verifier_says() -> None:
    source = harbour(7, 60, 40)
    theirs = scoring.scoring_of(read(recorded(source).document))
    scores, allowed = KernelScorer(field_of(source)).block(slice(None))
    assert_passed(theirs, scores, allowed)


def test_people_in_any_order_and_many_to_a_block_are_passed_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    theirs = scoring.scoring_of(read(recorded(harbour(7, 60, 40)).document))
    whole = next(iter(passing.Pass(theirs).blocks(np.arange(60))))
    monkeypatch.setattr(passing, "_CELLS_MAX", 200)  # few can be put together
    monkeypatch.setattr(passing, "_PAIRS_AT_ONCE", 280)  # seven mentees to a block
    order = np.random.default_rng(1).permutation(60)
    blocks = list(passing.Pass(theirs).blocks(order))
    assert len(blocks) == 9
    assert np.array_equal(np.concatenate([block.rows for block in blocks]), order)
    allowed = np.concatenate([block.allowed for block in blocks])
    assert np.array_equal(allowed, whole.allowed[order])
    points = np.concatenate([block.points for block in blocks])
    assert np.array_equal(points[allowed], whole.points[order][allowed])


def assert_passed(
    theirs: scoring.Scoring, scores: NDArray[np.int16], allowed: NDArray[np.bool_]
) -> None:
    """A pass says what is allowed, what it scores, and no less where it is quick."""
    passed = passing.Pass(theirs)
    (block,) = passed.blocks(np.arange(theirs.mentees))
    assert np.array_equal(block.allowed, allowed)
    exactly, quickly = passed.scored(block), passed.bounded(block)
    assert np.array_equal(exactly[allowed], scores[allowed])
    assert (exactly[~allowed] < 0).all()
    assert (quickly[~allowed] < 0).all()
    assert (quickly - exactly).min() >= 0
    assert (quickly - exactly).max() <= 24


@settings(max_examples=12, deadline=None)
@given(SEEDS, st.sampled_from(Objective))
def test_every_record_holds_whole(seed: int, objective: Objective) -> None:
    policy = replace(POLICY, objective=objective, level_gap_min=None, needs_supported=False)
    source = harbour(seed, 30, 12, policy=policy, lock=seed % 3, emphasis=bool(seed % 2))
    report = verify(recorded(source).document)
    assert report.holds, report.findings
    assert report.whole, report.unchecked


def test_many_who_are_alike_are_drawn_by_lot_and_the_draw_is_checked() -> None:
    everybody = harbour(1, 24, 8, lock=0, bar=0, emphasis=False)
    one, other = everybody.mentees[0], everybody.mentors[0]
    same: dict[str, Any] = {
        "managers": (),
        "languages": ("en",),
        "utc_offset_minutes": 0,
        "needs": (),
    }
    alike = replace(
        everybody,
        parted=(),
        mentees=tuple(
            replace(one, enrollment_id=who.enrollment_id, person_id=who.person_id, **same)
            for who in everybody.mentees
        ),
        mentors=tuple(
            replace(other, enrollment_id=who.enrollment_id, person_id=who.person_id, **same, free=2)
            for who in everybody.mentors
        ),
    )
    record = recorded(alike)
    document = json.loads(gzip.decompress(record.document))
    assert [tier["kind"] for tier in document["result"]["tiers"]] == ["score", "lottery"]
    assert len(record.result.pairs) == 16
    report = verify(record.document)
    assert report.holds, report.findings
    document["lottery"]["counter"] += 1
    codes = {finding.code for finding in verify(json.dumps(document).encode()).findings}
    assert codes >= {"not_the_best", "record_differs"}


def test_a_record_is_canonical_and_the_same_for_any_order_of_people() -> None:
    source = harbour(5)
    record = recorded(source)
    document = gzip.decompress(record.document)
    assert canonical(json.loads(document)) == document
    assert recorded(harbour(5)).document == record.document


def test_the_verifier_imports_numpy_and_what_comes_with_the_language() -> None:
    known = {*sys.stdlib_module_names, "numpy", "services"}
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in known, f"{path.name}: {name}"
                assert not name.startswith("services.") or "matching.verifier" in name


@pytest.mark.parametrize("seed", range(5))
def test_strong_components_are_those_of_a_reference(seed: int) -> None:
    csgraph = pytest.importorskip("scipy.sparse.csgraph")
    sparse = pytest.importorskip("scipy.sparse")
    chance = np.random.default_rng(seed)
    before, after = chance.integers(0, 60, (2, 90))
    ours = parts_of(60, before, after)
    graph = sparse.coo_matrix((np.ones(90), (before, after)), (60, 60))
    _, theirs = csgraph.connected_components(graph, connection="strong")
    assert np.array_equal(ours[:, None] == ours, theirs[:, None] == theirs)
