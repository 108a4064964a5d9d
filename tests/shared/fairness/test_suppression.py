"""What an attacker with a pencil can find out about hidden groups: nothing narrow."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from ortools.linear_solver import pywraplp

from shared.fairness.suppression import DOUBT_MIN, Cell, Threshold, hidden_groups

SIZE = 10
STEPS = 3

Funnel = Sequence[Mapping[str, Cell]]


@st.composite
def funnels(draw: st.DrawFn) -> Funnel:
    """People of up to six groups who come through three steps; each step loses some."""
    groups = [f"group-{number}" for number in range(draw(st.integers(2, 6)))]
    left = {group: draw(st.integers(0, 60)) for group in groups}
    steps = []
    for _ in range(STEPS):
        fewest = {group: draw(st.sampled_from((0, count - 3))) for group, count in left.items()}
        hits = {
            group: draw(st.integers(max(0, fewest[group]), count)) for group, count in left.items()
        }
        steps.append({group: Cell(people=left[group], hits=hits[group]) for group in groups})
        left = hits
    return steps


class Attacker:
    """Knows every total, every shown cell, and that each step counts some of the one before."""

    def __init__(self, funnel: Funnel, hidden: Sequence[frozenset[str]]) -> None:
        self._solver = pywraplp.Solver.CreateSolver("GLOP")
        self._counts = self._unknowns(funnel)
        for step, (cells, gone) in enumerate(zip(funnel, hidden, strict=True)):
            for group, cell in cells.items():
                if group not in gone:
                    self._is(self._counts[step, group], cell.people)
                    self._is(self._counts[step + 1, group], cell.hits or 0)
            for above, total in (
                (step, sum(cell.people for cell in cells.values())),
                (step + 1, sum(cell.hits or 0 for cell in cells.values())),
            ):
                self._is(sum(self._counts[above, group] for group in cells), total)

    def _unknowns(self, funnel: Funnel) -> dict[tuple[int, str], pywraplp.Variable]:
        counts = {
            (step, group): self._solver.NumVar(0, 10_000, f"{step} {group}")
            for step in range(STEPS + 1)
            for group in funnel[0]
        }
        for (step, group), count in counts.items():
            if step:
                self._solver.Add(count <= counts[step - 1, group])
        return counts

    def _is(self, left: object, right: int) -> None:
        self._solver.Add(left == right)

    def width(self, step: int, group: str) -> float:
        """How far apart the least and the greatest count lie that all this allows."""
        found: list[float] = []
        for maximise in (False, True):
            self._solver.Objective().Clear()
            self._solver.Objective().SetCoefficient(self._counts[step, group], 1)
            self._solver.Objective().SetOptimizationDirection(maximise)
            assert self._solver.Solve() == pywraplp.Solver.OPTIMAL
            found.append(self._solver.Objective().Value())
        least, greatest = found
        return greatest - least


@settings(max_examples=300, deadline=None)
@given(funnels())
def test_subtraction_never_narrows_a_hidden_count(funnel: Funnel) -> None:
    hidden = hidden_groups(funnel, Threshold(size=SIZE))
    attacker = Attacker(funnel, hidden)
    for step, (cells, gone) in enumerate(zip(funnel, hidden, strict=True)):
        if gone == cells.keys():
            continue  # only the total is told: whoever may know it learns no more from us
        for group in gone:
            if cells[group].people:
                assert attacker.width(step + 1, group) >= DOUBT_MIN - 0.001, (step, group)


@given(funnels())
def test_no_shown_count_is_of_too_few_people(funnel: Funnel) -> None:
    for cells, gone in zip(funnel, hidden_groups(funnel, Threshold(size=SIZE)), strict=True):
        for group in cells.keys() - gone:
            for count in (cells[group].people, cells[group].hits or 0):
                assert count == 0 or count >= SIZE


@given(funnels())
def test_what_is_hidden_once_stays_hidden_further_on(funnel: Funnel) -> None:
    hidden = hidden_groups(funnel, Threshold(size=SIZE))
    for before, after in pairwise(hidden):
        assert before <= after


@given(funnels())
def test_the_same_counts_hide_the_same_groups(funnel: Funnel) -> None:
    backwards = [dict(reversed(list(cells.items()))) for cells in funnel]
    threshold = Threshold(size=SIZE)
    assert hidden_groups(funnel, threshold) == hidden_groups(backwards, threshold)


def test_one_small_group_takes_another_into_hiding() -> None:
    cells = {
        "sales": Cell(people=60, hits=30),
        "finance": Cell(people=40, hits=20),
        "legal": Cell(people=6, hits=3),
    }
    assert hidden_groups([cells], Threshold(size=SIZE)) == [frozenset({"legal", "finance"})]


def test_nothing_is_hidden_where_every_group_is_large() -> None:
    cells = {"sales": Cell(people=60, hits=30), "finance": Cell(people=40, hits=20)}
    assert hidden_groups([cells], Threshold(size=SIZE)) == [frozenset()]


def test_a_small_group_of_whom_nobody_was_served_is_hidden() -> None:
    assert not Threshold(size=SIZE).allows(Cell(people=15, hits=0))
    assert Threshold(size=SIZE).allows(Cell(people=20, hits=0))


def test_a_step_that_nearly_all_take_hides_nobody_who_could_be_shown() -> None:
    applied = {"sales": Cell(people=60, hits=40), "finance": Cell(people=50, hits=30)}
    accepted = {"sales": Cell(people=40, hits=39), "finance": Cell(people=30, hits=30)}
    assert hidden_groups([applied, accepted], Threshold(size=SIZE)) == [frozenset(), frozenset()]


def test_counts_are_told_in_steps() -> None:
    threshold = Threshold(size=SIZE, step=5)
    assert [threshold.told(count) for count in (0, 10, 12, 13, 17, 18)] == [0, 10, 10, 15, 15, 20]
