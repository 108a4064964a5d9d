"""What is published about the APIs and the events is current, and true of what is stored."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

import jsonschema
import pytest

from shared.cli.documents import documents
from shared.cli.documents.schemas import name_of, record_schema
from shared.events import BY_NAME
from shared.provisioning import SERVICES

ROOT = Path(__file__).parents[3]
GOLDEN = ROOT / "tests" / "golden"


@pytest.fixture(scope="module")
def written() -> Mapping[str, str]:
    return documents(ROOT)


def test_every_document_is_as_the_code_says(written: Mapping[str, str]) -> None:
    stale = [
        name
        for name, text in written.items()
        if not (ROOT / "docs" / name).exists() or (ROOT / "docs" / name).read_text() != text
    ]
    assert not stale, "write them anew: ./dev docs"


@pytest.mark.parametrize("event", sorted(BY_NAME))
def test_a_stored_event_fits_its_published_schema(event: str) -> None:
    schema = record_schema(event)
    jsonschema.Draft202012Validator.check_schema(schema)
    stored = json.loads((GOLDEN / f"{name_of(event)}.json").read_text())
    checker = jsonschema.FormatChecker()
    jsonschema.Draft202012Validator(schema, format_checker=checker).validate(stored)


def test_every_form_ever_stored_has_its_schema() -> None:
    for golden in GOLDEN.glob("*.v*.json"):
        assert (ROOT / "docs" / "schemas" / golden.name).exists()


def test_every_route_has_a_request_to_run(written: Mapping[str, str]) -> None:
    asked = set(re.findall(r"# @name (\w+)", written["requests.http"]))
    for service in SERVICES:
        paths = json.loads(written[f"openapi/{service}.json"])["paths"]
        for operations in paths.values():
            for operation in operations.values():
                assert operation["operationId"] in asked


@pytest.mark.parametrize("service", SERVICES)
def test_every_schema_has_a_name_of_its_own(written: Mapping[str, str], service: str) -> None:
    """Two of one name would be told apart by where their code stands, in every client."""
    schemas = json.loads(written[f"openapi/{service}.json"])["components"]["schemas"]
    assert [name for name in schemas if "__" in name] == []


def test_clients_get_names_that_differ(written: Mapping[str, str]) -> None:
    for service in SERVICES:
        paths = json.loads(written[f"openapi/{service}.json"])["paths"]
        names = [each["operationId"] for path in paths.values() for each in path.values()]
        assert len(names) == len(set(names))
        assert all(re.fullmatch(r"[a-z][A-Za-z0-9]*", name) for name in names)
