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
)
from services.matching.domain.bar_target import (
    Target,
    read,
    read_pair,
    written,
    written_pair,
)
from services.matching.domain.barred_pair import (
    BARRED_PAIR,
    BarPair,
    PairNotBarred,
    PairOfOnePerson,
    UnbarPair,
)
from services.matching.domain.keeping_apart import Bar, kept_apart
from services.matching.domain.pool import Apart
from shared.events.matching import BarDeclared, BarWithdrawn, PairBarred, PairUnbarred
from shared.ids import derived_id
from shared.sealed import Sealed
from shared.testing import NOW, given
from tests.matching.cast import PIA_MANAGES, PROGRAM, candidate, enrollment, person

BEN, ANA, EVA = person("ben"), person("ana"), person("eva")
WHY = Sealed(subject=str(ANA), purpose="matching", nonce="n", ciphertext="c", commitment="k")
WHO = replace(WHY, purpose="bars")
NOT_ANA = DeclareBar(
    person_id=BEN, bar_id=derived_id("one"), target=Target(against=ANA), sealed=WHO
)
NO_LAWYERS = replace(NOT_ANA, bar_id=derived_id("two"), target=Target(function="law"))
NOT_ANA_DECLARED = BarDeclared(bar_id=NOT_ANA.bar_id, person_id=BEN, target=WHO, at=NOW)
TAKE_BACK = WithdrawBar(person_id=BEN, bar_id=NOT_ANA.bar_id)
TAKEN_BACK = BarWithdrawn(bar_id=NOT_ANA.bar_id, person_id=BEN, at=NOW)
ANA_BEN = BarPair(
    bar_id=derived_id("pair"),
    program_id=PROGRAM,
    people=(BEN, ANA),
    sealed=WHO,
    by=PIA_MANAGES,
    reason=WHY,
)
ANA_BEN_BARRED = PairBarred(
    bar_id=ANA_BEN.bar_id,
    program_id=PROGRAM,
    people=WHO,
    by=PIA_MANAGES,
    reason=WHY,
    at=NOW,
)
RELEASE = UnbarPair(bar_id=ANA_BEN_BARRED.bar_id, program_id=PROGRAM, by=PIA_MANAGES, reason=WHY)


def test_a_bar_is_against_a_person_or_a_function() -> None:
    given(BARS).when(NOT_ANA).then(NOT_ANA_DECLARED)
    lawyers = replace(NOT_ANA_DECLARED, bar_id=NO_LAWYERS.bar_id)
    given(BARS, NOT_ANA_DECLARED).when(NO_LAWYERS).then(lawyers)


def test_the_same_bar_again_records_nothing() -> None:
    sealed_again = replace(NOT_ANA, sealed=replace(WHO, nonce="another"))
    given(BARS, NOT_ANA_DECLARED).when(sealed_again).then()


def test_a_bar_can_be_taken_back_once_and_declared_again() -> None:
    given(BARS, NOT_ANA_DECLARED).when(TAKE_BACK).then(TAKEN_BACK)
    given(BARS, NOT_ANA_DECLARED, TAKEN_BACK).when(TAKE_BACK).then_refused(BarUnknown)
    given(BARS, NOT_ANA_DECLARED, TAKEN_BACK).when(NOT_ANA).then(NOT_ANA_DECLARED)


@pytest.mark.parametrize("target", [Target(), Target(against=ANA, function="law")])
def test_a_bar_names_exactly_one(target: Target) -> None:
    given(BARS).when(replace(NOT_ANA, target=target)).then_refused(BarNeedsOneTarget)


def test_nobody_is_barred_from_themselves() -> None:
    oneself = replace(NOT_ANA, target=Target(against=BEN))
    given(BARS).when(oneself).then_refused(BarAgainstYourself)


@pytest.mark.parametrize("target", [Target(against=ANA), Target(function="law")])
def test_a_target_is_read_as_it_was_written(target: Target) -> None:
    assert read(written(target)) == target


def test_two_are_written_the_same_whoever_is_named_first() -> None:
    assert written_pair((ANA, BEN)) == written_pair((BEN, ANA))
    assert read_pair(written_pair((ANA, BEN))) == (min(ANA, BEN), max(ANA, BEN))


def test_a_person_has_only_so_many_bars() -> None:
    many = [replace(NOT_ANA_DECLARED, bar_id=person(str(number))) for number in range(BARS_MAX)]
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
