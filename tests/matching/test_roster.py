from datetime import timedelta

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.roster import (
    ROSTER,
    ChangeSeats,
    Delist,
    ListParticipant,
    MenteeAlreadyPaired,
    MentorAtCapacity,
    NotListed,
    PairingsLeftOpen,
    ReserveSeat,
    ReturnSeat,
    Roster,
    RosterCommand,
    SeekPartner,
    Waitlist,
    decide,
    evolve,
)
from shared.errors import Conflict, Refused
from shared.events.matching import (
    ParticipantDelisted,
    ParticipantListed,
    ParticipantWaitlisted,
    RematchRequested,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
)
from shared.events.vocabulary import Part
from shared.ids import PairingId, RunId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, COHORT, OTHER_PAIR, PAIR, PROGRAM, RUN, listed, reserved

LATER = NOW + timedelta(days=3)
ANA_LISTED = listed(ANA, Part.MENTOR, seats=1)
ANA_WITH_TWO = listed(ANA, Part.MENTOR, seats=2)
BEN_LISTED = listed(BEN, Part.MENTEE)
ANA_TAKEN = reserved(ANA, PAIR)
BEN_TAKEN = reserved(BEN, PAIR)
BEN_RELEASED = SeatReleased(enrollment_id=BEN, pairing_id=PAIR, at=LATER)
ASK_OTHER = ReserveSeat(enrollment_id=ANA, pairing_id=OTHER_PAIR)


def test_an_enrolled_participant_is_listed_once() -> None:
    command = ListParticipant(
        enrollment_id=ANA,
        program_id=PROGRAM,
        cohort_id=COHORT,
        person_id=ANA_LISTED.person_id,
        part=Part.MENTOR,
        seats=1,
    )
    given(ROSTER).when(command).then(ANA_LISTED)
    given(ROSTER, ANA_LISTED).when(command).then()


def test_a_free_seat_is_reserved_once() -> None:
    ask = ReserveSeat(enrollment_id=ANA, pairing_id=PAIR)
    given(ROSTER, ANA_LISTED).when(ask).then(ANA_TAKEN)
    given(ROSTER, ANA_LISTED, ANA_TAKEN).when(ask).then()


def test_a_full_mentor_refuses_the_next_one() -> None:
    given(ROSTER, ANA_LISTED, ANA_TAKEN).when(ASK_OTHER).then_refused(MentorAtCapacity)


def test_a_mentee_has_one_place() -> None:
    ask = ReserveSeat(enrollment_id=BEN, pairing_id=OTHER_PAIR)
    given(ROSTER, BEN_LISTED, BEN_TAKEN).when(ask).then_refused(MenteeAlreadyPaired)


def test_who_is_not_in_the_pool_gets_no_seat() -> None:
    given(ROSTER).when(ASK_OTHER).then_refused(NotListed)


def test_a_returned_seat_can_be_given_again() -> None:
    back = ReturnSeat(enrollment_id=ANA, pairing_id=PAIR)
    again = given(ROSTER, ANA_LISTED, ANA_TAKEN).and_when(back)
    again.when(ASK_OTHER).then(reserved(ANA, OTHER_PAIR))
    again.when(back).then()


def test_who_was_let_down_keeps_the_time_already_waited() -> None:
    back = ReturnSeat(enrollment_id=BEN, pairing_id=PAIR, seek=True, priority=True)
    sought = RematchRequested(enrollment_id=BEN, pairing_id=PAIR, priority=True, at=LATER)
    story = given(ROSTER, BEN_LISTED, BEN_TAKEN)
    story.when(back, at=LATER).then(BEN_RELEASED, sought)
    wait = Waitlist(enrollment_id=BEN, run_id=RUN, reason="all_seats_taken")
    story.and_when(back, at=LATER).when(wait, at=LATER).then(
        ParticipantWaitlisted(
            enrollment_id=BEN, run_id=RUN, reason="all_seats_taken", since=NOW, at=LATER
        )
    )


def test_who_left_a_trial_waits_anew() -> None:
    back = ReturnSeat(enrollment_id=BEN, pairing_id=PAIR, seek=True)
    wait = Waitlist(enrollment_id=BEN, run_id=RUN, reason="all_seats_taken")
    given(ROSTER, BEN_LISTED, BEN_TAKEN).and_when(back, at=LATER).when(wait, at=LATER).then(
        ParticipantWaitlisted(
            enrollment_id=BEN, run_id=RUN, reason="all_seats_taken", since=LATER, at=LATER
        )
    )


def test_a_run_puts_somebody_on_the_waiting_list_once() -> None:
    wait = Waitlist(enrollment_id=BEN, run_id=RUN, reason="all_seats_taken")
    given(ROSTER, BEN_LISTED).and_when(wait).when(wait).then()
    other = Waitlist(
        enrollment_id=BEN, run_id=RunId(derived_id("later run")), reason="no_allowed_mentor"
    )
    given(ROSTER, BEN_LISTED).and_when(wait).when(other, at=LATER).then(
        ParticipantWaitlisted(
            enrollment_id=BEN,
            run_id=other.run_id,
            reason="no_allowed_mentor",
            since=NOW,
            at=LATER,
        )
    )


