from dataclasses import replace

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.load import (
    LOAD,
    InEnoughCircles,
    LimitLoad,
    Load,
    LoadCommand,
    LoadNegative,
    MentorInTooManyPrograms,
    MentorOverloaded,
    ReleaseCircle,
    ReleaseLoad,
    ReserveCircle,
    ReserveLoad,
    decide,
)
from shared.errors import MentorshipError
from shared.events.matching import (
    CircleReleased,
    CircleReserved,
    LoadLimited,
    LoadReleased,
    LoadReserved,
    MentorOverloadDetected,
    MentorOverloadEnded,
)
from shared.events.vocabulary import Part
from shared.ids import CircleId, PairingId, ProgramId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import OTHER_PAIR, PAIR, PROGRAM, person

ANA = person("ana")
OTHER_PROGRAM = ProgramId(derived_id("other program"))
LIMIT = LimitLoad(person_id=ANA, seats=2, hours=4)
LIMITED = LoadLimited(person_id=ANA, seats=2, hours=4, at=NOW)
RESERVE = ReserveLoad(person_id=ANA, pairing_id=PAIR, program_id=PROGRAM, part=Part.MENTOR, hours=2)
RESERVED = LoadReserved(
    person_id=ANA, pairing_id=PAIR, program_id=PROGRAM, part=Part.MENTOR, hours=2, at=NOW
)
ELSEWHERE = replace(RESERVED, pairing_id=OTHER_PAIR, program_id=OTHER_PROGRAM)
THIRD = replace(RESERVE, pairing_id=PairingId(derived_id("third")))
RELEASED = LoadReleased(person_id=ANA, pairing_id=PAIR, part=Part.MENTOR, hours=2, at=NOW)


def test_what_is_taken_in_another_program_counts_here() -> None:
    given(LOAD, LIMITED, ELSEWHERE).when(RESERVE).then(RESERVED)
    given(LOAD, LIMITED, ELSEWHERE, RESERVED).when(RESERVE).then()
    given(LOAD, LIMITED, ELSEWHERE, RESERVED).when(THIRD).then_refused(MentorOverloaded)


def test_hours_are_counted_as_mentee_too() -> None:
    learning = replace(ELSEWHERE, part=Part.MENTEE, hours=3)
    given(LOAD, LIMITED, learning).when(RESERVE).then_refused(MentorOverloaded)
    given(LOAD, LIMITED, RESERVED).when(
        replace(RESERVE, pairing_id=OTHER_PAIR, part=Part.MENTEE, hours=3)
    ).then(
        replace(RESERVED, pairing_id=OTHER_PAIR, part=Part.MENTEE, hours=3),
        MentorOverloadDetected(
            person_id=ANA, seats_taken=1, seats=2, hours_taken=5, hours=4, at=NOW
        ),
    )


def test_a_program_may_limit_in_how_many_others_its_mentors_are() -> None:
    only_here = replace(RESERVE, programs_max=1)
    given(LOAD, ELSEWHERE).when(only_here).then_refused(MentorInTooManyPrograms)
    given(LOAD, RESERVED).when(replace(only_here, pairing_id=OTHER_PAIR)).then(
        replace(RESERVED, pairing_id=OTHER_PAIR)
    )


def test_who_declares_less_than_they_carry_is_overloaded_until_enough_is_over() -> None:
    fewer = LimitLoad(person_id=ANA, seats=1, hours=4)
    detected = MentorOverloadDetected(
        person_id=ANA, seats_taken=2, seats=1, hours_taken=4, hours=4, at=NOW
    )
    limited = replace(LIMITED, seats=1)
    story = given(LOAD, LIMITED, RESERVED, ELSEWHERE)
    story.when(fewer).then(limited, detected)
    over = given(LOAD, LIMITED, RESERVED, ELSEWHERE, limited, detected)
    over.when(fewer).then()
    over.when(ReleaseLoad(person_id=ANA, pairing_id=PAIR)).then(
        RELEASED, MentorOverloadEnded(person_id=ANA, at=NOW)
    )
    over.when(LIMIT).then(LIMITED, MentorOverloadEnded(person_id=ANA, at=NOW))


