"""A run from its frozen input to its pairs: the same bytes for the same people, in any order."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from services.matching.domain.compatibility import Field, Rule, blocked, field_of
from services.matching.domain.engine.flow import by_flow
from services.matching.domain.engine.kernel import scorer_for
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.problem import Bits, Problem, Whole
from services.matching.domain.engine.terms import Optimum, Scorer, Terms
from services.matching.domain.pool import RunInput
from services.matching.domain.run_record import About, RunRecord, build, in_order, names_of
from services.matching.domain.run_result import NONE_ALLOWED, OUTRANKED, PRIVATE_RULES, RunResult
from services.matching.domain.solved import NobodyAllowed, Solution, Solved
from shared.events.matching import RuleCount, Unserved

NO_ALLOWED_MENTOR = "no_allowed_mentor"
ALL_SEATS_TAKEN = "all_seats_taken"

_REASONS = {NONE_ALLOWED: NO_ALLOWED_MENTOR, OUTRANKED: ALL_SEATS_TAKEN}
_BLOCK_ROWS = 64

Tell: TypeAlias = Callable[[str], None]  # a stage that has been reached


def solve(source: RunInput, about: About, tell: Tell = lambda _: None) -> Solved | NobodyAllowed:
    """Pair the mentees of a run with its mentors: the best there is, with its proof.

    Args:
        source: who can be paired, and how.
        about: which run it is, and the chance that it was given.
        tell: hears each of STAGES when it is reached.
    """
    ordered = in_order(source)
    field = field_of(ordered)
    say = _Once(tell)
    say("pool_frozen")
    scorer = _Watched(scorer=scorer_for(field), tell=say)

    def engine(problem: Problem, weights: Whole) -> Bits:
        say("served")  # what it is asked first is who goes with whom of those
        return by_flow(problem, weights)

    optimum = optimise(scorer, _terms(ordered, about.seed), engine=engine)
    for stage in ("scored", "served", "priced"):
        say(stage)
    record = build(about, ordered, field, optimum)
    say("proved")
    if ordered.mentees and _nobody_allowed(record.result):
        return NobodyAllowed(rules=_counts(field))
    solution = _solution(ordered, about, optimum, record)
    say("explained")
    return Solved(solution=solution, record=record)


class _Once:
    """Says each thing once."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._told: set[str] = set()

    def __call__(self, stage: str) -> None:
        if stage not in self._told:
            self._told.add(stage)
            self._tell(stage)


class _Watched:
    """A scorer that says when every pair has been looked at once."""

    def __init__(self, scorer: Scorer, tell: Tell) -> None:
        self._scorer = scorer
        self._tell = tell

    @property
    def rows(self) -> int:
        return self._scorer.rows

    @property
    def columns(self) -> int:
        return self._scorer.columns

    def block(self, rows: slice) -> tuple[np.ndarray, np.ndarray]:
        found = self._scorer.block(rows)
        if rows.indices(self.rows)[1] == self.rows:
            self._tell("scored")
        return found


def _terms(source: RunInput, seed: bytes) -> Terms:
    rows = {who.enrollment_id: row for row, who in enumerate(source.mentees)}
    columns = {who.enrollment_id: column for column, who in enumerate(source.mentors)}
    order = np.array([rows[who] for who in source.order], dtype=np.int64)
    return Terms(
        objective=source.policy.objective,
        seats=np.array([max(0, who.free) for who in source.mentors], dtype=np.int64),
        row_names=names_of(source.mentees),
        column_names=names_of(source.mentors),
        seed=seed,
        order=order if source.order else None,
        locked=tuple((rows[pair.mentee], columns[pair.mentor]) for pair in source.locked),
        weak_below=source.policy.weak_below,
    )


def _solution(source: RunInput, about: About, optimum: Optimum, record: RunRecord) -> Solution:
    return Solution(
        input_digest=record.input_sha256,
        result_digest=record.result_sha256,
        mentees=len(source.mentees),
        mentors=len(source.mentors),
        seats=sum(max(0, who.free) for who in source.mentors),
        pairs=record.result.pairs,
        unserved=tuple(
            Unserved(mentee=left.mentee, reason=_REASONS[left.kind])
            for left in record.result.unserved
        ),
        objective=source.policy.objective,
        as_of=tuple(about.as_of),
        lottery_seed=about.seed.hex(),
        lottery_counter=optimum.lottery_counter,
        unique=optimum.unique,
        record_digest=record.record_sha256,
    )


def _nobody_allowed(result: RunResult) -> bool:
    return not result.pairs and all(left.kind == NONE_ALLOWED for left in result.unserved)


def _counts(field: Field) -> tuple[RuleCount, ...]:
    """How many pairs each rule that may be told of forbids."""
    mentees = len(field.mentees.person)
    pairs = sum(
        (
            blocked(field, slice(start, min(start + _BLOCK_ROWS, mentees))).sum(axis=(1, 2))
            for start in range(0, mentees, _BLOCK_ROWS)
        ),
        start=np.zeros(len(Rule), dtype=np.int64),
    )
    return tuple(
        RuleCount(rule=rule.value, pairs=int(count))
        for rule, count in zip(Rule, pairs, strict=True)
        if count and rule.value not in PRIVATE_RULES
    )
