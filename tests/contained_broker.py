"""The shared broker in a container, where there is an engine that has its image already."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.broker import Broker

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer

IMAGE = "apache/kafka:4.1.0"
SOCKET = Path("/var/run/docker.sock")
INSIDE = 9092
DATA = "/tmp/kraft-combined-logs"  # noqa: S108  # where the image keeps its data by itself


def has_image() -> bool:
    """Whether an engine answers and has the image; nothing is ever pulled for a test."""
    if os.environ.get("TEST_INFRA") == "local" or not (
        SOCKET.exists() or "DOCKER_HOST" in os.environ
    ):
        return False
    import docker  # noqa: PLC0415  # half a second that nobody needs who has no engine

    try:
        engine = docker.from_env(timeout=5)
        try:
            engine.images.get(IMAGE)
        finally:
            engine.close()
    except (docker.errors.DockerException, OSError):
        return False
    return True


class ContainedBroker(Broker):
    """The same in a container; its data are gone with it, not when it is killed."""

    def __init__(self, folder: Path) -> None:
        """Know the port; nothing is started."""
        super().__init__(folder)
        self._container: DockerContainer | None = None

    @property
    def pid(self) -> int:
        """The process as this machine numbers it; 0 if none runs."""
        return int(self._state().get("Pid", 0))

    def runs(self) -> bool:
        """Whether the container is up."""
        return bool(self._state().get("Running"))

    def wipe(self) -> None:
        """Lose its disk: it forgets every topic; if it ran it runs again, empty."""
        ran = self.runs()
        self.close()
        if ran:
            self.start()

    def close(self) -> None:
        """Take the container away."""
        if self._container:
            self._container.stop()
            self._container = None

    def _state(self) -> Mapping[str, int]:
        if self._container is None:
            return {}
        wrapped = self._container.get_wrapped_container()
        wrapped.reload()
        state: Mapping[str, int] = wrapped.attrs["State"]
        return state

    def _spawn(self) -> None:
        if self._container:
            self._container.get_wrapped_container().start()
            return
        # The machine may itself be a container: its own ports are meant all the same.
        os.environ.setdefault("TESTCONTAINERS_CONNECTION_MODE", "docker_host")
        os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # an image of its own
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415  # three seconds

        port = int(self.address.rpartition(":")[2])
        self._container = DockerContainer(IMAGE).with_bind_ports(INSIDE, port)
        self._container.with_env("KAFKA_HEAP_OPTS", "-Xmx256m")
        for name, value in self._configuration().items():
            self._container.with_env("KAFKA_" + name.replace(".", "_").upper(), value)
        self._container.start()

    def _configuration(self) -> Mapping[str, str]:
        plain = f"PLAINTEXT://0.0.0.0:{INSIDE},CONTROLLER://localhost:{INSIDE + 1}"
        return {
            **super()._configuration(),
            "listeners": plain,
            "advertised.listeners": f"PLAINTEXT://{self.address}",
            "controller.quorum.voters": f"1@localhost:{INSIDE + 1}",
            "log.dirs": DATA,
        }

    def _end(self, how: signal.Signals) -> None:
        if self._container and self.runs():
            wrapped = self._container.get_wrapped_container()
            wrapped.kill(how.name)
            wrapped.wait()

    def _end_of_log(self) -> str:
        if self._container is None:
            return ""
        said, told = self._container.get_logs()
        return (said + told).decode(errors="replace")[-4000:]


@contextmanager
def contained_broker(folder: Path) -> Iterator[Broker]:
    """One for this process alone, gone at the end."""
    broker = ContainedBroker(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.close()
