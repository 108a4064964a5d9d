"""The reference SDK of CloudEvents reads what we put on the bus, and writes the same."""

import json
from pathlib import Path

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat

from shared.bus.cloudevents import headers_of

GOLDEN = sorted(Path(__file__).parents[1].joinpath("golden").glob("*.json"))
OWN = "traceparent"  # for tracers that know no CloudEvents; the SDK knows it as ce_traceparent
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def message(record: bytes) -> KafkaMessage:
    """A stored record as it travels."""
    headers = {name: value.encode() for name, value in headers_of(record, 7).items()}
    return KafkaMessage(headers=headers, key=json.loads(record)["stream"].encode(), value=record)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_each_stored_event_comes_through_the_sdk_unchanged(path: Path) -> None:
    sent = message(path.read_bytes().strip())
    event = from_binary(sent, JSONFormat())
    assert event.get_extension("tenant") == json.loads(sent.value)["tenant"]
    back = to_binary(event, JSONFormat())
    assert back.headers == {name: sent.headers[name] for name in sent.headers if name != OWN}
    assert back.key == event.get_extension("partitionkey") == sent.key.decode()  # type: ignore[union-attr]  # bytes, as made above
    assert json.loads(back.value) == json.loads(sent.value)


@pytest.mark.parametrize("path", GOLDEN[:1], ids=lambda path: path.stem)
def test_the_trace_is_an_extension_of_the_standard_and_a_header_of_its_own(path: Path) -> None:
    record = path.read_bytes().strip()[:-1] + f',"traceparent":"{TRACE}"}}'.encode()
    event = from_binary(message(record), JSONFormat())
    assert event.get_extension("traceparent") == TRACE
    assert message(record).headers["traceparent"].decode() == TRACE
