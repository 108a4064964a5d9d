"""The command line: every command explains itself, and errors are told in words."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from shared.auth import Role
from shared.cli import app, main


def commands(group: object, *path: str) -> Iterator[tuple[str, ...]]:
    found = getattr(group, "commands", {})
    for name, command in found.items():
        yield (*path, name)
        yield from commands(command, *path, name)


EVERY = sorted(commands(typer.main.get_command(app)))


@pytest.fixture
def fairlead(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    return monkeypatch


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["fairlead", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_a_command_explains_itself(path: tuple[str, ...]) -> None:
    answer = CliRunner().invoke(app, [*path, "--help"])
    assert answer.exit_code == 0
    assert "Usage" in answer.output


def test_a_misspelt_setting_is_told_in_words(
    fairlead: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fairlead.setenv("FAIRLEAD_HTTP__HOTS", "localhost")
    assert run(fairlead, "config", "check") == 1
    assert "Is it FAIRLEAD_HTTP__HOST" in capsys.readouterr().err


def test_a_wrong_option_is_a_matter_of_usage(fairlead: pytest.MonkeyPatch) -> None:
    assert run(fairlead, "serve", "nobody") == 2
    assert run(fairlead, "up", "--bus", "pigeons") == 2


def test_a_database_that_is_away_is_told_in_words(
    fairlead: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fairlead.setenv("FAIRLEAD_DATABASE__SERVER", "postgresql://127.0.0.1:1")
    assert run(fairlead, "lag") == 1
    said = capsys.readouterr().err
    assert "No database server answers" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("command", [["up"], ["demo", "--no-stay"]], ids=" ".join)
def test_a_broker_that_is_away_is_told_in_words(
    fairlead: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    fairlead.setattr("os.environ", dict(os.environ))  # a demo sets some for its services
    assert run(fairlead, *command, "--bus", "kafka://127.0.0.1:1") == 1
    said = capsys.readouterr().err
    assert "127.0.0.1:1 cannot be reached" in said
    assert "FAIRLEAD_BUS__URL" in said
    assert "Traceback" not in said


def test_settings_are_shown_for_programs_without_secrets(
    fairlead: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fairlead.setenv("FAIRLEAD_DATABASE__PASSWORD", "told to nobody")
    assert run(fairlead, "config", "show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["FAIRLEAD_HTTP__MATCHING_PORT"] == "8102"
    assert "told" not in shown["FAIRLEAD_DATABASE__PASSWORD"]


def test_a_token_can_be_had_for_any_role(
    fairlead: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(fairlead, "token", *(f"--as={role}" for role in Role), "--json") == 0
    assert json.loads(capsys.readouterr().out)["token"].count(".") == 2


def test_production_gives_no_development_token(
    fairlead: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fairlead.setenv("FAIRLEAD_ENVIRONMENT", "production")
    assert run(fairlead, "token", "--as", "operator") == 1
    assert "production" in capsys.readouterr().err
