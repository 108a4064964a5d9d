"""Where steps are decided: the states of their streams, as they evolve within one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from shared import crashing
from shared.command_handler.folds import Fold, Folds
from shared.command_handler.steps import Outcome, Step
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.eventstore import Append, Transaction
from shared.frozen import frozen

Written: TypeAlias = Mapping[tuple[str, int], Recorded]  # by stream and version


@frozen
class Decided:
    """One step after its decision: which events of its stream are its own."""

    stream: str
    state: Any
    version_before: int
    version: int


class Desk:
    """Each step sees what the steps before it decided."""

    def __init__(self, tenant: str, folds: Folds) -> None:
        self._tenant = tenant
        self._folds = folds
        self._states: dict[str, Fold] = {}
        self._read_versions: dict[str, int] = {}
        self._new: dict[str, list[Any]] = {}

    async def fetch(self, transaction: Transaction, steps: Sequence[Step[Any, Any, Any]]) -> None:
        """Bring the streams of all steps onto the desk, in one read."""
        known = {
            step.stream: self._folds.get(self._tenant, step.stream, step.decider) for step in steps
        }
        after = {stream: fold.version for stream, fold in known.items()}
        histories = await transaction.read(tuple(known), after)
        for stream, fold in known.items():
            history = histories[stream]
            state = fold.decider.fold(history.events, fold.state)
            self._states[stream] = Fold(decider=fold.decider, state=state, version=history.version)
            self._read_versions[stream] = history.version

    def assume_new(self, steps: Sequence[Step[Any, Any, Any]]) -> None:
        """Put the streams of all steps onto the desk as if none had an event yet."""
        for step in steps:
            decider = step.decider
            self._states[step.stream] = Fold(decider=decider, state=decider.initial, version=0)
            self._read_versions[step.stream] = 0

    @property
    def changes_all(self) -> bool:
        """Whether something was decided for each of the streams here."""
        return self._new.keys() == self._states.keys()

    def version(self, stream: str) -> int:
        """Where a stream stands, with what was decided here."""
        return self._states[stream].version

    def decide(self, step: Step[Any, Any, Any], now: datetime) -> Decided:
        """Let one step be answered.

        Raises:
            MentorshipError: its check or its decider says no; the desk is as it was before.
        """
        stream = step.stream
        fold = self._states[stream]
        if step.check is not None:
            step.check(fold.state)
        events = step.decider.decide(fold.state, step.command, now)
        state = step.decider.fold(events, fold.state)
        version = fold.version + len(events)
        if events:
            self._new.setdefault(stream, []).extend(events)
            self._states[stream] = Fold(decider=fold.decider, state=state, version=version)
        return Decided(stream=stream, state=state, version_before=fold.version, version=version)

    async def append(self, transaction: Transaction) -> Written:
        """Write down all that was decided."""
        if not self._new:
            return {}
        recorded = await transaction.append(
            [
                Append(stream=stream, expected_version=self._read_versions[stream], events=events)
                for stream, events in self._new.items()
            ]
        )
        return {(event.stream, event.version): event for event in recorded}

    def keep(self) -> None:
        """After the commit: the next command on these streams goes on from here."""
        for stream, fold in self._states.items():
            self._folds.keep(self._tenant, stream, fold)


async def write_beside(
    transaction: Transaction,
    steps: Sequence[Step[Any, Any, Any]],
    decided: Sequence[Decided | MentorshipError],
) -> None:
    """Let each step that has recorded something write what goes with its events."""
    for step, each in zip(steps, decided, strict=True):
        if isinstance(each, MentorshipError) or each.version == each.version_before:
            continue
        if step.beside is not None:
            crashing.reached("beside: before it is written")
            await step.beside(transaction)


def outcome_of(decided: Sequence[Decided], written: Written) -> Outcome:
    """What these steps came to, of all that was written."""
    return Outcome(
        states=tuple(step.state for step in decided),
        versions=tuple(step.version for step in decided),
        recorded=tuple(
            written[step.stream, version]
            for step in decided
            for version in range(step.version_before + 1, step.version + 1)
        ),
    )
