"""Who is served first, by the rules of waiting and the lottery that was sealed before."""

from datetime import timedelta
from random import Random
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.priority import Waiting, in_order, lot
from shared.ids import EnrollmentId
from shared.testing import NOW
from tests.matching.cast import ANA, BEN, CEM

SEED = bytes(32)
WAITING = st.builds(
    Waiting,
    enrollment_id=st.uuids().map(EnrollmentId),
    let_down=st.booleans(),
    since=st.integers(0, 3).map(lambda days: NOW - timedelta(days=days)),
)
LISTS = st.lists(WAITING, max_size=12, unique_by=lambda who: who.enrollment_id)


def waits(who: EnrollmentId, days: int, *, let_down: bool = False) -> Waiting:
    return Waiting(enrollment_id=who, let_down=let_down, since=NOW - timedelta(days=days))


def test_who_was_let_down_comes_before_who_waits_longer() -> None:
    assert in_order([waits(ANA, 90), waits(BEN, 1, let_down=True)], SEED) == (BEN, ANA)


def test_who_waits_longer_comes_first_among_equals() -> None:
    found = in_order(
        [waits(ANA, 3), waits(BEN, 30), waits(CEM, 9, let_down=True)],
        SEED,
    )
    assert found == (CEM, BEN, ANA)


def test_among_those_who_wait_as_long_the_lot_decides_and_the_seed_decides_the_lot() -> None:
    equals = [waits(ANA, 3), waits(BEN, 3), waits(CEM, 3)]
    orders = {in_order(equals, bytes([number])) for number in range(40)}
    assert len(orders) == 6


def test_a_lot_is_the_digest_of_the_seed_and_the_id() -> None:
    first = EnrollmentId(UUID(int=1))
    assert lot(b"seed", first).hex() == (
        "4c549cc53512ab5bb99d0a4ab2ba5a4b661f7ab69340e6d855b4fa1ad54e83e3"
    )


@for_all(LISTS, st.binary(min_size=32, max_size=32), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_the_order_in_which_they_are_named(
    waiting: list[Waiting], seed: bytes, chance: Random
) -> None:
    shuffled = chance.sample(waiting, len(waiting))
    assert in_order(shuffled, seed) == in_order(waiting, seed)


@for_all(LISTS, st.binary(min_size=32, max_size=32))
def test_everybody_is_in_the_order_once_and_nobody_overtakes(
    waiting: list[Waiting], seed: bytes
) -> None:
    known = {who.enrollment_id: who for who in waiting}
    found = in_order(waiting, seed)
    assert sorted(found) == sorted(known)
    keys = [(not known[who].let_down, known[who].since) for who in found]
    assert keys == sorted(keys)
