"""What must hold when a history has come to rest, whatever happened in it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

from services.matching.domain.load import LOAD
from services.matching.domain.roster import ROSTER
from shared.envelope import Recorded
from shared.events.matching import PairingEnded, ParticipantsPaired
from shared.events.sessions import JourneyEnded, JourneyStarted
from shared.eventstore import StoredAnswer
from shared.eventstore.memory import MemoryEventStore
from shared.ids import PairingId
from tests.simulation.hearing import Figures, Rows, projected
from tests.simulation.serving import Request


class Rested(Protocol):
    """A history that has come to rest."""

    log: MemoryEventStore
    journeys: MemoryEventStore
    promised: dict[int, tuple[Request, StoredAnswer]]
    figures: Figures


def assert_promises(history: Rested) -> None:
    events = [event for stream in history.log.streams.values() for event in stream]
    assert_kept_once(history.promised.values(), events)
    assert_in_order(events)
    assert_in_order(history.figures.applied)
    assert_seats_held(history.log)
    assert_same(history.figures, events)
    assert_accompanied(events, history.journeys)


def assert_kept_once(
    promised: Iterable[tuple[Request, StoredAnswer]], events: Sequence[Recorded]
) -> None:
    """What a client was told is in the log, all of it, and no request had two effects."""
    by_request: defaultdict[object, set[str]] = defaultdict(set)
    for event in events:
        by_request[event.cause.correlation_id].add(str(event.event_id))
    for request, answer in promised:
        told = set(json.loads(answer.body))
        assert told == by_request[request.id], "an answer and the log differ"


def assert_in_order(events: Sequence[Recorded]) -> None:
    """Each stream's events follow each other, each once."""
    streams: defaultdict[str, list[int]] = defaultdict(list)
    for event in events:
        streams[event.stream].append(event.version)
    for stream, versions in streams.items():
        assert versions[0] == 1, f"{stream} does not begin at its beginning"
        assert all(later == earlier + 1 for earlier, later in pairwise(versions)), stream


def assert_seats_held(log: MemoryEventStore) -> None:
    """At no prefix of the log are more seats taken than there are, and loads are their sum."""
    held: Counter[PairingId] = Counter()
    carried: Counter[PairingId] = Counter()
    for (_, stream), events in log.streams.items():
        if stream.startswith("load-"):
            carried.update(list(LOAD.fold([event.event for event in events]).taken))
        if stream.startswith("roster-"):
            roster = ROSTER.initial
            for event in events:
                roster = ROSTER.evolve(roster, event.event)
                assert len(roster.taken) <= roster.seats, "a seat was given twice"
            held.update(roster.taken)
    assert held == carried, "what people carry is not the sum of their seats"


def assert_same(figures: Figures, events: Sequence[Recorded]) -> None:
    """Each event had one effect, and a rebuild from nothing gives the same rows."""
    heard = Counter(event.event_id for event in figures.applied)
    assert heard == Counter(event.event_id for event in events), "an event was lost, or doubled"
    rebuilt: Rows = {}
    for event in events:
        projected(rebuilt, event)
    assert rebuilt == figures.rows, "a rebuild differs from the live tables"


def assert_accompanied(events: Sequence[Recorded], journeys: MemoryEventStore) -> None:
    """A journey for each pair, begun once and ended once."""
    told = [event.event for stream in journeys.streams.values() for event in stream]
    begun = Counter(each.pairing_id for each in told if isinstance(each, JourneyStarted))
    ended = Counter(each.pairing_id for each in told if isinstance(each, JourneyEnded))
    facts = [event.event for event in events]
    paired = [each.pairing_id for each in facts if isinstance(each, ParticipantsPaired)]
    parted = [each.pairing_id for each in facts if isinstance(each, PairingEnded)]
    assert begun == Counter(paired), "journeys and pairs differ"
    assert ended == Counter(parted), "journeys that ended and pairs that did differ"
