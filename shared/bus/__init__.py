"""The port to the bus: publish what the log numbered, follow it from any number."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from shared.frozen import frozen


@frozen
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

    async def subscribe(self, source: str, positions: Mapping[int, int]) -> Subscription:
        """Follow slots of a source, each after the number given for it; 0 is the beginning.

        Raises:
            Unavailable: the bus does not answer now.
        """
        ...
