"""Given events, when a command, then events: rules told as stories."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Generic, TypeVar

import pytest

from shared.decider import Decider
from shared.errors import MentorshipError
from shared.frozen import frozen

S = TypeVar("S")
C = TypeVar("C")
E = TypeVar("E")

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@frozen
class Answer(Generic[E]):
    """What deciding leads to, asked in one of two ways."""

    decide: Callable[[], Sequence[E]]

    def then(self, *expected: E) -> None:
        """Expect exactly these events, in this order; none means that nothing happened."""
        assert tuple(self.decide()) == expected

    def then_refused(self, reason: type[MentorshipError]) -> None:
        """Expect the rules to say no, for exactly this reason."""
        with pytest.raises(reason) as refusal:
            self.decide()
        assert refusal.type is reason


@frozen
class Scenario(Generic[S, C, E]):
    """A decider with a history behind it."""

    decider: Decider[S, C, E]
    state: S

    def when(self, command: C, *, at: datetime = NOW) -> Answer[E]:
        """Ask for something."""
        return Answer(decide=lambda: self.decider.decide(self.state, command, at))

    def and_when(self, command: C, *, at: datetime = NOW) -> "Scenario[S, C, E]":
        """Let a command be answered first; the story goes on from what it led to."""
        events = self.decider.decide(self.state, command, at)
        return Scenario(decider=self.decider, state=self.decider.fold(events, self.state))


def given(decider: Decider[S, C, E], *history: E) -> Scenario[S, C, E]:
    """Start from what already happened."""
    return Scenario(decider=decider, state=decider.fold(history))
