"""The names under which Prometheus hears of a service, and what each of them means."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from shared.monitoring.counters import sequencer_age
from shared.monitoring.sights import Behind, Place, Sight

RELAY = "relay"  # the consumer of a service's own log whose effect is to publish


def up(service: str, databases: Mapping[str, bool]) -> Metric:
    """Which databases answer."""
    family = _gauge("fairlead_up_database", "Whether a service's database answers.", "database")
    for database, is_up in databases.items():
        family.add_metric([service, database], float(is_up))
    return family


def of_process(service: str, counted: Iterable[Metric]) -> Iterator[Metric]:
    """What a process counted, with the service that it works for."""
    for family in counted:
        named = Metric(family.name, family.documentation, family.type)
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                named.add_sample(sample.name, {"service": service, **sample.labels}, sample.value)
        yield named
    age = _gauge(
        "fairlead_sequencer_age_seconds",
        "Time since the sequencer of this process last found nothing left to number.",
    )
    seconds = sequencer_age()
    if seconds is not None:
        age.add_metric([service], seconds)
    yield age


def of_sight(service: str, sight: Sight) -> Iterator[Metric]:
    """The state of the service's own database."""
    unnumbered, timers = sight.unnumbered, sight.timers
    for name, meaning, value in (
        ("fairlead_log_head", "Events that have a number.", sum(sight.heads.values())),
        (
            "fairlead_log_unnumbered_events",
            "Events that wait for a number, counted up to 10,000.",
            unnumbered.events,
        ),
        (
            "fairlead_log_unnumbered_oldest_seconds",
            "Age of the oldest event without a number.",
            unnumbered.seconds,
        ),
        ("fairlead_timers_due", "Timers that ran out and are not answered yet.", timers.events),
        (
            "fairlead_parked_oldest_seconds",
            "How long the oldest parked event has been parked.",
            max((parked.seconds for parked in sight.parked), default=0.0),
        ),
    ):
        family = _gauge(name, meaning)
        family.add_metric([service], value)
        yield family
    yield from _parked(service, sight)
    transactions = _gauge(
        "fairlead_oldest_transaction_seconds",
        "Age of the oldest open transaction of an application.",
        "application",
    )
    for application, seconds in sight.transactions.items():
        transactions.add_metric([service, application], seconds)
    yield transactions


def _parked(service: str, sight: Sight) -> Iterator[Metric]:
    parked = _gauge(
        "fairlead_parked_events", "Events that wait for a person.", "consumer", "source"
    )
    counts = {(place.consumer, place.source): 0 for place in sight.places}
    counts |= {(each.consumer, each.source): each.events for each in sight.parked}
    for (consumer, source), events in counts.items():
        if consumer != RELAY:
            parked.add_metric([service, consumer, source], events)
    yield parked
    epochs = CounterMetricFamily(
        "fairlead_lease_epochs",
        "How often slots have changed hands.",
        labels=("service", "consumer", "source"),
    )
    changes: dict[tuple[str, str], int] = {}
    for place in sight.places:
        pair = place.consumer, place.source
        changes[pair] = changes.get(pair, 0) + place.epoch
    for (consumer, source), count in changes.items():
        epochs.add_metric([service, consumer, source], count)
    yield epochs


def of_lag(
    service: str, places: Sequence[Place], found: Mapping[str, Sequence[Behind] | None]
) -> Iterator[Metric]:
    """How far consumers are behind; nothing of a source whose database is away."""
    pair = ("consumer", "source")
    events = _gauge("fairlead_consumer_lag_events", "Events not handled yet.", *pair)
    seconds = _gauge("fairlead_consumer_lag_seconds", "Age of the oldest of them.", *pair)
    slots = _gauge("fairlead_consumer_slot_lag_events", "The same by slot.", *pair, "slot")
    relay_events = _gauge("fairlead_relay_lag_events", "Events not published yet.")
    relay_seconds = _gauge("fairlead_relay_lag_seconds", "Age of the oldest of them.")
    for consumer, source in sorted({(place.consumer, place.source) for place in places}):
        slots_behind = found[source]
        if slots_behind is None:
            continue
        late = [each for each in slots_behind if each.consumer == consumer]
        total = sum(each.events for each in late)
        age = max((each.seconds for each in late), default=0.0)
        if consumer == RELAY:
            relay_events.add_metric([service], total)
            relay_seconds.add_metric([service], age)
            continue
        events.add_metric([service, consumer, source], total)
        seconds.add_metric([service, consumer, source], age)
        for each in late:
            slots.add_metric([service, consumer, source, str(each.slot)], each.events)
    yield from (events, seconds, slots, relay_events, relay_seconds)


def _gauge(name: str, meaning: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, meaning, labels=("service", *labels))
