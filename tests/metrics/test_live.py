import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import httpx
import pytest

from services.metrics.queries import positions
from services.metrics.queries.live import news
from services.metrics.queries.positions import Positions
from shared import clock
from shared.auth import Role
from shared.database import Database
from shared.ids import new_id
from tests.metrics.conftest import appends_of, tell
from tests.metrics.serving import listening, served
from tests.metrics.spring import FINANCE, MENTORS, SALES, spring
from tests.metrics.telling import CAUSE, PROGRAM, person
from tests.patience import PATIENCE_SECONDS
from tests.world import World

pytestmark = pytest.mark.integration

EVENTS = f"/v1/programs/{PROGRAM}/events"
Happening: TypeAlias = Mapping[str, Any]


@pytest.fixture
async def address(orchard: World) -> AsyncIterator[str]:
    async with listening() as listener, served(orchard.apps["metrics"], listener) as where:
        yield where


def token(world: World, subject: object, *roles: Role) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {world.issuer.mint('orchard', str(subject), roles)}"}


def calling(address: str, headers: Mapping[str, str] | None = None) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, headers=headers, timeout=PATIENCE_SECONDS)


@asynccontextmanager
async def followed(
    address: str, headers: Mapping[str, str] | None = None, **query: str
) -> AsyncIterator[AsyncIterator[Happening]]:
    async with (
        calling(address) as client,
        client.stream("GET", EVENTS, params=query, headers=headers) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield _happenings(answer)


async def _happenings(answer: httpx.Response) -> AsyncIterator[Happening]:
    found: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if not line and "event" in found:
            yield found
            found = {}
        name, colon, value = line.partition(": ")
        if colon and name:
            found[name] = json.loads(value) if name == "data" else value


async def taken(happenings: AsyncIterator[Happening], count: int) -> list[Happening]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await anext(happenings) for _ in range(count)]


async def test_a_stream_goes_on_where_it_broke_off(orchard: World, address: str) -> None:
    headers = token(orchard, person("mara"), Role.PROGRAM_MANAGER)
    story = spring()
    before = len(story.told)
    async with followed(address, headers) as stream:
        (ready,) = await taken(stream, 1)
        assert ready["event"] == "ready"
        story.meets(MENTORS[0], SALES[0], 2)
        await tell(orchard, story, after=before)
        first = await taken(stream, 2)
    assert [each["data"]["type"] for each in first] == ["SessionScheduled", "SessionHeld"]
    seen = {each["data"]["event_id"] for each in first}

    missed = len(story.told)
    story.meets(MENTORS[1], SALES[1], 2).plans(MENTORS[2], SALES[2], milestones=1, reached=0)
    await tell(orchard, story, after=missed)  # nobody is listening now
    async with followed(address, {**headers, "Last-Event-ID": first[-1]["id"]}) as stream:
        later = await taken(stream, 3)
    assert sorted(each["data"]["type"] for each in later) == [
        "MilestoneSet",
        "SessionHeld",
        "SessionScheduled",
    ]
    assert not seen & {each["data"]["event_id"] for each in later}


async def test_what_happens_once_a_stream_has_answered_is_told(
    orchard: World, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = positions.reached

    async def in_a_while(db: Database) -> Positions:
        monkeypatch.undo()  # for the first look only
        await asyncio.sleep(2)
        return await at_once(db)

    monkeypatch.setattr(positions, "reached", in_a_while)
    story = spring()
    before = len(story.told)
    async with followed(address, token(orchard, person("mara"), Role.PROGRAM_MANAGER)) as stream:
        await tell(orchard, story.meets(MENTORS[0], SALES[0], 2), after=before)
        told = await taken(stream, 3)
    assert [each["event"] for each in told] == ["ready", "happened", "happened"]


async def test_what_happens_to_a_place_is_told_though_no_application_was_heard_of_yet(
    orchard: World,
) -> None:
    story = spring()
    before = len(story.told)
    story.enrolls(["zoe"]).waits("zoe")
    ports = orchard.apps["metrics"].state.ports
    async with ports.reading("orchard") as db:
        reached = await positions.reached(db)
        async with orchard.apps["matching"].state.ports.store.transaction(CAUSE) as transaction:
            await transaction.append(appends_of(story.told[before:])["matching"])
        await orchard.settle()
        found = await news(db, program_id=PROGRAM, since=reached, now=clock.now())
    assert [event.type for event in found.events] == ["ParticipantListed", "ParticipantWaitlisted"]


async def test_an_unknown_position_is_told_to_read_afresh(orchard: World, address: str) -> None:
    headers = token(orchard, person("mara"), Role.PROGRAM_MANAGER)
    for position in ("nonsense", "eNqrrgUAAXUA-Q", "x" * 5000):
        resumed = {**headers, "Last-Event-ID": position}
        async with followed(address, resumed) as stream:
            (only,) = await taken(stream, 1)
            assert only["event"] == "resync"
            assert only["id"]


async def test_a_ticket_opens_one_stream_of_one_program_once(orchard: World, address: str) -> None:
    headers = token(orchard, person("mara"), Role.PROGRAM_MANAGER)
    async with calling(address, headers) as client:
        body = {"program_id": str(PROGRAM)}
        ticket = (await client.post("/v1/stream-tickets", json=body)).json()["ticket"]
        other = await client.post("/v1/stream-tickets", json={"program_id": str(new_id())})
        assert other.status_code == 404
    async with calling(address) as nobody:
        elsewhere = await nobody.get(f"/v1/programs/{new_id()}/events", params={"ticket": ticket})
        assert elsewhere.status_code == 401
        async with followed(address, ticket=ticket) as stream:
            assert (await taken(stream, 1))[0]["event"] == "ready"
        for spent in (ticket, ticket[:-4] + "AAAA", ""):
            again = await nobody.get(EVENTS, params={"ticket": spent})
            assert again.status_code == 401


async def test_a_sponsor_is_told_only_that_figures_changed(orchard: World, address: str) -> None:
    story = spring()
    before = len(story.told)
    async with followed(address, token(orchard, person("sven"), Role.SPONSOR)) as stream:
        await taken(stream, 1)
        await tell(orchard, story.meets(MENTORS[0], SALES[0], 2), after=before)
        (change,) = await taken(stream, 1)
    assert change["event"] == "figures_changed"
    assert change["data"] == {}


async def test_a_stranger_opens_no_stream(orchard: World, address: str) -> None:
    async with calling(address) as client:
        headers = token(orchard, person(FINANCE[29]), Role.MENTEE)
        assert (await client.get(EVENTS, headers=headers)).status_code == 404
        assert (await client.get(EVENTS)).status_code == 401
