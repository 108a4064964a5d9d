"""When two people can meet: quarter hours of a working day that both have free."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import numbered
from services.matching.verifier.reading import Json, Record

_QUARTERS = 96  # of a day
_HOURS = {"morning": (8, 11), "midday": (11, 14), "afternoon": (14, 17), "evening": (17, 20)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Minutes in common, by kind of day of the mentee, for each mentor."""

    of_row: NDArray[np.intp]
    minutes: NDArray[np.int64]  # kinds x mentors


def hours_of(record: Record) -> Hours:
    """Whoever has the same periods in the same time zone has the same hours."""
    rows, kinds = numbered([_kind(who) for who in record.mentees.people])
    columns, kinds_of_mentors = numbered([_kind(who) for who in record.mentors.people])
    common = _quarters(list(kinds)) @ _quarters(list(kinds_of_mentors)).T
    minutes = 15 * common[:, columns] if kinds_of_mentors else np.zeros((len(kinds), 0), np.int64)
    return Hours(of_row=rows, minutes=minutes)


def _kind(who: Mapping[str, Json]) -> tuple[int, tuple[str, ...]]:
    return who.get("utc_offset_minutes", 0), tuple(sorted(set(who.get("periods", ()))))


def _quarters(kinds: Sequence[tuple[int, tuple[str, ...]]]) -> NDArray[np.int64]:
    """Kinds x quarter hours of a UTC day, 1 where free."""
    free = np.zeros((len(kinds), _QUARTERS), dtype=np.int64)
    for row, (offset, periods) in enumerate(kinds):
        for period in periods:
            start, end = _HOURS[period]
            for quarter in range(start * 4, end * 4):
                free[row, (quarter - offset // 15) % _QUARTERS] = 1
    return free
