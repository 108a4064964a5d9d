"""The shape of every aggregate."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import reduce
from typing import Generic, TypeVar
from uuid import UUID

from shared.frozen import frozen

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")


@frozen
class Decider(Generic[S, C, E]):
    """An aggregate: where it starts, how a fact moves it, how it answers a command.

    Source: Jérémie Chassaing, "Functional Event Sourcing Decider" (2021).
    """

    category: str
    key: Callable[[C], UUID]
    initial: S
    evolve: Callable[[S, E], S]
    decide: Callable[[S, C, datetime], Sequence[E]]

    def stream(self, command: C) -> str:
        """The name of the stream that the command is about."""
        return f"{self.category}-{self.key(command)}"

    def fold(self, events: Sequence[E], state: S | None = None) -> S:
        """The state that `events` lead to, from `state` or from the beginning."""
        return reduce(self.evolve, events, self.initial if state is None else state)
