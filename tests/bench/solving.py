"""The best pairs of a made-up company: processor time and memory, beside SciPy's dense solver."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.figures import Figure, Report

ROOT = Path(__file__).parents[2]
DEMO, LARGE = (1_860, 640), (10_000, 4_000)
LARGER: Mapping[tuple[int, int], tuple[str, str]] = {
    (20_000, 8_000): ("at most 30 s", "at most 600 MB"),
    (50_000, 20_000): ("at most 200 s", "at most 1,200 MB"),
}
WORST_OFF: Sequence[tuple[int, int]] = ((2_000, 1_000), (5_000, 2_000), (10_000, 4_000))
LOST: Sequence[tuple[int, int]] = ((1_000, 400), (5_000, 2_000))
SMALL = (300, 120)
TIME, MEMORY = "processor time", "peak memory"
ROUNDS = 3


def measure(*, small: bool = False) -> list[Report]:
    """Each size in processes of its own; the largest ones once."""
    _alone("scoring", SMALL)  # translates the loops, if they are not in the cache
    if small:
        return [_beside(SMALL, 1), _worst_off(SMALL), _lost((SMALL,))]
    large = [*map(_large, LARGER), *map(_worst_off, WORST_OFF)]
    return [_demo(), _beside(LARGE, ROUNDS), *large, _lost(LOST)]


def _demo() -> Report:
    runs = [_alone("ours", DEMO)["seconds"] for _ in range(ROUNDS)]
    return Report(
        title=f"The best pairs of {_named(DEMO)}, scoring and proof included",
        figures=[Figure(name=TIME, unit="s", runs=runs)],
    )


def _beside(size: tuple[int, int], rounds: int) -> Report:
    runs = [(_alone("ours", size), _alone("scipy", size)) for _ in range(rounds)]
    figures = []
    for kind, name, unit in (("seconds", TIME, "s"), ("megabytes", MEMORY, "MB")):
        own, other = ([run[place][kind] for run in runs] for place in (0, 1))
        figures.append(Figure(name=name, unit=unit, runs=own, against=f"SciPy's {name}"))
        figures.append(Figure(name=f"SciPy's {name}", unit=unit, runs=other))
    return Report(
        title=f"The best pairs of {_named(size)}, beside SciPy's dense solver",
        figures=figures,
        targets={TIME: "at most 0.7x", MEMORY: "at most 0.2x"},
        notes=[
            "We score all pairs, serve by priority, prove the answer and draw lots;",
            "SciPy's linear_sum_assignment is given all scores, and finds pairs.",
        ],
    )


def _large(size: tuple[int, int]) -> Report:
    found, scored = _alone("ours", size), _alone("scoring", size)
    rate = size[0] * size[1] / scored["seconds"] / 1e6
    figures = [
        Figure(name=TIME, unit="s", runs=[found["seconds"]]),
        Figure(name=MEMORY, unit="MB", runs=[found["megabytes"]]),
        Figure(name="pairs scored a second", unit="million", runs=[rate]),
    ]
    seconds, megabytes = LARGER[size]
    return Report(
        title=f"The best pairs of {_named(size)}, scoring and proof included",
        figures=figures,
        targets={TIME: seconds, MEMORY: megabytes},
        notes=[f"{found['served']:,.0f} served, {found['total']:,.0f} points."],
    )


def _worst_off(size: tuple[int, int]) -> Report:
    figures, notes = [], []
    for name, who in (("by an order", "worst_off"), ("without one", "worst_off_unordered")):
        found = _alone(who, size)
        for kind, said, unit in (("seconds", TIME, "s"), ("megabytes", MEMORY, "MB")):
            figures.append(Figure(name=f"{said}, {name}", unit=unit, runs=[found[kind]]))
        notes.append(f"{name}: {found['served']:,.0f} served, {found['steps']:,.0f} aims.")
    title = f"The worst off of {_named(size)} first, scoring and proof included"
    return Report(title=title, figures=figures, notes=notes)


def _lost(sizes: Sequence[tuple[int, int]]) -> Report:
    """What candidates cost: nothing."""
    found = {size: _alone("lost", size) for size in sizes}
    figures = [
        Figure(name=f"{kind} of {_named(size)}", unit=kind, runs=[lost[kind]])
        for size, lost in found.items()
        for kind in ("people", "points")
    ]
    return Report(
        title="Lost against the dense optimum",
        figures=figures,
        targets={figure.name: "0" for figure in figures},
    )


def _named(size: tuple[int, int]) -> str:
    return f"{size[0]:,} mentees and {size[1]:,} mentors"


def _alone(who: str, size: tuple[int, int]) -> Mapping[str, float]:
    command = [sys.executable, "-m", "tests.bench.solving_alone", who, *map(str, size)]
    said = subprocess.run(  # noqa: S603  # our own program
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: Mapping[str, float] = json.loads(said.stdout)
    return found
