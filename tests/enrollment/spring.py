"""An open cohort, and people who may apply to it over HTTP."""

from dataclasses import dataclass
from typing import Any

import httpx

from shared.auth import Role
from tests.enrollment.office import Office, create, granted

GOOD = [{"code": "potential", "score": 80}, {"code": "tenure", "score": 30}]
POOR = [{"code": "potential", "score": 10}, {"code": "tenure", "score": 90}]


@dataclass
class Spring:
    """An open cohort with its program manager, and Ana and Ben who may apply."""

    office: Office
    manager: httpx.AsyncClient
    manager_id: str
    cohort: str
    ana: httpx.AsyncClient
    ana_id: str
    ben: httpx.AsyncClient
    ben_id: str

    async def apply(self, client: httpx.AsyncClient, part: str, **body: str) -> dict[str, Any]:
        path = f"/v1/cohorts/{self.cohort}/applications"
        told: dict[str, Any] = granted(await create(client, path, {"part": part, **body}))
        return told

    async def decide(self, enrollment: str, what: str, body: dict[str, Any]) -> httpx.Response:
        return await self.manager.post(f"/v1/enrollments/{enrollment}/{what}", json=body)


async def spring(office: Office) -> Spring:
    cleo, ana, ben = await office.hire(3)
    manager = office.client(cleo, Role.PROGRAM_MANAGER)
    cohort = await office.cohort(manager, await office.program(manager))
    return Spring(
        office=office,
        manager=manager,
        manager_id=cleo,
        cohort=cohort,
        ana=office.client(ana),
        ana_id=ana,
        ben=office.client(ben),
        ben_id=ben,
    )


async def step(
    client: httpx.AsyncClient, enrollment: str, what: str, **body: str | int
) -> dict[str, Any]:
    """Ana or Ben does what they have to do themselves."""
    method = "PUT" if what == "baseline" else "POST"
    path = f"/v1/enrollments/{enrollment}/{what}"
    told: dict[str, Any] = granted(await client.request(method, path, json=body or None))
    return told


async def enrolled_mentee(story: Spring) -> str:
    enrollment: str = (await story.apply(story.ana, "mentee"))["enrollment_id"]
    granted(await story.decide(enrollment, "assessment", {"scores": GOOD}))
    await step(story.ana, enrollment, "agreement", version=1)
    await step(story.ana, enrollment, "opt-in")
    told = await step(story.ana, enrollment, "baseline", confidence=40, cross_functional_contacts=2)
    assert (told["stage"], told["missing"]) == ("enrolled", [])
    return enrollment


async def enrolled_mentor(story: Spring) -> str:
    enrollment: str = (await story.apply(story.ben, "mentor"))["enrollment_id"]
    capacity = {"seats": 2, "hours_per_month": 6}
    granted(await story.ben.put(f"/v1/people/{story.ben_id}/capacity", json=capacity))
    granted(await story.decide(enrollment, "approval", {"reason": "listens"}))
    await step(story.ben, enrollment, "opt-in")
    await step(story.ben, enrollment, "agreement", version=1)
    told = await step(story.ben, enrollment, "training", module="coaching")
    assert told["stage"] == "enrolled"
    return enrollment
