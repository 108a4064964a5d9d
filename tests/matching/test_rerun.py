from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.matching.cast import run_input
from tests.matching.solved import solve
from tests.matching.test_solution import MENTEES, MENTORS


@pytest.mark.parametrize("seed", ["1", "2"])
def test_another_process_with_other_hashes_works_out_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, seed: str
) -> None:
    source = run_input(MENTEES, MENTORS)
    monkeypatch.setenv("PYTHONHASHSEED", seed)  # sets are walked in another order there
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:
        again = elsewhere.submit(solve, source).result()
    assert again == solve(source)
    assert len(again.result_digest) == 64
