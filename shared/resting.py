"""Which slots are left alone for a while, and until when."""

from collections.abc import Callable, Collection, Iterable, Sequence
from math import inf

from shared.waiting import backoff_seconds


class Resting:
    """Slots that are left alone for a while, longer each time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._until: dict[int, float] = {}
        self._times: dict[int, int] = {}

    def put(self, slots: Iterable[int]) -> Sequence[int]:
        """Leave them alone for now; returns those that were not in trouble already."""
        news: list[int] = []
        for slot in slots:
            times = self._times[slot] = self._times.get(slot, 0) + 1
            self._until[slot] = self._clock() + backoff_seconds(times)
            if times == 1:
                news.append(slot)
        return news

    def slots(self) -> set[int]:
        """Those to be left alone now."""
        return {slot for slot, until_ in self._until.items() if until_ > self._clock()}

    def known(self) -> Collection[int]:
        """Those that have not gone on since."""
        return self._times.keys()

    def first_end(self, slots: Iterable[int]) -> float:
        """When the first of these was or will be due, by the clock; infinite for none.

        Whoever leaves slots out asks about those that they left out: what rests is another
        set a moment later, and a slot whose rest ended in between would be waited for by nobody.
        """
        return min((self._until.get(slot, inf) for slot in slots), default=inf)

    def done(self, slots: Iterable[int]) -> Sequence[int]:
        """They went on; returns those of them that were in trouble."""
        back = [slot for slot in slots if self._times.pop(slot, 0)]
        for slot in back:
            self._until.pop(slot)
        return back
