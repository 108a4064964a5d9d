"""Commands to be answered together, and what answering them came to."""

from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeAlias, TypeVar

from shared.decider import Decider
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.eventstore import Transaction
from shared.frozen import frozen

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@frozen
class Step(Generic[S, C, E]):
    """One command and the decider that answers it."""

    decider: Decider[S, C, E]
    command: C
    check: Callable[[S], None] | None = None  # raises NotAllowed or NotFound before it is decided
    # What its events cannot hold, written in their transaction: never without them, nor they
    # without it. Where it records nothing, nothing is written either.
    beside: Callable[[Transaction], Awaitable[None]] | None = None

    @property
    def stream(self) -> str:
        """The stream that the command is about."""
        return self.decider.stream(self.command)


@frozen
class Outcome:
    """What steps came to: for each its state and version after it, and all events of all."""

    states: tuple[Any, ...]
    versions: tuple[int, ...]
    recorded: tuple[Recorded, ...]


Result: TypeAlias = Outcome | MentorshipError
