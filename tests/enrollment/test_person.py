from dataclasses import replace

from services.enrollment.domain.person import (
    PERSON,
    ErasePerson,
    OwnManager,
    PersonIsErased,
    PersonNotFound,
    RecordDeparture,
    RecordPerson,
)
from shared.events.enrollment import (
    IdentityCorrected,
    PersonErased,
    PersonLeft,
    PersonMoved,
    PersonRegistered,
)
from shared.testing import NOW, given
from tests.enrollment.story import ANA, IN_SALES

IN_FINANCE = replace(IN_SALES, function="finance")
JOINS = RecordPerson(person_id=ANA, position=IN_SALES)
REGISTERED = PersonRegistered(person_id=ANA, position=IN_SALES, at=NOW)
MOVED = PersonMoved(person_id=ANA, position=IN_FINANCE, at=NOW)
LEAVES = RecordDeparture(person_id=ANA)
LEFT = PersonLeft(person_id=ANA, at=NOW)
ERASED = PersonErased(person_id=ANA, at=NOW)
ERASE = ErasePerson(person_id=ANA)


def test_a_joiner_is_registered_once() -> None:
    given(PERSON).when(JOINS).then(REGISTERED)
    given(PERSON, REGISTERED).when(JOINS).then()


def test_a_mover_moves_once() -> None:
    moves = replace(JOINS, position=IN_FINANCE)
    given(PERSON, REGISTERED).when(moves).then(MOVED)
    given(PERSON, REGISTERED, MOVED).when(moves).then()


def test_a_new_name_is_noted_without_the_name() -> None:
    renamed = replace(JOINS, identity_changed=True)
    given(PERSON, REGISTERED).when(renamed).then(IdentityCorrected(person_id=ANA, at=NOW))


def test_nobody_is_their_own_manager() -> None:
    position = replace(IN_SALES, manager_id=ANA)
    given(PERSON).when(replace(JOINS, position=position)).then_refused(OwnManager)


def test_a_leaver_leaves_once() -> None:
    given(PERSON, REGISTERED).when(LEAVES).then(LEFT)
    given(PERSON, REGISTERED, LEFT).when(LEAVES).then()


def test_somebody_unknown_cannot_leave() -> None:
    given(PERSON).when(LEAVES).then_refused(PersonNotFound)


def test_who_comes_back_is_registered_again() -> None:
    given(PERSON, REGISTERED, LEFT).when(JOINS).then(REGISTERED)


def test_who_is_erased_has_left_first() -> None:
    given(PERSON, REGISTERED).when(ERASE).then(LEFT, ERASED)
    given(PERSON, REGISTERED, LEFT).when(ERASE).then(ERASED)
    given(PERSON, REGISTERED, LEFT, ERASED).when(ERASE).then()


def test_somebody_unknown_cannot_be_erased() -> None:
    given(PERSON).when(ERASE).then_refused(PersonNotFound)


def test_nothing_more_is_recorded_of_who_is_erased() -> None:
    given(PERSON, REGISTERED, LEFT, ERASED).when(JOINS).then_refused(PersonIsErased)
    given(PERSON, REGISTERED, LEFT, ERASED).when(LEAVES).then()
