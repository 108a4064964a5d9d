"""`fairlead demo` with the people of a file: a whole program, and its replay."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiokafka.admin import AIOKafkaAdminClient

from shared.cli.demo.population import Size, employees, write_csv
from shared.provisioning import SERVICES
from tests.broker import Broker
from tests.e2e.house import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

SMALL = Size(name="small", employees=160, mentees=0, mentors=0, seats=0)  # the file has no parts
DEMO_SECONDS_MAX = 600  # one takes half a minute; a busy machine is waited for
BEFORE_LOTS = ("people imported", "mentee applications", "mentor applications", "decisions")
STAGES_BEFORE_LOTS = {"applied", "accepted", "enrolled"}
ANY_PORTS = {f"FAIRLEAD_HTTP__{service.upper()}_PORT": "0" for service in SERVICES}


def played(*more: str, seed: int = 1) -> Mapping[str, Any]:
    """What a demo says at its end, which must be a good one."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "people.csv"
        write_csv(employees(SMALL, seed=7), file)
        words = ("demo", "--people", file, "--no-stay", "--json", "--seed", seed, *more)
        done = subprocess.run(  # noqa: S603  # our own words
            [sys.executable, "-m", "shared.cli", *map(str, words)],
            cwd=folder,
            env={**os.environ, **ANY_PORTS},
            capture_output=True,
            text=True,
            check=False,
            timeout=DEMO_SECONDS_MAX,
        )
        assert done.returncode == 0, done.stderr[-4000:] + done.stdout[-4000:]
        said: Mapping[str, Any] = json.loads(done.stdout)["summary"]
        return said


def before_lots(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """Everything that a seed decides; who is paired with whom may be drawn by lot."""
    counts = {name: summary["counts"][name] for name in BEFORE_LOTS}
    funnel = [stage for stage in summary["funnel"] if stage["code"] in STAGES_BEFORE_LOTS]
    acceptance = {
        dimension: [item for item in found["items"] if item["measure"] == "access_acceptance"]
        for dimension, found in summary["access"].items()
    }
    return {"counts": counts, "funnel": funnel, "acceptance": acceptance}


def assert_good(summary: Mapping[str, Any]) -> None:
    """The replay tells the same, every run is proved, nothing is parked, most are paired."""
    assert summary["parked"] == 0
    assert len(summary["replays"]) >= 4
    assert [replay["differences"] for replay in summary["replays"] if replay["differences"]] == []
    assert [(proof["holds"], proof["findings"]) for proof in summary["proofs"]] == [(True, [])] * 3
    enrolled, paired = (
        next(stage["mentees"] for stage in summary["funnel"] if stage["code"] == code)
        for code in ("enrolled", "paired")
    )
    assert enrolled * 3 // 4 < paired <= enrolled


@pytest.fixture(scope="module")
def summary() -> Mapping[str, Any]:
    return played()


def test_a_small_company_plays_to_the_end_and_its_replay_tells_the_same(
    summary: Mapping[str, Any],
) -> None:
    assert_good(summary)
    assert summary["counts"]["people imported"] == SMALL.employees
    assert "rows refused" not in summary["counts"] or summary["counts"]["rows refused"] == 0


def test_pairs_are_made_meet_and_get_somewhere(summary: Mapping[str, Any]) -> None:
    counts = summary["counts"]
    assert counts["mentee applications"] > 30
    for what in ("proposals", "sessions held", "milestones reached", "journeys completed"):
        assert counts[what] > 10, counts
    told = {item["measure"]: item for item in summary["figures"] if item["part"] is None}
    assert told["matched"]["numerator"] > 20


@pytest.mark.kafka
def test_over_kafka_everything_comes_to_the_same(summary: Mapping[str, Any], kafka: Broker) -> None:
    over_kafka = played("--bus", kafka.url)
    assert_good(over_kafka)
    assert before_lots(over_kafka) == before_lots(summary)
    eventually(lambda: asyncio.run(topics_of_demos(kafka)) == [])


async def topics_of_demos(kafka: Broker) -> list[str]:
    """What demos have left at the broker."""
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        return [name for name in await admin.list_topics() if name.startswith("fairlead-demo")]
    finally:
        await admin.close()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_figures(summary: Mapping[str, Any]) -> None:
    assert before_lots(played()) == before_lots(summary)
