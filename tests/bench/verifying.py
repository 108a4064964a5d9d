"""A run's record: what checking it costs beside scoring all pairs once, and asking it why not."""

import random
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from services.matching.domain.compatibility import PlainScorer, field_of
from services.matching.domain.engine.kernel import KernelScorer
from services.matching.domain.pool import RunInput
from services.matching.queries import explaining
from services.matching.queries.loaded_runs import taken_apart
from services.matching.verifier import verify
from services.matching.verifier.passing import Pass
from services.matching.verifier.reading import read
from services.matching.verifier.scoring import Scoring, scoring_of
from shared.events.matching import Objective
from tests.bench.figures import Figure, Report
from tests.matching.record.harbour import POLICY, harbour, recorded

SIZES = {  # mentees and mentors
    Objective.MOST_SERVED: (10_000, 4_000),
    Objective.BEST_SCORE: (5_000, 2_000),
    Objective.WORST_OFF_FIRST: (2_000, 800),
}
ASKED, SMALL = (5_000, 2_000), (300, 120)
ROUNDS, BLOCK_ROWS = 3, 64
QUESTIONS = 2_000
WHOLE, FROM_DISK = "verify", "of which reading into tables"
OWN, FAST = "all pairs scored by its own form", "all pairs scored by the compiled form"
PLAIN = "all pairs scored by the plain form"
WHY_NOT, SLOWEST = "why not", "why not, the slowest of a hundred"


def measure(*, small: bool = False) -> list[Report]:
    """One report an objective, then the questions."""
    reports = [
        _checked(objective, SMALL if small else size, 1 if small else ROUNDS)
        for objective, size in SIZES.items()
    ]
    source = _source(Objective.MOST_SERVED, SMALL if small else ASKED)
    return [*reports, _asked(source, QUESTIONS // 20 if small else QUESTIONS)]


def _source(objective: Objective, size: tuple[int, int]) -> RunInput:
    weak = 300 if objective is Objective.MOST_SERVED else 0
    policy = replace(POLICY, objective=objective, weak_below=weak, level_gap_min=None)
    return harbour(1, *size, policy=policy, bar=size[0] // 20, lock=3)


def _checked(objective: Objective, size: tuple[int, int], rounds: int) -> Report:
    source = _source(objective, size)
    raw = recorded(source).opened
    taken = [_once(source, raw) for _ in range(rounds)]
    return Report(
        title=f"Checking a record of {size[0]:,} mentees and {size[1]:,} mentors, {objective}",
        figures=[
            Figure(
                name=name,
                unit="s",
                runs=[each[name] for each in taken],
                against=OWN if name == WHOLE else "",
            )
            for name in (WHOLE, FROM_DISK, OWN, FAST, PLAIN)
        ],
        targets={WHOLE: "at most 1.1x one scoring pass"},
        notes=[f"{len(raw) / 1e6:.1f} MB of JSON; processor time."],
    )


def _once(source: RunInput, raw: bytes) -> dict[str, float]:
    record, field = read(raw), field_of(source)
    scoring, fast = scoring_of(record), KernelScorer(field)
    fast.block(slice(0, 1))  # its loops are read from their cache
    return {
        WHOLE: _seconds(lambda: verify(raw)),
        PLAIN: _seconds(lambda: PlainScorer(field=field).block(slice(None))),
        OWN: _seconds(lambda: _scored(scoring)),
        FAST: _seconds(lambda: _compiled(fast)),
        FROM_DISK: _seconds(lambda: (read(raw), scoring_of(record))),
    }


def _scored(scoring: Scoring) -> None:
    passing = Pass(scoring)
    for block in passing.blocks(np.arange(scoring.mentees)):
        passing.scored(block)


def _compiled(scorer: KernelScorer) -> None:
    for start in range(0, scorer.rows, BLOCK_ROWS):
        scorer.block(slice(start, start + BLOCK_ROWS))


def _asked(source: RunInput, questions: int) -> Report:
    run = taken_apart(recorded(source).opened)
    chance = random.Random(1)
    taken = []
    for _ in range(questions):
        row, column = chance.randrange(len(run.mentees)), chance.randrange(len(run.mentors))
        begun = time.thread_time_ns()
        assert explaining.why_not(run, row, column).summary
        taken.append((time.thread_time_ns() - begun) / 1e6)
    taken.sort()
    return Report(
        title=f"Why not? asked of a record of {len(run.mentees):,} mentees, processor time",
        figures=[
            Figure(name=WHY_NOT, unit="ms", runs=taken),
            Figure(name=SLOWEST, unit="ms", runs=taken[-max(1, questions // 100) :][:1]),
        ],
        targets={WHY_NOT: "at most 1 ms"},
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun
