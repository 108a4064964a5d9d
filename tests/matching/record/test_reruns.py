"""A run worked out again by either engine: the same bytes, and the same finding elsewhere."""

import gzip
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.matching.cli import app
from services.matching.domain import run_replay
from services.matching.domain.engine.problem import Bits, Problem, Whole
from services.matching.domain.run_replay import NotExact, TooLargeForEngine
from shared.events.matching import Objective
from tests.matching.record.forgeries import two_pairs
from tests.matching.record.forging import document_of, raw, rehashed
from tests.matching.record.harbour import POLICY, harbour, recorded

ENGINES = tuple(run_replay.ENGINES)
WIDE = replace(POLICY, needs_supported=False, level_gap_min=None)
VERIFYING = """
import sys
from services.matching.cli import app
try:
    app(["verify", sys.argv[1]])
finally:
    print(*sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
"""


def rerun(path: Path, engine: str) -> tuple[int, dict[str, object]]:
    answer = CliRunner().invoke(app, ["rerun", str(path), "--engine", engine, "--json"])
    assert answer.exception is None or isinstance(answer.exception, SystemExit), answer.exception
    told: dict[str, object] = json.loads(answer.output)
    assert told["engine"] == engine
    return answer.exit_code, told


def written(path: Path, document: bytes) -> Path:
    path.write_bytes(document)
    return path


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("objective", Objective)
def test_either_engine_leaves_the_same_bytes(
    tmp_path: Path, objective: Objective, engine: str
) -> None:
    record = recorded(harbour(6, 50, 20, policy=replace(WIDE, objective=objective)))
    path = written(tmp_path / "record.json", gzip.decompress(record.document))
    assert rerun(path, engine) == (0, {"same": True, "engine": engine, "difference": None})


@pytest.mark.parametrize("engine", ENGINES)
def test_a_changed_record_is_named_by_either_engine(tmp_path: Path, engine: str) -> None:
    document = document_of(recorded(harbour(3, mentors=20)).document)
    two_pairs(document)
    code, told = rerun(written(tmp_path / "record.json", raw(rehashed(document))), engine)
    assert (code, told["same"]) == (1, False)
    difference = told["difference"]
    assert isinstance(difference, dict)
    changed = {pair["mentee"] for pair in document["result"]["pairs"]}
    assert (difference["part"], difference["ids"][0] in changed) == ("pairs", True)


def test_what_is_too_large_for_an_engine_is_refused_with_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = harbour(3, mentors=20)
    path = written(tmp_path / "record.json", gzip.decompress(recorded(source).document))
    size = len(source.mentees) * sum(max(0, who.free) for who in source.mentors)
    monkeypatch.setattr(run_replay, "SECOND_MAX", size)
    assert rerun(path, "scipy")[0] == 0
    monkeypatch.setattr(run_replay, "SECOND_MAX", size - 1)
    answer = CliRunner().invoke(app, ["rerun", str(path), "--engine", "scipy"])
    assert isinstance(answer.exception, TooLargeForEngine)
    assert "--engine ortools" in str(answer.exception)
    assert f"{size:,}, and {size - 1:,} are allowed" in str(answer.exception)
    assert rerun(path, "ortools")[0] == 0


def test_an_engine_that_does_not_count_exactly_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def coarse(problem: Problem, _: Whole) -> Bits:
        return run_replay.ENGINES[run_replay.FIRST](problem, -problem.columns)

    document = document_of(recorded(harbour(3, mentors=20)).document)
    engines = {**run_replay.ENGINES, "coarse": coarse}
    monkeypatch.setattr(run_replay, "ENGINES", engines)
    with pytest.raises(NotExact):
        run_replay.replay(document, "coarse")


def test_whoever_verifies_reads_no_solver(tmp_path: Path) -> None:
    record = recorded(harbour(3, mentors=20))
    path = written(tmp_path / "record.json", gzip.decompress(record.document))
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", VERIFYING, str(path)], capture_output=True, text=True, check=True
    )
    assert "It holds" in done.stdout
    assert {"numba", "ortools", "scipy"} & set(done.stderr.split()) == set()
