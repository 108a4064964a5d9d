"""People of a program who live on while things break: every step a command over HTTP."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from shared.auth import Role
from shared.frozen import frozen
from shared.ids import new_id
from tests.e2e.spring import CANARY, GOOD, PUBLISHED, START, calendar, text
from tests.faults.calls import Actor, Client, Declined, Over

MENTEES_PER_MENTOR = 3  # for two seats: somebody is always one too many
SEATS = 2
OPENS_IN_SECONDS = 1.5
HIRED_EVERY_SECONDS = 0.3
LEAVES, ERASED, DECLINES = 0.15, 0.15, 0.2  # shares of those who do


@frozen
class Founded:
    """A program that takes applications, and who runs it."""

    hr: Actor
    manager: Actor
    program_id: str
    cohort_id: str
    listening: str


@frozen
class Company:
    """Everybody's common memory."""

    client: Client
    founded: Founded
    random: Random
    mentors: list[str] = field(default_factory=list)  # enrollments that are listed
    persons: dict[str, str] = field(default_factory=dict)  # by enrollment
    erased: list[str] = field(default_factory=list)  # people whose erasure was answered


async def founded(client: Client) -> Founded:
    """A company's manager is imported, and sets up a program with one cohort."""
    hr = Actor(subject="hr-sync", roles=(Role.HR_PLATFORM,))
    (manager_id,) = await hired(client, hr, 1)
    manager = Actor(subject=manager_id, roles=(Role.PROGRAM_MANAGER, Role.EMPLOYEE))
    word = {"code": "2.A.1.b", "name": "Active listening", "category": "basic"}
    word["description"] = "Gives full attention."
    competency = await client.post(manager, "enrollment", "/v1/competencies", word)
    program = await client.post(manager, "enrollment", "/v1/programs", {"name": "Across"})
    path = f"/v1/programs/{program['program_id']}"
    for document, body in PUBLISHED.items():
        await client.put(manager, "enrollment", f"{path}/{document}", body)
    await client.post(manager, "enrollment", f"{path}/opening")
    spring = {"name": "Spring", "calendar": calendar()}
    cohort = await client.post(manager, "enrollment", f"{path}/cohorts", spring)
    policy = {"cross_function": "preferred", "trial_days": 30, "reason": "First cohort."}
    await client.eventually(manager, "matching", f"/v1/cohorts/{cohort['cohort_id']}/rosters", _any)
    await client.put(manager, "matching", f"{path}/matching-policy", policy)
    return Founded(
        hr=hr,
        manager=manager,
        program_id=program["program_id"],
        cohort_id=cohort["cohort_id"],
        listening=competency["id"],
    )


async def hired(client: Client, hr: Actor, count: int) -> list[str]:
    """New people from an HR file, full of canaries, by their ids."""
    header = (
        "employee_number,first_name,last_name,work_email,function,level,site,time_zone,hired_on"
    )
    rows = [
        f"{CANARY}-{name},{CANARY}first{name},{CANARY}last{name},{CANARY}{name}@example.org,"
        f"{'product' if place == 0 else 'sales'},senior,Porto,Europe/Lisbon,2020-01-15"
        for place, name in enumerate(new_id().hex for _ in range(count))
    ]
    report = await client.upload(
        hr, "enrollment", "/v1/people/imports", "\n".join((header, *rows, ""))
    )
    return [result["person_id"] for result in report["results"]]


async def families(company: Company) -> None:
    """One family after the other lives, until the play is over."""
    with suppress(Over):
        while True:
            people = await hired(company.client, company.founded.hr, 1 + MENTEES_PER_MENTOR)
            await _cohort_to_come(company)
            await _family(company, people)


async def newcomers(company: Company) -> None:
    """People are hired one by one: nobody here waits for what another service has to hear first."""
    with suppress(Over):
        while True:
            await hired(company.client, company.founded.hr, 1)
            await asyncio.sleep(HIRED_EVERY_SECONDS)


async def _cohort_to_come(company: Company) -> None:
    """Another cohort that opens in a moment by its own timer."""
    days = {**calendar(), "applications_open_at": _soon(OPENS_IN_SECONDS)}
    path = f"/v1/programs/{company.founded.program_id}/cohorts"
    body = {"name": "Summer", "calendar": days}
    await company.client.post(company.founded.manager, "enrollment", path, body)


async def _family(company: Company, people: Sequence[str]) -> None:
    mentor, *mentees = people
    with suppress(Declined):
        await join(company, mentor, "mentor")
    for mentee in mentees:
        with suppress(Declined):
            await _mentee(company, mentee)


