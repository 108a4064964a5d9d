"""Events to canonical JSON and back, by stored name and version; upcasts of old versions.

The form is a profile of RFC 8785: keys sorted, no blanks, no floating point, whole numbers that
every JSON reader holds exactly, times as text. The bytes are hashed as they stand.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import msgspec

from shared.envelope import Cause, Recorded
from shared.event_forms import SCHEMAS, UPCASTS, Upcast
from shared.events import BY_NAME
from shared.ids import EventId, TenantId

INTEGER_MAX = 2**53 - 1  # the largest that every JSON reader holds exactly: RFC 7493
HIGHEST_BASIC = "\uffff"  # beyond it RFC 8785 sorts by UTF-16 unit, and UTF-8 order differs

E = TypeVar("E")


class Unencodable(TypeError):
    """A value has no exact place in canonical JSON."""


class Undecodable(Exception):
    """These bytes are no event that this code knows."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Said(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a record says of its own form."""

    type: str
    schema: int


class _Stored(msgspec.Struct, Generic[E], frozen=True, kw_only=True, gc=False):
    """The stored record, its fact an event or still bytes; decoded fastest in the order of both."""

    actor: str
    causation_id: UUID
    correlation_id: UUID
    data: E
    event_id: EventId
    recorded_at: datetime
    right: str
    schema: int
    service: str
    stream: str
    tenant: TenantId
    traceparent: str | None = None
    type: str
    version: int


_Decode: TypeAlias = Callable[[bytes], _Stored[Any]]


class _Known(NamedTuple):
    """How records of one type are decoded."""

    type: str
    schema: int
    decode: _Decode


_STORED: Any = _Stored  # of which class, is known when it runs
_decode_raw: _Decode = msgspec.json.Decoder(_STORED[msgspec.Raw]).decode
_decode_said = msgspec.json.Decoder(_Said).decode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode
# Of the record itself: only its version is sorted behind it, so no other one comes later.
_TYPE_BEGINS = b'"type":"'


def canonical(value: Any) -> bytes:  # noqa: ANN401  # any event, any JSON value
    """The one spelling of a value.

    Source: RFC 8785, without floating point.

    Raises:
        Unencodable: a float, a whole number beyond 2^53 - 1, a time without a zone, another type.
    """
    return _encode_sorted(_plain(value))


