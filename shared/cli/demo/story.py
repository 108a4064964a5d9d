"""The story from beginning to end; every scene uses the public APIs only."""

from collections.abc import Sequence

from shared.cli.demo import founding, joining, journey, pairing
from shared.cli.demo.population import Employee
from shared.cli.demo.stage import Stage

LEAVE_DAY = 46  # some trials of 30 days are still open
CLOSE_DAY = 132


async def play(stage: Stage, people: Sequence[Employee], export: bytes) -> None:
    """Import, found, join, match, meet, close."""
    await stage.everybody("importing people", [lambda: founding.import_people(stage, export)])
    await founding.learn_names(stage, people)
    leaders = founding.appoint(stage, people)
    await founding.import_vocabulary(stage)
    await founding.found_program(stage, leaders)
    await founding.schedule_cohort(stage)
    await joining.apply(stage)
    await joining.decide(stage)
    await joining.join(stage)
    await pairing.match(stage)
    await stage.pass_until(journey.ROUND_DAYS[0])
    await journey.plan(stage, await journey.pairs(stage))
    await journey.meet(stage, 1)
    await stage.pass_until(LEAVE_DAY)
    await pairing.leave_and_match_again(stage)
    for number, day in enumerate(journey.ROUND_DAYS[1:], start=2):
        await stage.pass_until(max(day, stage.day + 1))
        await journey.meet(stage, number)
    await stage.pass_until(CLOSE_DAY)
    await journey.close(stage)
