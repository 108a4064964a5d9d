"""Reasons worked out from a run's record: who, why, why not, and what it would have cost.

Private bars are left out of every count: whoever is kept apart is open here like anybody else.
"""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from services.matching.domain import reasons
from services.matching.domain.reasons import (
    Alternative,
    Amount,
    Component,
    PairReason,
    RuleEffect,
    UnservedReason,
    Wait,
    WhyNot,
)
from services.matching.queries.loaded_runs import LoadedRun
from services.matching.verifier.answer import NOBODY
from services.matching.verifier.rules import PRIVATE, RULES
from services.matching.verifier.scoring import COMPONENTS
from shared.ids import EnrollmentId

ALTERNATIVES = 3
_PUBLIC = [rule for rule in RULES if rule not in PRIVATE]


def why_not(run: LoadedRun, row: int, column: int) -> WhyNot:
    """Why a mentee has not this mentor."""
    partner = int(run.answer.partners[row])
    rules, here, there = _rules(run, row, column), np.array([row]), np.array([column])
    kind, amount, before = reasons.WORTH_LESS, None, None
    if partner == column:
        kind = reasons.CHOSEN
    elif rules:
        kind = reasons.RULE
    elif run.answer.locked[row]:
        kind = reasons.LOCKED
    elif run.answer.seats[column] == 0:
        kind = reasons.NO_SEAT
    elif partner == NOBODY and run.objective != "best_score":
        kind = reasons.OUTRANKED
        before = _people_before(run, row, _open_columns(run, row))
    else:
        amount = _amount(run, row, column, int(run.scoring.components(here, there).sum()))
    return WhyNot(
        mentee=_mentee(run, row),
        mentor=_mentor(run, column),
        kind=kind,
        rules=tuple(rules) if kind == reasons.RULE else (),
        amount=amount,
        people_before=before,
    )


def pair_reason(run: LoadedRun, row: int) -> PairReason | None:
    """Why a mentee has the mentor they have; None if they have none."""
    partner = int(run.answer.partners[row])
    if partner == NOBODY:
        return None
    points = run.points[row].tolist()
    columns = _open_columns(run, row)
    scores = _scores(run, np.full(columns.size, row), columns)
    rows = _open_rows(run, partner)
    rivals = _scores(run, rows, np.full(rows.size, partner))
    return PairReason(
        mentee=_mentee(run, row),
        mentor=_mentor(run, partner),
        components=tuple(
            Component(name=name, points=part, points_max=run.points_max[name])
            for name, part in zip(COMPONENTS, points, strict=True)
        ),
        rank_of_mentor=1 + int((scores > sum(points)).sum()),
        mentors_open=columns.size,
        rank_of_mentee=1 + int((rivals > sum(points)).sum()),
        mentees_open=rows.size,
        alternatives=_alternatives(run, row, columns, scores),
        locked=bool(run.answer.locked[row]),
    )


def unserved_reason(run: LoadedRun, row: int, wait: Wait) -> UnservedReason | None:
    """Why a mentee has nobody; None if they have a mentor."""
    if run.answer.served[row]:
        return None
    columns = np.flatnonzero(~run.gone)
    broken = run.scoring.rules.broken(np.full(columns.size, row), columns)
    forbidden = np.stack([broken[rule] for rule in _PUBLIC])
    together = forbidden.sum(axis=0)
    open_to = columns[together == 0]
    effects = [
        RuleEffect(rule=rule, forbids=int(marks.sum()), alone=int((marks & (together == 1)).sum()))
        for rule, marks in zip(_PUBLIC, forbidden, strict=True)
    ]
    kind, amount, needed = _left(run, row, open_to)
    return UnservedReason(
        mentee=_mentee(run, row),
        kind=kind,
        mentors=columns.size,
        mentors_open=open_to.size,
        rules=tuple(
            sorted(
                (effect for effect in effects if effect.forbids),
                key=lambda effect: -effect.forbids,
            )
        ),
        people_before=_people_before(run, row, open_to),
        seats_needed=needed,
        amount=amount,
        wait=wait,
    )


def _left(
    run: LoadedRun, row: int, open_to: NDArray[np.int64]
) -> tuple[str, Amount | None, int | None]:
    if not open_to.size:
        return reasons.NONE_ALLOWED, None, None
    giving = open_to[run.answer.seats[open_to] > 0]
    if run.objective == "best_score" and giving.size:
        scores = _scores(run, np.full(giving.size, row), giving)
        amounts = [
            _amount(run, row, column, score)
            for column, score in zip(giving.tolist(), scores.tolist(), strict=True)
        ]
        return reasons.OUTSCORED, min(amounts, key=lambda each: each.points), None
    needed = 1 + int(np.searchsorted(run.outranked, run.answer.place[row]))
    return reasons.OUTRANKED, None, needed


