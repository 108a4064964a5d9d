"""`fairlead demo --against`: a story on services that run already, whoever started them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.cli.demo.population import Size, employees, write_csv
from shared.provisioning import SERVICES
from tests.e2e import fleet as fleets
from tests.e2e.fleet import Copy, Fleet
from tests.e2e.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

SMALL = Size(name="small", employees=160, mentees=0, mentors=0, seats=0)  # the file has no parts
DEMO_SECONDS_MAX = 300
NOBODY = "enrollment=http://127.0.0.1:9"


def told(words: list[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What the demo says in a folder of its own."""
    return subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-m", "shared.cli", "demo", *words],
        cwd=folder,
        env={**os.environ, **{f"FAIRLEAD_{name}": value for name, value in environment.items()}},
        capture_output=True,
        text=True,
        check=False,
        timeout=DEMO_SECONDS_MAX,
    )


def test_what_stands_in_the_way_is_told_in_words(house: House, tmp_path: Path) -> None:
    at = [f"--at={name}={address}" for name, address in house.system.addresses.items()]
    key = os.environ["FAIRLEAD_AUTH__DEVELOPMENT_KEY"]
    other = str(tmp_path / "key.json")
    away = told(["--against", *at, f"--at={NOBODY}"], tmp_path, AUTH__DEVELOPMENT_KEY=key)
    assert (away.returncode, "enrollment does not answer" in away.stderr) == (1, True)
    keyless = told(["--against", *at], tmp_path, AUTH__DEVELOPMENT_KEY=other)
    assert (keyless.returncode, f"none at {other}" in keyless.stderr) == (1, True)
    real = told(["--database", "postgresql://postgres@localhost"], tmp_path)
    assert (real.returncode, "only with --against" in real.stderr) == (2, True)


@pytest.fixture
def fleet() -> Iterator[tuple[Fleet, list[Copy]]]:
    """Each service as two processes, as containers would have them."""
    with tempfile.TemporaryDirectory() as folder, fleets.assembled(Path(folder)) as fleet:
        apis = [fleet.api(service) for service in SERVICES]
        for copy in [*apis, *(fleet.worker(service) for service in SERVICES)]:
            copy.ready()
        yield fleet, apis


@pytest.mark.slow
def test_a_story_is_played_where_others_started_the_services(
    fleet: tuple[Fleet, list[Copy]], tmp_path: Path
) -> None:
    fleet_of, apis = fleet
    file = tmp_path / "people.csv"
    write_csv(employees(SMALL, seed=7), file)
    at = [f"--at={name}={api.address}" for name, api in zip(SERVICES, apis, strict=True)]
    words = ["--against", "--json", "--people", str(file), *at]
    key = fleet_of.environment["FAIRLEAD_AUTH__DEVELOPMENT_KEY"]
    reached = told(
        [*words, "--database", fleet_of.databases.server], tmp_path, AUTH__DEVELOPMENT_KEY=key
    )
    assert reached.returncode == 0, reached.stdout[-6000:] + reached.stderr[-2000:]
    summary = json.loads(reached.stdout)["summary"]
    assert summary["parked"] == 0
    assert [replay["differences"] for replay in summary["replays"] if replay["differences"]] == []
    assert summary["counts"]["journeys completed"] > 10
    again = told(words, tmp_path, AUTH__DEVELOPMENT_KEY=key)  # months later, another company
    assert again.returncode == 0, again.stdout[-6000:] + again.stderr[-2000:]
    summary = json.loads(again.stdout)["summary"]
    assert summary["replays"] == []
    assert "--database" in summary["unchecked"]
