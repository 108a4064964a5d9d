"""Which pairs the hard rules of a policy allow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.classes import Alike, Bits, Whole, alike
from services.matching.verifier.hours import Hours
from services.matching.verifier.reading import Json, Record

RULES = (  # in the order in which they are told
    "same_person",
    "reporting_line",
    "same_function",
    "no_common_language",
    "no_common_hours",
    "time_zones_apart",
    "level_gap",
    "needs_unsupported",
    "paired_before",
    "apart",
)
PRIVATE = frozenset({"apart"})  # honoured, and named to nobody but auditors
_DAY_MINUTES = 1440  # by the clock: UTC+13 and UTC-11 show the same hour
_COLUMN_BITS = 32
_NOBODY_ABOVE, _NOBODY_ABOVE_MENTOR = -1, -2


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Single pairs that a rule forbids, sorted by mentee."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    keys: NDArray[np.int64]  # of both, ascending; at least one

    def forbid(self, rows: slice, allowed: Bits) -> None:
        """Take these pairs out of a block."""
        first, last = np.searchsorted(self.rows, (rows.start, rows.stop))
        allowed[self.rows[first:last] - rows.start, self.columns[first:last]] = False

    def at(self, rows: Whole, columns: Whole) -> Bits:
        """Whether single pairs are among them."""
        wanted = _keys(rows, columns)
        places = np.minimum(np.searchsorted(self.keys, wanted), self.keys.size - 1)
        found: Bits = self.keys[places] == wanted
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Every rule, as a table of those who are alike or as a list of pairs."""

    tables: Mapping[str, Alike]  # forbidden: true
    lists: Mapping[str, Pairs]
    above: NDArray[np.int32]  # the manager of each mentee, as a number
    above_mentors: NDArray[np.int32]

    def allowed(self, rows: slice, *, private: bool = True) -> Bits:
        """Mentees of `rows` x mentors; `rows` has a start and a stop.

        Args:
            rows: which mentees.
            private: whether rules count that nobody is told of.
        """
        allowed: Bits = self.above[rows, None] != self.above_mentors[None, :]
        for table in self.tables.values():
            np.greater(allowed, table.block(rows), out=allowed)
        for name, pairs in self.lists.items():
            if private or name not in PRIVATE:
                pairs.forbid(rows, allowed)
        return allowed

    def barred(self, rows: Whole) -> tuple[Whole, Whole]:
        """The pairs of these mentees that are kept apart."""
        pairs = self.lists.get("apart", _sorted(()))
        mine = np.isin(pairs.rows, rows)
        return pairs.rows[mine], pairs.columns[mine]

    def broken(self, rows: Whole, columns: Whole) -> Mapping[str, Bits]:
        """By rule, whether it forbids single pairs."""
        broken = {name: np.zeros(rows.size, dtype=np.bool_) for name in RULES}
        for name, table in self.tables.items():
            broken[name] = table.at(rows, columns)
        for name, pairs in self.lists.items():
            broken[name] = pairs.at(rows, columns)
        broken["reporting_line"] |= self.above[rows] == self.above_mentors[columns]
        return broken


def rules_of(record: Record, hours: Hours) -> Rules:
    """The rules of a record's policy for its people."""
    mentees, mentors = record.mentees.people, record.mentors.people
    return Rules(
        tables=dict(_tables(record, hours)),
        lists={name: pairs for name, pairs in _lists(record).items() if pairs.rows.size},
        **_managers(mentees, mentors),
    )


def _tables(record: Record, hours: Hours) -> Iterator[tuple[str, Alike]]:
    """The rules that the policy has, as tables; a rule that it has not is left out."""
    policy = record.policy
    mentees, mentors = record.mentees.people, record.mentors.people

    def table(
        key: Callable[[Mapping[str, Json]], Json], forbids: Callable[[Json, Json], bool]
    ) -> Alike:
        theirs = [key(who) for who in mentors]
        different = {one: place for place, one in enumerate(dict.fromkeys(theirs))}
        places = np.array([different[one] for one in theirs], dtype=np.intp)

        def entries(own: Json) -> Bits:
            forbidden = np.array([forbids(own, one) for one in different], dtype=np.bool_)
            return forbidden[places]

        return alike([key(who) for who in mentees], entries)

    if policy["cross_function"] == "required":
        yield "same_function", table(lambda who: who.get("function"), lambda a, b: a == b)
    yield "no_common_language", table(_spoken, lambda a, b: not a & b)
    if policy["common_minutes_min"]:
        least = policy["common_minutes_min"]
        yield "no_common_hours", Alike(of_row=hours.of_row, table=hours.minutes < least)
    if policy["time_zone_hours_max"] is not None:
        most = 60 * policy["time_zone_hours_max"]
        yield (
            "time_zones_apart",
            table(
                lambda who: who.get("utc_offset_minutes", 0),
                lambda a, b: min((a - b) % _DAY_MINUTES, (b - a) % _DAY_MINUTES) > most,
            ),
        )
    least, most = policy["level_gap_min"], policy["level_gap_max"]
    if (least, most) != (None, None):
        yield "level_gap", table(_level_of(policy["levels"]), _gap_outside(least, most))
    if policy["needs_supported"]:
        yield "needs_unsupported", _needs(mentees, mentors)


