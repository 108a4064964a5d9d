"""A spring of a program as its people live it: every step a request to a public API."""

from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from shared.auth import Role
from shared.frozen import frozen
from tests.e2e.house import Caller, House, eventually, granted

CANARY = "quokka"  # in every name, address, and text that a person gives
MENTORS, MENTEES = 6, 12  # more than a figure needs to be shown
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
        "criteria": [{"code": "potential", "weight": 60}, {"code": "curiosity", "weight": 40}],
        "accept_from": 50,
    },
    "agreements/mentor": {"text": "We listen.", "hours_per_month": 4},
    "agreements/mentee": {"text": "We ask.", "hours_per_month": 4},
    "training": {"modules": ["coaching"], "required": ["coaching"]},
}
GOOD = [{"code": "potential", "score": 80}, {"code": "curiosity", "score": 70}]
START = {"confidence": 40, "cross_functional_contacts": 2}


@frozen
class Pair:
    """Two who said yes to each other."""

    pairing_id: str
    mentor: Caller
    mentee: Caller
    mentor_person: str
    mentee_person: str

    @property
    def path(self) -> str:
        return f"/v1/journeys/{self.pairing_id}"


@frozen
class Spring:
    """What a story knows of itself while it goes on."""

    house: House
    tenant: str
    hr: Caller
    manager: Caller
    program_id: str
    cohort_id: str
    listening: str
    mentors: Sequence[str]  # ids of people
    mentees: Sequence[str]
    enrollments: dict[str, str] = field(default_factory=dict)  # by person

    def person(self, person_id: str) -> Caller:
        return self.house.caller(self.tenant, person_id, Role.EMPLOYEE)


def spring(house: House, tenant: str) -> Spring:
    """A company whose people are imported, with a program that is open for applications."""
    hr = house.caller(tenant, "hr-sync", Role.HR_PLATFORM)
    manager_id, *people = imported(hr)
    manager = house.caller(tenant, manager_id, Role.PROGRAM_MANAGER)
    word = {"code": "2.A.1.b", "name": "Active listening", "category": "basic"}
    word["description"] = "Gives full attention."
    competency = granted(manager.post("enrollment", "/v1/competencies", word))
    program_id = granted(manager.post("enrollment", "/v1/programs", {"name": "Across"}))
    path = f"/v1/programs/{program_id['program_id']}"
    for document, body in PUBLISHED.items():
        granted(manager.put("enrollment", f"{path}/{document}", body))
    granted(manager.post("enrollment", f"{path}/opening"))
    cohort = {"name": "Spring", "calendar": calendar()}
    return Spring(
        house=house,
        tenant=tenant,
        hr=hr,
        manager=manager,
        program_id=program_id["program_id"],
        cohort_id=granted(manager.post("enrollment", f"{path}/cohorts", cohort))["cohort_id"],
        listening=competency["id"],
        mentors=people[:MENTORS],
        mentees=people[MENTORS:],
    )


def imported(hr: Caller) -> list[str]:
    """People from an HR file, all of it full of canaries, by their ids."""
    header = (
        "employee_number,first_name,last_name,work_email,function,level,site,time_zone,hired_on"
    )
    rows = [
        f"{CANARY}-{number},{CANARY}first{number},{CANARY}last{number},"
        f"{CANARY}{number}@example.org,{function(number)},senior,Porto,Europe/Lisbon,2020-01-15"
        for number in range(1 + MENTORS + MENTEES)
    ]
    raw = "\n".join((header, *rows, "")).encode()
    headers = {"Content-Type": "text/csv"}
    report = hr.ask("POST", "enrollment", "/v1/people/imports", content=raw, headers=headers)
    return [result["person_id"] for result in granted(report)["results"]]


def function(number: int) -> str:
    return "people" if number == 0 else "product" if number <= MENTORS else "sales"


def calendar() -> dict[str, str]:
    opened = datetime.now(UTC) - timedelta(hours=1)
    days = {
        "applications_open_at": 0,
        "applications_close_at": 14,
        "kick_off_at": 30,
        "project_start_at": 40,
        "reflection_at": 100,
        "close_at": 180,
    }
    return {name: (opened + timedelta(days=day)).isoformat() for name, day in days.items()}


def text(of: str) -> str:
    """Words that nobody but those whom they are for shall ever read."""
    return f"{CANARY} {of}: it is harder than I say."


def apply(told: Spring, person_id: str, part: str) -> None:
    """Somebody says who they are and what they want."""
    person = told.person(person_id)
    mentor = part == "mentor"
    skills = {"expertise": [{"competency_id": told.listening, "level": 5}]}
    profile = skills if mentor else {"growth_goals": [told.listening]}
    path = f"/v1/people/{person_id}"
    granted(person.put("enrollment", f"{path}/profile", profile))
    needs = {"needs": ["captions"], "note": text("note")}
    granted(person.put("enrollment", f"{path}/accommodations", needs))
    wants = {"part": part, "challenges": text("challenges"), "motivation": text("motivation")}
    if mentor:
        seats = {"seats": 2, "hours_per_month": 6, "periods": ["morning"]}
        granted(person.put("enrollment", f"{path}/capacity", seats))
    else:
        wants["desired_outcomes"] = [told.listening]  # type: ignore[assignment]  # any JSON
    answer = granted(person.post("enrollment", f"/v1/cohorts/{told.cohort_id}/applications", wants))
    told.enrollments[person_id] = answer["enrollment_id"]


