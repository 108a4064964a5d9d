"""Those who hear matching: the figures of metrics, and sessions that accompanies pairs."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from services.matching.projections.pairings import pairing_deadlines
from services.metrics.projections import matched
from services.sessions.reactions.events import accompany
from shared.bus import Message
from shared.codec import CODEC
from shared.command_handler import CommandHandler
from shared.envelope import Cause, Recorded
from shared.errors import Refused
from shared.eventstore import Transaction
from shared.eventstore.memory import MemoryEventStore
from shared.ids import EventId
from shared.projection import Add, Change, Effect, Put, Remove
from tests.simulation.company import NOW
from tests.simulation.serving import at_once

Key: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = dict[str, dict[Key, dict[str, Any]]]
Check: TypeAlias = Callable[[], None]

KEYS: Mapping[str, Sequence[str]] = {
    "roster": ("enrollment_id",),
    "seats": ("enrollment_id", "pairing_id"),
    "pairings": ("pairing_id",),
    "deadlines": ("deadline_id",),
}
FUNCTIONS = (matched.roster, matched.seats, matched.pairings, pairing_deadlines)


def decoded(message: Message) -> Recorded:
    return CODEC.decode(message.value, slot=message.slot, number=message.number)


def projected(rows: Rows, event: Recorded) -> None:
    """What an event changes, row by row, as the words of the effects say."""
    for function in FUNCTIONS:
        for effect in function(event):
            _apply(rows, effect)


def _apply(rows: Rows, effect: Effect) -> None:
    table = rows.setdefault(effect.table, {})
    named = effect.row if isinstance(effect, Put) else effect.key
    key = tuple(named[column] for column in KEYS[effect.table])
    match effect:
        case Put(row=row):
            table[key] = dict(row)
        case Change(values=values):
            if key in table:
                table[key].update(values)
        case Add(amounts=amounts):
            for column, amount in amounts.items():
                table[key][column] += amount
        case Remove():
            table.pop(key, None)


class Figures:
    """Read tables of metrics, and in which order their events were applied."""

    def __init__(self) -> None:
        self.rows: Rows = {}
        self.applied: list[Recorded] = []

    def hear(self, messages: Sequence[Message], check: Check) -> None:
        events = [decoded(message) for message in messages]
        check()
        for event in events:
            projected(self.rows, event)
        self.applied += events


class Companion:
    """Sessions: a journey for each pair, begun once."""

    def __init__(self, store: MemoryEventStore) -> None:
        self._handler = CommandHandler(store, lambda: NOW)
        self.inbox: set[EventId] = set()

    def hear(self, messages: Sequence[Message], check: Check) -> None:
        for message in messages:
            self._answer(decoded(message), check)

    def _answer(self, event: Recorded, check: Check) -> None:
        steps = at_once(accompany(event, _NO_DATABASE))
        check()
        if not steps or event.event_id in self.inbox:
            return

        async def also(_: Transaction) -> None:
            check()

        cause = Cause(
            tenant=event.tenant,
            actor="reactor:accompany",
            right="reaction",
            correlation_id=event.cause.correlation_id,
            causation_id=event.event_id,
        )
        with suppress(Refused):  # an answer, too
            at_once(self._handler.execute(cause, steps, also=also))
        self.inbox.add(event.event_id)


_NO_DATABASE: Any = None  # what pairs come to needs no look at tables
