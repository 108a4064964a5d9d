"""The four services as processes of this machine: they come up, answer, and end in order."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from shared.auth import Role, development_issuer
from shared.ids import new_id
from shared.provisioning import SERVICES
from shared.runtime import system
from shared.runtime.system import System
from shared.settings import AuthSettings, DatabaseSettings, Settings, VaultSettings
from tests.e2e.house import ANY_PORTS, eventually
from tests.patience import PATIENCE_SECONDS, ended

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

END_SECONDS_MAX = 2.0  # one is promised; the machine of a test may be busy


def settings_in(folder: Path) -> Settings:
    return Settings(
        http=ANY_PORTS,
        database=DatabaseSettings(folder=folder / "postgres"),
        auth=AuthSettings(development_key=folder / "issuer.json"),
        vault=VaultSettings(development_key=folder / "master-key"),
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("system")


@pytest.fixture(scope="module")
def here(folder: Path) -> Iterator[System]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("FAIRLEAD_AUTH__DEVELOPMENT_KEY", str(folder / "issuer.json"))
        environment.setenv("FAIRLEAD_VAULT__DEVELOPMENT_KEY", str(folder / "master-key"))
        with system.running(settings_in(folder), free_ports=True) as running:
            yield running


def manager(folder: Path) -> dict[str, str]:
    issuer = development_issuer(settings_in(folder))
    token = issuer.mint("orchard", str(new_id()), (Role.PROGRAM_MANAGER, Role.EMPLOYEE))
    return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(new_id())}


def get(address: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    return httpx.get(address, headers=headers, timeout=PATIENCE_SECONDS)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_ready_and_describes_itself(here: System, service: str) -> None:
    address = here.addresses[service]
    eventually(lambda: get(f"{address}/readyz").is_success)
    assert get(f"{address}/v1/openapi.json").json()["info"]["title"].endswith(service)


def test_who_hears_others_says_how_old_an_answer_may_be(here: System, folder: Path) -> None:
    issuer = development_issuer(settings_in(folder))
    token = issuer.mint("orchard", str(new_id()), (Role.OPERATOR,))
    headers = {"Authorization": f"Bearer {token}"}

    def is_up_to_date(service: str) -> bool:
        answer = get(f"{here.addresses[service]}/v1/ops/lag", headers)
        return bool(answer.headers.get("projection-lag-ms") == "0")

    eventually(lambda: all(map(is_up_to_date, SERVICES)))


def test_a_service_that_ends_keeps_what_it_has_answered(here: System, folder: Path) -> None:
    address, process = here.addresses["enrollment"], here.processes["enrollment"]
    headers = manager(folder)
    created = httpx.post(
        f"{address}/v1/programs",
        json={"name": "Across"},
        headers=headers,
        timeout=PATIENCE_SECONDS,
    )
    assert created.status_code == httpx.codes.CREATED
    assert ended(process, process.terminate) < END_SECONDS_MAX
    again = subprocess.run(
        [sys.executable, "-m", "shared.cli", "rebuild", "--service", "enrollment", "--json"],
        env={"FAIRLEAD_DATABASE__FOLDER": str(folder / "postgres")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"differs": ""' in again.stdout


def test_a_service_ends_when_whoever_started_it_does(here: System) -> None:
    process = here.processes["metrics"]
    assert process.stdin is not None
    assert ended(process, process.stdin.close) < END_SECONDS_MAX