def _alternatives(
    run: LoadedRun, row: int, columns: NDArray[np.int64], scores: NDArray[np.int64]
) -> tuple[Alternative, ...]:
    """The mentors who fit best besides the own one."""
    partner = int(run.answer.partners[row])
    best = [place for place in np.argsort(-scores, kind="stable") if columns[place] != partner]
    return tuple(
        Alternative(
            mentor=_mentor(run, int(columns[place])),
            score=int(scores[place]),
            amount=_amount(run, row, int(columns[place]), int(scores[place])),
            held_by=int(run.taken_before[columns[place]] + run.in_run[columns[place]]),
            had_seats=bool(run.answer.seats[columns[place]] > 0),
        )
        for place in best[:ALTERNATIVES]
    )


def _amount(run: LoadedRun, row: int, column: int, score: int) -> Amount:
    """The first aim that speaks against a pair, and by how much; what is barred comes to 0."""
    pair = np.array([row]), np.array([column]), np.array([score])
    for aim, levels, base in zip(run.aims, run.levels, run.bases, strict=True):
        if aim.omitted is not None and aim.omitted[score]:
            return Amount(points=0, lower_pairs=1, level=score)
        slack = int(aim.slack(*pair)[0])
        if slack < 0 or aim.kind == "lottery":
            break
        if slack and aim.kind == "levels":
            return _by_levels(slack, levels, base)
        if slack:
            return _by_points(slack, run.penalty)
    return Amount(points=0)


def _by_points(slack: int, penalty: int) -> Amount:
    """A slack is made of points and, where very weak pairs cost, of such pairs."""
    if not penalty:
        return Amount(points=slack)
    weak, points = divmod(slack, penalty)
    if 2 * points > penalty:
        weak, points = weak + 1, points - penalty
    return Amount(points=points, weak_pairs=weak)


def _by_levels(slack: int, levels: Sequence[int], base: int) -> Amount:
    """The highest digit names the lowest score of which there would be more pairs."""
    digit = 0
    while base ** (digit + 1) <= slack and digit + 1 < len(levels):
        digit += 1
    return Amount(
        points=0, lower_pairs=max(1, slack // base**digit), level=levels[len(levels) - 1 - digit]
    )


def _people_before(run: LoadedRun, row: int, columns: NDArray[np.int64]) -> int:
    """Who have seats of these mentors: since before the run, or before this mentee in it."""
    theirs = np.zeros(len(run.mentors) + 1, dtype=np.bool_)
    theirs[columns] = True  # the last one is nobody's
    before = run.answer.locked | (run.answer.place < run.answer.place[row])
    before &= theirs[run.answer.partners]
    return int(run.taken_before[columns].sum() + before.sum())


def _rules(run: LoadedRun, row: int, column: int) -> Sequence[str]:
    broken = run.scoring.rules.broken(np.array([row]), np.array([column]))
    return [rule for rule in _PUBLIC if broken[rule][0]]


def _open_columns(run: LoadedRun, row: int) -> NDArray[np.int64]:
    allowed = run.scoring.rules.allowed(slice(row, row + 1), private=False)
    found: NDArray[np.int64] = np.flatnonzero(allowed[0] & ~run.gone)
    return found


def _open_rows(run: LoadedRun, column: int) -> NDArray[np.int64]:
    rows = np.sort(np.fromiter(run.mentees.values(), dtype=np.int64, count=len(run.mentees)))
    return rows[_open(run, rows, np.full(rows.size, column))]


def _open(run: LoadedRun, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.bool_]:
    broken = run.scoring.rules.broken(rows, columns)
    closed: NDArray[np.bool_] = np.logical_or.reduce([broken[rule] for rule in _PUBLIC])
    return ~closed


def _scores(
    run: LoadedRun, rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.int64]:
    total: NDArray[np.int64] = run.scoring.components(rows, columns).sum(axis=1)
    return total


def _mentee(run: LoadedRun, row: int) -> EnrollmentId:
    return EnrollmentId(UUID(run.mentee_ids[row]))


def _mentor(run: LoadedRun, column: int) -> EnrollmentId:
    return EnrollmentId(UUID(run.mentor_ids[column]))
