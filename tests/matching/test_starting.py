import subprocess
import sys

LISTED = "import sys, services.matching.main; print(*sorted(set(sys.modules)))"


def test_whoever_answers_requests_does_not_wait_for_the_solver_s_code() -> None:
    command = [sys.executable, "-c", LISTED]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own words
    assert {"numba", "ortools", "scipy"} & set(said.stdout.split()) == set()
