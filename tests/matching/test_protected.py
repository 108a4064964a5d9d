"""Gender, ethnicity, age, and what people declare of themselves never reach matching."""

import gzip
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from services.enrollment.main import SERVICE as ENROLLMENT
from services.matching.main import SERVICE as MATCHING
from shared.codec import canonical
from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import new_id
from shared.provisioning import Databases
from tests import world as worlds
from tests.enrollment.office import HEADER, Office, granted, refused, row, send
from tests.matching.cast import COHORT, PROGRAM
from tests.matching.test_pool import frozen
from tests.matching.town import Town, joined, silent
from tests.world import TENANT

pytestmark = pytest.mark.integration

PACKED = b"\x1f\x8b\x08" + bytes(5)  # no digest begins like this by chance, as with two of them
CANARIES = {
    "gender": "canary-gender",
    "ethnicity": "canary-ethnicity",
    "date_of_birth": "canary-birthday",
    "self_declared_group": "canary-group",
}


def tainted(fact: Any) -> Any:  # noqa: ANN401  # any event
    """The same fact, told by somebody who says more than they should."""

    class Tainted:
        gender: str
        ethnicity: str
        date_of_birth: str
        self_declared_group: str

    hints = {**type(fact).__annotations__, **Tainted.__annotations__}
    kind = type(type(fact).__name__, (), {"__annotations__": hints, "__module__": __name__})
    kept = {name: getattr(fact, name) for name in type(fact).__struct_fields__}
    if "position" in kept:
        kept["position"] = tainted(kept["position"])
    made: Any = light(kind)
    return made(**kept, **CANARIES)


async def test_protected_attributes_never_arrive(town: Town) -> None:
    """Planted where people are told of, they are in no table, no run input, and no record."""
    await town.set_policy()
    facts = [*joined("ana", Part.MENTOR, 2), *joined("ben", Part.MENTEE, 0)]
    await town.tell("enrollment", [(stream, tainted(fact)) for stream, fact in facts])
    found = await frozen(town)
    assert (len(found.mentors), len(found.mentees)) == (1, 1), "the facts were heard"
    assert b"canary" not in canonical(found)
    body = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
    async with town.pia() as pia:
        asked = await pia.post(
            "/v1/matching-runs", json=body, headers={"Idempotency-Key": str(new_id())}
        )
    assert asked.status_code == 202, asked.text
    await town.world.settle()
    told = await everything(town.world, "enrollment")
    assert b"canary-gender" in told, "they were planted"
    assert b"canary" not in await everything(town.world, "matching")


async def everything(world: worlds.World, service: str) -> bytes:
    """All that the database of a service holds, with what is packed unpacked."""
    databases = world.databases
    everywhere = databases.administrator(service, databases.name(service))  # past row security
    connection = await asyncpg.connect(everywhere)
    try:
        tables = await connection.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        kept = [
            value
            for table in tables
            for row in await connection.fetch(f"SELECT * FROM {table['name']}")
            for value in row.values()
        ]
    finally:
        await connection.close()
    return b"\n".join(_bytes(value) for value in kept)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes):
        return gzip.decompress(value) if value.startswith(PACKED) else value
    return str(value).encode()


async def test_a_file_of_employees_and_a_profile_cannot_bring_them(
    databases: Databases, tmp_path: Path
) -> None:
    """A column nobody asked for is named and dropped; a field nobody knows is refused."""
    empty = tmp_path / "empty.sql"
    empty.write_text("SELECT 1;")
    services = [ENROLLMENT, silent("sessions", empty), MATCHING]
    async with (
        worlds.running(services, databases, tmp_path) as world,
        Office(world, TENANT) as office,
    ):
        lines = f"{HEADER},Gender,Ethnicity\r\n{row(1)},canary-gender,canary-ethnicity\r\n"
        report = granted(await send(office.hr, lines.encode()))
        assert report["ignored_columns"] == ["Gender", "Ethnicity"]
        (ana,) = (each["person_id"] for each in report["results"])
        path = f"/v1/people/{ana}/profile"
        for name, value in CANARIES.items():
            answer = await office.client(ana).put(path, json={name: value})
            refused(answer, 422, "request_invalid")
        granted(await office.client(ana).put(path, json={"interests": ["chess"]}))
        await world.settle()
        told = await world.connections["matching"].fetchval("SELECT count(*) FROM pool.profiles")
        assert told == 1, "the profile was heard"
        for service in ("enrollment", "matching"):
            assert b"canary" not in await everything(world, service)


def test_matching_does_not_even_hear_where_groups_are_declared() -> None:
    heard = {source for each in (MATCHING.own, *MATCHING.foreign) for source in each.sources}
    heard |= {reaction.source for reaction in MATCHING.reactions}
    assert "metrics" not in heard
