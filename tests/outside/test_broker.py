"""The broker that tests run on: its jars are the ones that were listed, its data outlive it."""

from pathlib import Path

import pytest

from tests.broker import Broker
from tests.kafka_jars import FOLDER, LIST, NoKafka, jars, known

pytestmark = pytest.mark.kafka


def test_a_jar_that_is_not_the_listed_one_is_refused_and_thrown_away(tmp_path: Path) -> None:
    name = next(name for name in known(LIST.read_text()) if "slf4j-api" in name)
    wanted = {name: "0" * 64}
    with pytest.raises(NoKafka, match="is not the jar"):
        jars(tmp_path, wanted)
    assert not list(tmp_path.rglob("*.jar"))


def test_every_jar_that_runs_is_a_listed_one(kafka: Broker) -> None:
    with open(f"/proc/{kafka.pid}/cmdline") as file:  # noqa: PTH123
        words = file.read().split("\0")
    path = words[words.index("-cp") + 1].split(":")
    assert len(path) == len(known(LIST.read_text()))
    assert all(Path(jar).is_relative_to(FOLDER) for jar in path)