def test_who_has_a_mentor_is_not_put_on_the_waiting_list() -> None:
    wait = Waitlist(enrollment_id=BEN, run_id=RUN, reason="all_seats_taken")
    given(ROSTER, BEN_LISTED, BEN_TAKEN).when(wait).then_refused(MenteeAlreadyPaired)


def test_fewer_seats_than_people_sink_as_people_go() -> None:
    full = given(ROSTER, ANA_WITH_TWO, ANA_TAKEN, reserved(ANA, OTHER_PAIR))
    fewer = ChangeSeats(enrollment_id=ANA, seats=1)
    still_two = SeatsChanged(enrollment_id=ANA, seats=2, declared=1, at=NOW)
    full.when(fewer).then(still_two)
    full.and_when(fewer).when(fewer).then()
    full.and_when(fewer).when(ReturnSeat(enrollment_id=ANA, pairing_id=PAIR)).then(
        SeatReleased(enrollment_id=ANA, pairing_id=PAIR, at=NOW),
        SeatsChanged(enrollment_id=ANA, seats=1, declared=1, at=NOW),
    )


def test_seats_of_who_left_the_pool_are_left_as_they_are() -> None:
    """A refusal would take with it whatever else the declaration means."""
    left = ParticipantDelisted(enrollment_id=ANA, reason="withdrew", at=NOW)
    given(ROSTER, ANA_LISTED, left).when(ChangeSeats(enrollment_id=ANA, seats=3)).then()


def test_nobody_leaves_the_pool_with_a_pairing_still_open() -> None:
    leave = Delist(enrollment_id=ANA, reason="withdrew")
    given(ROSTER, ANA_LISTED, ANA_TAKEN).when(leave).then_refused(PairingsLeftOpen)
    given(ROSTER, ANA_LISTED).when(leave).then(
        ParticipantDelisted(enrollment_id=ANA, reason="withdrew", at=NOW)
    )
    given(ROSTER, ANA_LISTED).and_when(leave).when(leave).then()


def test_a_person_can_ask_for_a_new_partner_after_a_good_end() -> None:
    ask = SeekPartner(enrollment_id=BEN)
    sought = RematchRequested(enrollment_id=BEN, pairing_id=PAIR, priority=False, at=NOW)
    given(ROSTER, BEN_LISTED, BEN_TAKEN, BEN_RELEASED).when(ask).then(sought)
    given(ROSTER, BEN_LISTED, BEN_TAKEN, BEN_RELEASED, sought).when(ask).then()
    given(ROSTER, BEN_LISTED, BEN_TAKEN).when(ask).then_refused(MenteeAlreadyPaired)
    given(ROSTER).when(ask).then_refused(NotListed)


def test_who_never_had_a_partner_is_looked_for_anyway() -> None:
    given(ROSTER, BEN_LISTED).when(SeekPartner(enrollment_id=BEN)).then()


PAIRINGS = [PairingId(derived_id("pairing", number)) for number in range(5)]
COMMANDS: st.SearchStrategy[RosterCommand] = st.one_of(
    st.builds(ReserveSeat, enrollment_id=st.just(ANA), pairing_id=st.sampled_from(PAIRINGS)),
    st.builds(
        ReturnSeat,
        enrollment_id=st.just(ANA),
        pairing_id=st.sampled_from(PAIRINGS),
        seek=st.booleans(),
        priority=st.booleans(),
    ),
    st.builds(ChangeSeats, enrollment_id=st.just(ANA), seats=st.integers(0, 4)),
    st.builds(Delist, enrollment_id=st.just(ANA), reason=st.just("withdrew")),
    st.builds(
        ListParticipant,
        enrollment_id=st.just(ANA),
        program_id=st.just(PROGRAM),
        cohort_id=st.just(COHORT),
        person_id=st.just(ANA_LISTED.person_id),
        part=st.just(Part.MENTOR),
        seats=st.integers(0, 3),
    ),
)


def answered(roster: Roster, command: RosterCommand) -> tuple[object, ...]:
    try:
        return tuple(decide(roster, command, NOW))
    except (Refused, Conflict):
        return ()


@for_all(st.lists(COMMANDS, max_size=40))
def test_no_order_of_commands_takes_more_seats_than_there_are(
    commands: list[RosterCommand],
) -> None:
    roster, seats, taken = Roster(), 0, set[PairingId]()
    for command in commands:
        for event in answered(roster, command):
            match event:
                case ParticipantListed() | SeatsChanged():
                    seats = event.seats
                case SeatReserved():
                    assert event.pairing_id not in taken
                    taken.add(event.pairing_id)
                case SeatReleased():
                    taken.remove(event.pairing_id)
                case _:
                    pass
            roster = evolve(roster, event)  # type: ignore[arg-type]  # what decide gave
            assert len(taken) <= seats, "a prefix of the log is beyond the seats"
        assert answered(roster, command) == (), "the same command again recorded something"


@pytest.mark.parametrize("command", [ASK_OTHER, SeekPartner(enrollment_id=ANA)])
def test_who_left_the_pool_is_given_nothing(command: RosterCommand) -> None:
    left = ParticipantDelisted(enrollment_id=ANA, reason="withdrew", at=NOW)
    given(ROSTER, ANA_LISTED, left).when(command).then_refused(NotListed)
