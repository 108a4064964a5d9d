"""Read, decide, append; and if somebody else was first, the same again."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, TypeVar

from shared import clock
from shared.command_handler.desk import Decided, Desk, outcome_of, write_beside
from shared.command_handler.folds import Folds
from shared.command_handler.steps import Outcome, Result, Step
from shared.command_handler.turns import Turns
from shared.envelope import Cause
from shared.errors import Conflict, MentorshipError, Unavailable
from shared.eventstore import EventStore, IdempotencyKey, StoredAnswer, Transaction
from shared.frozen import frozen
from shared.monitoring import counters

T = TypeVar("T")
AnyStep: TypeAlias = Step[Any, Any, Any]
Also: TypeAlias = Callable[[Transaction], Awaitable[None]]
AlsoEach: TypeAlias = Callable[[Transaction, Sequence[tuple[AnyStep, Result]]], Awaitable[None]]
CHUNK_STEPS = 500
LOT_GROUPS = 50


class Stale(Conflict):
    """This was changed since you read it: read it again before you change it."""


class AlreadyAnswered(Exception):
    """This request was answered before; the answer is the same."""

    def __init__(self, answer: StoredAnswer) -> None:
        super().__init__()
        self.answer = answer


@frozen
class _Order:
    """What one call of the handler asks for."""

    steps: Sequence[AnyStep]
    expected: int | None
    key: IdempotencyKey | None
    answer: Callable[[Outcome], StoredAnswer] | None
    also: Also | None


class CommandHandler:
    """Answers the commands of one service."""

    def __init__(
        self,
        store: EventStore,
        now: Callable[[], datetime] = clock.now,
        attempts: int = 3,
    ) -> None:
        self._store = store
        self._now = now
        self._attempts = attempts
        self._folds = Folds()
        self._turns = Turns()

    async def execute(  # noqa: PLR0913  # one transaction: what is not said here cannot join it
        self,
        cause: Cause,
        steps: Sequence[AnyStep],
        *,
        expected: int | None = None,
        key: IdempotencyKey | None = None,
        answer: Callable[[Outcome], StoredAnswer] | None = None,
        also: Also | None = None,
    ) -> Outcome:
        """Decide all steps and commit their events together, or nothing at all.

        Args:
            cause: Who asks, and what led to it.
            steps: Decided in this order; two on one stream see each other's events.
            expected: The version that the first step's stream must be at.
            key: Under which the answer is kept, in the same transaction.
            answer: What to keep under the key.
            also: Writes of one's own in the same transaction, after the append.

        Raises:
            AlreadyAnswered: with what the key was answered with before.
            Stale: the first stream is not at the expected version.
            Conflict: others were first, as often as this tries.
            MentorshipError: a check or a decider says no; nothing is changed.
        """
        order = _Order(steps=steps, expected=expected, key=key, answer=answer, also=also)
        return await self._in_turn(cause, steps, partial(self._attempt, cause, order))

    async def execute_each(
        self,
        cause: Cause,
        steps: Sequence[AnyStep],
        *,
        chunk: int = CHUNK_STEPS,
        also: AlsoEach | None = None,
    ) -> Sequence[Result]:
        """Decide each step by itself: a refused one does not hold up the others.

        Args:
            cause: Who asks, and what led to it.
            steps: One transaction for each `chunk` of them, in their order.
            chunk: Steps a transaction.
            also: Writes of one's own with each chunk; hears what each of its steps came to.

        Returns:
            For each step its outcome, or the error that it met.

        Raises:
            Conflict: others were first, as often as this tries; earlier chunks are committed.
        """
        results: list[Result] = []
        for start in range(0, len(steps), chunk):
            part = steps[start : start + chunk]
            attempt = partial(self._attempt_each, cause, part, also)
            results += await self._in_turn(cause, part, attempt)
        return results

    async def execute_groups(
        self, cause: Cause, groups: Sequence[Sequence[AnyStep]], *, lot: int = LOT_GROUPS
    ) -> Sequence[MentorshipError | None]:
        """Decide groups of steps, each all or nothing: a refused one does not hold up the others.

        Args:
            cause: Who asks, and what led to it.
            groups: Many share a transaction; where one of them is refused, each has its own.
            lot: Groups a transaction.

        Returns:
            For each group the error that it met, or None.

        Raises:
            Unavailable: the database does not answer; earlier lots are committed.
        """
        results: list[MentorshipError | None] = []
        for start in range(0, len(groups), lot):
            some = groups[start : start + lot]
            try:
                await self.execute(cause, [step for group in some for step in group])
                results += [None] * len(some)
            except Unavailable:
                raise
            except MentorshipError as refusal:
                if len(some) == 1:
                    results.append(refusal)
                else:
                    results += await self.execute_groups(cause, some, lot=1)
        return results

    async def _in_turn(
        self, cause: Cause, steps: Sequence[AnyStep], attempt: Callable[[], Awaitable[T]]
    ) -> T:
        async with self._turns.at(cause.tenant, [step.stream for step in steps]):
            for _ in range(self._attempts - 1):
                try:
                    return await attempt()
                except Stale:
                    raise
                except Conflict:
                    counters.RETRIES.inc()
            return await attempt()

    async def _attempt(self, cause: Cause, order: _Order) -> Outcome:
        """One try. That the request was answered before is only looked up when it fails.

        A repeated request cannot succeed: its key is taken. So the usual, first one is spared the
        look; and a refusal is only told after it, since the first request may be why.
        """
        try:
            guessed = await self._guess(cause, order)
            return guessed or await self._first_answer(cause, order)
        except MentorshipError:
            if order.key is not None:
                await self._answer_again(cause, order.key)
            raise

    async def _guess(self, cause: Cause, order: _Order) -> Outcome | None:
        """One try without a look: streams that were never met here are new, most of the time.

        If one is not, the append meets the event that stands there; and where nothing is appended
        nothing is proven, so that a refusal is no answer either. None then: the streams must be
        read.
        """
        if order.expected is not None or self._folds.knows_any(
            cause.tenant, [step.stream for step in order.steps]
        ):
            return None
        try:
            return await self._first_answer(cause, order, looks=False)
        except Unavailable:
            raise  # it may have been appended all the same
        except MentorshipError:
            return None

    async def _first_answer(self, cause: Cause, order: _Order, *, looks: bool = True) -> Outcome:
        desk = Desk(cause.tenant, self._folds)
        async with self._store.transaction(cause) as transaction:
            if looks:
                await desk.fetch(transaction, order.steps)
            else:
                desk.assume_new(order.steps)
            if order.expected is not None and (
                desk.version(order.steps[0].stream) != order.expected
            ):
                raise Stale
            now = self._now()
            decided = [desk.decide(step, now) for step in order.steps]
            if not looks and not desk.changes_all:
                raise Conflict
            outcome = outcome_of(decided, await desk.append(transaction))
            await write_beside(transaction, order.steps, decided)
            if order.also is not None:
                await order.also(transaction)
            if order.key is not None and order.answer is not None:
                await transaction.keep_answer(order.key, order.answer(outcome))
        desk.keep()
        return outcome

    async def _answer_again(self, cause: Cause, key: IdempotencyKey) -> None:
        async with self._store.transaction(cause) as transaction:
            answer = await transaction.stored_answer(key)
        if answer is not None:
            raise AlreadyAnswered(answer)

    async def _attempt_each(
        self, cause: Cause, steps: Sequence[AnyStep], also: AlsoEach | None
    ) -> list[Result]:
        desk = Desk(cause.tenant, self._folds)
        async with self._store.transaction(cause) as transaction:
            await desk.fetch(transaction, steps)
            now = self._now()
            decided = [_decided(desk, step, now) for step in steps]
            written = await desk.append(transaction)
            await write_beside(transaction, steps, decided)
            results: list[Result] = [
                each if isinstance(each, MentorshipError) else outcome_of([each], written)
                for each in decided
            ]
            if also is not None:
                await also(transaction, tuple(zip(steps, results, strict=True)))
        desk.keep()
        return results


def _decided(desk: Desk, step: AnyStep, now: datetime) -> Decided | MentorshipError:
    try:
        return desk.decide(step, now)
    except MentorshipError as refusal:
        return refusal
