"""The rows of bars are what the log says, however its events arrive."""

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.bar import BARS, BarCommand, DeclareBar, WithdrawBar, bar_id_of
from services.matching.domain.barred_pair import (
    BARRED_PAIR,
    BarPair,
    BarredPairCommand,
    UnbarPair,
    barred_pair_id,
)
from services.matching.projections import OWN
from shared.command_handler import CommandHandler, Step
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.eventstore.memory import MemoryEventStore
from shared.projection_testing import rows_however_delivered
from shared.sealed import Sealed
from shared.testing import NOW
from tests.fresh_databases import FreshDatabase
from tests.matching.cast import PIA_MANAGES, PROGRAM, person
from tests.matching.town import CAUSE

WHY = Sealed(subject="s", purpose="matching", nonce="n", ciphertext="c", commitment="k")
PEOPLE = st.sampled_from([person(name) for name in ("ana", "ben", "cem")])
TWO = st.tuples(PEOPLE, PEOPLE).filter(lambda two: two[0] != two[1])
BARRED = st.builds(DeclareBar, person_id=PEOPLE, against=PEOPLE)
TEAMS = st.builds(DeclareBar, person_id=PEOPLE, function=st.sampled_from(["law", "finance"]))
BAR_WISHES: st.SearchStrategy[DeclareBar] = BARRED | TEAMS
WISHES: st.SearchStrategy[BarCommand | BarredPairCommand] = st.one_of(
    BAR_WISHES,
    BAR_WISHES.map(lambda made: WithdrawBar(person_id=made.person_id, bar_id=bar_id_of(made))),
    TWO.map(lambda two: BarPair(program_id=PROGRAM, people=two, by=PIA_MANAGES, reason=WHY)),
    TWO.map(
        lambda two: UnbarPair(
            bar_id=barred_pair_id(PROGRAM, two), program_id=PROGRAM, by=PIA_MANAGES, reason=WHY
        )
    ),
)


async def told(wishes: Sequence[BarCommand | BarredPairCommand]) -> list[Recorded]:
    store = MemoryEventStore("matching", now=lambda: NOW)
    handler = CommandHandler(store, lambda: NOW)
    for wish in wishes:
        decider: Any = BARRED_PAIR if isinstance(wish, BarPair | UnbarPair) else BARS
        try:
            await handler.execute(CAUSE, (Step(decider=decider, command=wish),))
        except MentorshipError:
            continue
    return [event for stream in store.streams.values() for event in stream]


@pytest.mark.integration
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@for_all(wishes=st.lists(WISHES, max_size=20))
def test_the_rows_are_the_same_however_the_events_come(
    wishes: Sequence[BarCommand | BarredPairCommand], database: FreshDatabase
) -> None:
    async def compared() -> None:
        events = await told(wishes)
        connection = await asyncpg.connect(database.dsn("owner"))
        try:
            rows = await rows_however_delivered(
                connection, OWN.tables.read_text(), OWN.functions, events
            )
        finally:
            await connection.close()
        streams: dict[str, list[Any]] = {}
        for recorded in events:
            streams.setdefault(recorded.stream, []).append(recorded.event)
        standing = {
            bar.bar_id
            for name, facts in streams.items()
            if name.startswith("bar-")
            for bar in BARS.fold(facts).standing
        }
        assert {row["bar_id"] for row in rows.get("bars", ())} == standing
        listed = sum(name.startswith("barred_pair-") for name in streams)
        assert len(rows.get("barred_pairs", ())) <= listed

    asyncio.run(compared())
