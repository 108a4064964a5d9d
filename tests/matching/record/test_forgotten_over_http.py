"""Who is erased is in no answer about a run any more, in whichever process it is given."""

import asyncio
import gzip
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.matching.queries import records
from services.matching.queries.loaded_runs import LoadedRuns
from services.matching.reactions.forgetting import forget_in_new_record
from services.matching.verifier import verify
from shared.auth import Role
from shared.codec import CODEC
from shared.events.enrollment import PersonErased
from shared.ids import TenantId, new_id
from tests.matching.cast import enrollment, person
from tests.matching.record.test_reasons_over_http import a_run, publish, sides
from tests.matching.test_bars_sealed import declare
from tests.matching.town import THEN, Town
from tests.world import TENANT

pytestmark = pytest.mark.integration

_RECORD = "SELECT subject, digest, document FROM log.records"
_PUT = "UPDATE log.records SET document = $1"
_COMPLETED = "SELECT record FROM log.events WHERE type = 'MatchingRunCompleted'"


async def erase(town: Town, *names: str) -> None:
    gone = THEN + timedelta(days=1)
    facts = [
        (f"person-{person(name)}", PersonErased(person_id=person(name), at=gone)) for name in names
    ]
    await town.tell("enrollment", facts)
    await town.world.settle()


async def kept(town: Town) -> dict[str, Any]:
    row = await town.world.connections["matching"].fetchrow(_RECORD)
    found: dict[str, Any] = json.loads(gzip.decompress(row["document"]))
    return found


def erased_in(record: dict[str, Any]) -> set[str]:
    people = (*record["input"]["mentees"], *record["input"]["mentors"])
    return {who["enrollment_id"] for who in people if "erased" in who}


async def test_every_process_notices_that_somebody_was_taken_out(town: Town) -> None:
    run_id = await a_run(town)
    pairs, _ = await sides(town, run_id)
    ben = str(enrollment("ben"))
    asked = {"mentee": ben, "mentor": pairs[0]["mentor"]}
    why_not = f"/v1/matching-runs/{run_id}/why-not"
    assert (await town.get(why_not, **asked)).status_code == 200
    elsewhere, database = LoadedRuns(), town.world.connections["matching"]
    row = await database.fetchrow(_RECORD)
    key = (TenantId(TENANT), UUID(run_id), row["digest"])
    before = await elsewhere.get(database, *key)
    assert before is not None
    assert ben in before.mentees
    assert await elsewhere.get(database, *key) is before, "it is read once"
    await erase(town, "ben")
    answer = await town.get(why_not, **asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_in_run")
    after = await elsewhere.get(database, *key)
    assert after is not None
    assert ben not in after.mentees
    assert await elsewhere.get(database, *key) is after


async def test_two_who_are_erased_at_once_are_both_gone(town: Town) -> None:
    await a_run(town)
    row = await town.world.connections["matching"].fetchrow(_RECORD)
    async with asyncpg.create_pool(town.world.databases.dsn("matching", "worker")) as pool:
        names = ("ben", "cem", "dia", "eli")
        at_once = (records.forget(pool, TenantId(TENANT), person(name)) for name in names)
        await asyncio.gather(*at_once)
    assert erased_in(await kept(town)) == {str(enrollment(name)) for name in names}
    assert (await kept(town))["record_sha256"] == row["digest"]


async def test_who_is_erased_while_a_run_is_worked_out_is_not_in_its_record(town: Town) -> None:
    await a_run(town)
    database = town.world.connections["matching"]
    as_worked_out = (await database.fetchrow(_RECORD))["document"]
    await erase(town, "ben")
    await database.execute(_PUT, as_worked_out)
    assert erased_in(await kept(town)) == set()
    completed = CODEC.decode(await database.fetchval(_COMPLETED), slot=0)
    await forget_in_new_record(completed, database)
    assert erased_in(await kept(town)) == {str(enrollment("ben"))}


async def test_a_record_keeps_no_bar_of_somebody_who_was_erased(town: Town) -> None:
    await town.join({"ana": 2, "eva": 1}, ["ben"])
    await declare(town, "ben", against=str(person("ana")))
    run_id = await a_run(town)
    await publish(town, run_id)
    assert len((await kept(town))["input"]["apart"]) == 1
    await erase(town, "cem")
    assert len((await kept(town))["input"]["apart"]) == 1, "it is nothing to them"
    await erase(town, "ana")
    assert "apart" not in (await kept(town))["input"]
    async with town.client(new_id(), Role.AUDITOR) as auditor:
        record = await auditor.get(f"/v1/matching-runs/{run_id}/record")
    report = verify(record.content)
    assert report.holds, report.findings
    dia = enrollment("dia")
    asked = {"mentee": str(dia), "mentor": str(enrollment("eva"))}
    assert (await town.get(f"/v1/matching-runs/{run_id}/why-not", **asked)).status_code == 200
