"""Solvers that stand still at a stage of a run: what is done to one then is certain to hit."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from services.matching.domain.pool import RunInput
from services.matching.domain.run_record import About
from services.matching.domain.solved import Sending, solve_for
from shared.frozen import frozen

_LOOK_SECONDS = 0.01
_TICKET = "ticket"


@frozen
class Standstill:
    """So many solvers stand still, from when they have told of a stage until they are let go."""

    folder: Path
    stage: str

    def sell(self, tickets: int) -> None:
        """Let the next so many stand."""
        self.folder.mkdir(exist_ok=True)
        for number in range(tickets):
            (self.folder / f"{_TICKET}-{number}").touch()

    def standing(self) -> list[int]:
        """The processes that stand."""
        numbers = [int(path.name) for path in self.folder.glob("[0-9]*")]
        return [number for number in numbers if is_there(number)]

    def let_go(self) -> None:
        """Whoever stands may go on."""
        for path in self.folder.glob("[0-9]*"):
            path.unlink()

    def reached(self) -> None:
        """Stand here, if a ticket is left."""
        for ticket in sorted(self.folder.glob(f"{_TICKET}-*")):
            mine = ticket.rename(self.folder / str(os.getpid()))
            while mine.exists():
                time.sleep(_LOOK_SECONDS)
            return

    def solver(self) -> Callable[[Sending, RunInput, About], None]:
        """What stands in for the solver: itself, but that it stands still when it has to."""
        return partial(_solve, self)


@frozen
class _Sending:
    own: Sending
    standstill: Standstill

    def send(self, message: object) -> None:
        self.own.send(message)
        if message == self.standstill.stage:
            self.standstill.reached()


def _solve(standstill: Standstill, sending: Sending, source: RunInput, about: About) -> None:
    solve_for(_Sending(own=sending, standstill=standstill), source, about)


def is_there(number: int) -> bool:
    """Whether a process of this number lives: one that has ended may wait long to be buried."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return _state(number) != "Z"


def _state(number: int) -> str:
    """The letter that Linux has for what a process does; none where it has nothing to tell."""
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    return ""
