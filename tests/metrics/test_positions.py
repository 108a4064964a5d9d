import zlib
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.queries.positions import PLACES, PositionUnreadable, packed, unpacked

NUMBERS = st.dictionaries(st.sampled_from(PLACES), st.integers(0, 2**63 - 1))


@given(NUMBERS)
def test_a_position_comes_back_as_it_was_given(numbers: dict[tuple[str, int], int]) -> None:
    known = unpacked(packed(numbers))
    assert known == {place: numbers.get(place, 0) for place in PLACES}


@given(st.text() | st.binary().map(lambda raw: urlsafe_b64encode(raw).decode()))
def test_any_other_text_is_no_position(text: str) -> None:
    with pytest.raises(PositionUnreadable):
        unpacked(text)


@pytest.mark.parametrize(
    "content",
    [
        b"0" * 50_000_000,
        b",".join([b"9" * 40] * len(PLACES)),
        b"-1," + b"," * 190,
        b"1_0" + b"," * 191,
    ],
)
def test_a_hostile_position_is_refused(content: bytes) -> None:
    with pytest.raises(PositionUnreadable):
        unpacked(urlsafe_b64encode(zlib.compress(content)).decode())