def join(told: Spring, person_id: str, part: str) -> httpx.Response:
    """The program says yes, and so does whoever asked; what the last step answers."""
    person, path = told.person(person_id), f"/v1/enrollments/{told.enrollments[person_id]}"
    if part == "mentor":
        reason = {"reason": text("approval")}
        granted(told.manager.post("enrollment", f"{path}/approval", reason))
        granted(person.post("enrollment", f"{path}/training", {"module": "coaching"}))
    else:
        granted(told.manager.post("enrollment", f"{path}/assessment", {"scores": GOOD}))
        skills = [{"competency_id": told.listening, "level": 1}]
        granted(person.put("enrollment", f"{path}/baseline", {**START, "skills": skills}))
    granted(person.post("enrollment", f"{path}/agreement", {"version": 1}))
    answer = person.post("enrollment", f"{path}/opt-in")
    granted(answer)
    return answer


def matched(told: Spring) -> list[Pair]:
    """A run is worked out and published, and everybody accepts."""
    manager, scope = told.manager, {"program_id": told.program_id, "cohort_id": told.cohort_id}
    rosters = f"/v1/cohorts/{told.cohort_id}/rosters"
    everybody = MENTORS + MENTEES

    def listed() -> bool:
        return len(granted(manager.get("matching", rosters, limit="200"))["items"]) == everybody

    eventually(listed)
    policy = {"cross_function": "preferred", "trial_days": 30, "reason": "First cohort."}
    path = f"/v1/programs/{told.program_id}/matching-policy"
    granted(manager.put("matching", path, policy))
    operation = granted(manager.post("matching", "/v1/matching-runs", scope))
    where = f"/v1/operations/{operation['operation_id']}"
    done = eventually(
        lambda: (now := granted(manager.get("matching", where)))["finished_at"] and now
    )
    assert done["status"] == "succeeded", done
    granted(manager.post("matching", f"{done['result_url']}/publication"))
    proposed = granted(manager.get("matching", "/v1/pairings", **scope, limit="200"))["items"]
    return [accepted(told, row) for row in proposed]


def accepted(told: Spring, row: dict[str, Any]) -> Pair:
    """Both say yes; sessions has heard of it."""
    pair = Pair(
        pairing_id=row["pairing_id"],
        mentor=told.person(row["mentor_person"]),
        mentee=told.person(row["mentee_person"]),
        mentor_person=row["mentor_person"],
        mentee_person=row["mentee_person"],
    )
    for side in (pair.mentee, pair.mentor):
        granted(side.post("matching", f"/v1/pairings/{pair.pairing_id}/acceptance"))
    eventually(lambda: pair.mentee.get("sessions", pair.path).is_success)
    return pair


def met(told: Spring, pair: Pair) -> None:
    """They plan, meet, write to each other, and get somewhere."""
    mentee, mentor, path = pair.mentee, pair.mentor, pair.path
    now = datetime.now(UTC)
    later = (now + timedelta(days=60)).date().isoformat()
    measure = {"unit": "level", "start": 1, "target": 3, "competency_id": told.listening}
    goal = {"text": text("goal"), "measure": measure, "due_on": later}
    granted(mentee.post("sessions", f"{path}/goals", goal))
    roadmap = {
        "milestones": [{"title": text("milestone"), "due_on": later, "project": True}],
        "expectations": text("expectations"),
    }
    proposal = granted(mentor.put("sessions", f"{path}/roadmap", roadmap))
    agreed = {"proposal": proposal["proposal"]}
    granted(mentee.post("sessions", f"{path}/roadmap/approval", agreed))
    planned = granted(mentee.post("sessions", f"{path}/sessions", {"starts_at": now.isoformat()}))
    session = f"{path}/sessions/{planned['session_id']}"
    granted(mentor.post("sessions", f"{session}/holding", {}))
    thoughts = {"visibility": "partner", "usefulness": 4, "text": text("reflection")}
    granted(mentee.post("sessions", f"{session}/reflections", thoughts))
    roadblock = {"code": "time", "text": text("roadblock")}
    check_in = {"progress": 40, "what_changes": text("change"), "roadblocks": [roadblock]}
    granted(mentee.post("sessions", f"{path}/check-ins", check_in))
    milestone = f"{path}/milestones/{proposal['milestone_ids'][0]}"
    shown = {"deliverable": text("deliverable"), "link": f"https://example.org/{CANARY}"}
    granted(mentee.post("sessions", f"{milestone}/evidence", shown))
    granted(mentor.post("sessions", f"{milestone}/confirmation"))


def rated(pair: Pair) -> httpx.Response:
    """The mentee says how it was: what the last step of the story answers."""
    opinion = {"about": "partner", "rating": 5, "text": text("feedback")}
    answer = pair.mentee.post("sessions", f"{pair.path}/feedback", opinion)
    granted(answer)
    return answer
