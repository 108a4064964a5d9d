"""From a log over a bus to those who hear it, with all that may go wrong on the way."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import TypeAlias

from shared.bus import Message
from shared.bus.intake import Intake
from shared.eventstore.memory import MemoryEventStore
from shared.frozen import frozen
from tests.simulation.serving import at_once

Hear: TypeAlias = Callable[[Sequence[Message], Callable[[], None]], None]

EARLY_MAX = 1_000
TAKES_MAX = 2_000  # far more than the longest of these histories needs to come to rest


class LeaseLost(Exception):
    """Somebody else works on these slots now."""


@frozen
class Sabotage:
    """Promises that a part breaks on purpose, to show that it would be found out."""

    marks_before_publishing: bool = False
    ignores_epochs: bool = False
    takes_copies: bool = False
    moves_number_first: bool = False


class Carrier:
    """A bus that keeps all that was published, each time that it was."""

    def __init__(self) -> None:
        self.slots: defaultdict[int, list[Message]] = defaultdict(list)


class Relay:
    """Publishes the log after its mark; killed between the two, it publishes again."""

    def __init__(self, log: MemoryEventStore, bus: Carrier, sabotage: Sabotage) -> None:
        self._log = log
        self._bus = bus
        self._sabotage = sabotage
        self.marks: dict[int, int] = {}

    def publish(self, limit: int, *, killed: bool = False, zombie: bool = False) -> None:
        """Send what follows the marks; a zombie begins at marks that it had long ago."""
        marks = dict.fromkeys(at_once(self._log.heads()), 0) | ({} if zombie else self.marks)
        entries = at_once(self._log.read(marks, limit))
        moved = {entry.slot: entry.number for entry in entries}
        if self._sabotage.marks_before_publishing and killed:
            self.marks |= moved
            return
        for entry in entries:
            message = Message(
                source=self._log.service,
                slot=entry.slot,
                number=entry.number,
                key=entry.stream,
                headers={},
                value=entry.record,
            )
            self._bus.slots[entry.slot].append(message)
        if not killed and not zombie:
            self.marks |= moved

    def is_done(self) -> bool:
        heads = at_once(self._log.heads())
        return all(self.marks.get(slot, 0) == head for slot, head in heads.items())


class Leases:
    """Numbers and epochs, as `shared.leases` keeps them in the consumer's own database."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.epoch = 0

    def claim(self) -> int:
        self.epoch += 1
        return self.epoch

    def assert_held(self, epoch: int, expected: Mapping[int, int]) -> None:
        if epoch != self.epoch or any(
            self.numbers.get(slot, 0) != number for slot, number in expected.items()
        ):
            raise LeaseLost


class Member:
    """One of several that work for the same consumer; only the last to claim may commit."""

    def __init__(self, bus: Carrier, leases: Leases, sabotage: Sabotage) -> None:
        self._bus = bus
        self._leases = leases
        self._sabotage = sabotage
        self.lose()

    def lose(self) -> None:
        """All that was only in memory is gone."""
        self._intake: Intake | None = None
        self._places: dict[int, int] = {}
        self._ready: list[Message] = []
        self._epoch = 0
        self._numbers: dict[int, int] = {}

    def claim(self) -> None:
        self.lose()
        self._epoch = self._leases.claim()
        self._numbers = {slot: self._leases.numbers.get(slot, 0) for slot in range(64)}
        self._intake = Intake(self._numbers, EARLY_MAX)

    def take(self, dice: Random) -> None:
        """The next of what the bus has: some of it again, slots beside each other, some late."""
        if self._intake is None:
            self.claim()
            assert self._intake is not None
        slots = list(self._bus.slots)
        dice.shuffle(slots)
        batch: list[Message] = []
        for slot in slots[: dice.randint(1, max(1, len(slots)))]:
            messages = self._bus.slots[slot]
            place = self._places.get(slot, 0)
            again = max(0, place - dice.randint(0, 2))
            until = min(len(messages), place + dice.randint(1, 4))
            batch += messages[again:until]
            self._places[slot] = until
        self._ready += batch if self._sabotage.takes_copies else self._intake.take(batch)

    def commit(self, effect: Hear) -> None:
        """Effect and numbers in one; nothing at all if somebody else holds the slots now."""
        ready, self._ready = self._ready, []
        if not ready:
            return
        numbers = self._numbers | {message.slot: message.number for message in ready}
        try:
            effect(ready, self._assert_held)
        except LeaseLost:
            self.lose()
            return
        self._numbers = numbers
        self._leases.numbers |= {message.slot: message.number for message in ready}

    def move_only(self) -> None:
        """What a careless consumer does when it is killed: the number moved, no effect."""
        if self._sabotage.moves_number_first and self._ready:
            self._leases.numbers |= {message.slot: message.number for message in self._ready}

    def _assert_held(self) -> None:
        if not self._sabotage.ignores_epochs and not self._sabotage.takes_copies:
            self._leases.assert_held(self._epoch, self._numbers)

    def is_done(self) -> bool:
        """Whether all that the bus has was committed, by whomever."""
        heads = {
            slot: max(message.number for message in messages)
            for slot, messages in self._bus.slots.items()
        }
        return all(self._leases.numbers.get(slot, 0) >= head for slot, head in heads.items())


class Group:
    """A consumer: two members, of whom one at a time may work."""

    def __init__(self, bus: Carrier, hear: Hear, sabotage: Sabotage) -> None:
        leases = Leases()
        self._members = tuple(Member(bus, leases, sabotage) for _ in range(2))
        self._hear = hear

    def member(self, argument: int) -> Member:
        return self._members[argument % 2]

    def commit(self, argument: int) -> None:
        self.member(argument).commit(self._hear)

    def drain(self) -> None:
        """Without further faults, to the end of what the bus has."""
        member = self._members[0]
        member.claim()
        for seed in range(TAKES_MAX):
            if member.is_done():
                return
            member.take(Random(seed))
            member.commit(self._hear)
        message = "a consumer does not come to rest"
        raise AssertionError(message)
