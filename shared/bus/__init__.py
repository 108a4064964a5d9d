"""The port to the bus: publish what the log numbered, follow it from any number."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from shared.frozen import light

NO_MARKS: Mapping[int, str] = MappingProxyType({})


@light
class Message:
    """One event on its way: the exact bytes of its record, and where they stand in their slot."""

    source: str  # the service that tells it
    slot: int
    number: int  # gapless in its slot, from 1
    key: str  # the stream
    headers: Mapping[str, str]  # CloudEvents 1.0, binary mode
    value: bytes


class Subscription(Protocol):
    """Messages of one source, from the numbers asked for on.

    Of each slot they come ascending and without a gap, except that some may come again; slots
    come in any order beside each other.
    """

    async def next_batch(self, limit: int, timeout_seconds: float) -> Sequence[Message]:
        """At most `limit` messages as soon as there are any; none when the time is over."""
        ...

    def marks(self) -> Mapping[int, str]:
        """Bookmarks by slot: whatever this subscription has not returned yet comes after them.

        Hints for the next `subscribe`, to be kept only once all that was returned is handled.
        Only the bus can read them; one that finds numbers quickly has none.
        """
        ...

    async def close(self) -> None:
        """Follow no longer."""
        ...


class Bus(Protocol):
    """Carries messages at least once, in the order of their numbers within a slot."""

    async def publish(self, messages: Sequence[Message]) -> None:
        """Hand messages over; when it returns they are kept, and it may be done again.

        Raises:
            Unavailable: some may not be kept; publish all of them again.
        """
        ...

    async def subscribe(
        self, source: str, positions: Mapping[int, int], marks: Mapping[int, str] = NO_MARKS
    ) -> Subscription:
        """Follow slots of a source, each after the number given for it; 0 is the beginning.

        A mark that does not fit any more is ignored: the slot is read from its beginning then.

        Raises:
            Unavailable: the bus does not answer now.
        """
        ...


@light
class Place:
    """Up to which number messages of a slot are kept, and the mark of that place."""

    number: int
    mark: str


@light
class Refusal:
    """A message that a broker does not take as it is, and why, in words for an operator."""

    message: Message
    reason: str


@light
class Kept:
    """What became of messages that a broker was given; what no part of it tells is not kept."""

    places: Mapping[int, Place]  # by slot
    refused: Sequence[Refusal] = ()  # the first of its slot: nothing after it is kept
    lost: Collection[int] = ()  # slots whose earlier messages are gone: publish from number 1


@runtime_checkable
class Broker(Bus, Protocol):
    """A bus that keeps messages apart from the log, and so may lose what it kept."""

    async def publish_after(self, marks: Mapping[int, str], messages: Sequence[Message]) -> Kept:
        """Publish as `publish` does where what came before is still kept, as the marks tell.

        Raises:
            Unavailable: some may not be kept; publish all of them again.
        """
        ...

    async def lost(self, source: str, marks: Mapping[int, str]) -> Collection[int]:
        """Slots of which not all is kept any more up to the mark; makes what must be there.

        Raises:
            Unavailable: the broker does not answer now.
        """
        ...
