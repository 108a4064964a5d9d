"""Pairs barred for one run: honoured, shown to managers, and named in no event."""

import json
from typing import Any

import pytest

from services.matching.verifier import verify
from shared import clock
from shared.auth import Role
from shared.codec import CODEC
from shared.events.enrollment import PersonErased
from shared.events.matching import MatchingRunRequested, NamedPair
from shared.ids import RunId, new_id
from tests.golden.__main__ import FOLDER
from tests.matching.cast import COHORT, PROGRAM, enrollment, person
from tests.matching.overheard import on_the_bus, tells
from tests.matching.test_drafts_over_http import RUNS, drafted, named, pairs_of
from tests.matching.town import PIA, THEN, Town

pytestmark = pytest.mark.integration

TYPE = "MatchingRunRequested"
BARS = [named("ana", "ben"), named("ana", "cem"), named("eva", "ben")]
_STORED = "SELECT record FROM log.events WHERE type = $1"
_ROWS = "SELECT request::text FROM read.runs"
_ANSWERS = "SELECT body FROM log.idempotency"


async def a_town(town: Town) -> None:
    await town.set_policy()
    await town.join({"ana": 2, "eva": 2}, ["ben", "cem"])


async def barred_in(town: Town, run_id: str) -> tuple[list[dict[str, str]], int]:
    """The pairs that Pia is shown, and how many there are."""
    shown = (await town.get(f"{RUNS}/{run_id}")).json()
    (listed,) = [
        run
        for run in (await town.get(RUNS, program_id=str(PROGRAM))).json()["items"]
        if run["run_id"] == run_id
    ]
    assert (listed["bar"], listed["barred"]) == (shown["bar"], shown["barred"])
    return sorted(shown["bar"], key=lambda pair: (pair["mentor"], pair["mentee"])), shown["barred"]


def in_order(*pairs: dict[str, str]) -> list[dict[str, str]]:
    return sorted(pairs, key=lambda pair: (pair["mentor"], pair["mentee"]))


async def test_how_many_pairs_are_barred_is_told_and_not_who(town: Town) -> None:
    await a_town(town)
    await drafted(town, bar=BARS)
    database = town.world.connections["matching"]
    stored = [row["record"] for row in await database.fetch(_STORED, TYPE)]
    heard = await on_the_bus(town, {TYPE})
    rows = [row["request"].encode() for row in await database.fetch(_ROWS)]
    answers = [row["body"] for row in await database.fetch(_ANSWERS)]
    assert len(stored) == len(heard) == len(rows) == 1
    for told in (*stored, *heard, *rows, *answers):
        for name in ("ana", "eva", "ben", "cem"):
            assert not tells(told, person(name))
            assert not tells(told, enrollment(name))
    assert tells(stored[0], PIA), "ids are looked for as they are"
    unnamed = json.loads(stored[0])["data"]["barred_unnamed"]
    names = {name for pair in unnamed for name in pair.values()}
    assert (len(unnamed), len(names)) == (3, 6), "nor whether two of them are of one person"


async def test_the_run_itself_knows_them_and_so_do_its_managers(town: Town) -> None:
    await a_town(town)
    run_id = await drafted(town, bar=BARS)
    assert await pairs_of(town, run_id) == {str(enrollment("cem")): str(enrollment("eva"))}
    assert await barred_in(town, run_id) == (in_order(*BARS), 3)
    async with town.pia() as pia:
        assert (await pia.post(f"{RUNS}/{run_id}/publication")).status_code == 207
    await town.world.settle()
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        seen = (await auditor.get(f"{RUNS}/{run_id}")).json()
        (listed,) = (await auditor.get(RUNS, params={"program_id": str(PROGRAM)})).json()["items"]
    for told in (seen, listed):
        assert (told["bar"], told["barred"]) == ([], 3)


async def test_after_an_erasure_a_bar_cannot_be_read_and_all_else_goes_on(town: Town) -> None:
    await a_town(town)
    run_id = await drafted(town, bar=BARS)
    for erased, left in (("cem", [BARS[0], BARS[2]]), ("eva", [BARS[0]])):
        fact = PersonErased(person_id=person(erased), at=THEN)
        await town.tell("enrollment", [(f"person-{person(erased)}", fact)])
        await town.world.settle()
        assert await barred_in(town, run_id) == (in_order(*left), 3)
    record = await town.get(f"{RUNS}/{run_id}/record")
    assert verify(record.content).holds
    again = await drafted(town, basis=run_id)
    assert await barred_in(town, again) == ([BARS[0]], 1)
    assert await pairs_of(town, again) == {}


async def test_bars_that_an_event_once_told_still_hold(town: Town) -> None:
    golden: Any = CODEC.decode((FOLDER / f"{TYPE}.v2.json").read_bytes(), slot=0).event
    assert len(golden.barred) == 1
    assert golden.barred_unnamed == ()
    await a_town(town)
    run_id = RunId(new_id())
    pair = NamedPair(mentor=enrollment("ana"), mentee=enrollment("ben"))
    asked: Any = MatchingRunRequested(
        run_id=run_id,
        program_id=PROGRAM,
        cohort_id=COHORT,
        policy_version=1,
        requested_by=PIA,
        at=clock.now(),
        barred=(pair,),
    )
    await town.tell("matching", [(f"run-{run_id}", asked)])
    await town.world.settle()
    ben = str(enrollment("ben"))
    assert (await pairs_of(town, str(run_id)))[ben] == str(enrollment("eva"))
    assert await barred_in(town, str(run_id)) == ([named("ana", "ben")], 1)
    after = await drafted(town, basis=str(run_id), bar=[named("eva", "ben")])
    assert ben not in await pairs_of(town, after)
    assert await barred_in(town, after) == (in_order(named("ana", "ben"), named("eva", "ben")), 2)
