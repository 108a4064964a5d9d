"""One pass over all pairs, some mentees with all mentors at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Alike, Bits, Whole
from services.matching.verifier.gains import Gains
from services.matching.verifier.rules import places_of
from services.matching.verifier.scoring import Scoring

# Added for each rule that forbids a pair: below all points, and 16 bits hold it seven times; the
# rules that are tables are six.
FORBIDDEN = -4096

_PAIRS_AT_ONCE = 2**18  # a block that the caches hold
_CELLS_MAX = 2**21  # of a table of those who are alike in several respects


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some mentees, all mentors."""

    rows: Whole
    points: NDArray[np.int16]  # mentees x mentors, from 0 to 1000; below 0: not allowed

    @property
    def allowed(self) -> Bits:
        """Whether the rules allow each pair."""
        allowed: Bits = self.points >= 0
        return allowed


class Pass:
    """What every block is made of."""

    def __init__(self, scoring: Scoring) -> None:
        """Put the tables of points and rules together: each is read once for every pair."""
        self._scoring = scoring
        self._gains = Gains(scoring.skills)
        rules = scoring.rules
        points = [table for table in scoring.circumstances.by_name.values() if table.table.any()]
        self._tables = _merged([*points, *map(_forbidding, rules.tables.values())])
        self._by_manager = np.argsort(rules.above_mentors, kind="stable")
        self._managers = rules.above_mentors[self._by_manager]
        listed = [np.zeros(0, dtype=np.int64), *(pairs.keys for pairs in rules.lists.values())]
        self._rows, self._columns = places_of(np.unique(np.concatenate(listed)))

    def blocks(self, rows: Whole) -> Iterator[Block]:
        """What the pairs of these mentees have by circumstances alone, and whether allowed."""
        step = max(1, _PAIRS_AT_ONCE // max(self._scoring.mentors, 1))
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            points = np.zeros((len(some), self._scoring.mentors), dtype=np.int16)
            for table in self._tables:
                points += table.table[table.of_row[some]]
            yield Block(rows=some, points=self._without_listed(some, points))

    def bounded(self, block: Block) -> NDArray[np.int16]:
        """The same with no less than the skills of each pair come to, in quick numbers."""
        return block.points + self._gains.most(block.rows)

    def scored(self, block: Block) -> NDArray[np.int16]:
        """The same with the skills of each pair: its score."""
        return block.points + self._gains.points(block.rows)

    def _without_listed(self, rows: Whole, points: NDArray[np.int16]) -> NDArray[np.int16]:
        """Pairs that are forbidden one by one, or have a manager in common."""
        above = self._scoring.rules.above[rows]
        mine, places = _spread(self._managers, above)
        points[mine, self._by_manager[places]] = FORBIDDEN
        mine, places = _spread(self._rows, rows)
        points[mine, self._columns[places]] = FORBIDDEN
        return points


def _spread(ordered: Whole, wanted: Whole) -> tuple[Whole, Whole]:
    """For each wanted number the places where it stands: which was wanted, and where it is."""
    first = np.searchsorted(ordered, wanted, side="left")
    count = np.searchsorted(ordered, wanted, side="right") - first
    which = np.repeat(np.arange(len(wanted)), count)
    within = np.arange(which.size) - np.repeat(np.cumsum(count) - count, count)
    return which, np.repeat(first, count) + within


def _forbidding(rule: Alike) -> Alike:
    return Alike(of_row=rule.of_row, table=rule.table.astype(np.int16) * np.int16(FORBIDDEN))


def _merged(tables: Sequence[Alike]) -> Sequence[Alike]:
    """Fewer tables that add up to the same, as long as none grows too large."""
    found: list[Alike] = []
    for table in sorted(tables, key=lambda each: len(each.table)):
        if not len(table.of_row):
            continue
        for place, other in enumerate(found):
            both, ways = np.unique(
                other.of_row * len(table.table) + table.of_row, return_inverse=True
            )
            if both.size * table.table.shape[1] <= _CELLS_MAX:
                its, own = np.divmod(both, max(1, len(table.table)))
                found[place] = Alike(of_row=ways, table=other.table[its] + table.table[own])
                break
        else:
            found.append(table)
    return found
