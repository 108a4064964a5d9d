"""Every operation of every description, with made-up requests: no faults, no surprises."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from shared.auth import Role
from shared.provisioning import SERVICES
from tests.e2e.house import House, granted
from tests.e2e.spring import imported

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

HERE = Path(__file__).parent
DESCRIPTIONS = HERE.parents[1] / "docs" / "openapi"
SEED = 20260105
REQUESTS_EACH = 2  # of each operation, besides those that its limits call for
LONG_REQUESTS_EACH = 20
STREAMS = "/events$"  # they do not end by themselves


@pytest.fixture(scope="module")
def token(house: House) -> str:
    """Somebody who may do everything, in a company with people."""
    somebody, *_ = imported(house.caller("fuzz", "hr", Role.HR_PLATFORM))
    caller = house.caller("fuzz", somebody, *Role)
    granted(caller.post("enrollment", "/v1/programs", {"name": "Across"}))
    return caller.token


def fuzzed(house: House, token: str, service: str, *options: object) -> None:
    words: tuple[object, ...] = (
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", HERE / "schemathesis.toml"),
        *("run", DESCRIPTIONS / f"{service}.json"),
        *("--url", house.system.addresses[service]),
        *("--header", f"Authorization: Bearer {token}"),
        *("--exclude-path-regex", STREAMS),
        *("--no-color", "--no-shrink", "--generation-database", "none", "--continue-on-failure"),
        *("--request-timeout", 30),
        *options,
    )
    done = subprocess.run(  # noqa: S603  # our own words
        [str(word) for word in words],
        cwd=house.system.logs,  # it keeps notes where it runs
        capture_output=True,
        text=True,
        check=False,
    )
    said = "\n".join(line[:400] for line in done.stdout.splitlines())
    assert done.returncode == 0, said[said.find("= FAILURES") :][:20_000] + done.stderr
    house.system.assert_running()


@pytest.mark.parametrize("service", SERVICES)
def test_no_made_up_request_is_answered_by_a_fault_or_by_what_is_not_described(
    house: House, token: str, service: str
) -> None:
    phases = ("--phases", "examples,fuzzing", "--max-examples", REQUESTS_EACH)
    fuzzed(house, token, service, *phases, "--seed", SEED)


@pytest.mark.slow
@pytest.mark.parametrize("service", SERVICES)
def test_nor_is_any_of_thousands_at_every_limit_of_every_value(
    house: House, token: str, service: str
) -> None:
    seed = random.SystemRandom().randrange(2**32)  # the report of a failure tells it
    phases = ("--phases", "examples,coverage,fuzzing", "--max-examples", LONG_REQUESTS_EACH)
    fuzzed(house, token, service, *phases, "--seed", seed)
