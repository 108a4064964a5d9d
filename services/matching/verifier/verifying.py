"""A record from beginning to end: digests, the answer, one pass over all pairs, and the proof."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier import digests
from services.matching.verifier.aims import aims_of
from services.matching.verifier.answer import Answer, answer_of
from services.matching.verifier.classes import Whole
from services.matching.verifier.findings import Notes, Report
from services.matching.verifier.others import Others
from services.matching.verifier.pairs import check_pairs
from services.matching.verifier.proving import Proving
from services.matching.verifier.reading import Record, Unreadable, read
from services.matching.verifier.scoring import SCORE_MAX, Scoring, scoring_of
from services.matching.verifier.settling import Settling

_DIGESTS = "every digest, and the seed against its commitment"
_PAIRS = "every pair: its points, its score, the rules, seats, and locks"
_PROOF = "the proof, over all pairs: who is served, each aim, and that nothing else is as good"
_BARS_WITHHELD = (
    "that nothing is better, and who was served first: this copy leaves out private bars and the "
    "prices that would tell of them; whoever audits has the whole record"
)


def verify(raw: bytes) -> Report:
    """What is wrong with a record, in JSON or gzip'ed JSON; nothing is looked up elsewhere.

    Raises:
        Unreadable: these bytes are no record.
    """
    with _no_collecting():
        return _verified(raw)


def _verified(raw: bytes) -> Report:
    record = read(raw)
    try:
        return check(record)
    except (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError) as error:
        message = f"a part of it is not what it should be ({type(error).__name__}: {error})"
        raise Unreadable(message) from error


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Python's search for circles of objects pauses: a record has none, and very many objects."""
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collected:
            gc.enable()


def check(record: Record) -> Report:
    """The same of a record that was read."""
    notes, checked, unchecked = Notes(), [_DIGESTS], _unchecked(record)
    digests.check(record, notes)
    allowed = 0
    if _weights_fit(record, notes):
        scoring = scoring_of(record)
        answer = answer_of(record, notes)
        own = check_pairs(record, scoring, answer, notes)
        checked.append(_PAIRS)
        if not record.erased and not record.bars_withheld:
            allowed = _proof(record, scoring, answer, own, notes)
            checked.append(_PROOF)
    return Report(
        findings=tuple(notes.all()),
        checked=tuple(checked),
        unchecked=tuple(unchecked),
        remarks=_remarks(record),
        erased=record.erased,
        pairs=len(record.result["pairs"]),
        allowed=allowed,
        record_sha256=record.whole["record_sha256"],
    )


def _unchecked(record: Record) -> list[str]:
    """What this copy of a record cannot show."""
    found = []
    if record.erased:
        found.append(f"not replayable: {record.erased} people erased; their pairs, and the proof")
    elif record.bars_withheld:
        found.append(_BARS_WITHHELD)
    return found


def _remarks(record: Record) -> tuple[str, ...]:
    """A draw counts if those before it left more than one answer; that takes a solver to see."""
    last = record.lottery["counter"] - 1
    if last < 0:
        return ()
    return (f"draws 0 to {last} of the lottery left more than one answer, which a rerun shows",)


def _weights_fit(record: Record, notes: Notes) -> bool:
    """Points from 0 to 1000, whatever a pair is like."""
    emphasis = record.input["emphasis"]
    weights = [*record.policy["weights"].values(), emphasis["weight"] if emphasis else 0]
    if min(weights) >= 0 and sum(weights) <= SCORE_MAX:
        return True
    notes.add("weights_out_of_bounds", f"the weights add up to {sum(weights)}, or one is negative")
    return False


def _proof(
    record: Record,
    scoring: Scoring,
    answer: Answer,
    own: NDArray[np.int64],
    notes: Notes,
) -> int:
    """The one pass over all pairs and what follows from it; how many pairs are allowed."""
    aims = aims_of(record, answer, own, notes)
    proving = Proving(record=record, scoring=scoring, answer=answer, aims=aims, notes=notes)
    proving.look()
    settling = Settling(record=record, answer=answer, aims=aims, notes=notes)
    settling.kinds(np.concatenate([np.zeros(0, dtype=np.intp), *proving.alone]), scoring.rules)
    settling.full_where_closed()
    settling.aims_in_order()
    settling.prices()
    settling.profits()
    settling.omitted(own)
    settling.levels_named(own)
    others = Others(record=record, answer=answer, aims=aims, notes=notes)
    if aims:
        others.lowest(_together(proving.tight_at_first))
        others.nothing_else(_together(proving.tight))
    return proving.allowed


def _together(parts: list[tuple[Whole, Whole]]) -> tuple[Whole, Whole]:
    rows = [rows for rows, _ in parts] or [np.zeros(0, dtype=np.int64)]
    columns = [columns for _, columns in parts] or [np.zeros(0, dtype=np.int64)]
    return np.concatenate(rows), np.concatenate(columns)