class Codec:
    """Knows the classes of events by name, their current versions, and the way from old ones."""

    def __init__(
        self,
        events: Mapping[str, type[Any]],
        schemas: Mapping[str, int] = SCHEMAS,
        upcasts: Mapping[tuple[str, int], Upcast] = UPCASTS,
    ) -> None:
        self._events = events
        self._schemas = schemas
        self._upcasts = upcasts
        self._known: dict[bytes, _Known] = {}  # by the type's name as it is spelt in a record

    def schema_of(self, kind: str) -> int:
        """The version that events of this type are stored in now."""
        return self._schemas.get(kind, 1)

    def encode(self, recorded: Recorded) -> bytes:
        """The canonical record of an event with its envelope.

        Raises:
            Unencodable: a field has no exact place in canonical JSON.
        """
        cause = recorded.cause
        record = {
            "tenant": recorded.tenant,
            "service": recorded.service,
            "stream": recorded.stream,
            "version": recorded.version,
            "event_id": recorded.event_id,
            "type": recorded.type,
            "schema": recorded.schema,
            "recorded_at": recorded.recorded_at,
            "actor": cause.actor,
            "right": cause.right,
            "correlation_id": cause.correlation_id,
            "causation_id": cause.causation_id,
            "data": recorded.event,
        }
        if cause.traceparent is not None:
            record["traceparent"] = cause.traceparent
        return canonical(record)

    def decode(self, raw: bytes, *, slot: int, number: int | None = None) -> Recorded:
        """The event in a record; fields that this code does not know are passed over.

        Raises:
            Undecodable: broken bytes, an unknown type, a version from the future, a wrong field.
        """
        try:
            stored = self._stored(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise Undecodable(str(error)) from error
        return _recorded(stored, slot, number)

    def _stored(self, raw: bytes) -> _Stored[Any]:
        """One pass over the bytes, if their type was met before and is where it should be."""
        begin = raw.rfind(_TYPE_BEGINS) + len(_TYPE_BEGINS)
        known = self._known.get(raw[begin : raw.find(b'"', begin)])
        if known is not None:
            try:
                stored = known.decode(raw)
            except msgspec.MsgspecError:
                return self._looked_up(raw)  # it says why
            if stored.type == known.type and stored.schema == known.schema:
                return stored
        return self._looked_up(raw)

    def _looked_up(self, raw: bytes) -> _Stored[Any]:
        """The same for whatever it may be."""
        said = _decode_said(raw)
        current = self.schema_of(said.type)
        if said.type not in self._events:
            message = f"no event is called {said.type}"
            raise Undecodable(message)
        if said.schema > current:
            message = (
                f"{said.type} version {said.schema} is newer than version {current} known here"
            )
            raise Undecodable(message)
        if said.schema < current:
            return self._brought_up(raw, current)
        decode: _Decode = msgspec.json.Decoder(_STORED[self._events[said.type]]).decode
        self._known[said.type.encode()] = _Known(said.type, current, decode)
        return decode(raw)

    def _brought_up(self, raw: bytes, current: int) -> _Stored[Any]:
        stored = _decode_raw(raw)
        facts: dict[str, Any] = msgspec.json.decode(stored.data)
        for version in range(stored.schema, current):
            upcast = self._upcasts.get((stored.type, version))
            if upcast is None:
                message = f"nothing leads from {stored.type} version {version} to the next"
                raise Undecodable(message)
            facts = upcast(facts)
        event = msgspec.convert(facts, self._events[stored.type])
        return msgspec.structs.replace(stored, data=event)


CODEC = Codec(BY_NAME)
encode = CODEC.encode
decode = CODEC.decode


def _recorded(stored: _Stored[Any], slot: int, number: int | None) -> Recorded:
    tenant = stored.tenant
    return Recorded(
        event=stored.data,
        event_id=stored.event_id,
        tenant=tenant,
        service=stored.service,
        stream=stored.stream,
        version=stored.version,
        type=stored.type,
        schema=stored.schema,
        recorded_at=stored.recorded_at,
        cause=Cause(
            tenant=tenant,
            actor=stored.actor,
            right=stored.right,
            correlation_id=stored.correlation_id,
            causation_id=stored.causation_id,
            traceparent=stored.traceparent,
        ),
        slot=slot,
        number=number,
    )


def _plain(value: Any) -> Any:  # noqa: ANN401  # any JSON value
    """Only what JSON has: text, exact whole numbers, true, false, null, lists, objects.

    An id stays as it is: the encoder spells it in one way only.
    """
    kind = type(value)
    if kind is str or kind is UUID or kind is bool or value is None:
        return value
    convert = _CONVERSIONS.get(kind) or _conversion(kind)  # type: ignore[arg-type]  # mypy holds no class for hashable
    return convert(value)


@lru_cache(maxsize=1024)
def _conversion(kind: type[Any]) -> Callable[[Any], Any]:
    """How a class derived from the known ones becomes plain."""
    if hasattr(kind, "__dataclass_fields__"):
        names = tuple(field.name for field in fields(kind))
        return lambda record: {name: _plain(getattr(record, name)) for name in names}
    for known in (str, int, datetime, UUID, Mapping, tuple, list):
        if issubclass(kind, known):
            return _CONVERSIONS[known]
    message = f"{kind.__name__} has no exact place in canonical JSON"
    raise Unencodable(message)


def _whole(value: int) -> int:
    if -INTEGER_MAX <= value <= INTEGER_MAX:
        return int(value)
    message = f"{value} is beyond 2^53 - 1"
    raise Unencodable(message)


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        message = f"{value.isoformat()} names no time zone"
        raise Unencodable(message)
    universal = value.astimezone(UTC).replace(tzinfo=None)
    return universal.isoformat(timespec="microseconds") + "Z"


def _object(value: Mapping[Any, Any]) -> dict[str, Any]:
    plain = {_key(key): _plain(content) for key, content in value.items()}
    if len(plain) == len(value):
        return plain
    message = "two keys are spelt alike"
    raise Unencodable(message)


def _key(value: Any) -> str:  # noqa: ANN401  # a text, a code, or an id
    if type(value) is str and value.isascii():
        return value
    key = str(value) if isinstance(value, UUID) else _plain(value)
    if not isinstance(key, str) or (not key.isascii() and max(key) > HIGHEST_BASIC):
        message = f"{value!r} cannot be a key"
        raise Unencodable(message)
    return key


def _list(value: Any) -> list[Any]:  # noqa: ANN401  # a tuple or a list
    return [_plain(part) for part in value]


_CONVERSIONS: Mapping[type[Any], Callable[[Any], Any]] = {
    str: str.__str__,
    UUID: lambda value: UUID(int=value.int),
    int: _whole,
    datetime: _moment,
    date: date.isoformat,
    dict: _object,
    Mapping: _object,
    tuple: _list,
    list: _list,
    frozenset: lambda value: sorted(map(_plain, value)),
}
