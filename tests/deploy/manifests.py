"""What the files under deploy/ and docker-compose.yml say, as plain data."""

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.frozen import frozen

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
KUSTOMIZE = ROOT / "deploy" / "kustomize"
OVERLAYS = ("development", "production")
SERVICE_OF_OURS = "fairlead"
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")

Document = Mapping[str, Any]


@frozen
class Program:
    """One container of our image: where it is written, what it is told."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    spec: Document  # as its file has it


def compose() -> Document:
    """The compose file, with defaults where it asks the environment."""
    document: Document = yaml.safe_load(_DEFAULT.sub(r"\1", COMPOSE.read_text()))
    return document


def compose_programs() -> Sequence[Program]:
    """The containers of the compose file that run our image."""
    return [
        Program(
            name=name,
            arguments=spec["command"],
            environment=spec.get("environment", {}),
            spec=spec,
        )
        for name, spec in compose()["services"].items()
        if str(spec["image"]).startswith(SERVICE_OF_OURS + ":")
    ]


@cache
def rendered(overlay: str) -> Sequence[Document]:
    """What an overlay gives to the cluster."""
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("no kubectl")
    folder = str(KUSTOMIZE / "overlays" / overlay)
    told = subprocess.run(  # noqa: S603  # the machine's own
        [kubectl, "kustomize", folder], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    return list(yaml.safe_load_all(told.stdout))


def kubernetes_programs(documents: Sequence[Document]) -> Sequence[Program]:
    """The containers of an overlay that run our image, with the settings they get."""
    shared = of_kind(documents, "ConfigMap")[0]["data"]
    return [
        Program(
            name=each["metadata"]["name"],
            arguments=container["args"],
            environment=shared | {one["name"]: one["value"] for one in container.get("env", ())},
            spec={**each["spec"]["template"]["spec"], "container": container},
        )
        for each in (*of_kind(documents, "Deployment"), *of_kind(documents, "Job"))
        for container in each["spec"]["template"]["spec"]["containers"]
    ]


def of_kind(documents: Sequence[Document], kind: str) -> Sequence[Document]:
    """Those of one kind."""
    return [each for each in documents if each["kind"] == kind]


def texts() -> Iterator[tuple[Path, str]]:
    """Every file that says how to deploy."""
    for path in sorted((ROOT / "deploy").rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            yield path, path.read_text()
    for path in (COMPOSE, ROOT / "docs" / "deploying.md", ROOT / "docs" / "operations.md"):
        yield path, path.read_text()
