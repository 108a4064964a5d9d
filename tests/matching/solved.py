"""Runs worked out on the spot, as the same run with the same chance each time."""

from services.matching.domain.pool import RunInput
from services.matching.domain.run_record import About
from services.matching.domain.solution import solve as solve_run
from services.matching.domain.solved import ENGINE, Solution, Solved
from shared.events.matching import LogPosition
from tests.matching.cast import RUN

ABOUT = About(
    run_id=RUN,
    as_of=(LogPosition(service="enrollment", slot=3, number=41),),
    seed=b"s" * 32,
    salt=b"t" * 32,
    engine=ENGINE,
)


def solve(source: RunInput) -> Solution:
    """The solution of a run whose rules allow somebody somebody."""
    answer = solve_run(source, ABOUT)
    assert isinstance(answer, Solved), answer
    return answer.solution
