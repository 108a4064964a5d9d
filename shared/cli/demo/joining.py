"""The second scene: people describe themselves, apply, are approved, and join."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from shared.cli.demo.founding import CLOSE_DAY, MODULES, OPEN_DAY
from shared.cli.demo.participants import Participant
from shared.cli.demo.stage import Stage

WAVES = 4  # people apply on different days, so that waiting has a length
BATCH = 200
PERIODS = ("morning", "midday", "afternoon")


async def apply(stage: Stage) -> None:
    """Everybody says who they are and what they want, some days apart."""
    cast = stage.cast
    crowd = [*cast.mentors, *cast.unready, *cast.mentees, *cast.newcomers]
    waves: list[list[Participant]] = [[] for _ in range(WAVES)]
    for participant in crowd:
        waves[stage.dice("wave", participant.employee.number).randrange(WAVES)].append(participant)
    for number, wave in enumerate(waves):
        await stage.pass_until(OPEN_DAY + 0.1 + 3 * number)
        work = [partial(_apply, stage, participant) for participant in wave]
        await stage.everybody(f"applications, wave {number + 1} of {WAVES}", work)


async def decide(stage: Stage) -> None:
    """Mentees are assessed by the rubric; mentor candidates are approved or not, with a reason."""
    await stage.settled()
    waiting = await stage.pages(
        stage.manager,
        "enrollment",
        f"/cohorts/{stage.cohort_id}/applications",
        stage="submitted",
    )
    mentees = [row for row in waiting if row["part"] == "mentee"]
    mentors = [row for row in waiting if row["part"] == "mentor"]
    unready = {stage.person_ids[person.employee.number] for person in stage.cast.unready}
    assessments = [_assessment(stage, row) for row in mentees]
    approvals = [_approval(row, approved=row["person_id"] not in unready) for row in mentors]
    batches = [
        *((part, "/assessments:batch") for part in _parts(assessments)),
        *((part, "/approvals:batch") for part in _parts(approvals)),
    ]
    work = [partial(_batch, stage, path, items) for items, path in batches]
    await stage.everybody("decisions on applications", work)


async def join(stage: Stage) -> None:
    """The accepted agree, learn, record where they start, and opt in."""
    crowd = [*stage.cast.mentors, *stage.cast.mentees]
    await stage.everybody("joining", [partial(_join, stage, person) for person in crowd])
    await stage.pass_until(CLOSE_DAY + 0.5)


async def _apply(stage: Stage, participant: Participant) -> None:
    actor, number = stage.actor(participant), participant.employee.number
    person = f"/people/{actor.subject}"
    await stage.apis.put(actor, "enrollment", f"{person}/profile", _profile(stage, participant))
    if participant.seats:
        capacity = {
            "seats": participant.seats,
            "hours_per_month": 3 * participant.seats,
            "periods": [period for period in PERIODS if period not in participant.unavailable],
        }
        await stage.apis.put(actor, "enrollment", f"{person}/capacity", capacity)
    if participant.remote_only or participant.unavailable:
        needs = {
            "remote_only": participant.remote_only,
            "unavailable": list(participant.unavailable),
        }
        await stage.apis.put(actor, "enrollment", f"{person}/accommodations", needs)
    path = f"/cohorts/{stage.cohort_id}/applications"
    answer = await stage.apis.post(actor, "enrollment", path, _application(stage, participant))
    stage.enrollments[number] = answer["enrollment_id"]
    stage.tally.add(f"{participant.part} applications")
    groups = {"gender": participant.gender, "caregiving": participant.caring}
    given = {dimension: group for dimension, group in groups.items() if group}
    if given:
        body = {"groups": given, "consent": True}
        await stage.apis.put(actor, "metrics", f"{person}/declarations", body)


async def _join(stage: Stage, participant: Participant) -> None:
    actor = stage.actor(participant)
    path = f"/enrollments/{stage.enrollments[participant.employee.number]}"
    if participant.part == "mentor":
        done = MODULES if participant.temperament % 2 else MODULES[:2]
        for module in done:
            await stage.apis.post(actor, "enrollment", f"{path}/training", {"module": module})
    else:
        await stage.apis.put(actor, "enrollment", f"{path}/baseline", baseline(stage, participant))
    await stage.apis.post(actor, "enrollment", f"{path}/agreement", {"version": 1})
    await stage.apis.post(actor, "enrollment", f"{path}/opt-in")


def baseline(stage: Stage, participant: Participant) -> dict[str, Any]:
    """Where a mentee stands in what they want to grow, how sure they feel, whom they know."""
    dice = stage.dice("baseline", participant.employee.number)
    return {
        "skills": [
            {"competency_id": stage.competencies[code], "level": dice.randint(1, 2)}
            for code in participant.growth_goals
        ],
        "confidence": dice.randint(30, 65),
        "cross_functional_contacts": dice.randint(0, 4),
    }


def _profile(stage: Stage, participant: Participant) -> dict[str, Any]:
    role = participant.target_role
    return {
        "expertise": [
            {"competency_id": stage.competencies[code], "level": level}
            for code, level in participant.expertise
        ],
        "growth_goals": [stage.competencies[code] for code in participant.growth_goals],
        "target_roles": [stage.target_roles[role]] if role else [],
        "learning_style": participant.learning_style,
        "work_style": participant.work_style,
        "interests": list(participant.interests),
        "languages": list(participant.languages),
    }


def _application(stage: Stage, participant: Participant) -> dict[str, Any]:
    if participant.part == "mentor":
        return {"part": "mentor", "motivation": "Somebody once did this for me."}
    goals = participant.growth_goals
    return {
        "part": "mentee",
        "desired_outcomes": [stage.competencies[code] for code in goals[:2]],
        "challenges": f"I want to understand {goals[0].replace('-', ' ')} beyond my own team.",
        "motivation": "I would like to see how other functions decide.",
    }


def _assessment(stage: Stage, row: dict[str, Any]) -> dict[str, Any]:
    dice = stage.dice("assessment", row["enrollment_id"])
    scores = [
        {"code": code, "score": dice.randint(45, 95)}
        for code in ("potential", "curiosity", "goals")
    ]
    return {"enrollment_id": row["enrollment_id"], "scores": scores}


def _approval(row: dict[str, Any], *, approved: bool) -> dict[str, Any]:
    return {
        "enrollment_id": row["enrollment_id"],
        "decision": "approve" if approved else "decline",
        "reason": "Listens well, and has the time." if approved else "Too many duties this term.",
    }


async def _batch(stage: Stage, path: str, items: Sequence[dict[str, Any]]) -> None:
    answer = await stage.apis.post(stage.manager, "enrollment", path, {"items": list(items)})
    stage.tally.add("decisions", len(answer["items"]))


def _parts(items: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
