"""Records on the bus are CloudEvents in binary mode."""

import pytest

from shared.bus.cloudevents import ORDER, NotAnEvent, headers_of, parsed, stored_name, type_of
from shared.codec import encode
from shared.events import SERVICE_OF
from tests.progress import NAMES, ORCHARD, Log, achieved, agreed, pair, stream


def test_the_headers_say_what_the_record_says() -> None:
    recorded = Log().record("ana", agreed("ana"))
    assert headers_of(encode(recorded), 1) == {
        "content-type": "application/json",
        "ce_specversion": "1.0",
        "ce_id": str(recorded.event_id),
        "ce_source": "/fairlead/sessions",
        "ce_type": "io.fairlead.sessions.roadmap-accepted.v1",
        "ce_time": "2026-03-02T09:00:00Z",
        "ce_subject": str(pair("ana")),
        "ce_dataschema": "urn:fairlead:schema:io.fairlead.sessions.roadmap-accepted.v1",
        "ce_partitionkey": stream("ana"),
        "ce_tenant": ORCHARD,
        "ce_sequence": "1",
        "ce_correlationid": str(NAMES),
        "ce_causationid": str(NAMES),
    }


def test_headers_read_back_name_the_event() -> None:
    log = Log()
    log.record("ana", agreed("ana"))
    recorded = log.record("ana", achieved("ana", 3))
    attributes = parsed(headers_of(encode(recorded), 2))
    assert attributes.event_id == recorded.event_id
    assert (attributes.type, attributes.schema, attributes.number) == ("GoalAchieved", 1, 2)
    assert (attributes.tenant, attributes.stream) == (ORCHARD, stream("ana"))
    assert attributes.recorded_at == recorded.recorded_at


def test_headers_are_written_in_the_order_that_readers_look_for_them_in() -> None:
    assert tuple(headers_of(encode(Log().record("ana", agreed("ana"))), 1)) == ORDER


def test_a_trace_goes_on_under_both_names() -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    record = encode(Log().record("ana", agreed("ana")))
    traced = record[:-1] + b',"traceparent":"' + traceparent.encode() + b'"}'
    headers = headers_of(traced, 1)
    assert headers["traceparent"] == headers["ce_traceparent"] == traceparent


@pytest.mark.parametrize("name", SERVICE_OF)
def test_each_event_of_the_catalogue_has_a_public_type_that_leads_back(name: str) -> None:
    assert stored_name(type_of(SERVICE_OF[name], name, 1)) == name


def test_bytes_that_are_no_record_are_no_event() -> None:
    with pytest.raises(NotAnEvent):
        headers_of(b"\xff", 1)


@pytest.mark.parametrize("missing", ["ce_id", "ce_type", "ce_tenant", "ce_specversion"])
def test_a_message_without_a_needed_header_is_no_event(missing: str) -> None:
    headers = headers_of(encode(Log().record("ana", agreed("ana"))), 1)
    del headers[missing]
    with pytest.raises(NotAnEvent):
        parsed(headers)
