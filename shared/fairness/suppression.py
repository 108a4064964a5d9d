"""Which groups stay hidden, so that no published number tells of too few people.

One partition of people into groups is published with its total, measure by measure. A group is
hidden where its own counts are too small, and more groups are hidden until what a reader gets by
subtracting the shown ones from the total is itself large enough to be shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from shared.frozen import frozen

GROUP_SIZE_DEFAULT = 10
GROUP_SIZE_FLOOR = 5
DOUBT_MIN = 3  # so many values at least lie between those that a hidden count can have


@frozen
class Cell:
    """What is counted for one group: `hits` of `people`, or a mean over `people` (hits None)."""

    people: int
    hits: int | None = None

    def plus(self, other: "Cell") -> "Cell":
        """Both groups taken together."""
        hits = None if self.hits is None or other.hits is None else self.hits + other.hits
        return Cell(people=self.people + other.people, hits=hits)


@frozen
class Threshold:
    """How many people must stand behind a number, and how exactly it is told."""

    size: int = GROUP_SIZE_DEFAULT
    step: int = 1  # counts are told in steps of this: for groups that people declare themselves

    def allows(self, cell: Cell) -> bool:
        """Whether a cell may be shown: no count between one and the size, no small nothing."""
        if cell.people < self.size:
            return cell.people == 0
        if cell.hits == 0:
            return cell.people >= 2 * self.size
        return cell.hits is None or cell.hits >= self.size

    def protects(self, hidden: Sequence[Cell], *, bases_known: bool) -> bool:
        """Whether a reader who knows what these add up to knows none of them closely.

        Args:
            hidden: the cells that are not shown.
            bases_known: the step before told how many people stand behind some of them.
        """
        # Somebody who knows a group to be empty subtracts it too: it hides nothing.
        peopled = [cell for cell in hidden if cell.people]
        if not peopled:
            return True
        whole = _sum(peopled)
        if len(peopled) == 1 or whole.people < self.size:
            return False
        if whole.hits is None:
            return True
        missed = whole.people - whole.hits
        return whole.hits >= self.size and (missed >= DOUBT_MIN or not bases_known)

    def told(self, count: int) -> int:
        """A count as it is told, half a step rounded up."""
        return (2 * count + self.step) // (2 * self.step) * self.step


def hidden_groups(
    stages: Sequence[Mapping[str, Cell]], threshold: Threshold
) -> Sequence[frozenset[str]]:
    """The groups to hide at each stage of a funnel; what is hidden once stays hidden further on.

    A stage counts some of those that the stage before it counted, so a group hidden early and
    shown late would give its early count away.

    Args:
        stages: the cells by group; every stage has the same groups.
        threshold: how large a count must be.
    """
    hidden: frozenset[str] = frozenset()
    found: list[frozenset[str]] = []
    for cells in stages:
        hidden = _widened(cells, hidden, threshold)
        found.append(hidden)
    return found


def total_allowed(cells: Iterable[Cell], threshold: Threshold) -> bool:
    """Whether the total of a partition may be shown to a reader of suppressed figures."""
    return threshold.allows(_sum(list(cells)))


def _widened(
    cells: Mapping[str, Cell], before: frozenset[str], threshold: Threshold
) -> frozenset[str]:
    hidden = before | {group for group, cell in cells.items() if not threshold.allows(cell)}
    # The smallest go first: the least is lost. Names break ties, so every run agrees.
    peopled = (group for group, cell in cells.items() if cell.people and group not in hidden)
    rest = sorted(peopled, key=lambda group: (cells[group].people, group))
    for group in (*rest, None):
        if threshold.protects([cells[name] for name in hidden], bases_known=hidden != before):
            return hidden
        if group is not None:
            hidden |= {group}
    return frozenset(cells)  # nothing but the total is left, and the empty groups would tell whose


def _sum(cells: Sequence[Cell]) -> Cell:
    return reduce(Cell.plus, cells) if cells else Cell(people=0, hits=0)
