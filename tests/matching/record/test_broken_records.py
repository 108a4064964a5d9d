"""Whatever a record has become, it is told in words: a finding, or that it is none."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.matching.verifier import verify
from services.matching.verifier.reading import Unreadable
from tests.matching.record.forging import document_of, raw, rehashed
from tests.matching.record.harbour import harbour, recorded

DOCUMENT = document_of(recorded(harbour(3, 12, 6)).document)
ODD = st.sampled_from([None, True, -1, 0, 10**30, 1.5, "", "odd", [], {}, [None], {"odd": 1}])


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  # JSON
    if path:
        yield path
    if isinstance(value, dict | list):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in inner:
            yield from places(part, (*path, key))


PLACES = list(places(DOCUMENT))


@pytest.mark.parametrize(("mentees", "mentors"), [(0, 0), (0, 3)])
def test_a_record_of_nobody_holds(mentees: int, mentors: int) -> None:
    report = verify(recorded(harbour(3, mentees, mentors, lock=0, bar=0)).document)
    assert report.holds, report.findings


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(PLACES), ODD, st.booleans())
def test_an_odd_value_anywhere_is_found_or_makes_it_no_record(
    path: tuple[Any, ...],
    odd: object,
    taken_out: bool,  # noqa: FBT001  # drawn
) -> None:
    document = deepcopy(DOCUMENT)
    *way, last = path
    here = document
    for key in way:
        here = here[key]
    if taken_out:
        del here[last]
    elif here[last] == odd and type(here[last]) is type(odd):
        return
    else:
        here[last] = odd
    try:
        report = verify(raw(document))
    except Unreadable:
        return
    assert path[0] == "engine" or not (report.holds and report.whole)


def test_weights_above_all_bounds_are_named() -> None:
    document = deepcopy(DOCUMENT)
    document["policy"]["weights"]["strengths"] = 40_000
    codes = {finding.code for finding in verify(raw(rehashed(document))).findings}
    assert codes == {"weights_out_of_bounds"}
