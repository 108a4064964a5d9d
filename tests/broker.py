"""A real Apache Kafka on this machine, one node: to use, to kill, and to start again."""

import argparse
import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from shared.ids import new_id
from shared.settings import BusSettings
from tests.kafka_jars import FOLDER, NoKafka, jars, java

START_SECONDS = 120  # two seconds where nothing else is going on
STOP_SECONDS = 20
PORTS = range(20_000, 32_000)  # below those that the kernel gives to whoever connects
CLUSTER_METADATA = "version=1\ncluster.id={cluster}\nnode.id=1\n"  # all that formatting would write
ONE_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "1",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "1",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "500",  # a test waits no ten seconds for who was killed
    "auto.create.topics.enable": "false",  # as it should be wherever topics are looked after
    "log.cleaner.dedupe.buffer.size": "2097152",  # of its 128 MB, no heap of a test would be left
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "60000",  # on a busy machine it is late and not dead
}
RESTARTED = {"broker.session.timeout.ms": "3000"}  # killed and started anew, let in after this
LISTENERS = (
    "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,NAMED:SASL_PLAINTEXT,ENCRYPTED:SSL"
)


class Broker:
    """One Kafka whose data lie in a folder; its port stays the same from start to start.

    It may have been started by another process. Whether it runs is told by a lock that only the
    broker itself holds, so that neither a number in a file nor a zombie can deceive.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        heap_megabytes: int = 128,
        listeners: Sequence[str] = (),
        options: Mapping[str, str] | None = None,
    ) -> None:
        """Know where; nothing is started.

        `listeners` are further ones, such as SECURE://localhost:1234, and `options` further lines
        of its configuration.
        """
        self.folder = folder
        self._heap = heap_megabytes
        self._listeners = listeners
        self._options = dict(options or {})
        folder.mkdir(parents=True, exist_ok=True)
        self._ports = _ports(folder, port)

    @property
    def address(self) -> str:
        """Where it answers without any security: localhost:port."""
        return f"localhost:{self._ports[0]}"

    @property
    def url(self) -> str:
        """The same for FAIRLEAD_BUS__URL."""
        return f"kafka://{self.address}"

    @property
    def pid(self) -> int:
        """The process that runs now; 0 if none does."""
        return int((self.folder / "pid").read_text() or 0) if self.runs() else 0

    def settings(self, **more: object) -> BusSettings:
        """Settings that lead here, with a prefix of topics that nobody else has."""
        words = {"url": self.url, "topic_prefix": f"test-{new_id().hex}.", "wait_seconds": 0.2}
        return BusSettings.model_validate(words | more)

    def runs(self) -> bool:
        """Whether the process is alive, answering or not."""
        with (self.folder / "running.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            NoKafka: it does not come up; with the end of its log.
        """
        if not self.runs():
            self._spawn()
        limit = time.monotonic() + START_SECONDS
        while not _answers(self._ports[0]):
            if time.monotonic() > limit or not self.runs():
                raise NoKafka("Kafka did not come up\n" + self._end_of_log())
            time.sleep(0.05)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def wipe(self) -> None:
        """Lose its disk: it forgets every topic; if it ran it runs again, empty."""
        ran = self.runs()
        self.kill()
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        if ran:
            self.start()

    def _spawn(self) -> None:
        data = self.folder / "data"
        if not (data / "meta.properties").exists():
            data.mkdir(exist_ok=True)
            text = CLUSTER_METADATA.format(cluster=new_id().hex[-22:])
            (data / "meta.properties").write_text(text)
        configured = self.configured()
        with (self.folder / "log").open("a") as log, (self.folder / "running.lock").open("a") as on:
            fcntl.flock(on, fcntl.LOCK_EX)
            process = subprocess.Popen(  # noqa: S603  # what it runs is made above
                [*java_with(jars(), self._heap), "kafka.Kafka", str(configured)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[on.fileno()],  # the lock is given back when the last holder has ended
                start_new_session=True,  # Ctrl-C is for us; it is stopped in order
            )
            (self.folder / "pid").write_text(str(process.pid))
            _children[process.pid] = process

    def configured(self) -> Path:
        """Its configuration, as a file that is written anew."""
        lines = [f"{name}={value}" for name, value in self._configuration().items()]
        path = self.folder / "server.properties"
        path.write_text("\n".join(lines) + "\n")
        return path

    def _configuration(self) -> Mapping[str, str]:
        port, controller = self._ports
        plain = f"PLAINTEXT://localhost:{port}", f"CONTROLLER://localhost:{controller}"
        return {
            **ONE_NODE,
            "controller.quorum.voters": f"1@localhost:{controller}",
            "listeners": ",".join([*plain, *self._listeners]),
            "listener.security.protocol.map": LISTENERS,
            "log.dirs": str(self.folder / "data"),
            **self._options,
        }

    def _end(self, how: signal.Signals) -> None:
        pid = self.pid
        if pid == 0:
            return
        with suppress(ProcessLookupError):
            os.kill(pid, how)
        limit = time.monotonic() + STOP_SECONDS
        while self.runs():
            if time.monotonic() > limit:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)
        if pid in _children:
            _children.pop(pid).wait()

    def _end_of_log(self) -> str:
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-30:])


