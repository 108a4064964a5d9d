"""What is counted about requests, by the names of the OpenTelemetry conventions."""

from prometheus_client import Counter, Histogram

# Asked every few seconds: no log line and no trace each.
QUIET = frozenset({"/livez", "/readyz", "/metrics"})
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

DURATION = Histogram(
    "http_server_request_duration_seconds",
    "Time from the first byte of a request to the last of its answer.",
    ("service", "http_request_method", "http_route", "http_response_status_code"),
    buckets=_BUCKETS,
)
REPLAYS = Counter(
    "fairlead_idempotent_replays_total",
    "Requests answered with what was answered before.",
    ("service",),
)
