"""Both sides of a run as tables, with what the policy makes of them."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from services.matching.domain.people_tables import Level, People, Whole, people, words_of
from services.matching.domain.pool import Candidate, Emphasis, Parted, RunInput
from shared.events.matching import MatchingPolicySet
from shared.frozen import frozen
from shared.ids import PersonId


@frozen
class Pairs:
    """Some pairs of a field, few among all of them; ordered by row."""

    rows: Whole
    columns: Whole

    def marked(self, rows: slice, mentors: int) -> NDArray[np.bool_]:
        """Where they stand among the mentees of `rows`: mentees of `rows` x mentors."""
        start, stop = rows.start, rows.stop
        first, last = np.searchsorted(self.rows, [start, stop])
        marks = np.zeros((stop - start, mentors), dtype=np.bool_)
        marks[self.rows[first:last] - start, self.columns[first:last]] = True
        return marks


@frozen
class Field:
    """All mentees and all mentors of a run."""

    mentees: People
    mentors: People
    offered: Level  # competencies x mentors: their levels, each competency in one piece
    policy: MatchingPolicySet
    emphasis_weight: int  # points at most; 0: the run emphasises nothing
    emphasised: Whole  # numbers of competencies
    related: Pairs  # one stands above the other
    resting: Pairs  # were put together before, and may not be again yet
    apart: Pairs  # whom nobody may put together; who asked for it is not known here


def field_of(source: RunInput) -> Field:
    words = words_of(source)
    mentors = people(source.mentors, words)
    emphasis = Emphasis(competencies=(), weight=0) if source.emphasis is None else source.emphasis
    wanted = dict.fromkeys(emphasis.competencies)
    return Field(
        mentees=people(source.mentees, words),
        mentors=mentors,
        offered=np.ascontiguousarray(mentors.levels.T),
        policy=source.policy,
        emphasis_weight=emphasis.weight,
        emphasised=np.array([words.competencies[each] for each in wanted], dtype=np.int32),
        related=_pairs(_related(source.mentees, source.mentors)),
        resting=_pairs(_resting(source)),
        apart=_pairs(_apart(source)),
    )


def rests(parted: Parted, rest_cycles: int | None) -> bool:
    """Whether two who were together before are still kept apart.

    Never when both asked to go on; for ever when the policy names no number of cohorts; else in
    the cohort they parted in and in as many after it.
    """
    if parted.continuing:
        return False
    return rest_cycles is None or parted.cycles_ago <= rest_cycles


def _pairs(found: Iterable[tuple[int, int]]) -> Pairs:
    ordered = np.array(sorted(set(found)), dtype=np.int32).reshape(-1, 2)
    return Pairs(rows=ordered[:, 0].copy(), columns=ordered[:, 1].copy())


def _related(
    mentees: Sequence[Candidate], mentors: Sequence[Candidate]
) -> Iterator[tuple[int, int]]:
    rows, columns = _places(mentees), _places(mentors)
    for row, who in enumerate(mentees):
        for above in who.managers:
            yield from ((row, column) for column in columns.get(above, ()))
    for column, who in enumerate(mentors):
        for above in who.managers:
            yield from ((row, column) for row in rows.get(above, ()))


def _resting(source: RunInput) -> Iterator[tuple[int, int]]:
    rows, columns = _places(source.mentees), _places(source.mentors)
    for pair in source.parted:
        if rests(pair, source.policy.rest_cycles):
            for row in rows.get(pair.mentee, ()):
                yield from ((row, column) for column in columns.get(pair.mentor, ()))


def _apart(source: RunInput) -> Iterator[tuple[int, int]]:
    rows = {who.enrollment_id: row for row, who in enumerate(source.mentees)}
    columns = {who.enrollment_id: column for column, who in enumerate(source.mentors)}
    for pair in source.apart:
        if pair.mentee in rows and pair.mentor in columns:
            yield rows[pair.mentee], columns[pair.mentor]


def _places(candidates: Sequence[Candidate]) -> dict[PersonId, list[int]]:
    places: dict[PersonId, list[int]] = {}
    for place, who in enumerate(candidates):
        places.setdefault(who.person_id, []).append(place)
    return places