def java_with(path: Sequence[Path], heap_megabytes: int = 128) -> list[str]:
    """The words that begin each of Kafka's programs; the name of its class comes next."""
    quick = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dorg.apache.logging.log4j.level=WARN"]
    return [java(), f"-Xmx{heap_megabytes}m", *quick, "-cp", ":".join(map(str, path))]


_children: dict[int, "subprocess.Popen[bytes]"] = {}  # ours to reap


@contextmanager
def own_broker(folder: Path, options: Mapping[str, str] | None = None) -> Iterator[Broker]:
    """A broker for one test alone, which may do to it what it likes."""
    broker = Broker(folder, options={**RESTARTED, **(options or {})})
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


@contextmanager
def shared_broker(folder: Path = FOLDER / "test") -> Iterator[Broker]:
    """The broker of this checkout: started empty for who comes first, ended by who leaves last."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "users.lock").open("a") as users:
        with _alone(folder):
            if not Broker(folder).runs():  # whatever is left is of no use; its ports may be taken
                shutil.rmtree(folder / "data", ignore_errors=True)
                (folder / "ports").unlink()
            broker = Broker(folder)
            broker.start()
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield broker
        finally:
            with _alone(folder), suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                broker.kill()  # nobody will ask for its data again


@contextmanager
def _alone(folder: Path) -> Iterator[IO[str]]:
    with (folder / "start.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def _ports(folder: Path, port: int) -> tuple[int, int]:
    """For clients and for its own controller: the same ones at each start."""
    kept = folder / "ports"
    if not kept.exists():
        kept.write_text(f"{port or free_port()} {free_port()}")
    first, second = kept.read_text().split()
    return port or int(first), int(second)


def free_port() -> int:
    """A port that nobody listens on, and that no outgoing connection will be given.

    While this process lives nobody is given it again: a broker is told of it seconds before it
    listens, and leaves it for seconds when it is killed.
    """
    while True:
        port, held = random.choice(PORTS), socket.socket()
        try:
            held.bind(("127.0.0.1", port))
        except OSError:
            held.close()
            continue
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # servers set it: they may share
        held.detach()
        return port


def _answers(port: int) -> bool:
    """Whether it lists itself among the brokers: a Metadata request of version 1, for no topic."""
    request = b"\x00\x03\x00\x01\x00\x00\x00\x01\xff\xff\x00\x00\x00\x00"
    try:
        with socket.create_connection(("localhost", port), timeout=2) as connection:
            connection.sendall(len(request).to_bytes(4, "big") + request)
            answer = connection.recv(64)
    except OSError:
        return False
    return len(answer) > 12 and int.from_bytes(answer[8:12], "big") > 0


def main() -> None:
    """Run a broker in the foreground, for people; its data stay."""
    wanted = argparse.ArgumentParser(prog="./dev kafka", description=main.__doc__)
    wanted.add_argument("--port", type=int, default=9092)
    port: int = wanted.parse_args().port
    broker = Broker(FOLDER, port=port, heap_megabytes=512, options=RESTARTED)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))
    try:
        broker.start()
        said = f"Kafka at {broker.url}\n  ./dev demo --bus {broker.url}\nCtrl-C ends it"
        print(f"{said}; its data stay in .fairlead/kafka/data", flush=True)  # noqa: T201
        while broker.runs():
            time.sleep(0.5)
    except NoKafka as reason:
        sys.exit(f"dev kafka: {reason}")
    finally:
        broker.stop()


if __name__ == "__main__":
    main()
