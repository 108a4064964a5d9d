"""`fairlead topics` as a person or a deployment calls it."""

import json
from typing import Any

import pytest

from shared.cli import main
from shared.cli.topics import refilled
from shared.ids import new_id
from shared.provisioning import Databases, connected
from tests.broker import Broker, free_port

pytestmark = pytest.mark.kafka
PUBLISHED = """
INSERT INTO log.leases (consumer, source, slot, number) VALUES
    ('relay', 'sessions', 3, 5), ('relay', 'sessions', 4, 1), ('journeys', 'sessions', 3, 9)
"""


class Terminal:
    """The command line with settings that lead to the broker."""

    def __init__(self, environment: pytest.MonkeyPatch, said: pytest.CaptureFixture[str]) -> None:
        self._environment = environment
        self._said = said

    def set(self, name: str, value: str) -> None:
        self._environment.setenv(f"FAIRLEAD_BUS__{name}", value)

    def run(self, *words: str) -> tuple[int, str, str]:
        """The exit code, and what was said on standard output and on standard error."""
        self._environment.setattr("sys.argv", ["fairlead", "topics", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = self._said.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    def listed(self, *words: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = json.loads(self.run("--json", *words)[1])
        return rows


@pytest.fixture
def terminal(
    kafka: Broker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Terminal:
    here = Terminal(monkeypatch, capsys)
    here.set("URL", kafka.url)
    here.set("TOPIC_PREFIX", f"test-{new_id().hex}.")
    here.set("PARTITIONS", "2")
    return here


def test_topics_are_made_once_and_then_all_is_well(terminal: Terminal) -> None:
    assert terminal.run("--check")[0] == 1
    made = terminal.listed()
    assert [row["to_do"] for row in made] == ["create"] * 4
    assert all(row["done"] for row in made)
    assert terminal.run("--check") == (0, "Every topic is as the settings want it.\n", "")


def test_to_look_changes_nothing(terminal: Terminal) -> None:
    assert all(not row["done"] for row in terminal.listed("--check"))
    assert len(terminal.listed("--check")) == 4


def test_one_service_alone_can_be_looked_after(terminal: Terminal) -> None:
    (row,) = terminal.listed("--service", "matching")
    assert row["topic"].endswith(".matching")


def test_too_few_partitions_are_more_after_it(terminal: Terminal) -> None:
    terminal.run()
    terminal.set("PARTITIONS", "3")
    code, said, advice = terminal.run()
    assert (code, said.count("grow")) == (0, 4)
    assert "publishes the events of slots that moved" in advice
    assert terminal.run("--check")[0] == 0


def test_too_many_partitions_are_refused_with_what_to_do(terminal: Terminal) -> None:
    terminal.run()
    terminal.set("PARTITIONS", "1")
    code, _, said = terminal.run()
    assert code == 1
    assert "has 2 partitions and 1 are wanted: Kafka takes none away" in said
    assert "Set FAIRLEAD_BUS__PARTITIONS to 2" in said


def test_a_broker_that_is_away_is_told_in_words(terminal: Terminal) -> None:
    address = f"localhost:{free_port()}"
    code, said, told = terminal.run("--bus", f"kafka://{address}")
    assert (code, said) == (1, "")
    assert told.startswith(f"fairlead: Kafka: {address} cannot be reached")


def test_without_kafka_there_are_no_topics(terminal: Terminal) -> None:
    code, _, told = terminal.run("--bus", "log")
    assert code == 1
    assert "say --bus kafka://host:port" in told


@pytest.mark.integration
async def test_a_refill_sets_the_relay_back_to_the_beginning(databases: Databases) -> None:
    assert await refilled(databases, "sessions") == 0
    async with connected(databases.dsn("sessions", "worker")) as worker:
        await worker.execute(PUBLISHED)
        assert await refilled(databases, "sessions") == 2
        relays = "SELECT max(number) FROM log.leases WHERE consumer = 'relay'"
        assert await worker.fetchval(relays) == 0
        others = "SELECT max(number) FROM log.leases WHERE consumer = 'journeys'"
        assert await worker.fetchval(others) == 9
