"""Stages that trials share; each test process that needs one raises its own."""

from collections.abc import Iterator

import pytest

from tests.faults.stage import Stage, raised


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """The four services over one durable database, following each other's logs."""
    with raised() as ready:
        yield ready


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes a seed gets the one that was asked for, or the usual ones."""
    if "seed" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--fault-seed")
        usual = getattr(metafunc.module, "SEEDS", (1,))
        metafunc.parametrize("seed", usual if asked is None else (asked,))
