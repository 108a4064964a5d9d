import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from services.matching.domain.engine.problem import NOBODY
from services.matching.domain.engine.reading import read_instance
from services.matching.domain.engine.solving import solve
from shared.errors import InvalidCommand
from shared.events.matching import Objective

GOOD: dict[str, Any] = {
    "scores": [[5, None], [7, 3], [9, 9]],
    "seats": [1, 1],
    "priority": [2, 0, 1],
}


def fairlead(*words: str, said: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "shared.cli", "matching", "solve", *words]
    return subprocess.run(  # noqa: S603  # our own program
        command, input=said, capture_output=True, text=True, check=False
    )


def test_a_file_is_answered_in_json(tmp_path: Path) -> None:
    file = tmp_path / "instance.json"
    file.write_text(json.dumps(GOOD))
    assert json.loads(fairlead(str(file), "--json").stdout) == {
        "partner": [0, None, 1],
        "served": 2,
        "total": 14,
        "prices": [0, 0],
        "unique": True,
        "proof": "optimal",
    }


def test_a_person_is_answered_with_a_table() -> None:
    answered = fairlead("-", said=json.dumps(GOOD))
    assert "2 of 3 served, 14 points in total" in answered.stdout
    assert answered.returncode == 0


def test_what_is_wrong_is_told_and_the_program_fails(tmp_path: Path) -> None:
    uneven = fairlead("-", said='{"scores": [[1, 2], [1]], "seats": [1, 1]}')
    assert uneven.returncode == 1
    assert uneven.stderr.strip() == (
        "fairlead: scores[1] has 1 of 2 entries: A row of scores has one entry for each of the "
        "seats, null where a pair is not allowed."
    )
    broken = fairlead("-", said='{"scores": [],')
    assert (broken.returncode, "line 1 column 15" in broken.stderr) == (1, True)
    twice = fairlead("-", said='{"seats": [], "scores": [], "seats": [1]}')
    assert (twice.returncode, "'seats' is there twice." in twice.stderr) == (1, True)
    missing = fairlead(str(tmp_path / "none.json"))
    assert (missing.returncode, "cannot be read" in missing.stderr) == (1, True)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scores": [[5, None], [7], [9, 9]]}, "/scores/1"),
        ({"scores": [[5, None], 7, [9, 9]]}, "/scores/1"),
        ({"scores": [[5, None], [7, 1_000_001], [9, 9]]}, "/scores/1/1"),
        ({"scores": [[5, None], [7, 1], [-9, 9]]}, "/scores/2/0"),
        ({"scores": [[5, None], [7, 1], [9.0, 9]]}, "/scores/2/0"),
        ({"scores": [[True, None], [7, 1], [9, 9]]}, "/scores/0/0"),
        ({"scores": {}}, "/scores"),
        ({"seats": [1, -1]}, "/seats/1"),
        ({"seats": [10**9, 1]}, "/seats/0"),
        ({"seats": [1, "1"]}, "/seats/1"),
        ({"seats": None}, "/seats"),
        ({"priority": [0, 1]}, "/priority"),
        ({"priority": [0, 1, 1]}, "/priority/2"),
        ({"priority": [0, 1, 3]}, "/priority/2"),
        ({"priority": {}}, "/priority"),
        ({"objective": "most_happy"}, "/objective"),
        ({"objective": []}, "/objective"),
        ({"weights": []}, "/weights"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidCommand) as refused:
        read_instance(GOOD | change)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("scores", "seats"),
    [([], []), ([], [1, 2]), ([[], []], []), ([[None], [None]], [1]), ([[7]], [0])],
)
@pytest.mark.parametrize("objective", Objective)
def test_where_nobody_can_be_served_that_is_the_only_answer(
    scores: list[Any], seats: list[int], objective: Objective
) -> None:
    wanted = {"scores": scores, "seats": seats, "objective": objective.value}
    answer = solve(*read_instance(wanted))
    assert answer.partners.tolist() == [NOBODY] * len(scores)
    assert (answer.served, answer.total, answer.unique) == (0, 0, True)
    assert len(answer.prices) == len(seats)


@pytest.mark.parametrize("name", ["scores", "seats"])
def test_what_is_missing_is_told_with_what_it_should_be(name: str) -> None:
    with pytest.raises(InvalidCommand, match=f"^{name} is missing: a list"):
        read_instance({key: value for key, value in GOOD.items() if key != name})


@pytest.mark.parametrize("document", [None, [], 7, {}])
def test_what_is_no_instance_is_refused(document: object) -> None:
    with pytest.raises(InvalidCommand):
        read_instance(document)
