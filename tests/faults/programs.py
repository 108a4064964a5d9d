"""Services as processes that are killed, paused, and started again while others use them."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import httpx

from tests.ports import HOST

SERVE = ("-m", "shared.cli")
OPTIONS = ("--with-worker", "--until-stdin-closes")
READY_SECONDS_MAX = 60.0
LOOK_SECONDS = 0.1
END_SECONDS_MAX = 10.0
AGAIN_SECONDS = 0.2  # after a death; whoever runs services in earnest starts them again, too


class NotReady(Exception):
    """A service did not come up, or did not come back."""


class Program:
    """One service, with all its loops, as one process; it is started again whenever it dies."""

    def __init__(self, service: str, port: int, environment: Mapping[str, str], log: Path) -> None:
        self.service = service
        self.address = f"http://{HOST}:{port}"
        self.deaths = 0  # that nobody here asked for by `end`
        self.told: deque[Mapping[str, str]] = deque()  # more environment for the next starts
        self.now: Mapping[str, str] = {}  # what this start was told besides
        self.entry: Sequence[str] = SERVE
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._alone = threading.RLock()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def start(self) -> None:
        with self._alone:
            self._wanted = True
            self.now = self.told.popleft() if self.told else {}
            with self._log.open("ab") as log:
                self._process = subprocess.Popen(  # noqa: S603  # our own program
                    [sys.executable, *self.entry, "serve", self.service, *OPTIONS],
                    stdin=subprocess.PIPE,  # it closes when we end, however we end
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env={**os.environ, **self._environment, **self.now},
                    start_new_session=True,
                )

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def pause(self) -> None:
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def tell_to_end(self) -> None:
        with self._alone:
            self._wanted = False
            self._signal(signal.SIGCONT)
            self._signal(signal.SIGTERM)

    def end(self) -> None:
        """Ask for the end, and wait for it; nobody starts it again."""
        self.tell_to_end()
        with self._alone:
            process = self._process
            if process is None:
                return
            try:
                process.wait(END_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdin is not None:
                process.stdin.close()

    def restart(self, entry: Sequence[str] = SERVE, **told: str) -> None:
        """End in order and start anew, with more environment for this one start."""
        self.end()
        self.entry = entry
        if told:
            self.told.appendleft(told)
        self.start()

    def revive(self) -> None:
        """Start again if it has died."""
        with self._alone:
            if self._wanted and self._process is not None and self._process.poll() is not None:
                self.deaths += 1
                if self._process.stdin is not None:
                    self._process.stdin.close()
                time.sleep(AGAIN_SECONDS)
                self.start()

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=2).is_success
        except httpx.TransportError:
            return False

    def memory_bytes(self) -> int:
        """What it holds in memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            if self._process is not None and self._process.poll() is None:
                self._process.send_signal(number)


class Keeper:
    """Starts programs that died again, as an orchestrator would; works in a thread of its own."""

    def __init__(self, programs: Iterable[Program]) -> None:
        self._programs = tuple(programs)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, daemon=True, name="keeper")

    def __enter__(self) -> Self:
        for program in self._programs:
            program.start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        for program in self._programs:
            program.tell_to_end()
        for program in self._programs:
            program.end()

    def wait_until_ready(self) -> None:
        """Return when all of them take requests.

        Raises:
            NotReady: some do not in time; with the end of one's log.
        """
        until = time.monotonic() + READY_SECONDS_MAX
        waiting = list(self._programs)
        while waiting := [program for program in waiting if not program.is_ready()]:
            if time.monotonic() > until:
                first = waiting[0]
                message = f"{first.service}; its log ends:\n{first.log[-2_000:]}"
                raise NotReady(message)
            time.sleep(LOOK_SECONDS)

    def _keep(self) -> None:
        while not self._over.wait(LOOK_SECONDS):
            for program in self._programs:
                program.revive()
