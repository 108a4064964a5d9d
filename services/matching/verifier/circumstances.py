"""Points for who somebody is beside what they can: function, style, time, load, and standing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Alike, Whole, alike, said
from services.matching.verifier.hours import Hours
from services.matching.verifier.reading import Json, Record

PARTS = 60
_MINUTES_FULL = 360  # from six hours on, more does not count


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Each component as a table of those who are alike."""

    by_name: Mapping[str, Alike]

    def at(self, name: str, rows: Whole, columns: Whole) -> NDArray[np.int64]:
        """The points of single pairs for one component."""
        return self.by_name[name].at(rows, columns).astype(np.int64)


def circumstances_of(record: Record, hours: Hours) -> Circumstances:
    """The tables of a record's people."""
    mentees, mentors = record.mentees.people, record.mentors.people
    policy, theirs = record.policy, _Mentors(mentors, record.policy["levels"])
    weights = dict(policy["weights"])
    if policy["cross_function"] == "ignored":
        weights["other_function"] = 0
    parts = {
        "other_function": alike(said(mentees, "function"), theirs.elsewhere),
        "style": alike(said(mentees, "learning_style", "work_style"), theirs.style),
        "hours": Alike(
            of_row=hours.of_row,
            table=PARTS * np.minimum(hours.minutes, _MINUTES_FULL) // _MINUTES_FULL,
        ),
        "spare_load": alike([()] * len(mentees), theirs.spare),
        "title": alike([_place(policy["levels"], who) for who in mentees], theirs.near),
        "tenure": alike([who.get("tenure_years", 0) for who in mentees], theirs.longer),
        "same_function": alike(said(mentees, "function"), theirs.here),
        "proximity": alike(said(mentees, "site", "utc_offset_minutes"), theirs.proximity),
        "rotation": alike([()] * len(mentees), theirs.rested),
    }
    return Circumstances(
        by_name={name: _weighed(table, weights[name]) for name, table in parts.items()}
    )


def _weighed(parts: Alike, weight: int) -> Alike:
    points = (weight * parts.table // PARTS).astype(np.int16)
    return Alike(of_row=parts.of_row, table=points)


class _Mentors:
    """The mentors as columns."""

    def __init__(self, mentors: Sequence[Mapping[str, Json]], levels: Sequence[str]) -> None:
        self._function = _column(mentors, "function")
        self._learning = _column(mentors, "learning_style")
        self._working = _column(mentors, "work_style")
        self._said_learning = self._learning.astype(np.bool_)
        self._said_working = self._working.astype(np.bool_)
        self._site = _column(mentors, "site")
        self._offset = _numbers(mentors, "utc_offset_minutes")
        self._years = _numbers(mentors, "tenure_years")
        self._seats = _numbers(mentors, "seats")
        self._free = _numbers(mentors, "free")
        self._recent = _numbers(mentors, "recent_pairings")
        self._level = np.array([_place(levels, who) for who in mentors], dtype=np.int64)

    def here(self, own: tuple[Json]) -> NDArray[np.int64]:
        """All for the same function."""
        return np.where(self._function == own[0], PARTS, 0)

    def elsewhere(self, own: tuple[Json]) -> NDArray[np.int64]:
        """All for another function."""
        return PARTS - self.here(own)

    def style(self, own: tuple[Json, Json]) -> NDArray[np.int64]:
        """Half for learning alike, half for working unlike; not said counts half of each."""
        learning, working = own
        same = np.where(self._learning == learning, 30, 0)
        unlike = np.where(self._working == working, 0, 30)
        both_learning = self._said_learning & bool(learning)
        both_working = self._said_working & bool(working)
        return np.where(both_learning, same, 15) + np.where(both_working, unlike, 15)

    def spare(self, _: Json) -> NDArray[np.int64]:
        """Free seats of all seats."""
        return np.clip(PARTS * self._free // np.maximum(self._seats, 1), 0, PARTS)

    def near(self, own: int) -> NDArray[np.int64]:
        """Nearness of levels; a level that the policy does not name is near to none."""
        known = (self._level >= 0) & (own >= 0)
        return np.where(known, np.maximum(PARTS - 20 * abs(self._level - own), 0), 0)

    def longer(self, own: int) -> NDArray[np.int64]:
        """Years that the mentor has been here longer."""
        return np.clip(12 * (self._years - own), 0, PARTS)

    def proximity(self, own: tuple[Json, Json]) -> NDArray[np.int64]:
        """All for the same site, half for the same distance from UTC."""
        site, offset = own
        near = np.where(self._offset == offset, 30, 0)
        return np.where((self._site == site) & bool(site), PARTS, near)

    def rested(self, _: Json) -> NDArray[np.int64]:
        """Less for each pairing that the mentor began lately."""
        return np.maximum(PARTS - 20 * self._recent, 0)


def _place(levels: Sequence[str], who: Mapping[str, Json]) -> int:
    """Where somebody stands; -1 where the policy does not say."""
    level = who.get("level", "")
    return levels.index(level) if level in levels else -1


def _column(people: Sequence[Mapping[str, Json]], name: str) -> NDArray[np.object_]:
    column = np.empty(len(people), dtype=np.object_)
    column[:] = [who.get(name) for who in people]
    return column


def _numbers(people: Sequence[Mapping[str, Json]], name: str) -> NDArray[np.int64]:
    return np.array([who.get(name, 0) for who in people], dtype=np.int64)
