import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.load import LOAD
from services.matching.domain.pairing import PAIRING, Closed, NotProposed
from services.matching.domain.waiting import line
from services.matching.projections import OWN
from shared.command_handler import CommandHandler
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.events.matching import (
    LoadReleased,
    LoadReserved,
    ParticipantListed,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
)
from shared.eventstore.memory import MemoryEventStore
from shared.ids import PairingId
from shared.projection_testing import rows_however_delivered
from tests.fresh_databases import FreshDatabase
from tests.matching.cast import enrollment, person
from tests.matching.market import MENTEES, MENTORS, WISHES, Dial, Steps, listing
from tests.matching.town import CAUSE

Story = Sequence[tuple[Sequence[Steps], int]]
STORIES: st.SearchStrategy[Story] = st.lists(
    st.tuples(st.lists(WISHES, min_size=1, max_size=6), st.integers(0, 10)), max_size=12
)


async def told(story: Story) -> list[Recorded]:
    """The log of a market in which the wishes of each moment come at once."""
    dial = Dial()
    store = MemoryEventStore("matching", now=dial.now)
    handler = CommandHandler(store, dial.now)
    for name in (*MENTORS, *MENTEES):
        await handler.execute(CAUSE, listing(name))
    for wishes, days in story:
        await asyncio.gather(*(_asked(handler, steps) for steps in wishes))
        dial.days += days
    return [event for stream in store.streams.values() for event in stream]


async def _asked(handler: CommandHandler, steps: Steps) -> None:
    try:
        await handler.execute(CAUSE, steps)
    except MentorshipError:
        return


def _line_of(rows: Iterable[Mapping[str, Any]]) -> tuple[UUID, ...]:
    """The waiting list as the read table has it."""
    waiting = [row for row in rows if row["part"] == "mentee" and row["waiting_reason"]]
    waiting.sort(
        key=lambda row: (
            not row["priority"],
            row["waiting_since"].astimezone(UTC).date(),
            row["enrollment_id"],
        )
    )
    return tuple(row["enrollment_id"] for row in waiting if row["listed"])


def by_stream(events: Iterable[Recorded]) -> Mapping[str, list[Recorded]]:
    streams: dict[str, list[Recorded]] = {}
    for event in events:
        streams.setdefault(event.stream, []).append(event)
    return streams


def taken_at_the_end(events: Sequence[Recorded]) -> set[PairingId]:
    seats, taken = 0, set[PairingId]()
    for recorded in events:
        match recorded.event:
            case ParticipantListed() | SeatsChanged() as fact:
                seats = fact.seats
            case SeatReserved(pairing_id=pairing):
                taken.add(pairing)
            case SeatReleased(pairing_id=pairing):
                taken.remove(pairing)
            case _:
                pass
        assert len(taken) <= seats, "a prefix of the log is beyond the seats"
    return taken


@settings(max_examples=60, deadline=None)
@for_all(STORIES)
def test_whatever_is_asked_at_once_seats_and_pairings_tell_the_same(story: Story) -> None:
    streams = by_stream(asyncio.run(told(story)))
    held = [
        pairing
        for name, events in streams.items()
        if name.startswith("roster-")
        for pairing in taken_at_the_end(events)
    ]
    pairings = {
        state.terms.pairing_id
        for name, events in streams.items()
        if name.startswith("pairing-")
        and not isinstance(
            state := PAIRING.fold([recorded.event for recorded in events]), NotProposed | Closed
        )
    }
    assert sorted(held) == sorted([*pairings, *pairings]), "a seat on each side, and no other"
    carried = [
        pairing
        for name, events in streams.items()
        if name.startswith("load-")
        for pairing in LOAD.fold([recorded.event for recorded in events]).taken
    ]
    assert sorted(carried) == sorted(held), "the load of all is the sum of what is taken"


@settings(max_examples=40, deadline=None)
@for_all(STORIES)
def test_a_seat_is_on_the_roster_and_in_the_load_of_its_person_at_every_moment(
    story: Story,
) -> None:
    events = asyncio.run(told(story))
    people = {enrollment(name): person(name) for name in (*MENTORS, *MENTEES)}
    for name, who in people.items():
        roster = [recorded.event for recorded in by_stream(events).get(f"roster-{name}", [])]
        load = [recorded.event for recorded in by_stream(events).get(f"load-{who}", [])]
        seats = [(type(fact).__name__[4:], fact.pairing_id) for fact in roster if _seat(fact)]
        loads = [(type(fact).__name__[4:], fact.pairing_id) for fact in load if _load(fact)]
        assert seats == loads, "one is taken or given back without the other"


def _seat(fact: object) -> bool:
    return isinstance(fact, SeatReserved | SeatReleased)


def _load(fact: object) -> bool:
    return isinstance(fact, LoadReserved | LoadReleased)


@pytest.mark.integration
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@for_all(story=STORIES)
def test_the_rows_are_the_same_however_the_events_come(
    story: Story, database: FreshDatabase
) -> None:
    async def compared() -> None:
        events = await told(story)
        connection = await asyncpg.connect(database.dsn("owner"))
        try:
            sql = OWN.tables.read_text()
            rows = await rows_however_delivered(connection, sql, OWN.functions, events)
        finally:
            await connection.close()
        streams = by_stream(events)
        for row in rows["rosters"]:
            assert row["taken"] == len(taken_at_the_end(streams[f"roster-{row['enrollment_id']}"]))
        for row in rows["loads"]:
            facts = [recorded.event for recorded in streams[f"load-{row['person_id']}"]]
            load = LOAD.fold(facts)
            assert (row["seats_taken"], row["hours_taken"], row["overloaded"]) == (
                load.seats_taken,
                load.hours_taken,
                load.overloaded,
            )
        in_time = sorted(events, key=lambda recorded: recorded.recorded_at)
        facts = [recorded.event for recorded in in_time if recorded.stream.startswith("roster-")]
        assert line(facts) == _line_of(rows["rosters"]), "the list is told again from events"

    asyncio.run(compared())
