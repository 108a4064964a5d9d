"""The system seen from outside: one trace through all of it, its numbers, and its doctor."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from typer.testing import CliRunner

from shared.auth import Role
from shared.cli import app
from shared.ids import new_id
from shared.provisioning import SERVICES
from tests.collector import Collector, Span, collecting
from tests.e2e import house as houses
from tests.e2e.house import House

pytestmark = [pytest.mark.e2e, pytest.mark.integration]

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
DASHBOARDS = sorted((ROOT / "deploy" / "grafana" / "dashboards").glob("*.json"))
DOCUMENTS = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "ARCHITECTURE.md"]
OF_PROMETHEUS = {"up"}
LABELS_OF_PROMETHEUS = {"job", "instance"}
NAME = re.compile(r"\b(?:(?:fairlead|http|process|python)_[a-z_]+|up)\b(?!=|\")")
ROLES = re.compile(r"fairlead_(owner|app|worker|reader|appended|numbered|enrollment|matching)\b")
COMPETENCY = {
    "code": "listening",
    "name": "Active listening",
    "category": "skills",
    "description": "Giving full attention to what other people are saying.",
}


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def house(collector: Collector) -> Iterator[House]:
    """A house of its own, whose services send their traces somewhere."""
    with (
        tempfile.TemporaryDirectory() as folder,
        houses.opened(Path(folder), TRACING__ENDPOINT=collector.address) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def told(house: House) -> httpx.Response:
    """A command, and its answer, as part of a trace that began elsewhere."""
    caller = house.caller("orchard", new_id(), Role.PROGRAM_MANAGER)
    traceparent = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    headers = {"Idempotency-Key": str(new_id()), **traceparent}
    answer = caller.ask("POST", "enrollment", "/v1/competencies", json=COMPETENCY, headers=headers)
    answer.raise_for_status()
    return answer


@pytest.fixture(scope="module")
def pages(house: House, told: httpx.Response) -> str:
    """The numbers of all four services."""
    assert told.is_success
    found = (house.http.get(f"{address}/metrics") for address in house.system.addresses.values())
    return "\n".join(page.raise_for_status().text for page in found)


def named(spans: Sequence[Span], start: str) -> Sequence[Span]:
    return [span for span in spans if span.name.startswith(start)]


def test_one_trace_leads_from_the_request_to_the_tables_of_others(
    collector: Collector, told: httpx.Response
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    assert told.headers["trace-id"] == trace
    spans = collector.wait_for(
        trace,
        lambda found: (
            {"append", "POST /v1/competencies"} <= {each.name for each in found}
            and {each.service for each in named(found, "project")}
            == {"matching", "sessions", "metrics"}
        ),
    )
    (request,), (append,) = named(spans, "POST"), named(spans, "append")
    assert (request.service, request.parent) == ("enrollment", "b7ad6b7169203331")
    assert request.said["http.route"] == "/v1/competencies"
    assert request.said["http.response.status_code"] == 201
    assert append.parent == request.span
    assert append.said["fairlead.event.types"] == ["CompetencyDefined"]
    projections = named(spans, "project")
    assert {each.service for each in projections} == {"matching", "sessions", "metrics"}
    assert {each.parent for each in projections} == {request.span}
    assert len({each.instance for each in spans}) == len(SERVICES)


def test_a_log_line_leads_to_its_span(house: House, told: httpx.Response) -> None:
    log, request = house.system.logs / "enrollment.log", told.headers["x-request-id"]

    def lines() -> list[str]:  # it is written when the answer is out
        whole = log.read_text().rpartition("\n")[0].splitlines()
        return [line for line in whole if request in line and "answered" in line]

    (line,) = houses.eventually(lines)
    said = json.loads(line)
    assert said["trace_id"] == told.headers["trace-id"]
    assert re.fullmatch("[0-9a-f]{16}", said["span_id"])


def queries() -> Mapping[str, Sequence[str]]:
    """Every expression that is asked of Prometheus, by where it stands."""
    found = {path.name: expressions(json.loads(path.read_text())) for path in DASHBOARDS}
    found[ALERTS.name] = expressions(yaml.safe_load(ALERTS.read_text()))
    return found


def expressions(node: Any) -> list[str]:  # noqa: ANN401  # JSON
    if isinstance(node, dict):
        own = [node["expr"]] if isinstance(node.get("expr"), str) else []
        return own + [each for value in node.values() for each in expressions(value)]
    return [each for value in node for each in expressions(value)] if isinstance(node, list) else []


def names_on(pages: str) -> set[str]:
    names = set(re.findall(r"^# TYPE (\S+) ", pages, re.MULTILINE))
    histograms = re.findall(r"^# TYPE (\S+) histogram$", pages, re.MULTILINE)
    parts = {name + part for name in histograms for part in ("_bucket", "_count", "_sum")}
    return names | parts | OF_PROMETHEUS


def test_every_name_that_is_asked_for_is_on_a_page(pages: str) -> None:
    there = names_on(pages)
    for place, found in queries().items():
        assert found
        for query in found:
            assert NAME.findall(query), f"{place}: {query}"
            unknown = {name for name in names_in(query) if name not in there}
            assert not unknown, f"{place}: {query}"


def test_every_name_in_a_document_is_on_a_page(pages: str) -> None:
    there = names_on(pages)
    for path in DOCUMENTS:
        quoted = re.findall(r"`(fairlead_[a-z_]+)(?:\{[^`]*\})?`", path.read_text())
        unknown = {name for name in quoted if name not in there and not ROLES.fullmatch(name)}
        assert not unknown, path.name


def names_in(query: str) -> set[str]:
    """The metrics of a query: what is left without its labels."""
    bare = re.sub(r"\{[^}]*\}", "", query)
    bare = re.sub(r"\b(?:by|on|without|ignoring)\s*\([^)]*\)", "", bare)
    return set(NAME.findall(bare))


def test_every_label_that_is_asked_for_is_on_a_page(pages: str) -> None:
    there = set(re.findall(r'[{,]([a-z_]+)="', pages)) | LABELS_OF_PROMETHEUS
    # Samples that only trouble brings; their labels are shown by the tests of the page.
    there |= {"slot", "application"}
    for place, found in queries().items():
        for query in found:
            grouped = re.findall(r"\b(?:by|on)\s*\(([^)]*)\)", query)
            asked = {label.strip() for group in grouped for label in group.split(",")}
            asked |= set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", query))
            assert asked <= there, f"{place}: {query}"


def test_every_alert_says_what_to_do_and_where_to_read_more() -> None:
    headings = re.findall(r"^#+ (.+)$", (ROOT / "docs" / "operations.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        said = rule["annotations"]
        assert said["summary"], rule["alert"]
        assert said["action"], rule["alert"]
        assert rule["labels"]["severity"] in {"warning", "critical"}
        document, _, anchor = said["runbook"].partition("#")
        assert (document, anchor in anchors) == ("docs/operations.md", True), rule["alert"]


def test_every_panel_has_words_and_a_unit() -> None:
    for path in DASHBOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            assert panel["title"], path.name
            assert panel["description"], panel["title"]
            assert "unit" in json.dumps(panel["fieldConfig"]), panel["title"]


def there(house: House) -> dict[str, str]:
    """Where everything is, for the doctor."""
    return {
        "FAIRLEAD_DATABASE__SERVER": house.system.databases.server,
        "FAIRLEAD_HTTP__PUBLIC_ADDRESSES": json.dumps(dict(house.system.addresses)),
    }


def doctor(house: House, *words: str, **settings: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["doctor", *words], env={**there(house), **settings})
    return done.exit_code, done.stdout


def test_the_doctor_finds_nothing_wrong_with_a_system_that_works(
    house: House, told: httpx.Response
) -> None:
    assert told.is_success
    houses.eventually(lambda: doctor(house)[0] == 0)

    def finds_nothing() -> bool:  # on a busy machine it may find that the database is slow
        status, page = doctor(house, "--json")
        found = json.loads(page)["findings"]
        assert (status == 0) == (found == [])
        return status == 0

    houses.eventually(finds_nothing)


def test_the_doctor_fits_a_narrow_terminal(house: House) -> None:
    narrow = {**os.environ, **there(house), "COLUMNS": "80", "NO_COLOR": "1", "FORCE_COLOR": "1"}
    words = [sys.executable, "-m", "shared.cli", "doctor"]

    def is_plain_and_well() -> bool:
        page = subprocess.run(words, env=narrow, capture_output=True, text=True, check=False).stdout  # noqa: S603  # our own words
        assert max(map(len, page.splitlines())) <= 80
        assert not re.search("\x1b\\[3", page)  # no colour, whatever else a terminal may show
        return "Nothing is wrong." in page

    houses.eventually(is_plain_and_well)


def test_the_doctor_says_which_service_is_away_and_what_to_do(house: House) -> None:
    nowhere = {**house.system.addresses, "sessions": "http://127.0.0.1:9"}

    def finds_only_that() -> bool:
        status, page = doctor(house, FAIRLEAD_HTTP__PUBLIC_ADDRESSES=json.dumps(nowhere))
        assert (status, "`fairlead serve sessions`" in page) == (1, True), page
        return "1 thing is wrong." in page

    houses.eventually(finds_only_that)


def test_the_doctor_says_when_it_cannot_look(house: House) -> None:
    assert doctor(house, FAIRLEAD_HTTP__HOTS="here")[0] == 2
