"""A record from beginning to end: digests, the answer, one pass over all pairs, and the proof."""

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier import digests
from services.matching.verifier.aims import aims_of
from services.matching.verifier.answer import NOBODY, Answer, answer_of
from services.matching.verifier.classes import Whole
from services.matching.verifier.findings import Notes, Report
from services.matching.verifier.others import Others
from services.matching.verifier.proving import Proving
from services.matching.verifier.reading import Record, read
from services.matching.verifier.scoring import COMPONENTS, SCORE_MAX, Scoring, scoring_of
from services.matching.verifier.settling import Settling

_BARS_WITHHELD = (
    "that nothing is better, and who was served first: this copy leaves out private bars and the "
    "prices that would tell of them; whoever audits has the whole record"
)


def verify(raw: bytes) -> Report:
    """What is wrong with a record, in JSON or gzip'ed JSON; nothing is looked up elsewhere.

    Raises:
        Unreadable: these bytes are no record.
    """
    return check(read(raw))


def check(record: Record) -> Report:
    """The same of a record that was read."""
    notes = Notes()
    checked = ["every digest, and the seed against its commitment"]
    unchecked = []
    digests.check(record, notes)
    scoring = scoring_of(record)
    answer = answer_of(record, notes)
    own = _pairs(record, scoring, answer, notes)
    checked.append("every pair: its points, its score, the rules, seats, and locks")
    erased = len(record.mentees.erased) + len(record.mentors.erased)
    allowed = 0
    if erased:
        unchecked.append(f"not replayable: {erased} people erased; their pairs, and the proof")
    elif record.bars_withheld:
        unchecked.append(_BARS_WITHHELD)
    else:
        allowed = _proof(record, scoring, answer, own, notes)
        checked.append(
            "the proof, over all pairs: who is served, each aim, and nothing else as good"
        )
    if record.lottery["counter"]:
        unchecked.append(
            f"that draws 0 to {record.lottery['counter'] - 1} of the lottery left more than one "
            "answer: a rerun shows it"
        )
    return Report(
        findings=tuple(notes.all()),
        checked=tuple(checked),
        unchecked=tuple(unchecked),
        erased=erased,
        pairs=len(record.result["pairs"]),
        allowed=allowed,
        record_sha256=record.whole["record_sha256"],
    )


def _proof(
    record: Record,
    scoring: Scoring,
    answer: Answer,
    own: NDArray[np.int64],
    notes: Notes,
) -> int:
    """The one pass over all pairs and what follows from it; how many pairs are allowed."""
    aims = aims_of(record, answer, own, notes)
    proving = Proving(record=record, answer=answer, aims=aims, notes=notes)
    for block in scoring.blocks():
        proving.look(block)
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


def _pairs(record: Record, scoring: Scoring, answer: Answer, notes: Notes) -> NDArray[np.int64]:
    """Every pair by itself; the score of each row's own pair."""
    own = np.zeros(len(record.mentees.ids), dtype=np.int64)
    said = {
        record.mentees.place.get(pair["mentee"], NOBODY): pair for pair in record.result["pairs"]
    }
    rows = np.flatnonzero(answer.served)
    gone = np.isin(rows, record.mentees.erased)
    gone |= np.isin(answer.partners[rows], record.mentors.erased)
    for row in rows[gone].tolist():
        own[row] = said[row]["score"]
    rows = rows[~gone]
    columns = answer.partners[rows]
    points = scoring.components(rows, columns)
    own[rows] = np.clip(points.sum(axis=1), 0, SCORE_MAX)
    for row, parts in zip(rows.tolist(), points.tolist(), strict=True):
        _score(said[row], parts, notes)
    for name, broken in scoring.rules.broken(rows, columns).items():
        for place in np.flatnonzero(broken).tolist():
            pair = said[int(rows[place])]
            text = f"mentee {pair['mentee']} and mentor {pair['mentor']} may not be paired: {name}"
            notes.add("pair_not_allowed", text, (pair["mentee"], pair["mentor"]))
    total = sum(pair["score"] for pair in record.result["pairs"])
    if record.result["total"] != total:
        text = f"the total is said to be {record.result['total']}, and the scores add up to {total}"
        notes.add("total_differs", text)
    return own


def _score(pair: dict[str, object], parts: list[int], notes: Notes) -> None:
    ids = (str(pair["mentee"]), str(pair["mentor"]))
    told = f"of mentee {ids[0]} and mentor {ids[1]}"
    if pair["score"] != sum(parts):
        text = f"the score {told} is {sum(parts)}, not {pair['score']}"
        notes.add("score_differs", text, ids)
    given = pair["components"]
    if not isinstance(given, list) or len(given) != len(COMPONENTS):
        notes.add("component_differs", f"the components {told} are not {len(COMPONENTS)}", ids)
        return
    for name, found, said in zip(COMPONENTS, parts, given, strict=True):
        if found != said:
            text = f"the points for {name} {told} are {found}, not {said}"
            notes.add("component_differs", text, ids)
