import asyncio
from collections.abc import Iterable, Mapping, Sequence

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.pairing import PAIRING, Closed, NotProposed
from services.matching.projections import OWN
from shared.command_handler import CommandHandler
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.events.matching import (
    ParticipantListed,
    SeatReleased,
    SeatReserved,
    SeatsChanged,
)
from shared.eventstore.memory import MemoryEventStore
from shared.ids import PairingId
from shared.projection_testing import rows_however_delivered
from tests.fresh_databases import FreshDatabase
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

    asyncio.run(compared())
