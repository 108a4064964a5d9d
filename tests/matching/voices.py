"""What people in the town ask for again and again."""

from typing import Any

from shared.codec import CODEC
from shared.events.enrollment import (
    GovernanceRole,
    GovernanceRoleAssigned,
)
from tests.matching.cast import COHORT, PROGRAM, person
from tests.matching.town import THEN, Town


async def pairings_of(town: Town, name: str, **query: str) -> list[dict[str, Any]]:
    async with town.client(person(name)) as client:
        found = await client.get(f"/v1/people/{person(name)}/pairings", params=query)
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def notices_of(town: Town, name: str) -> list[str]:
    async with town.client(person(name)) as client:
        found = await client.get(f"/v1/people/{person(name)}/notices")
    assert found.status_code == 200, found.text
    return [each["kind"] for each in found.json()["items"]]


async def as_pia(town: Town, path: str, body: object = None) -> Any:  # noqa: ANN401  # an answer
    key = {"Idempotency-Key": f"pia-{path}".replace("/", "-")}
    async with town.pia() as pia:
        return await pia.post(path, json=body, headers=key)


async def governed(town: Town, name: str) -> None:
    """Somebody joins the program's governance."""
    sponsor = GovernanceRoleAssigned(
        program_id=PROGRAM,
        person_id=person(name),
        role=GovernanceRole.SPONSOR,
        function="people",
        decision_rights=(),
        at=THEN,
    )
    await town.tell("enrollment", [(f"program-{PROGRAM}", sponsor)])
    await town.world.settle()


async def waitlisted(town: Town) -> str:
    """A run that finds no seat for anybody, published."""
    body = {"program_id": str(PROGRAM), "cohort_id": str(COHORT)}
    asked = await as_pia(town, "/v1/matching-runs", body)
    assert asked.status_code == 202, asked.text
    await town.world.settle()
    run: str = asked.json()["operation_id"]
    published = await as_pia(town, f"/v1/matching-runs/{run}/publication")
    assert published.status_code in (200, 202, 207), published.text
    await town.world.settle()
    return run


async def roster_events(town: Town) -> list[Any]:
    """All that was told of rosters, in the order in which it happened."""
    rows = await town.world.connections["matching"].fetch(
        "SELECT record FROM log.events WHERE stream LIKE 'roster-%' ORDER BY id"
    )
    return [CODEC.decode(row["record"], slot=0).event for row in rows]
