"""The first scene: a company is imported, a program is founded, and its calendar is set."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from shared.cli.demo.client import Actor
from shared.cli.demo.population import Employee, company_facts
from shared.cli.demo.stage import HR, Stage

IMPORT_SECONDS_MAX = 120
OPEN_DAY, CLOSE_DAY, KICK_OFF_DAY, PROJECT_DAY, REFLECTION_DAY, END_DAY = 1, 15, 29, 43, 100, 200
OBJECTIVES = (
    {
        "code": "break-silos",
        "text": "People know and use the strengths of other functions.",
        "priority": "one-company",
    },
    {
        "code": "grow-leaders",
        "text": "People grow into wider responsibility on potential, not rank.",
        "priority": "talent-from-within",
    },
)
RUBRIC = (
    {"code": "potential", "weight": 40},
    {"code": "curiosity", "weight": 30},
    {"code": "goals", "weight": 30},
)
AGREEMENTS = {
    "mentor": "I give three hours a month, keep what I hear to myself, listen before I advise, "
    "respect a different view, and say early when it does not work.",
    "mentee": "I own my goals, prepare each session, keep what I hear to myself, "
    "respect a different view, and give something back.",
}
MODULES = ("coaching", "inclusive-behaviour", "giving-feedback")


async def import_people(stage: Stage, export: bytes) -> None:
    """Send an HR export, and remember who got which pseudonym."""
    told = await stage.apis.call(
        HR,
        "POST",
        "enrollment",
        "/people/imports",
        content=export,
        content_type="text/csv",
    )
    report = told.body
    stage.tally.add("people imported", report["created"])
    stage.tally.add("rows refused", report["failed"])


async def learn_names(stage: Stage, people: Sequence[Employee]) -> None:
    """Ask the directory for the pseudonym of each employee of the story."""
    directory = await stage.pages(HR, "enrollment", "/people")
    for entry in directory:
        if entry["identity"]:
            number = entry["identity"]["employee_number"]
            stage.person_ids[number] = entry["person_id"]
    wanted = {person.number for person in people}
    stage.person_ids = {
        number: person for number, person in stage.person_ids.items() if number in wanted
    }
    for participant in (*stage.cast.mentees, *stage.cast.mentors):
        person = stage.person_ids[participant.employee.number]
        stage.participants[person] = participant


async def import_vocabulary(stage: Stage) -> None:
    """The skills and target roles that profiles and goals may use."""
    facts = company_facts()
    rows = ["element_id\tkind\tname\tdescription"]
    rows += [
        "\t".join((term["code"], term["category"], term["name"], term["description"]))
        for term in facts["competencies"]
    ]
    content = "\n".join(rows).encode()
    await stage.apis.call(
        stage.manager,
        "POST",
        "enrollment",
        "/competencies:import",
        content=content,
        content_type="text/tab-separated-values",
    )
    for term in await stage.pages(stage.manager, "enrollment", "/competencies"):
        stage.competencies[term["code"]] = term["competency_id"]
    for role in facts["target_roles"]:
        codes = role["competencies"]
        body = {**role, "competencies": [stage.competencies[code] for code in codes]}
        answer = await stage.apis.post(stage.manager, "enrollment", "/target-roles", body)
        stage.target_roles[role["code"]] = answer["id"]


def appoint(stage: Stage, people: Sequence[Employee]) -> list[Employee]:
    """Who leads the program: not those who take part; the manager first, then the others."""
    taking_part = {
        participant.employee.number
        for participant in (
            *stage.cast.mentees,
            *stage.cast.mentors,
            *stage.cast.newcomers,
            *stage.cast.unready,
        )
    }
    free = [
        person
        for person in people
        if person.number not in taking_part and person.number in stage.person_ids
    ]
    staff = [person for person in free if person.function == "people"] or free
    manager = staff[0]
    functions = dict.fromkeys(person.function for person in free if person is not manager)
    others = [
        next(person for person in free if person.function == function and person is not manager)
        for function in functions
    ]
    person_id = stage.person_ids[manager.number]
    stage.manager = Actor(subject=person_id, roles=("program_manager",))
    return [manager, *others]


async def found_program(stage: Stage, leaders: Sequence[Employee]) -> None:
    """Create, describe, staff, and open the program, and set the rules of matching."""
    ask = partial(_put, stage)
    program = await stage.apis.post(
        stage.manager, "enrollment", "/programs", {"name": "Across: mentoring between functions"}
    )
    stage.program_id = program["program_id"]
    await ask(
        "charter",
        {
            "objectives": list(OBJECTIVES),
            "expected_hours_per_month": 3,
            "escalation_path": "Program manager, then sponsor.",
        },
    )
    tenure = {"criterion": "tenure_months", "minimum": 3}
    rules = [{"rule_id": f"{part}-tenure", "part": part, **tenure} for part in AGREEMENTS]
    await ask("eligibility", {"rules": rules})
    await ask("rubric", {"criteria": list(RUBRIC), "accept_from": 30})
    for part, text in AGREEMENTS.items():
        await ask(f"agreements/{part}", {"text": text, "hours_per_month": 3})
    await ask("training", {"modules": list(MODULES), "required": list(MODULES[:2])})
    roles = ("sponsor", "advisory", "advisory", "advisory", "working_group", "working_group")
    for leader, role in zip(leaders[1:], roles, strict=False):
        await _govern(stage, leader, role)
    await stage.apis.post(
        stage.manager, "enrollment", f"/programs/{stage.program_id}/opening", None
    )
    await stage.settled()
    await _set_policy(stage)


async def schedule_cohort(stage: Stage) -> None:
    """The first cohort with its calendar; its stages follow by themselves."""
    calendar = {
        "applications_open_at": OPEN_DAY,
        "applications_close_at": CLOSE_DAY,
        "kick_off_at": KICK_OFF_DAY,
        "project_start_at": PROJECT_DAY,
        "reflection_at": REFLECTION_DAY,
        "close_at": END_DAY,
    }
    body = {
        "name": "Spring 2026",
        "calendar": {name: stage.moment(day).isoformat() for name, day in calendar.items()},
    }
    cohort = await stage.apis.post(
        stage.manager, "enrollment", f"/programs/{stage.program_id}/cohorts", body
    )
    stage.cohort_id = cohort["cohort_id"]


async def _put(stage: Stage, what: str, body: dict[str, Any]) -> None:
    path = f"/programs/{stage.program_id}/{what}"
    await stage.apis.put(stage.manager, "enrollment", path, body)


async def _govern(stage: Stage, leader: Employee, role: str) -> None:
    body = {
        "person_id": stage.person_ids[leader.number],
        "role": role,
        "function": leader.function,
        "decision_rights": ["budget"] if role == "sponsor" else ["advice"],
    }
    path = f"/programs/{stage.program_id}/governance"
    await stage.apis.post(stage.manager, "enrollment", path, body)


async def _set_policy(stage: Stage) -> None:
    body = {
        "seats_per_mentor_max": 3,
        "cross_function": "preferred",
        "trial_days": 30,
        "answer_days": 10,
        "exit_criteria": [{"code": "goals_met", "text": "The goals are met before the end."}],
        "reason": "First cohort: one mentor for at most three mentees.",
    }
    path = f"/programs/{stage.program_id}/matching-policy"
    await stage.apis.put(stage.manager, "matching", path, body)
