"""Whatever is asked, answered, taken back and timed out at once, in any order."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest
from hypothesis import HealthCheck, example, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.pairing import PAIRING, Closed, NotProposed
from services.matching.domain.request import REQUEST, Accepted, Open
from services.matching.domain.request_desk import DESK, Desk
from services.matching.projections import OWN
from shared.events.matching import ParticipantsPaired
from shared.ids import RequestId
from shared.projection_testing import rows_however_delivered
from tests.fresh_databases import FreshDatabase
from tests.matching.cast import enrollment
from tests.matching.market import MENTEES, MENTORS
from tests.matching.request_market import (
    NUMBERS,
    OPEN_MAX,
    PENDING_MAX,
    WISHES,
    Ask,
    Decline,
    RequestMarket,
    TimeOut,
    Wish,
    Withdraw,
    request_id,
)
from tests.matching.test_capacity import taken_at_the_end

Story = Sequence[tuple[Sequence[Wish], int]]
STORIES: st.SearchStrategy[Story] = st.lists(
    st.tuples(st.lists(WISHES, min_size=1, max_size=8), st.integers(0, 4)), max_size=12
)
PEOPLE = (*MENTORS, *MENTEES)


async def played(story: Story) -> RequestMarket:
    market = RequestMarket()
    await market.open()
    for wishes, days in story:
        await market.at_once(wishes)
        market.dial.days += days
    return market


def desks_kept(market: RequestMarket, name: str) -> Desk:
    """The desk at the end; a prefix of its log with too much on it fails."""
    desk = DESK.initial
    for recorded in market.events(f"{DESK.category}-{enrollment(name)}"):
        desk = DESK.evolve(desk, recorded.event)
        assert len(desk.sent) <= PENDING_MAX
        assert len(desk.received) <= OPEN_MAX
    return desk


WITHDRAWN_AS_ITS_TIME_IS_OVER: Story = [
    ([Ask(number=0, asker="ben", choices=("ana", "eva"))], 0),
    ([Decline(number=0)], 0),
    ([Withdraw(number=0), TimeOut(number=0)], 0),
]


@settings(max_examples=150, deadline=None)
@for_all(STORIES)
@example(WITHDRAWN_AS_ITS_TIME_IS_OVER)
def test_seats_and_limits_hold_and_desks_tell_what_is_open(story: Story) -> None:
    market = asyncio.run(played(story))
    sent: set[tuple[str, RequestId]] = set()
    received: set[tuple[str, RequestId]] = set()
    for name in PEOPLE:
        taken_at_the_end(market.events(f"roster-{enrollment(name)}"))
        desk = desks_kept(market, name)
        sent |= {(name, request) for request in desk.sent}
        received |= {(name, request) for request in desk.received}
    names = {enrollment(name): name for name in PEOPLE}
    open_now = [
        request
        for number in NUMBERS
        if isinstance(request := market.state(REQUEST, request_id(number)), Open)
    ]
    assert sent == {(names[each.terms.asker], each.terms.request_id) for each in open_now}
    assert received == {
        (names[each.turn.asked], each.terms.request_id)
        for each in open_now
        if each.turn is not None
    }


@settings(max_examples=150, deadline=None)
@for_all(STORIES)
def test_each_yes_made_one_pairing_and_nothing_else_did(story: Story) -> None:
    market = asyncio.run(played(story))
    answered = [
        request.answer.pairing_id
        for number in NUMBERS
        if isinstance(request := market.state(REQUEST, request_id(number)), Accepted)
    ]
    paired = [
        recorded.event.pairing_id
        for events in market.store.streams.values()
        for recorded in events
        if isinstance(recorded.event, ParticipantsPaired)
    ]
    assert sorted(answered) == sorted(paired)


@settings(max_examples=80, deadline=None)
@for_all(STORIES)
def test_a_mentee_is_never_paired_twice_at_a_time(story: Story) -> None:
    market = asyncio.run(played(story))
    for name in MENTEES:
        held = taken_at_the_end(market.events(f"roster-{enrollment(name)}"))
        assert len(held) <= 1
        for pairing in held:
            assert not isinstance(market.state(PAIRING, pairing), NotProposed | Closed)


@pytest.mark.integration
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@for_all(story=STORIES)
def test_rows_of_requests_are_the_same_however_the_events_come(
    story: Story, database: FreshDatabase
) -> None:
    async def compared() -> None:
        market = await played(story)
        events = [event for stream in market.store.streams.values() for event in stream]
        connection = await asyncpg.connect(database.dsn("owner"))
        try:
            sql = OWN.tables.read_text()
            rows = await rows_however_delivered(connection, sql, OWN.functions, events)
        finally:
            await connection.close()
        for row in rows["requests"]:
            request = market.state(REQUEST, row["request_id"])
            assert (row["state"] == "open") == isinstance(request, Open)
            asked = request.turn.asked if isinstance(request, Open) and request.turn else None
            assert row["state"] != "open" or row["asked"] == asked

    asyncio.run(compared())
