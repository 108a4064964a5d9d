"""The pass over all pairs misses none that matters, however quickly it rules out the others."""

from dataclasses import replace

import numpy as np
import pytest

from services.matching.verifier import proving
from services.matching.verifier.aims import aims_of, rows_in_question
from services.matching.verifier.answer import answer_of
from services.matching.verifier.findings import Notes
from services.matching.verifier.pairs import check_pairs
from services.matching.verifier.reading import read
from services.matching.verifier.scoring import scoring_of
from shared.events.matching import Objective
from tests.matching.record.harbour import POLICY, harbour, recorded


def looked(objective: Objective, weak_below: int, seed: int) -> proving.Proving:
    policy = replace(
        POLICY, objective=objective, weak_below=weak_below, level_gap_min=None, rest_cycles=0
    )
    record = read(recorded(harbour(seed, 60, 24, policy=policy)).document)
    scoring, notes = scoring_of(record), Notes()
    answer = answer_of(record, notes)
    own = check_pairs(record, scoring, answer, notes)
    aims = aims_of(record, answer, own, notes)
    found = proving.Proving(record=record, scoring=scoring, answer=answer, aims=aims, notes=notes)
    found.look()
    return found


def one_by_one(found: proving.Proving) -> tuple[set[tuple[int, int]], int]:
    """The pairs that no aim puts out of question, and how many are allowed."""
    scoring, answer = found.scoring, found.answer
    rows, columns = (each.ravel() for each in np.indices((scoring.mentees, scoring.mentors)))
    broken = np.logical_or.reduce(list(scoring.rules.broken(rows, columns).values()))
    rows, columns = rows[~broken], columns[~broken]
    allowed = rows.size
    asked = rows_in_question(found.record, answer)[rows] & (answer.seats[columns] > 0)
    rows, columns = rows[asked], columns[asked]
    scores = scoring.components(rows, columns).sum(axis=1)
    for aim in found.aims:
        kept = aim.slack(rows, columns, scores) == 0
        if aim.omitted is not None:
            kept &= ~aim.omitted[scores]
        rows, columns, scores = rows[kept], columns[kept], scores[kept]
    return set(zip(rows.tolist(), columns.tolist(), strict=True)), allowed


@pytest.mark.parametrize("few", [0, 16, 1 << 40], ids=["quick", "as it is", "exact"])
@pytest.mark.parametrize("weak_below", [0, 300, 700])  # the last: most who are served are weak
@pytest.mark.parametrize("objective", Objective)
def test_pairs_without_slack_are_those_that_looking_one_by_one_finds(
    monkeypatch: pytest.MonkeyPatch, objective: Objective, weak_below: int, few: int
) -> None:
    monkeypatch.setattr(proving, "_FEW", few)
    monkeypatch.setattr(proving, "_TOGETHER", 10)
    for seed in range(2):
        found = looked(objective, weak_below, seed)
        tight = {
            (int(row), int(column))
            for rows, columns in found.tight
            for row, column in zip(rows, columns, strict=True)
        }
        assert (tight, found.allowed) == one_by_one(found)
        assert not found.notes.all()
