"""Records as CloudEvents 1.0 in binary mode: the envelope again as headers, the value untouched.

Source: CloudEvents 1.0.2, Kafka protocol binding, section 3.2; W3C Trace Context.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import msgspec

from shared.eventstore import LogEntry
from shared.frozen import frozen

JSON = "application/json"
ORDER = (  # in which we write headers; a trace's, if there is one, come after these
    "content-type",
    "ce_specversion",
    "ce_source",
    "ce_type",
    "ce_dataschema",
    "ce_id",
    "ce_time",
    "ce_subject",
    "ce_partitionkey",
    "ce_tenant",
    "ce_sequence",
    "ce_correlationid",
    "ce_causationid",
)


class NotAnEvent(ValueError):
    """These headers are not those of a CloudEvent that we know."""


class _Envelope(msgspec.Struct):
    """What headers repeat of a record, as it is written there: ids and times are canonical."""

    tenant: str
    service: str
    stream: str
    event_id: str
    type: str
    schema: int
    recorded_at: str
    correlation_id: str
    causation_id: str
    traceparent: str | None = None


_decode = msgspec.json.Decoder(_Envelope).decode
_type = re.compile(r"io\.fairlead\.(?P<service>[a-z_]+)\.(?P<name>[a-z0-9-]+)\.v(?P<schema>\d+)")


@frozen
class Attributes:
    """What the headers of a message say."""

    event_id: UUID
    tenant: str
    service: str
    type: str  # the event's stored name
    schema: int
    stream: str
    number: int
    recorded_at: datetime


@lru_cache(maxsize=1_024)
def type_of(service: str, name: str, schema: int) -> str:
    """The public name of an event type: reverse DNS, kebab-case, its version at the end."""
    kebab = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    return f"io.fairlead.{service}.{kebab}.v{schema}"


@lru_cache(maxsize=1_024)
def _of_type(service: str, name: str, schema: int) -> Sequence[tuple[str, bytes]]:
    """The headers that all events of a type share."""
    kind = type_of(service, name, schema)
    headers = {
        "content-type": JSON,
        "ce_specversion": "1.0",
        "ce_source": f"/fairlead/{service}",
        "ce_type": kind,
        "ce_dataschema": f"urn:fairlead:schema:{kind}",
    }
    return _as_bytes(headers)


def headers_of(record: bytes, number: int) -> dict[str, str]:
    """The headers of a stored record that has this number in its slot.

    Raises:
        NotAnEvent: the bytes are no record.
    """
    return {name: said.decode() for name, said in _bytes_of(record, number)}


def header_bytes(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    """Headers as a broker takes them."""
    if isinstance(headers, RecordHeaders):
        return headers.as_bytes()
    return _as_bytes(headers)


def _as_bytes(headers: Mapping[str, str]) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in headers.items()]


def _bytes_of(record: bytes, number: int) -> list[tuple[str, bytes]]:
    try:
        said = _decode(record)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise NotAnEvent(str(error)) from error
    stream = said.stream.encode()
    headers = [
        *_of_type(said.service, said.type, said.schema),
        ("ce_id", said.event_id.encode()),
        ("ce_time", said.recorded_at.replace(".000000Z", "Z").encode()),
        ("ce_subject", stream.partition(b"-")[2]),
        ("ce_partitionkey", stream),
        ("ce_tenant", said.tenant.encode()),
        ("ce_sequence", b"%d" % number),
        ("ce_correlationid", said.correlation_id.encode()),
        ("ce_causationid", said.causation_id.encode()),
    ]
    if said.traceparent is not None:  # plain for tracers, with the prefix for CloudEvents
        trace = said.traceparent.encode()
        headers += [("traceparent", trace), ("ce_traceparent", trace)]
    return headers


def parsed(headers: Mapping[str, str]) -> Attributes:
    """Read headers back.

    Raises:
        NotAnEvent: one is missing or not of our form.
    """
    try:
        kind = _type.fullmatch(headers["ce_type"])
        if headers["ce_specversion"] != "1.0" or kind is None:
            raise NotAnEvent(headers["ce_type"])
        return Attributes(
            event_id=UUID(headers["ce_id"]),
            tenant=headers["ce_tenant"],
            service=kind["service"],
            type=_stored(kind["name"]),
            schema=int(kind["schema"]),
            stream=headers["ce_partitionkey"],
            number=int(headers["ce_sequence"]),
            recorded_at=datetime.fromisoformat(headers["ce_time"]),
        )
    except KeyError as missing:
        message = f"header {missing} is missing"
        raise NotAnEvent(message) from missing
    except ValueError as error:
        raise NotAnEvent(str(error)) from error


def stored_name(kind: str) -> str | None:
    """The stored name of a public event type; None if it is none of ours."""
    match = _type.fullmatch(kind)
    return None if match is None else _stored(match["name"])


def _stored(kebab: str) -> str:
    return "".join(word.capitalize() for word in kebab.split("-"))


class RecordHeaders(Mapping[str, str]):
    """Headers of a record that are made when first asked for: who follows the log never asks."""

    __slots__ = ("_entry", "_headers", "_service")

    def __init__(self, service: str, entry: LogEntry) -> None:
        """Know the entry of the service's log, whose columns also say what a broken record is."""
        self._service = service
        self._entry = entry
        self._headers: Mapping[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._made()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    def as_bytes(self) -> list[tuple[str, bytes]]:
        """As a broker takes them: made without the text, for there are many."""
        try:
            return _bytes_of(self._entry.record, self._entry.number)
        except NotAnEvent:
            return _as_bytes(_headers_of_broken(self._service, self._entry))

    def _made(self) -> Mapping[str, str]:
        if self._headers is None:
            try:
                self._headers = headers_of(self._entry.record, self._entry.number)
            except NotAnEvent:
                self._headers = _headers_of_broken(self._service, self._entry)
        return self._headers


def _headers_of_broken(service: str, entry: LogEntry) -> Mapping[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": str(entry.event_id),
        "ce_source": f"/fairlead/{service}",
        "ce_type": type_of(service, entry.type, 1),
        "ce_partitionkey": entry.stream,
        "ce_tenant": entry.tenant,
        "ce_sequence": str(entry.number),
    }
