"""One matching run in memory: scores, allowed pairs, and who goes with whom."""

import time
from collections.abc import Sequence

from services.matching.domain.pool import RunInput
from tests.bench.figures import Figure, Report
from tests.matching.cast import BUDGETING, FACILITATION, STATISTICS, candidate, run_input
from tests.matching.solved import solve

ROUNDS = 3
COHORTS = ((300, 120), (1_000, 400), (2_500, 1_000))  # mentees and mentors
SKILLS = (FACILITATION, STATISTICS, BUDGETING)


def _people(mentees: int, mentors: int) -> RunInput:
    return run_input(
        [candidate(f"mentee {place}", goals=[SKILLS[place % 3]]) for place in range(mentees)],
        [
            candidate(f"mentor {place}", function="law", levels={SKILLS[place % 3]: 5}, seats=3)
            for place in range(mentors)
        ],
    )


def _milliseconds(people: RunInput) -> float:
    begun = time.process_time()
    solve(people)
    return 1_000 * (time.process_time() - begun)


def measure(*, small: bool = False) -> list[Report]:
    """Processor time of a run, by how many people it is about."""
    cohorts: Sequence[tuple[int, int]] = COHORTS[:1] if small else COHORTS
    figures: list[Figure] = []
    for mentees, mentors in cohorts:
        people = _people(mentees, mentors)
        runs = [_milliseconds(people) for _ in range(1 if small else ROUNDS)]
        name = f"{mentees:,} mentees, {mentors:,} mentors"
        against = figures[0].name if figures else ""
        figures.append(Figure(name=name, unit="ms", runs=runs, against=against))
    return [Report(title="A matching run, processor time", figures=figures)]
