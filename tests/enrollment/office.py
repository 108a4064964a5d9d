"""What the people of a story do over HTTP, in the words of the story."""

from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Self
from uuid import uuid1

import httpx

from shared import clock
from shared.auth import Role
from tests.world import World

HEADER = (
    "employee_number,first_name,last_name,work_email,department,title,location,time_zone,"
    "hired_at,manager_employee_number,employment_status"
)


def row(number: int, manager: str = "", status: str = "active", **values: str) -> str:
    """A line of the file of employees."""
    said = {
        "first": "Ana",
        "mail": f"person{number}@example.org",
        "function": "sales",
        "hired": "2020-01-15",
        **values,
    }
    return (
        f"E-{number},{said['first']},Ferreira,{said['mail']},{said['function']},senior,Porto,"
        f"Europe/Lisbon,{said['hired']},{manager},{status}"
    )


def table(*rows: str) -> bytes:
    return "\r\n".join((HEADER, *rows, "")).encode("utf-8-sig")


class Office:
    """One tenant's enrollment, and clients for whoever asks."""

    def __init__(self, world: World, tenant: str) -> None:
        self.world = world
        self.tenant = tenant
        self.database = world.connections["enrollment"]
        self._clients = AsyncExitStack()
        self.hr = self.client("hr-system", Role.HR_PLATFORM)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._clients.aclose()

    def client(self, subject: object, *roles: Role, tenant: str = "") -> httpx.AsyncClient:
        tenant = tenant or self.tenant
        client = self.world.client("enrollment", subject, *roles, tenant=tenant)
        self._clients.push_async_callback(client.aclose)
        return client

    async def events(self) -> list[str]:
        """What has happened, by type."""
        query = "SELECT type FROM log.events WHERE tenant = $1 ORDER BY id"
        return [found["type"] for found in await self.database.fetch(query, self.tenant)]

    async def hire(self, count: int, **values: str) -> list[str]:
        """So many people, by their ids."""
        raw = table(*(row(number, **values) for number in range(1, count + 1)))
        report = (await send(self.hr, raw)).json()
        return [result["person_id"] for result in report["results"]]

    async def program(self, manager: httpx.AsyncClient) -> str:
        """A program that is open, with everything published."""
        made = granted(await create(manager, "/v1/programs", {"name": "Across the House"}))
        program: str = made["program_id"]
        path = f"/v1/programs/{program}"
        for document, body in PUBLISHED.items():
            granted(await manager.put(f"{path}/{document}", json=body))
        granted(await manager.post(f"{path}/opening"))
        return program

    async def cohort(self, manager: httpx.AsyncClient, program: str) -> str:
        """A cohort whose window is open."""
        body = {"name": "Spring", "calendar": calendar(clock.now() - timedelta(hours=1))}
        made = granted(await create(manager, f"/v1/programs/{program}/cohorts", body))
        assert made["stage"] == "applications"
        cohort: str = made["cohort_id"]
        return cohort


PUBLISHED: dict[str, dict[str, Any]] = {
    "charter": {
        "objectives": [
            {"code": "break-silos", "text": "Sales asks product.", "priority": "growth"}
        ],
        "expected_hours_per_month": 4,
        "escalation_path": "Program manager, then sponsor.",
    },
    "eligibility": {
        "rules": [
            {"rule_id": "year", "part": "mentee", "criterion": "tenure_months", "minimum": 12}
        ]
    },
    "rubric": {
        "criteria": [{"code": "potential", "weight": 60}, {"code": "tenure", "weight": 40}],
        "accept_from": 50,
    },
    "agreements/mentor": {"text": "We listen.", "hours_per_month": 4},
    "agreements/mentee": {"text": "We ask.", "hours_per_month": 4},
    "training": {"modules": ["coaching", "bias"], "required": ["coaching"]},
}


def calendar(opens: datetime) -> dict[str, str]:
    days = {
        "applications_open_at": 0,
        "applications_close_at": 14,
        "kick_off_at": 30,
        "project_start_at": 40,
        "reflection_at": 100,
        "close_at": 180,
    }
    return {name: (opens + timedelta(days=day)).isoformat() for name, day in days.items()}


async def create(client: httpx.AsyncClient, path: str, body: Any) -> httpx.Response:  # noqa: ANN401  # any JSON
    """POST something new, once."""
    return await client.post(path, json=body, headers={"Idempotency-Key": uuid1().hex})


async def send(client: httpx.AsyncClient, raw: bytes, **query: str) -> httpx.Response:
    """A file of employees."""
    headers = {"Content-Type": "text/csv; charset=utf-8"}
    return await client.post("/v1/people/imports", content=raw, params=query, headers=headers)


def granted(response: httpx.Response) -> Any:  # noqa: ANN401  # any JSON
    """The answer, which is no problem."""
    assert response.is_success, response.text
    return response.json()


def refused(response: httpx.Response, status: int, code: str) -> Any:  # noqa: ANN401  # any JSON
    """The problem, which is this one."""
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code), response.text
    return problem
