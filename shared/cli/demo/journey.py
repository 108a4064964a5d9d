"""The fourth scene: goals, a roadmap, four sessions, milestones, feedback, the end."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from shared.cli.demo.client import Actor, CallFailed
from shared.cli.demo.joining import baseline
from shared.cli.demo.pairing import both, live_pairings
from shared.cli.demo.participants import Participant
from shared.cli.demo.stage import Stage
from shared.frozen import frozen

ROUND_DAYS = (32, 57, 82, 107)  # on which each of the four sessions is planned: within 30 days
CATCH_UP_DAYS = 8  # after which a missed session is tried again
NO_SHOW_PER_CENT = 7
REFLECTS_PER_CENT = 80
ON_TIME_PER_CENT = 85
PROJECT_PLACE = 1  # the second milestone is a real project


@frozen
class Pair:
    """One pairing with those who keep it."""

    pairing_id: str
    mentee: Actor
    mentor: Actor
    participant: Participant  # the mentee

    @property
    def path(self) -> str:
        """Of its journey."""
        return f"/journeys/{self.pairing_id}"


async def pairs(stage: Stage) -> Sequence[Pair]:
    """All pairs that go on, in the order of their mentees."""
    found = []
    for row in await live_pairings(stage):
        mentee, mentor = both(row)
        participant = stage.participants[mentee.subject]
        pair = Pair(
            pairing_id=row["pairing_id"], mentee=mentee, mentor=mentor, participant=participant
        )
        found.append(pair)
    return sorted(found, key=lambda pair: pair.participant.employee.number)


async def plan(stage: Stage, chosen: Sequence[Pair]) -> None:
    """Every pair sets a goal and agrees on a roadmap with two milestones."""
    await stage.everybody("goals and roadmaps", [partial(_plan, stage, pair) for pair in chosen])


async def meet(stage: Stage, round_number: int) -> None:
    """One of the four sessions: planned, held or missed, tried again, reflected on."""
    chosen = await pairs(stage)
    planned = await stage.everybody(
        f"session {round_number}: planning", [partial(_schedule, stage, pair) for pair in chosen]
    )
    await stage.pass_until(stage.day + 5)
    work = [
        partial(_hold, stage, pair, session, round_number, 0)
        for pair, session in zip(chosen, planned, strict=True)
    ]
    held = await stage.everybody(f"session {round_number}: meeting", work)
    missed = [pair for pair, was_held in zip(chosen, held, strict=True) if not was_held]
    again = await stage.everybody(
        f"session {round_number}: new dates", [partial(_schedule, stage, pair) for pair in missed]
    )
    await stage.pass_until(stage.day + CATCH_UP_DAYS)
    work = [
        partial(_hold, stage, pair, session, round_number, 1)
        for pair, session in zip(missed, again, strict=True)
    ]
    await stage.everybody(f"session {round_number}: catching up", work)


async def close(stage: Stage) -> None:
    """Where everybody stands now, what they say of it, and the end of the journey."""
    chosen = await pairs(stage)
    await stage.everybody("closing", [partial(_close, stage, pair) for pair in chosen])
    await stage.settled()


async def _plan(stage: Stage, pair: Pair) -> None:
    code = pair.participant.growth_goals[0]
    start = baseline(stage, pair.participant)["skills"][0]["level"]
    measure = {
        "competency_id": stage.competencies[code],
        "unit": "level",
        "start": start,
        "target": start + 2,
    }
    goal = {
        "text": f"I lead one piece of work that needs {code.replace('-', ' ')}.",
        "measure": measure,
        "due_on": stage.moment(140).date().isoformat(),
    }
    await stage.apis.post(pair.mentee, "sessions", f"{pair.path}/goals", goal)
    milestones = [
        {"title": "Shadow a meeting of the other function", "due_on": _date(stage, 75)},
        {"title": "Lead a small joint project", "due_on": _date(stage, 130), "project": True},
    ]
    dates = [_date(stage, day) for day in (70, 100)]
    body = {"milestones": milestones, "check_in_dates": dates}
    answer = await stage.apis.put(pair.mentor, "sessions", f"{pair.path}/roadmap", body)
    stage.milestones[pair.pairing_id] = answer["milestone_ids"]
    path = f"{pair.path}/roadmap/approval"
    await stage.apis.post(pair.mentee, "sessions", path, {"proposal": answer["proposal"]})


async def _schedule(stage: Stage, pair: Pair) -> str:
    dice = stage.dice("schedule", pair.participant.employee.number, stage.day)
    starts = stage.moment(stage.day + dice.randint(1, 4)) + timedelta(hours=dice.randint(1, 8))
    body = {"starts_at": starts.isoformat()}
    answer = await stage.apis.post(pair.mentee, "sessions", f"{pair.path}/sessions", body)
    session_id: str = answer["session_id"]
    return session_id


async def _hold(stage: Stage, pair: Pair, session_id: str, round_number: int, attempt: int) -> bool:
    """Whether they met; what belongs to that meeting is done on the way."""
    number = pair.participant.employee.number
    dice = stage.dice("hold", number, round_number, attempt)
    path = f"{pair.path}/sessions/{session_id}"
    if attempt == 0 and dice.randrange(100) < NO_SHOW_PER_CENT:
        absent = dice.choice(("mentor", "mentee"))
        await stage.apis.post(pair.mentor, "sessions", f"{path}/absence", {"absent": absent})
        stage.tally.add("sessions missed")
        return False
    await stage.apis.post(pair.mentor, "sessions", f"{path}/holding", {})
    stage.tally.add("sessions held")
    if dice.randrange(100) < REFLECTS_PER_CENT:
        body = {
            "visibility": dice.choice(("private", "partner", "anonymous")),
            "usefulness": dice.randint(3, 5),
            "text": "I saw how a decision looks from the other side.",
        }
        await stage.apis.post(pair.mentee, "sessions", f"{path}/reflections", body)
    if round_number == 2:
        await _check_in(stage, pair)
    if round_number >= 3:
        await _milestone(stage, pair, round_number - 3)
    return True


async def _check_in(stage: Stage, pair: Pair) -> None:
    dice = stage.dice("check-in", pair.participant.employee.number)
    body: dict[str, Any] = {"progress": dice.randint(20, 70), "what_changes": "Shorter steps."}
    if dice.random() < 0.2:
        body["roadblocks"] = [{"code": dice.choice(("time", "access", "scope"))}]
    await stage.apis.post(pair.mentee, "sessions", f"{pair.path}/check-ins", body)


async def _milestone(stage: Stage, pair: Pair, place: int) -> None:
    """The mentee shows what was done, the mentor confirms it; some are not ready yet."""
    dice = stage.dice("milestone", pair.participant.employee.number, place)
    if dice.randrange(100) >= ON_TIME_PER_CENT:
        return
    path = f"{pair.path}/milestones"
    known = stage.milestones.get(pair.pairing_id, ())
    if place >= len(known):
        return  # a late pair that has no roadmap
    milestone = f"{path}/{known[place]}"
    if place == PROJECT_PLACE:
        body = {"deliverable": "A working plan, tried with two teams."}
        await stage.apis.post(pair.mentee, "sessions", f"{milestone}/evidence", body)
    await stage.apis.post(pair.mentor, "sessions", f"{milestone}/confirmation")
    stage.tally.add("milestones reached")


async def _close(stage: Stage, pair: Pair) -> None:
    number = pair.participant.employee.number
    dice = stage.dice("close", number)
    start = baseline(stage, pair.participant)
    now = {
        "skills": [
            {**skill, "level": min(5, skill["level"] + dice.choices((0, 1, 2), (20, 55, 25))[0])}
            for skill in start["skills"]
        ],
        "confidence": min(100, start["confidence"] + dice.randint(-3, 25)),
        "cross_functional_contacts": start["cross_functional_contacts"] + dice.randint(0, 6),
    }
    await stage.apis.post(pair.mentee, "sessions", f"{pair.path}/self-assessments", now)
    for actor in (pair.mentee, pair.mentor):
        rating = dice.choices((2, 3, 4, 5), (4, 16, 45, 35))[0]
        body = {"about": "partner", "rating": rating, "text": "I was heard, and I was asked more."}
        await stage.apis.post(actor, "sessions", f"{pair.path}/feedback", body)
    try:
        await stage.apis.post(pair.mentor, "sessions", f"{pair.path}/completion")
        stage.tally.add("journeys completed")
    except CallFailed as refusal:
        if refusal.code != "sessions_missing":  # otherwise they may still meet
            raise


def _date(stage: Stage, day: float) -> str:
    return stage.moment(day).date().isoformat()
