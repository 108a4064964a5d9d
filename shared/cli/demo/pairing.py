"""The third scene: matching runs, answers to proposals, trials, a failed pairing, a leaver."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from shared.cli.demo.client import Actor
from shared.cli.demo.founding import KICK_OFF_DAY
from shared.cli.demo.stage import HR, Stage

DECLINE_PER_CENT = 3
SILENT_PER_CENT = 1
LEAVE_TRIAL_PER_CENT = 2
CONFIRM_PER_CENT = 60  # the others simply go on
EXPIRY_DAYS = 11


async def match(stage: Stage) -> None:
    """A run for all, answers, a second run for those who still wait, kick-off."""
    await _run(stage, "first")
    await _answers(stage, round_number=1)
    await stage.pass_until(stage.day + EXPIRY_DAYS + 0.2)
    await _run(stage, "second")
    await _answers(stage, round_number=2)
    await stage.pass_until(KICK_OFF_DAY + 0.2)


async def leave_and_match_again(stage: Stage) -> None:
    """Some leave their trial, a mentor leaves the company; whoever lost a mentor is next."""
    pairings = await live_pairings(stage)
    work = [partial(_trial, stage, pairing) for pairing in pairings]
    await stage.everybody("trials", work)
    leaver = next(
        (pairing["mentor_person"] for pairing in pairings if _is_settled(stage, pairing)), None
    )
    if leaver:
        await stage.apis.post(HR, "enrollment", f"/people/{leaver}/departure")
        stage.tally.add("mentors who left the company")
    await stage.settled()
    await _run(stage, "third")
    await _answers(stage, round_number=3)


async def live_pairings(stage: Stage) -> Sequence[dict[str, Any]]:
    """All pairings of the cohort that go on."""
    rows = await _pairings(stage)
    return [row for row in rows if row["state"] in {"on_trial", "confirmed"}]


async def _pairings(stage: Stage, **query: object) -> list[dict[str, Any]]:
    query |= {"program_id": stage.program_id, "cohort_id": stage.cohort_id}
    return await stage.pages(stage.manager, "matching", "/pairings", **query)


async def _run(stage: Stage, which: str) -> None:
    body = {"program_id": stage.program_id, "cohort_id": stage.cohort_id}
    await stage.settled()
    await stage.everybody(f"{which} matching run", [partial(_run_and_publish, stage, body)])
    await stage.settled()


async def _run_and_publish(stage: Stage, body: dict[str, str]) -> None:
    operation = await stage.apis.post(stage.manager, "matching", "/matching-runs", body)
    done = await stage.finished(operation["operation_id"], "matching")
    run = done["result_url"].rpartition("/")[2]
    # Seats that came free while the run was worked out may have been offered to who waits.
    accepted = {"accept_changes": True}
    path = f"/matching-runs/{run}/publication"
    told = await stage.apis.post(stage.manager, "matching", path, accepted)
    stage.runs.append(run)
    stage.tally.add("matching runs")
    stage.tally.add("proposals", told["proposed"])


async def _answers(stage: Stage, round_number: int) -> None:
    await stage.pass_until(stage.day + 1.3)
    rows = await _pairings(stage, state="proposed")
    work = [partial(_answer, stage, row, round_number) for row in rows]
    await stage.everybody("answers to proposals", work)
    await stage.settled()


async def _answer(stage: Stage, pairing: dict[str, Any], round_number: int) -> None:
    """The mentee answers first; now and then somebody says no, or nothing."""
    mentee, mentor = both(pairing)
    number = stage.participants[mentee.subject].employee.number
    chance = stage.dice("answer", number, round_number).randrange(100)
    path = f"/pairings/{pairing['pairing_id']}"
    if round_number == 1 and chance < DECLINE_PER_CENT:
        await stage.apis.post(mentee, "matching", f"{path}/decline")
        stage.tally.add("proposals declined")
        return
    await stage.apis.post(mentee, "matching", f"{path}/acceptance")
    if round_number == 1 and chance < DECLINE_PER_CENT + SILENT_PER_CENT:
        stage.tally.add("proposals left to expire")
        return
    await stage.apis.post(mentor, "matching", f"{path}/acceptance")


async def _trial(stage: Stage, pairing: dict[str, Any]) -> None:
    mentee, mentor = both(pairing)
    number = stage.participants[mentee.subject].employee.number
    chance = stage.dice("trial", number).randrange(100)
    path = f"/pairings/{pairing['pairing_id']}"
    if chance < LEAVE_TRIAL_PER_CENT:
        await stage.apis.post(mentee, "matching", f"{path}/trial-leave")
        stage.tally.add("trials that failed")
    elif chance < CONFIRM_PER_CENT:
        await stage.apis.post(mentee, "matching", f"{path}/trial-confirmation")
        await stage.apis.post(mentor, "matching", f"{path}/trial-confirmation")


def _is_settled(stage: Stage, pairing: dict[str, Any]) -> bool:
    number = stage.participants[pairing["mentee_person"]].employee.number
    return stage.dice("trial", number).randrange(100) >= LEAVE_TRIAL_PER_CENT


def both(pairing: dict[str, Any]) -> tuple[Actor, Actor]:
    """Mentee and mentor of a pairing."""
    return (
        Actor(subject=pairing["mentee_person"], roles=("employee", "mentee")),
        Actor(subject=pairing["mentor_person"], roles=("employee", "mentor")),
    )
