"""Every benchmark runs, tells what it hopes for, and gives each ratio both of its figures."""

import importlib

import pytest

from tests.bench import rebuild
from tests.bench.__main__ import BENCHMARKS
from tests.bench.figures import Report, as_json

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def reports_of(name: str) -> list[Report]:
    if name == "rebuild":
        return rebuild.measured(4_000)
    found: list[Report] = importlib.import_module(f"tests.bench.{name}").measure(small=True)
    return found


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_runs(name: str) -> None:
    reports = reports_of(name)
    assert as_json(reports)
    for report in reports:
        names = {figure.name for figure in report.figures}
        assert report.targets.keys() <= names
        assert {figure.against for figure in report.figures} <= names | {""}
        assert all(figure.runs for figure in report.figures)
