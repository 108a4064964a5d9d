"""One computation of who goes with whom: asked for, worked out, then published or discarded."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain import draft as drafts
from services.matching.domain.draft import Draft
from services.matching.domain.run_commands import (
    CancelRun,
    CompletePublication,
    CompleteRun,
    DiscardRun,
    FailRun,
    OverrideDraft,
    PublishRun,
    RequestRun,
    RunCommand,
)
from services.matching.domain.run_completion import completed
from services.matching.domain.run_refusals import (
    DraftStale,
    RunDiscarded,
    RunNotComputing,
    RunNotReady,
    RunPublished,
    RunUnknown,
    WhatIfNeverPublished,
)
from services.matching.domain.run_request import (
    asked_policy,
    assert_askable,
    code_of,
    weights_fault,
)
from shared.decider import Decider
from shared.events.matching import (
    DraftOverridden,
    MatchingRunCancelled,
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPairsRecorded,
    MatchingRunPublished,
    MatchingRunRejected,
    MatchingRunRequested,
    PublicationCompleted,
    RunEvent,
)
from shared.frozen import frozen


@frozen
class NotRequested:
    """Nobody has asked for this run."""


@frozen
class Computing:
    request: MatchingRunRequested
    parts: tuple[MatchingRunPairsRecorded, ...] = ()


@frozen
class Publishing:
    """From here on the pairs are told; a timer goes on where a request was broken off."""

    result: MatchingRunCompleted


@frozen
class Published:
    result: MatchingRunCompleted


@frozen
class Discarded:
    result: MatchingRunCompleted


@frozen
class Nothing:
    """Rejected, failed, or cancelled: there is no result."""

    last: MatchingRunRejected | MatchingRunFailed | MatchingRunCancelled


Run: TypeAlias = NotRequested | Computing | Draft | Publishing | Published | Discarded | Nothing


def evolve(  # noqa: C901, PLR0911  # a line an event
    run: Run, event: RunEvent
) -> Run:
    match event:
        case MatchingRunRequested():
            return Computing(request=event)
        case MatchingRunPairsRecorded():
            if not isinstance(run, Computing):
                return run
            return Computing(request=run.request, parts=(*run.parts, event))
        case MatchingRunCompleted():
            return drafts.completed(event, run.parts if isinstance(run, Computing) else ())
        case MatchingRunRejected() | MatchingRunFailed() | MatchingRunCancelled():
            return Nothing(last=event) if isinstance(run, NotRequested | Computing) else run
        case DraftOverridden():
            return drafts.overridden(run, event) if isinstance(run, Draft) else run
        case MatchingRunPublished(completion_follows=follows):
            if not isinstance(run, Draft):
                return run
            return Publishing(result=run.result) if follows else Published(result=run.result)
        case PublicationCompleted():
            return Published(result=run.result) if isinstance(run, Publishing) else run
        case MatchingRunDiscarded():
            return Discarded(result=run.result) if isinstance(run, Draft) else run
        case _:
            assert_never(event)


def decide(  # noqa: PLR0911  # a line a command
    run: Run, command: RunCommand, now: datetime
) -> Sequence[RunEvent]:
    match command:
        case RequestRun():
            return _request(run, command, now)
        case CompleteRun():
            return completed(run.request, command, now) if isinstance(run, Computing) else ()
        case FailRun():
            return _fail(run, command, now)
        case CancelRun():
            return _cancel(run, command, now)
        case OverrideDraft():
            return drafts.override(_open_draft(run), command, now)
        case PublishRun():
            return _publish(run, command, now)
        case CompletePublication():
            return _complete_publication(run, command, now)
        case DiscardRun():
            if isinstance(run, Discarded):
                return ()
            _open_draft(run)
            return (MatchingRunDiscarded(run_id=command.run_id, reason=command.reason, at=now),)
        case _:
            assert_never(command)


def _request(run: Run, command: RequestRun, now: datetime) -> Sequence[RunEvent]:
    if not isinstance(run, NotRequested):
        return ()
    policy = asked_policy(command)
    fault = weights_fault(policy, command.emphasis)
    if fault is not None:
        return (
            MatchingRunRejected(
                run_id=command.run_id,
                program_id=command.program_id,
                cohort_id=command.cohort_id,
                policy_version=command.policy_version,
                requested_by=command.requested_by,
                code=code_of(type(fault)),
                at=now,
            ),
        )
    assert_askable(command)
    return (
        MatchingRunRequested(
            run_id=command.run_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            policy_version=command.policy_version,
            requested_by=command.requested_by,
            at=now,
            what_if=command.what_if,
            policy=policy if command.changed else None,
            locked=tuple(lock.pair for lock in command.locked),
            barred_unnamed=command.barred_unnamed,
            basis=command.basis,
            emphasis=command.emphasis,
            reason=command.reason,
            lottery_commitment=command.lottery_commitment,
        ),
    )


def _fail(run: Run, command: FailRun, now: datetime) -> Sequence[RunEvent]:
    if not isinstance(run, Computing):
        return ()
    return (
        MatchingRunFailed(
            run_id=command.run_id,
            program_id=run.request.program_id,
            cohort_id=run.request.cohort_id,
            reason=command.reason,
            at=now,
            rules=command.rules,
            lottery_seed=command.lottery_seed,
        ),
    )


def _cancel(run: Run, command: CancelRun, now: datetime) -> Sequence[RunEvent]:
    match run:
        case Computing(request=request):
            return (
                MatchingRunCancelled(
                    run_id=command.run_id,
                    program_id=request.program_id,
                    cohort_id=request.cohort_id,
                    cancelled_by=command.cancelled_by,
                    reason=command.reason,
                    at=now,
                ),
            )
        case Nothing(last=MatchingRunCancelled()):
            return ()
        case NotRequested():
            raise RunUnknown
        case _:
            raise RunNotComputing


def _publish(run: Run, command: PublishRun, now: datetime) -> Sequence[RunEvent]:
    if isinstance(run, Publishing | Published):
        return ()
    result = _open_draft(run).result
    if result.what_if:
        raise WhatIfNeverPublished
    if command.changes and not command.changes_accepted:
        message = f"{DraftStale.__doc__} Since then: {'; '.join(command.changes)}."
        raise DraftStale(message, field="/accept_changes")
    return (
        MatchingRunPublished(
            run_id=command.run_id,
            program_id=result.program_id,
            cohort_id=result.cohort_id,
            published_by=command.published_by,
            at=now,
            changes_accepted=bool(command.changes),
            completion_follows=True,
        ),
    )


def _complete_publication(
    run: Run, command: CompletePublication, now: datetime
) -> Sequence[RunEvent]:
    if not isinstance(run, Publishing):
        return ()
    return (
        PublicationCompleted(
            run_id=command.run_id,
            program_id=run.result.program_id,
            cohort_id=run.result.cohort_id,
            proposed=command.proposed,
            waitlisted=command.waitlisted,
            left_out=command.left_out,
            at=now,
        ),
    )


def _open_draft(run: Run) -> Draft:
    """The draft, if it may still be changed."""
    match run:
        case Draft():
            return run
        case Computing() | Nothing():
            raise RunNotReady
        case Publishing() | Published():
            raise RunPublished
        case Discarded():
            raise RunDiscarded
        case NotRequested():
            raise RunUnknown
        case _:
            assert_never(run)


RUN: Decider[Run, RunCommand, RunEvent] = Decider(
    category="run",
    key=lambda command: command.run_id,
    initial=NotRequested(),
    evolve=evolve,
    decide=decide,
)
