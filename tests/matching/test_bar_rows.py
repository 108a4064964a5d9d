"""The rows of bars are what the log says, however its events arrive."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.bar import BARS, BarCommand, DeclareBar, WithdrawBar
from services.matching.domain.bar_target import Target, in_order
from services.matching.domain.barred_pair import (
    BARRED_PAIR,
    BarPair,
    BarredPairCommand,
    UnbarPair,
)
from services.matching.projections import OWN
from shared.command_handler import CommandHandler, Step
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.eventstore.memory import MemoryEventStore
from shared.ids import PersonId, derived_id
from shared.projection_testing import rows_however_delivered
from shared.sealed import Sealed
from shared.testing import NOW
from tests.fresh_databases import FreshDatabase
from tests.matching.cast import PIA_MANAGES, PROGRAM, person
from tests.matching.town import CAUSE

WHY = Sealed(subject="s", purpose="matching", nonce="n", ciphertext="c", commitment="k")
PEOPLE = st.sampled_from([person(name) for name in ("ana", "ben", "cem")])
TWO = st.tuples(PEOPLE, PEOPLE).filter(lambda two: two[0] != two[1])
TARGETS = st.builds(Target, against=PEOPLE) | st.builds(
    Target, function=st.sampled_from(["law", "finance"])
)


def wish(who: PersonId, target: Target) -> DeclareBar:
    bar_id = derived_id("bar", who, target)
    return DeclareBar(person_id=who, bar_id=bar_id, target=target, sealed=WHY)


def pair_id(two: tuple[PersonId, PersonId]) -> UUID:
    return derived_id("pair", *in_order(two))


BAR_WISHES: st.SearchStrategy[DeclareBar] = st.builds(wish, PEOPLE, TARGETS)
WISHES: st.SearchStrategy[BarCommand | BarredPairCommand] = st.one_of(
    BAR_WISHES,
    BAR_WISHES.map(lambda made: WithdrawBar(person_id=made.person_id, bar_id=made.bar_id)),
    TWO.map(
        lambda two: BarPair(
            bar_id=pair_id(two),
            program_id=PROGRAM,
            people=two,
            sealed=WHY,
            by=PIA_MANAGES,
            reason=WHY,
        )
    ),
    TWO.map(
        lambda two: UnbarPair(bar_id=pair_id(two), program_id=PROGRAM, by=PIA_MANAGES, reason=WHY)
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