def _needs(mentees: Sequence[Mapping[str, Json]], mentors: Sequence[Mapping[str, Json]]) -> Alike:
    supports = [frozenset(who.get("supports", ())) for who in mentors]

    def entries(needs: frozenset[str]) -> Bits:
        return np.array([not needs <= offered for offered in supports], dtype=np.bool_)

    return alike([frozenset(who.get("needs", ())) for who in mentees], entries)


def _level_of(levels: Sequence[str]) -> Callable[[Mapping[str, Json]], int | None]:
    places = {level: place for place, level in enumerate(levels)}
    return lambda who: places.get(who.get("level", ""))


def _gap_outside(least: int | None, most: int | None) -> Callable[[Json, Json], bool]:
    """Whether a mentor's place less a mentee's is out of bounds; unknown places are not."""

    def outside(mentee: int | None, mentor: int | None) -> bool:
        if mentee is None or mentor is None:
            return False
        gap = mentor - mentee
        return (least is not None and gap < least) or (most is not None and gap > most)

    return outside


def _spoken(who: Mapping[str, Json]) -> frozenset[str]:
    """Languages without their regions."""
    return frozenset(tag.partition("-")[0].lower() for tag in who.get("languages", ()))


def _managers(
    mentees: Sequence[Mapping[str, Json]], mentors: Sequence[Mapping[str, Json]]
) -> dict[str, NDArray[np.int32]]:
    """The own manager of everybody as a number; two who have none do not share one."""
    numbers: dict[str, int] = {}

    def column(people: Sequence[Mapping[str, Json]], nobody: int) -> NDArray[np.int32]:
        firsts = [next(iter(who.get("managers", ())), None) for who in people]
        return np.array(
            [nobody if one is None else numbers.setdefault(one, len(numbers)) for one in firsts],
            dtype=np.int32,
        )

    return {
        "above": column(mentees, _NOBODY_ABOVE),
        "above_mentors": column(mentors, _NOBODY_ABOVE_MENTOR),
    }


def _lists(record: Record) -> Mapping[str, Pairs]:
    mentees, mentors = record.mentees, record.mentors
    rows, columns = _places(mentees.people), _places(mentors.people)
    same = [
        (row, column)
        for person in rows.keys() & columns.keys()
        for row in rows[person]
        for column in columns[person]
    ]
    line = [
        (row, column)
        for row, who in enumerate(mentees.people)
        for above in who.get("managers", ())
        for column in columns.get(above, ())
    ]
    line += [
        (row, column)
        for column, who in enumerate(mentors.people)
        for above in who.get("managers", ())
        for row in rows.get(above, ())
    ]
    before = [
        (row, column)
        for pair in record.input["parted"]
        if _rests(pair, record.policy["rest_cycles"])
        for row in rows.get(pair["mentee"], ())
        for column in columns.get(pair["mentor"], ())
    ]
    barred = [
        (mentees.place[pair["mentee"]], mentors.place[pair["mentor"]])
        for pair in record.input.get("apart", ())
        if pair["mentee"] in mentees.place and pair["mentor"] in mentors.place
    ]
    found = {
        "same_person": same,
        "reporting_line": line,
        "paired_before": before,
        "apart": barred,
    }
    return {name: _sorted(pairs) for name, pairs in found.items()}


def _rests(pair: Mapping[str, Json], cycles: int | None) -> bool:
    """Whether two who were paired have to be apart for now."""
    if pair.get("continuing"):
        return False
    return cycles is None or bool(pair.get("cycles_ago", 0) <= cycles)


def _places(people: Sequence[Mapping[str, Json]]) -> Mapping[str, Sequence[int]]:
    places: dict[str, list[int]] = {}
    for place, who in enumerate(people):
        if "person_id" in who:
            places.setdefault(who["person_id"], []).append(place)
    return places


def _sorted(pairs: Sequence[tuple[int, int]]) -> Pairs:
    listed = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    keys = np.unique(_keys(listed[:, 0], listed[:, 1]))
    rows, columns = places_of(keys)
    return Pairs(rows=rows, columns=columns, keys=keys)


def places_of(keys: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The rows and columns of pairs by their keys."""
    return (keys >> _COLUMN_BITS).astype(np.intp), (keys & (1 << _COLUMN_BITS) - 1).astype(np.intp)


def _keys(rows: Whole, columns: Whole) -> NDArray[np.int64]:
    keys: NDArray[np.int64] = rows.astype(np.int64) << _COLUMN_BITS | columns.astype(np.int64)
    return keys
