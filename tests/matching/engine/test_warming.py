"""Translated loops: made ahead, brought along by an installation, and never in a run's way."""

import os
import stat
import subprocess
import sys
import tempfile
from dataclasses import replace
from errno import ENOSPC
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numba.core import caching

from services.matching.domain.compatibility import field_of
from services.matching.domain.engine import cache_place, compiled, loops
from services.matching.domain.engine.kernel import KernelScorer
from services.matching.domain.engine.optimising import optimise
from services.matching.domain.engine.warming import warm
from services.matching.domain.solution import _terms
from shared.events.matching import Objective
from tests.matching.record.harbour import ABOUT, POLICY, harbour

# A loop of its own, in a folder of its own: to translate all takes half a minute.
DOUBLES = """
from services.matching.domain.engine.compiled import compiled

@compiled
def doubled(numbers):
    for place in range(numbers.size):
        numbers[place] *= 2
    return numbers
"""

# Keeps one form of that loop; when it has chosen a place for it, it waits for whoever does so too.
KEEPS = """
import sys, time
from pathlib import Path
import numpy as np
from numba.core import caching

folder, kind = Path(sys.argv[1]), sys.argv[2]
save = caching.IndexDataCacheFile._save_index

def met(*kept):
    (folder / f"met-{kind}").touch()
    until = time.monotonic() + 2
    while len(list(folder.glob("met-*"))) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    save(*kept)

caching.IndexDataCacheFile._save_index = met
sys.path.insert(0, str(folder))
import doubling
doubling.doubled(np.arange(3, dtype=kind))
"""


def test_a_run_finds_every_loop_translated_in_every_form(monkeypatch: pytest.MonkeyPatch) -> None:
    assert warm().forms >= len(compiled.TRANSLATED)
    known = {loop: list(loop.signatures) for loop in compiled.TRANSLATED}
    assert any(known.values())
    monkeypatch.setattr(loops, "COMPILED_FROM", 0)
    for objective in Objective:
        source = harbour(6, 50, 20, policy=replace(POLICY, objective=objective))
        terms = _terms(source, ABOUT.seed)
        optimise(KernelScorer(field_of(source)), terms)
    assert {loop: list(loop.signatures) for loop in compiled.TRANSLATED} == known


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the loop is, and where it is kept once it is translated."""
    (tmp_path / "doubling.py").write_text(DOUBLES)
    monkeypatch.setattr(compiled, "TRANSLATED", [])
    monkeypatch.setattr(compiled._config, "CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def doubled(folder: Path) -> tuple[int, int]:
    """How often the loop, read anew, was found translated, and how often it was not."""
    spec = spec_from_file_location("doubling", folder / "doubling.py")
    assert spec is not None
    assert spec.loader is not None
    module: Any = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.doubled(np.arange(3)).tolist() == [0, 2, 4]
    stats = module.doubled.stats
    return sum(stats.cache_hits.values()), sum(stats.cache_misses.values())


def test_what_was_translated_is_found_by_the_next_process(folder: Path) -> None:
    assert doubled(folder) == (0, 1)
    assert doubled(folder) == (1, 0)


def test_two_processes_at_once_keep_each_its_own(folder: Path) -> None:
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": str(folder / "cache"),
        "PYTHONPATH": str(Path.cwd()),
    }
    keeping = [
        subprocess.Popen([sys.executable, "-c", KEEPS, str(folder), kind], env=environment)  # noqa: S603  # our own words
        for kind in ("i8", "f8")
    ]
    assert [each.wait() for each in keeping] == [0, 0]
    assert len(list((folder / "cache").glob("*/*.nbc"))) == 2


@pytest.mark.parametrize("pattern", ["*/*.nbc", "*/*.nbi"])
def test_files_that_are_cut_short_cost_time_and_nothing_else(folder: Path, pattern: str) -> None:
    doubled(folder)
    (path,) = (folder / "cache").glob(pattern)
    path.write_bytes(path.read_bytes()[:100])
    assert doubled(folder) == (0, 1)
    assert doubled(folder) == (1, 0)


def test_a_disk_that_is_full_costs_time_and_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(ENOSPC, "No space left on device")

    monkeypatch.setattr(caching.IndexDataCacheFile, "save", full)
    for _ in range(2):
        assert doubled(folder) == (0, 1)


def test_where_nothing_can_be_written_each_process_translates_for_itself(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caching.FunctionCache._impl_class, "_locator_classes", [])
    for _ in range(2):
        assert doubled(folder) == (0, 1)


def test_what_an_installation_brings_is_copied_to_who_can_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    (shared / "engine").mkdir(parents=True)
    (shared / "engine" / "loop.nbi").write_text("translated")
    for path in (shared / "engine" / "loop.nbi", shared / "engine", shared):
        path.chmod(stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    chosen = cache_place.cache_folder("1", shared)
    assert chosen is not None
    assert chosen.is_relative_to(tmp_path / "home")
    assert (chosen / "engine" / "loop.nbi").read_text() == "translated"
    (chosen / "engine" / "own.nbi").write_text("translated here")
    assert cache_place.cache_folder("1", shared) == chosen  # and nothing is taken from it
    assert (chosen / "engine" / "own.nbi").exists()
    other = cache_place.cache_folder("2", tmp_path / "none")
    assert other is not None
    assert other != chosen
    assert list(other.iterdir()) == []


def test_a_folder_of_somebody_else_s_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    mine = cache_place.cache_folder("1", tmp_path / "none")
    assert mine is not None
    monkeypatch.setattr(os, "getuid", lambda: os.geteuid() + 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert cache_place.cache_folder("1", tmp_path / "none") is None