def test_until_something_is_declared_nothing_is_refused() -> None:
    given(LOAD, RESERVED, ELSEWHERE).when(THIRD).then(
        replace(RESERVED, pairing_id=THIRD.pairing_id)
    )
    given(LOAD).when(ReleaseLoad(person_id=ANA, pairing_id=PAIR)).then()
    given(LOAD).when(replace(LIMIT, hours=-1)).then_refused(LoadNegative)


PAIRINGS = [PairingId(derived_id("pairing", number)) for number in range(5)]
PROGRAMS = st.sampled_from([PROGRAM, OTHER_PROGRAM])
COMMANDS: st.SearchStrategy[LoadCommand] = st.one_of(
    st.builds(
        ReserveLoad,
        person_id=st.just(ANA),
        pairing_id=st.sampled_from(PAIRINGS),
        program_id=PROGRAMS,
        part=st.sampled_from(Part),
        hours=st.integers(0, 4),
        programs_max=st.none() | st.integers(1, 2),
    ),
    st.builds(ReleaseLoad, person_id=st.just(ANA), pairing_id=st.sampled_from(PAIRINGS)),
    st.builds(LimitLoad, person_id=st.just(ANA), seats=st.integers(0, 3), hours=st.integers(0, 8)),
)


@for_all(st.lists(COMMANDS, max_size=40))
def test_the_figure_is_the_sum_of_what_is_taken_and_the_guard_tells_the_truth(
    commands: list[LoadCommand],
) -> None:
    load, taken = Load(), dict[PairingId, LoadReserved]()
    for command in commands:
        try:
            events = decide(load, command, NOW)
        except MentorshipError:
            continue
        for event in events:
            if isinstance(event, LoadReserved):
                taken[event.pairing_id] = event
            if isinstance(event, LoadReleased):
                left = taken.pop(event.pairing_id)
                assert (left.part, left.hours) == (event.part, event.hours)
        load = LOAD.fold(events, load)
        assert load.hours_taken == sum(each.hours for each in taken.values())
        assert load.seats_taken == sum(each.part is Part.MENTOR for each in taken.values())
        assert load.overloaded == load.beyond
        assert not decide(load, command, NOW), "the same command again recorded something"


READERS, WRITERS = CircleId(derived_id("readers")), CircleId(derived_id("writers"))
JOIN = ReserveCircle(person_id=ANA, circle_id=READERS, program_id=PROGRAM, circles_max=1)
JOINED = CircleReserved(person_id=ANA, circle_id=READERS, program_id=PROGRAM, at=NOW)
LEAVE = ReleaseCircle(person_id=ANA, circle_id=READERS)
LEFT = CircleReleased(person_id=ANA, circle_id=READERS, at=NOW)


def test_somebody_is_in_no_more_circles_of_a_program_than_it_allows() -> None:
    second = replace(JOIN, circle_id=WRITERS)
    given(LOAD).when(JOIN).then(JOINED)
    given(LOAD, JOINED).when(JOIN).then()
    given(LOAD, JOINED).when(second).then_refused(InEnoughCircles)
    for more in (2, None):
        allowed = replace(second, circles_max=more)
        given(LOAD, JOINED).when(allowed).then(replace(JOINED, circle_id=WRITERS))
    given(LOAD, JOINED, LEFT).when(second).then(replace(JOINED, circle_id=WRITERS))
    given(LOAD, JOINED, LEFT).when(LEAVE).then()
    given(LOAD, JOINED).when(LEAVE).then(LEFT)


def test_circles_of_another_program_are_its_own_matter_and_take_no_hours() -> None:
    elsewhere = replace(JOINED, circle_id=WRITERS, program_id=OTHER_PROGRAM)
    given(LOAD, elsewhere).when(JOIN).then(JOINED)
    given(LOAD, LIMITED, elsewhere).when(RESERVE).then(RESERVED)


def test_who_is_in_enough_circles_is_named() -> None:
    assert str(ANA) in str(InEnoughCircles(ANA))
