"""Every pair of a record by itself: its points, its score, and the rules."""

import numpy as np
from numpy.typing import NDArray

from services.matching.verifier.answer import NOBODY, Answer
from services.matching.verifier.findings import Notes
from services.matching.verifier.reading import Record
from services.matching.verifier.scoring import COMPONENTS, SCORE_MAX, Scoring


def check_pairs(
    record: Record, scoring: Scoring, answer: Answer, notes: Notes
) -> NDArray[np.int64]:
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
