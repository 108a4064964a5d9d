"""Figures are medians, and ratios hold within one run."""

import json

from tests.bench.figures import Figure, Report, as_json
from tests.bench.load import Load, request

BARE = Figure(name="bare", unit="events/s", runs=[100.0, 10.0, 200.0])
OURS = Figure(name="ours", unit="events/s", runs=[50.0, 8.0, 120.0], against="bare")
REPORT = Report(title="pace", figures=[BARE, OURS], targets={"ours": "at least 0.5x"})


def test_the_middle_run_counts() -> None:
    assert OURS.median == 50.0


def test_a_ratio_is_the_median_of_the_ratios_run_by_run() -> None:
    assert REPORT.ratio(OURS) == 0.6  # of 0.5, 0.8, 0.6; the medians alone would say 0.5


def test_what_is_compared_with_nothing_has_no_ratio() -> None:
    assert REPORT.ratio(BARE) is None


def test_a_run_of_nothing_spoils_no_ratio() -> None:
    still = Figure(name="bare", unit="events/s", runs=[0.0, 10.0, 200.0])
    assert Report(title="pace", figures=[still, OURS]).ratio(OURS) == 0.7


def test_the_document_holds_every_run_and_every_target() -> None:
    (report,) = json.loads(as_json([REPORT]))
    _, ours = report["figures"]
    assert ours == {
        "name": "ours",
        "unit": "events/s",
        "median": 50.0,
        "min": 8.0,
        "max": 120.0,
        "runs": [50.0, 8.0, 120.0],
        "against": "bare",
        "ratio": 0.6,
        "target": "at least 0.5x",
    }


def test_percentiles_are_in_milliseconds() -> None:
    load = Load(per_second=3.0, seconds=[0.001, 0.002, 0.003])
    assert load.percentile(50) == 2.0


def test_a_request_says_how_long_its_body_is() -> None:
    raw = request("/v1/things", "localhost", ("Idempotency-Key: one",), b'{"a":1}')
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/things HTTP/1.1\r\n")
    assert b"Idempotency-Key: one" in head
    assert b"Content-Length: 7" in head
    assert body == b'{"a":1}'
