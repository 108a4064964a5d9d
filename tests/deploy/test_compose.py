"""The compose file, run: where an engine and the images are, all of `deploy/check.sh` holds."""

import shutil
import subprocess

import pytest

from tests.deploy.manifests import ROOT, compose

pytestmark = [pytest.mark.slow, pytest.mark.integration]


@pytest.fixture
def docker() -> str:
    """The engine's client, where everything that a run needs is at hand; nothing is pulled."""
    docker = shutil.which("docker")
    if docker is None or not ran(docker, "info") or not ran(docker, "compose", "version"):
        pytest.skip("no container engine")
    for image in ("fairlead:local", "postgres:18", "apache/kafka:4.1.0"):
        if not ran(docker, "image", "inspect", image):
            pytest.skip(f"no container engine with {image}: deploy/standins.sh")
    return docker


def ran(*command: str) -> bool:
    done = subprocess.run(command, capture_output=True, check=False, cwd=ROOT)  # noqa: S603
    return done.returncode == 0


def test_compose_understands_every_profile(docker: str) -> None:
    told = subprocess.run(  # noqa: S603
        [docker, "compose", "--profile", "*", "config", "--services"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert set(told.stdout.split()) == set(compose()["services"])


def test_all_of_it_comes_up_is_killed_and_loses_nothing(docker: str) -> None:
    assert docker
    check = str(ROOT / "deploy" / "check.sh")
    done = subprocess.run([check], stderr=subprocess.PIPE, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stderr[-8000:]
