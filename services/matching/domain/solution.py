"""A run from its frozen input to its pairs: the same bytes for the same people, in any order."""

import numpy as np

from services.matching.domain.compatibility import Field, Rule, blocked, field_of
from services.matching.domain.engine.flow import Engine, by_flow
from services.matching.domain.engine.kernel import scorer_for
from services.matching.domain.engine.optimising import Tell, optimise
from services.matching.domain.engine.terms import Optimum, Terms
from services.matching.domain.pool import RunInput
from services.matching.domain.run_record import About, RunRecord, build, in_order, names_of
from services.matching.domain.run_result import NONE_ALLOWED, OUTRANKED, PRIVATE_RULES, RunResult
from services.matching.domain.solved import NobodyAllowed, Solution, Solved
from shared.events.matching import RuleCount, Unserved

NO_ALLOWED_MENTOR = "no_allowed_mentor"
ALL_SEATS_TAKEN = "all_seats_taken"

_REASONS = {NONE_ALLOWED: NO_ALLOWED_MENTOR, OUTRANKED: ALL_SEATS_TAKEN}
_BLOCK_ROWS = 64


def solve(
    source: RunInput, about: About, tell: Tell = lambda _: None, engine: Engine = by_flow
) -> Solved | NobodyAllowed:
    """Pair the mentees of a run with its mentors: the best there is, with its proof.

    Args:
        source: who can be paired, and how.
        about: which run it is, and the chance that it was given.
        tell: hears each of STAGES when it is reached.
        engine: what solves for some pairs; any exact one leaves the same bytes.
    """
    ordered = in_order(source)
    field = field_of(ordered)
    tell("pool_frozen")
    terms = _terms(ordered, about.seed)
    optimum = optimise(scorer_for(field), terms, engine=engine, tell=tell)
    record = build(about, ordered, field, optimum)
    if ordered.mentees and _nobody_allowed(record.result):
        return NobodyAllowed(rules=_counts(field))
    solution = _solution(ordered, about, optimum, record)
    tell("explained")
    return Solved(solution=solution, record=record)


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
