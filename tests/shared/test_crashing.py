"""Where a process can be told to be killed: each point stands in the code, once."""

import re
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from shared import crashing

SHARED = Path(crashing.__file__).parent
REACHED = re.compile(r"crashing\.reached\(\"([^\"]+)\"\)")
DIES = """
from shared import crashing
crashing.reached("append: before commit")
crashing.arm("append: before commit")
crashing.reached("append: after commit")
print("here", flush=True)
crashing.reached("append: before commit")
print("and gone", flush=True)
"""


def test_every_point_is_reached_in_one_place() -> None:
    found = Counter(
        point for path in SHARED.rglob("*.py") for point in REACHED.findall(path.read_text())
    )
    assert found == Counter(crashing.POINTS)


def test_an_armed_process_is_killed_at_its_point_and_nowhere_else() -> None:
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", DIES], stdout=subprocess.PIPE, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == "here\n"


def test_a_point_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="append: before commit"):
        crashing.arm("append: befor commit")
