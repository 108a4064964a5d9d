"""What comes of a run, told apart from how: who handles it need not read the solver's code."""

import os
from collections.abc import Mapping
from importlib import import_module
from multiprocessing import parent_process
from threading import Thread
from types import MappingProxyType
from typing import Protocol

from services.matching.domain.pool import RunInput
from services.matching.domain.run_record import About, RunRecord
from shared.events.matching import LogPosition, MatchScored, Objective, RuleCount, Unserved
from shared.frozen import frozen

ENGINE: Mapping[str, str] = MappingProxyType({"name": "fairlead", "version": "2"})
STAGES = ("pool_frozen", "scored", "served", "priced", "proved", "explained")
SOLVER = "services.matching.domain.solution"  # takes a second to read


@frozen
class Solution:
    input_digest: str  # SHA-256, hex
    result_digest: str  # SHA-256, hex
    mentees: int
    mentors: int
    seats: int  # free when the run began
    pairs: tuple[MatchScored, ...]
    unserved: tuple[Unserved, ...]
    objective: Objective = Objective.MOST_SERVED
    as_of: tuple[LogPosition, ...] = ()  # what was known when the pool was frozen
    lottery_seed: str = ""  # hex
    lottery_counter: int = 0
    unique: bool = False  # no lottery was needed
    record_digest: str = ""  # SHA-256, hex


@frozen
class Solved:
    solution: Solution
    record: RunRecord


@frozen
class NobodyAllowed:
    """The rules leave nobody anybody: what each of them forbids, but for private ones."""

    rules: tuple[RuleCount, ...]


class Sending(Protocol):
    """One end of a pipe."""

    def send(self, message: object, /) -> None:
        """Hand something over."""
        ...


def solve_for(sending: Sending, source: RunInput, about: About) -> None:
    """Solve, and send each stage as it is reached and then the answer.

    Ends the process when the one that started it is gone, however that went: nobody would hear
    the answer, and whoever takes the run up again needs the machine.
    """
    Thread(target=_end_with_parent, daemon=True).start()
    sending.send(import_module(SOLVER).solve(source, about, sending.send))


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)  # other threads cannot be interrupted otherwise
