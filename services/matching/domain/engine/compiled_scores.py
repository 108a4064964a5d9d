"""Scores of all pairs of some rows, compiled: sums of table rows, and what differs row by row.

Divisions by a number that a row keeps are multiplications: a rounded-up reciprocal of 25 bits is
exact for what occurs here, at most 60 times 75 by 75, and 45 times 800 by 800.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.engine.compiled import compiled
from services.matching.domain.engine.problem import Whole

Lists: TypeAlias = tuple[Whole, Whole]  # where each row's begins, and all of them

FORBIDDEN = 4096  # added to the score of a pair by each rule that forbids it
SHIFT = 25
ASKED_MAX = 800  # competencies that target roles of one mentee ask for

_TILE = 4096  # columns at a time: what is added up stays in the cache next to the core
_BY_60, _SHIFT_60 = np.int32(34953), np.int32(21)  # x // 60 up to 60 000
_STRONG = np.int8(3)


@compiled
def fill(
    rows: tuple[int, int],
    facets: tuple[NDArray[np.int16], NDArray[np.int32]],
    offers: tuple[NDArray[np.int8], NDArray[np.int8]],
    wishes: tuple[NDArray[np.int16], NDArray[np.int16], Lists, Lists, NDArray[np.int32]],
    out: tuple[NDArray[np.int16], NDArray[np.bool_]],
) -> None:
    """Write scores and what is allowed into `out`.

    Args:
        rows: from, to.
        facets: table rows x columns; rows x facets, which table rows are to be added up.
        offers: competencies x columns, levels; interests x columns, 1 where named.
        wishes: rows x places x (competency, mentee's level, want); the same for what the run
            emphasises, without wants; roles' competencies and interests, each list after list;
            rows x (weight and reciprocal, of strengths, target roles and emphasis).
        out: scores and marks, both rows x columns.
    """
    columns = out[0].shape[1]
    room = np.empty((2, _TILE), np.int16)
    for row in range(rows[0], rows[1]):
        for start in range(0, columns, _TILE):
            stop = min(start + _TILE, columns)
            total = out[0][row - rows[0], start:stop]
            _fill_tile((row, start, stop), facets, offers, wishes, (total, room))
            _split(total, out[1][row - rows[0], start:stop])


@compiled
def _fill_tile(
    place: tuple[int, int, int],
    facets: tuple[NDArray[np.int16], NDArray[np.int32]],
    offers: tuple[NDArray[np.int8], NDArray[np.int8]],
    wishes: tuple[NDArray[np.int16], NDArray[np.int16], Lists, Lists, NDArray[np.int32]],
    sums: tuple[NDArray[np.int16], NDArray[np.int16]],
) -> None:
    row, start, stop = place
    tables, keys = facets
    goals, emphasised, roles, interests, scales = wishes
    total, many, few = sums[0], sums[1][0, : stop - start], sums[1][1, : stop - start]
    total[:] = 0
    for facet in range(keys.shape[1]):
        _add(total, tables[keys[row, facet], start:stop])
    levels, named = offers[0][:, start:stop], offers[1][:, start:stop]
    if scales[row, 0]:
        _gained(many, levels, goals[row])
        few[:] = 0
        _add_points(total, many, few, scales[row, 0:2])
    if scales[row, 2]:
        _met(many, levels, roles[1][roles[0][row] : roles[0][row + 1]])
        _shared(few, named, interests[1][interests[0][row] : interests[0][row + 1]])
        _add_points(total, many, few, scales[row, 2:4])
    if scales[row, 4]:
        _ahead(many, levels, emphasised[row])
        few[:] = 0
        _add_points(total, many, few, scales[row, 4:6])


@compiled
def _add(total: NDArray[np.int16], more: NDArray[np.int16]) -> None:
    for column in range(len(total)):
        total[column] += more[column]


@compiled
def _gained(sums: NDArray[np.int16], offered: NDArray[np.int8], goals: NDArray[np.int16]) -> None:
    sums[:] = 0
    for place in range(goals.shape[0]):
        own, want = np.int16(goals[place, 1]), np.int16(goals[place, 2])
        if want == 0:
            continue
        levels = offered[goals[place, 0]]
        for column in range(len(sums)):
            ahead = np.int16(levels[column] - own)
            if ahead < 0:
                ahead = np.int16(0)
            sums[column] = np.int16(sums[column] + ahead * want)


@compiled
def _ahead(
    sums: NDArray[np.int16], offered: NDArray[np.int8], emphasised: NDArray[np.int16]
) -> None:
    sums[:] = 0
    for place in range(emphasised.shape[0]):
        least = np.int8(max(emphasised[place, 1] + 1, _STRONG))
        levels = offered[emphasised[place, 0]]
        for column in range(len(sums)):
            sums[column] += np.int16(levels[column] >= least)


@compiled
def _met(sums: NDArray[np.int16], offered: NDArray[np.int8], asked: Whole) -> None:
    sums[:] = 0
    for place in range(len(asked)):
        levels = offered[asked[place]]
        for column in range(len(sums)):
            sums[column] += np.int16(levels[column] >= _STRONG)


@compiled
def _shared(counts: NDArray[np.int16], named: NDArray[np.int8], interests: Whole) -> None:
    counts[:] = 0
    for place in range(len(interests)):
        marks = named[interests[place]]
        for column in range(len(counts)):
            counts[column] += np.int16(marks[column])


@compiled
def _add_points(
    total: NDArray[np.int16],
    sums: NDArray[np.int16],
    counts: NDArray[np.int16],
    scales: NDArray[np.int32],
) -> None:
    """What the sums come to in parts, and five for each of up to three counts, in points."""
    weight, reciprocal = scales[0], scales[1]
    for column in range(len(total)):
        parts = np.int32(np.int32(np.int32(sums[column]) * reciprocal) >> np.int32(SHIFT))
        common = np.int32(min(np.int32(counts[column]), np.int32(3)))
        parts = np.int32(parts + np.int32(5) * common)
        points = np.int32(np.int32(np.int32(parts * weight) * _BY_60) >> _SHIFT_60)
        total[column] = np.int16(total[column] + points)


@compiled
def _split(total: NDArray[np.int16], allowed: NDArray[np.bool_]) -> None:
    for column in range(len(total)):
        sum_ = total[column]
        allowed[column] = sum_ < FORBIDDEN
        total[column] = np.int16(sum_ & (FORBIDDEN - 1))
