"""Stages that trials share, the seeds they are tried with, and a summary at the end."""

from collections.abc import Callable, Iterator

import pytest
from rich.console import Console

from tests.faults.asking import Told
from tests.faults.scenarios import SEED, SEED_LONG, Scenario
from tests.faults.stage import Stage, complaints
from tests.faults.table import decoded, encoded, show
from tests.faults.trials import tried

REPORT = "report of a trial"


@pytest.fixture(scope="module")
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    """What the scenarios of a module share."""
    with request.module.GROUP.raised() as ready:
        yield ready


@pytest.fixture
def told(record_property: Callable[[str, object], None], request: pytest.FixtureRequest) -> Told:
    long = request.node.get_closest_marker("slow") is not None

    def tell(stage: Stage, scenario: Scenario, seed: int) -> None:
        report = tried(stage, scenario.name, seed, scenario.fault, long=long)
        record_property(REPORT, encoded(report))
        if report.broken:
            print(complaints(stage))  # noqa: T201  # shown with the failure
        report.assert_kept()

    return tell


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each scenario briefly with the usual seed and at length with more, or with the one asked."""
    if "scenario" not in metafunc.fixturenames:
        return
    asked = metafunc.config.getoption("--fault-seed")
    metafunc.parametrize(
        ("scenario", "seed"),
        [
            pytest.param(scenario, seed, id=f"{scenario.name}-{seed}{length}", marks=marks)
            for scenario in metafunc.module.GROUP.scenarios
            for seed, length, *marks in (
                (SEED if asked is None else asked, ""),
                (SEED_LONG if asked is None else asked, "-at-length", pytest.mark.slow),
            )
            if marks or scenario.is_brief
        ],
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a trial, with the seed that repeats it."""
    reports = [
        decoded(str(text))
        for outcome in ("passed", "failed")
        for each in terminalreporter.stats.get(outcome, ())
        for name, text in each.user_properties
        if name == REPORT
    ]
    if reports:
        show(reports, Console(width=110))