async def join(company: Company, person_id: str, part: str) -> str:
    """Apply, be approved, say yes; listed in matching at the end, as the enrollment returned."""
    client, told, me = company.client, company.founded, somebody(person_id)
    mentor = part == "mentor"
    path = f"/v1/people/{person_id}"
    skills = {"expertise": [{"competency_id": told.listening, "level": 5}]}
    wanted = {"growth_goals": [told.listening]}
    await client.put(me, "enrollment", f"{path}/profile", skills if mentor else wanted)
    needs = {"needs": ["captions"], "note": text("note")}
    await client.put(me, "enrollment", f"{path}/accommodations", needs)
    wants: dict[str, Any] = {"part": part, "challenges": text("challenges")}
    wants["motivation"] = text("motivation")
    if mentor:
        seats = {"seats": SEATS, "hours_per_month": 6, "periods": ["morning"]}
        await client.put(me, "enrollment", f"{path}/capacity", seats)
    else:
        wants["desired_outcomes"] = [told.listening]
    applied = f"/v1/cohorts/{told.cohort_id}/applications"
    answer = await client.post(me, "enrollment", applied, wants)
    enrollment: str = answer["enrollment_id"]
    company.persons[enrollment] = person_id
    if company.random.random() < LEAVES:
        where = f"/v1/enrollments/{enrollment}/withdrawal"
        await client.post(me, "enrollment", where, {"reason": "workload"})
        raise Declined(0, "withdrew")
    await _accepted(company, me, enrollment, part)
    await client.eventually(told.manager, "matching", f"/v1/rosters/{enrollment}")
    if mentor:
        company.mentors.append(enrollment)
    return enrollment


async def _accepted(company: Company, me: Actor, enrollment: str, part: str) -> None:
    client, told, path = company.client, company.founded, f"/v1/enrollments/{enrollment}"
    if part == "mentor":
        reason = {"reason": text("approval")}
        await client.post(told.manager, "enrollment", f"{path}/approval", reason)
        await client.post(me, "enrollment", f"{path}/training", {"module": "coaching"})
    else:
        await client.post(told.manager, "enrollment", f"{path}/assessment", {"scores": GOOD})
        skills = [{"competency_id": told.listening, "level": 1}]
        await client.put(me, "enrollment", f"{path}/baseline", {**START, "skills": skills})
    await client.post(me, "enrollment", f"{path}/agreement", {"version": 1})
    await client.post(me, "enrollment", f"{path}/opt-in")


async def _mentee(company: Company, person_id: str) -> None:
    client, told, me = company.client, company.founded, somebody(person_id)
    enrollment = await join(company, person_id, "mentee")
    if not company.mentors:
        return
    mentor = company.random.choice(company.mentors[-4:])  # several families want the same few
    both = {"mentor": mentor, "mentee": enrollment}
    pairing = (await client.post(told.manager, "matching", "/v1/pairings", both))["pairing_id"]
    path, partner = f"/v1/pairings/{pairing}", somebody(company.persons[mentor])
    if company.random.random() < DECLINES:
        await client.post(me, "matching", f"{path}/decline")
        return
    sides = [me, partner]
    company.random.shuffle(sides)
    await asyncio.gather(*(client.post(side, "matching", f"{path}/acceptance") for side in sides))
    await _journey(company, me, partner, pairing)
    if company.random.random() < ERASED:
        await erase(company, person_id)


async def erase(company: Company, person_id: str) -> None:
    """HR erases somebody, and notes that it was answered."""
    await company.client.post(company.founded.hr, "enrollment", f"/v1/people/{person_id}/erasure")
    company.erased.append(person_id)


async def _journey(company: Company, mentee: Actor, mentor: Actor, pairing: str) -> None:
    client, path = company.client, f"/v1/journeys/{pairing}"
    await client.eventually(mentee, "sessions", path)
    now = datetime.now(UTC)
    later = (now + timedelta(days=60)).date().isoformat()
    measure = {"unit": "level", "start": 1, "target": 3, "competency_id": company.founded.listening}
    goal = {"text": text("goal"), "measure": measure, "due_on": later}
    await client.post(mentee, "sessions", f"{path}/goals", goal)
    planned = {"milestones": [{"title": text("milestone"), "due_on": later, "project": True}]}
    roadmap = {**planned, "expectations": text("expectations")}
    proposal = await client.put(mentor, "sessions", f"{path}/roadmap", roadmap)
    agreed = {"proposal": proposal["proposal"]}
    await client.post(mentee, "sessions", f"{path}/roadmap/approval", agreed)
    meeting = {"starts_at": now.isoformat()}
    session = await client.post(mentee, "sessions", f"{path}/sessions", meeting)
    held = f"{path}/sessions/{session['session_id']}/holding"
    await client.post(mentor, "sessions", held, {})
    milestone = f"{path}/milestones/{proposal['milestone_ids'][0]}"
    shown = {"deliverable": text("deliverable"), "link": f"https://example.org/{CANARY}"}
    await client.post(mentee, "sessions", f"{milestone}/evidence", shown)
    await client.post(mentor, "sessions", f"{milestone}/confirmation")
    opinion = {"about": "partner", "rating": 5, "text": text("feedback")}
    await client.post(mentee, "sessions", f"{path}/feedback", opinion)


def somebody(person_id: str) -> Actor:
    return Actor(subject=person_id, roles=(Role.EMPLOYEE,))


def _any(_: object) -> bool:
    return True


def _soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()
