"""Private bars: what may be asked, and which pairs it stands between."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.bar import (
    BARS,
    BARS_MAX,
    BarAgainstYourself,
    BarNeedsOneTarget,
    BarUnknown,
    DeclareBar,
    TooManyBars,
    WithdrawBar,
    bar_id_of,
)
from services.matching.domain.barred_pair import (
    BARRED_PAIR,
    BarPair,
    PairNotBarred,
    PairOfOnePerson,
    UnbarPair,
    barred_pair_id,
)
from services.matching.domain.keeping_apart import Bar, kept_apart
from services.matching.domain.pool import Apart
from shared.events.matching import BarDeclared, BarWithdrawn, PairBarred, PairUnbarred
from shared.sealed import Sealed
from shared.testing import NOW, given
from tests.matching.cast import PIA_MANAGES, PROGRAM, candidate, enrollment, person

BEN, ANA, EVA = person("ben"), person("ana"), person("eva")
NOT_ANA = DeclareBar(person_id=BEN, against=ANA)
NO_LAWYERS = DeclareBar(person_id=BEN, function="law")
NOT_ANA_DECLARED = BarDeclared(
    bar_id=bar_id_of(NOT_ANA), person_id=BEN, against=ANA, function=None, at=NOW
)
TAKE_BACK = WithdrawBar(person_id=BEN, bar_id=bar_id_of(NOT_ANA))
TAKEN_BACK = BarWithdrawn(bar_id=bar_id_of(NOT_ANA), person_id=BEN, at=NOW)
WHY = Sealed(subject=str(ANA), purpose="matching", nonce="n", ciphertext="c", commitment="k")
ANA_BEN = BarPair(program_id=PROGRAM, people=(BEN, ANA), by=PIA_MANAGES, reason=WHY)
ANA_BEN_BARRED = PairBarred(
    bar_id=barred_pair_id(PROGRAM, (ANA, BEN)),
    program_id=PROGRAM,
    people=(min(ANA, BEN), max(ANA, BEN)),
    by=PIA_MANAGES,
    reason=WHY,
    at=NOW,
)
RELEASE = UnbarPair(bar_id=ANA_BEN_BARRED.bar_id, program_id=PROGRAM, by=PIA_MANAGES, reason=WHY)


def test_a_bar_is_against_a_person_or_a_function() -> None:
    given(BARS).when(NOT_ANA).then(NOT_ANA_DECLARED)
    lawyers = BarDeclared(
        bar_id=bar_id_of(NO_LAWYERS), person_id=BEN, against=None, function="law", at=NOW
    )
    given(BARS, NOT_ANA_DECLARED).when(NO_LAWYERS).then(lawyers)


def test_the_same_bar_again_records_nothing() -> None:
    given(BARS, NOT_ANA_DECLARED).when(NOT_ANA).then()


def test_a_bar_can_be_taken_back_once_and_declared_again() -> None:
    given(BARS, NOT_ANA_DECLARED).when(TAKE_BACK).then(TAKEN_BACK)
    given(BARS, NOT_ANA_DECLARED, TAKEN_BACK).when(TAKE_BACK).then_refused(BarUnknown)
    given(BARS, NOT_ANA_DECLARED, TAKEN_BACK).when(NOT_ANA).then(NOT_ANA_DECLARED)


@pytest.mark.parametrize("command", [DeclareBar(person_id=BEN), replace(NOT_ANA, function="law")])
def test_a_bar_names_exactly_one(command: DeclareBar) -> None:
    given(BARS).when(command).then_refused(BarNeedsOneTarget)


def test_nobody_is_barred_from_themselves() -> None:
    given(BARS).when(DeclareBar(person_id=BEN, against=BEN)).then_refused(BarAgainstYourself)


def test_a_person_has_only_so_many_bars() -> None:
    many = [
        replace(NOT_ANA_DECLARED, bar_id=person(str(number)), against=person(str(number)))
        for number in range(BARS_MAX)
    ]
    given(BARS, *many).when(NOT_ANA).then_refused(TooManyBars)
    given(BARS, *many[1:]).when(NOT_ANA).then(NOT_ANA_DECLARED)


def test_managers_keep_two_apart_whoever_is_named_first() -> None:
    given(BARRED_PAIR).when(ANA_BEN).then(ANA_BEN_BARRED)
    turned = replace(ANA_BEN, people=(ANA, BEN))
    given(BARRED_PAIR, ANA_BEN_BARRED).when(turned).then()
    assert BARRED_PAIR.stream(ANA_BEN) == BARRED_PAIR.stream(turned)


def test_a_pair_on_the_list_is_released_with_a_reason() -> None:
    released = PairUnbarred(
        bar_id=RELEASE.bar_id, program_id=PROGRAM, by=PIA_MANAGES, reason=WHY, at=NOW
    )
    given(BARRED_PAIR, ANA_BEN_BARRED).when(RELEASE).then(released)
    given(BARRED_PAIR, ANA_BEN_BARRED, released).when(RELEASE).then_refused(PairNotBarred)
    given(BARRED_PAIR, ANA_BEN_BARRED, released).when(ANA_BEN).then(ANA_BEN_BARRED)


def test_a_pair_is_two_people() -> None:
    command = replace(ANA_BEN, people=(ANA, ANA))
    given(BARRED_PAIR).when(command).then_refused(PairOfOnePerson)


MENTEES = [candidate("ben"), candidate("cem", function="law")]
MENTORS = [candidate("ana", function="law"), candidate("eva"), candidate("fay", function="law")]


def apart(*bars: Bar) -> set[tuple[str, str]]:
    names = {enrollment(name): name for name in ("ana", "ben", "cem", "eva", "fay")}
    return {(names[pair.mentor], names[pair.mentee]) for pair in kept_apart(bars, MENTEES, MENTORS)}


def test_a_bar_holds_whichever_part_the_two_have() -> None:
    assert apart(Bar(person=BEN, against=ANA)) == {("ana", "ben")}
    assert apart(Bar(person=ANA, against=BEN)) == {("ana", "ben")}


def test_a_bar_against_a_team_is_against_everybody_in_it() -> None:
    assert apart(Bar(person=BEN, function="law")) == {("ana", "ben"), ("fay", "ben")}
    assert apart(Bar(person=EVA, function="law")) == {("eva", "cem")}


def test_a_bar_against_somebody_who_is_not_here_stands_between_nobody() -> None:
    assert apart(Bar(person=BEN, against=person("zoe"))) == set()
    assert apart(Bar(person=person("zoe"), function="law")) == set()


BAR_LISTS = st.lists(
    st.builds(
        Bar,
        person=st.sampled_from([person(name) for name in ("ana", "ben", "cem", "eva")]),
        against=st.none() | st.sampled_from([person(name) for name in ("ana", "ben", "fay")]),
        function=st.sampled_from([None, "law", "finance"]),
    ),
    max_size=6,
)


@for_all(BAR_LISTS)
def test_pairs_come_once_each_and_in_the_order_of_their_ids(bars: list[Bar]) -> None:
    found = kept_apart(bars, MENTEES, MENTORS)
    keys = [(pair.mentor, pair.mentee) for pair in found]
    assert keys == sorted(set(keys))
    assert found == kept_apart(bars[::-1], MENTEES[::-1], MENTORS[::-1])
    assert all(isinstance(pair, Apart) for pair in found)
