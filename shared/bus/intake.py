"""Makes of what a bus delivers what a reader may see."""

from collections.abc import Collection, Iterable, Mapping

from shared.bus import Message


class Intake:
    """Puts messages in order: no copies, no gaps; one intake a subscription."""

    def __init__(self, positions: Mapping[int, int], messages_max: int) -> None:
        """Begin after these numbers; keep about `messages_max` for the sake of missing ones."""
        self._last = dict(positions)
        self._early: dict[int, dict[int, Message]] = {}
        self._messages_max = messages_max

    def take(self, messages: Iterable[Message]) -> list[Message]:
        """What can be handled now; a number too high is kept until the one before it comes."""
        ready: list[Message] = []
        last = self._last
        for message in messages:
            slot, number = message.slot, message.number
            following = last.get(slot, number) + 1  # of a slot that is not ours: nothing follows
            if number == following:
                last[slot] = number
                ready.append(message)
                if slot in self._early:
                    ready += self._caught_up(slot)
            elif number > following:
                self._early.setdefault(slot, {})[number] = message
        return ready

    @property
    def waits(self) -> bool:
        """Whether a number is missing."""
        return bool(self._early)

    @property
    def missing(self) -> Mapping[int, int]:
        """The number that each waiting slot waits for."""
        return {slot: self._last[slot] + 1 for slot in self._early}

    @property
    def is_full(self) -> bool:
        """Whether too much is kept for the sake of a missing number."""
        return sum(map(len, self._early.values())) > self._messages_max

    def forget(self, slots: Collection[int]) -> None:
        """Take nothing more of these slots."""
        for slot in slots:
            self._early.pop(slot, None)
            self._last.pop(slot, None)

    def _caught_up(self, slot: int) -> list[Message]:
        early, ready = self._early[slot], []
        while (message := early.pop(self._last[slot] + 1, None)) is not None:
            self._last[slot] = message.number
            ready.append(message)
        for number in [number for number in early if number <= self._last[slot]]:
            del early[number]
        if not early:
            del self._early[slot]
        return ready
