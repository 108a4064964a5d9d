"""A record of a topic as a message, if it is one of ours."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from shared.bus import Message
from shared.bus.cloudevents import ORDER
from shared.eventstore import slot_of

log = logging.getLogger(__name__)

NUMBER_MAX = 2**63 - 1
SOURCE, KEY, SEQUENCE = "ce_source", "ce_partitionkey", "ce_sequence"
_SOURCE_AT, _KEY_AT, _SEQUENCE_AT = (ORDER.index(name) for name in (SOURCE, KEY, SEQUENCE))


class Headers(Mapping[str, str]):
    """Headers as they came; made text when they are asked for."""

    __slots__ = ("_raw", "_values")

    def __init__(self, raw: Sequence[tuple[str, bytes | None]]) -> None:
        """Know the bytes."""
        self._raw = raw
        self._values: Mapping[str, str] | None = None

    def __getitem__(self, name: str) -> str:
        return self._made()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made())

    def __len__(self) -> int:
        return len(self._made())

    def _made(self) -> Mapping[str, str]:
        if self._values is None:
            self._values = {
                name: (value or b"").decode(errors="replace") for name, value in self._raw
            }
        return self._values


class Reader:
    """Makes messages of what stands in the topic of one source; passes over what is not ours."""

    def __init__(self, source: str, foreign: Counter[tuple[str, str]]) -> None:
        """Count what is passed over in `foreign`, by topic and reason."""
        self._source = source
        self._told_by = f"/fairlead/{source}".encode()
        self._foreign = foreign

    def messages(self, records: Iterable[Any], wanted: Mapping[int, int]) -> list[Message]:
        """Those of slots that are wanted, in their order."""
        messages: list[Message] = []
        for record in records:
            message = self._message(record)
            if isinstance(message, str):
                self._pass_over(record, message)
            elif message.slot in wanted:
                messages.append(message)
        return messages

    def _message(self, record: Any) -> Message | str:  # noqa: ANN401  # its class has no types
        """The message, or why there is none."""
        headers: Sequence[tuple[str, bytes | None]] = record.headers
        number = _value(headers, SEQUENCE, _SEQUENCE_AT)
        if number is None or record.key is None or record.value is None:
            return "it is no CloudEvent of ours"
        if _value(headers, SOURCE, _SOURCE_AT) != self._told_by:
            return "it is told by another source"
        if not number.isdigit() or not 1 <= int(number) <= NUMBER_MAX:
            return "its number cannot be"
        if _value(headers, KEY, _KEY_AT) != record.key:
            return "its key is not that of its stream"
        try:
            key = record.key.decode()
        except UnicodeDecodeError:
            return "its key is no text"
        return Message(
            source=self._source,
            slot=slot_of(key),
            number=int(number),
            key=key,
            headers=Headers(headers),
            value=record.value,
        )

    def _pass_over(self, record: Any, reason: str) -> None:  # noqa: ANN401
        self._foreign[record.topic, reason] += 1
        if self._foreign[record.topic, reason] == 1:  # the others are counted
            place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            log.warning("foreign message passed over", extra={**place, "reason": reason})


def _value(headers: Sequence[tuple[str, bytes | None]], name: str, place: int) -> bytes | None:
    """The bytes of a header, which stands at this place if we have written it."""
    if len(headers) > place and headers[place][0] == name:
        return headers[place][1]
    return dict(headers).get(name)
