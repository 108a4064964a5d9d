"""Strong components of a graph: within one, everybody can be reached from everybody."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Whole


def parts_of(nodes: int, before: Whole, after: Whole) -> NDArray[np.int64]:
    """The number of the component of each node.

    Args:
        nodes: how many there are, numbered from 0.
        before: where each edge begins.
        after: where it ends.

    Source: Tarjan, "Depth-first search and linear graph algorithms" (1972), without recursion.
    """
    pairs = np.stack([before, after], axis=1).astype(np.int64)
    edges = np.unique(pairs, axis=0)
    starts = np.searchsorted(edges[:, 0], np.arange(nodes + 1)).tolist()
    return np.array(_Search(starts, edges[:, 1].tolist()).parts(), dtype=np.int64)


class _Search:
    def __init__(self, starts: Sequence[int], ends: Sequence[int]) -> None:
        nodes = len(starts) - 1
        self._starts = starts
        self._ends = ends
        self._next = list(starts[:-1])  # the edge of each node to follow next
        self._index = [-1] * nodes  # in the order in which nodes were found
        self._low = [0] * nodes  # the first found that can be reached back
        self._part = [-1] * nodes
        self._found = 0
        self._parts = 0
        self._open: list[int] = []  # found, and of no component yet

    def parts(self) -> Sequence[int]:
        """Of each node, after all were walked."""
        for node in range(len(self._part)):
            if self._index[node] < 0:
                self._walk(node)
        return self._part

    def _walk(self, root: int) -> None:
        self._enter(root)
        path = [root]
        while path:
            node = path[-1]
            if self._next[node] < self._starts[node + 1]:
                end = self._ends[self._next[node]]
                self._next[node] += 1
                if self._index[end] < 0:
                    self._enter(end)
                    path.append(end)
                elif self._part[end] < 0:
                    self._low[node] = min(self._low[node], self._index[end])
                continue
            path.pop()
            if path:
                self._low[path[-1]] = min(self._low[path[-1]], self._low[node])
            if self._low[node] == self._index[node]:
                self._close(node)

    def _enter(self, node: int) -> None:
        self._index[node] = self._low[node] = self._found
        self._found += 1
        self._open.append(node)

    def _close(self, node: int) -> None:
        """Everything found since this node is one component with it."""
        while True:
            member = self._open.pop()
            self._part[member] = self._parts
            if member == node:
                break
        self._parts += 1
