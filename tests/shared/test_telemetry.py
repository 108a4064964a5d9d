"""A log line says what was done, where, and with which ids, in one form for everybody."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from shared import telemetry
from shared.settings import LogSettings


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_carries_the_ids_of_what_is_being_handled() -> None:
    stream = io.StringIO()
    telemetry.configure(LogSettings(), stream)
    with telemetry.bound(request_id="r-1"):
        logging.getLogger("shared.example").info("command handled", extra={"version": 3})
    logging.getLogger("shared.example").info("batch projected")
    first, second = lines(stream)
    assert first["event"] == "command handled"
    assert (first["request_id"], first["version"]) == ("r-1", 3)
    assert "request_id" not in second


def test_libraries_are_heard_from_warning_on() -> None:
    stream = io.StringIO()
    telemetry.configure(LogSettings(level="debug"), stream)
    logging.getLogger("elsewhere").info("chatter")
    logging.getLogger("elsewhere").warning("careful")
    assert [line["event"] for line in lines(stream)] == ["careful"]


def test_an_error_shows_its_frames_but_not_their_variables() -> None:
    stream = io.StringIO()
    telemetry.configure(LogSettings(), stream)
    reflection = "what only two people may read"
    try:
        len(reflection) / 0
    except ZeroDivisionError:
        logging.getLogger("shared.example").exception("consumer failed")
    assert lines(stream)[0]["exception"][0]["exc_type"] == "ZeroDivisionError"
    assert reflection not in stream.getvalue()


def test_fields_may_be_arguments() -> None:
    stream = io.StringIO()
    telemetry.configure(LogSettings(), stream)
    log = telemetry.logger("shared.example")
    log.info("command handled", version=3)
    log.debug("not shown")
    assert [(line["event"], line["version"]) for line in lines(stream)] == [("command handled", 3)]


def test_a_line_with_an_error_has_the_form_of_all_others() -> None:
    stream = io.StringIO()
    telemetry.configure(LogSettings(), stream)
    log = telemetry.logger("shared.example")
    with telemetry.bound(request_id="r-1"):
        log.info("command handled", version=3)
        log.info("command handled", version=3, exc_info=ZeroDivisionError())
    usual, failed = lines(stream)
    assert set(failed) - set(usual) == {"exception"}
    for line in (usual, failed):
        at = datetime.fromisoformat(line.pop("at"))
        assert at.tzinfo == UTC
        line.pop("exception", None)
    assert usual == failed


def test_people_may_have_it_without_json() -> None:
    stream = io.StringIO()
    telemetry.configure(LogSettings(format="console"), stream)
    logging.getLogger("services.example").info("command handled", extra={"version": 3})
    assert "command handled" in stream.getvalue()
    assert "version=3" in stream.getvalue()
