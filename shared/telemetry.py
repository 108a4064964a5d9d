"""Logs: one fixed past-tense phrase a line, fields beside it, and the ids of what is being handled.

Modules log by `logger` or by the standard library; both end here, in one form.
"""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import msgspec
import structlog
from opentelemetry import trace
from structlog.contextvars import bound_contextvars, get_contextvars, merge_contextvars
from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter, render_to_log_kwargs
from structlog.typing import EventDict, Processor

from shared import clock
from shared.settings import LogSettings

_OF_EVERY_RECORD = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime"}


def logger(name: str) -> BoundLogger:
    """The logger of a module, for fields as arguments: `log.info("command handled", version=3)`."""
    wrapped: BoundLogger = structlog.wrap_logger(
        logging.getLogger(name), processors=[render_to_log_kwargs], wrapper_class=BoundLogger
    )
    return wrapped


@contextmanager
def bound(**ids: object) -> Iterator[None]:
    """Every line inside the block, also in tasks begun there, carries these ids."""
    with bound_contextvars(**{name: str(value) for name, value in ids.items()}):
        yield


def configure(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Send all lines, ours and the libraries', to `stream` in one form; else to standard output."""
    target = sys.stdout if stream is None else stream
    level = logging.getLevelNamesMapping()[settings.level.upper()]
    handler = logging.StreamHandler(target)
    kind = ProcessorFormatter if settings.format == "console" else _Lines
    handler.setFormatter(
        kind(
            foreign_pre_chain=_first_steps(),
            processors=[ProcessorFormatter.remove_processors_meta, *_last_steps(settings, target)],
        )
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    for ours in ("services", "shared"):
        logging.getLogger(ours).setLevel(level)


class _Lines(ProcessorFormatter):
    """Writes the usual line in one go, and passes one with an error on to all of the steps."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as JSON."""
        if record.exc_info or record.stack_info:
            return super().format(record)
        line: dict[str, Any] = {"module": record.name, **get_contextvars()}
        line["event"] = record.getMessage()
        _span(None, "", line)
        line |= {
            name: value for name, value in record.__dict__.items() if name not in _OF_EVERY_RECORD
        }
        line["level"] = record.levelname.lower()
        line["at"] = clock.true_now().isoformat().replace("+00:00", "Z")
        return _json(line)


def _first_steps() -> list[Processor]:
    return [
        merge_contextvars,
        _module,
        _span,
        ExtraAdder(),
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
    ]


def _last_steps(settings: LogSettings, target: TextIO) -> list[Processor]:
    if settings.format == "console":
        return [
            structlog.dev.ConsoleRenderer(
                colors=target.isatty(),
                timestamp_key="at",
                exception_formatter=structlog.dev.plain_traceback,
            )
        ]
    return [
        structlog.processors.ExceptionRenderer(
            # Local variables would carry names and texts into the logs.
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
        structlog.processors.JSONRenderer(serializer=_json),
    ]


def _json(line: dict[str, Any], **_: object) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()


def _module(_logger: object, _method: str, line: EventDict) -> EventDict:
    return {"module": line["_record"].name, **line}


def _span(_logger: object, _method: str, line: EventDict) -> EventDict:
    """The trace that goes on where the line was written, if one does."""
    span = trace.get_current_span().get_span_context()
    if span.is_valid:
        line["trace_id"] = f"{span.trace_id:032x}"
        line["span_id"] = f"{span.span_id:016x}"
    return line
