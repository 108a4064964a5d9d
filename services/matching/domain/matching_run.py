"""One computation of who goes with whom: asked for, worked out, then published or discarded."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain.solution import Solution
from shared.decider import Decider
from shared.errors import NotFound, Refused
from shared.events.matching import (
    MatchingRunCompleted,
    MatchingRunDiscarded,
    MatchingRunFailed,
    MatchingRunPublished,
    MatchingRunRequested,
    RunEvent,
)
from shared.frozen import frozen
from shared.ids import CohortId, PersonId, ProgramId, RunId


@frozen
class RequestRun:
    run_id: RunId
    program_id: ProgramId
    cohort_id: CohortId
    policy_version: int  # 0: the program has set none
    requested_by: PersonId


@frozen
class CompleteRun:
    run_id: RunId
    solution: Solution


@frozen
class FailRun:
    run_id: RunId
    reason: str


@frozen
class PublishRun:
    run_id: RunId
    published_by: PersonId


@frozen
class DiscardRun:
    run_id: RunId
    reason: str


RunCommand: TypeAlias = RequestRun | CompleteRun | FailRun | PublishRun | DiscardRun


class NoMatchingPolicy(Refused):
    """The program has no matching policy yet: set one before asking for a run."""


class RunUnknown(NotFound):
    """There is no such matching run that you may see."""


class RunNotReady(Refused):
    """This run is still being worked out, or it failed."""


class RunDiscarded(Refused):
    """This run was discarded."""


class RunPublished(Refused):
    """This run was published: its pairs have been told."""


@frozen
class NotRequested:
    """Nobody has asked for this run."""


@frozen
class Computing:
    request: MatchingRunRequested


@frozen
class Draft:
    """Worked out; only the program's managers see it."""

    result: MatchingRunCompleted


@frozen
class Published:
    result: MatchingRunCompleted


@frozen
class Failed:
    request: MatchingRunRequested


@frozen
class Discarded:
    result: MatchingRunCompleted


Run: TypeAlias = NotRequested | Computing | Draft | Published | Failed | Discarded


def evolve(run: Run, event: RunEvent) -> Run:
    match event:
        case MatchingRunRequested():
            return Computing(request=event)
        case MatchingRunCompleted():
            return Draft(result=event)
        case MatchingRunFailed():
            return Failed(request=run.request) if isinstance(run, Computing) else run
        case MatchingRunPublished():
            return Published(result=run.result) if isinstance(run, Draft) else run
        case MatchingRunDiscarded():
            return Discarded(result=run.result) if isinstance(run, Draft) else run
        case _:
            assert_never(event)


def decide(run: Run, command: RunCommand, now: datetime) -> Sequence[RunEvent]:
    match command:
        case RequestRun():
            return _request(run, command, now)
        case CompleteRun():
            return _complete(run, command, now)
        case FailRun():
            return _fail(run, command, now)
        case PublishRun():
            return _publish(run, command, now)
        case DiscardRun():
            return _discard(run, command, now)
        case _:
            assert_never(command)


def _request(run: Run, command: RequestRun, now: datetime) -> Sequence[RunEvent]:
    if not isinstance(run, NotRequested):
        return ()
    if command.policy_version == 0:
        raise NoMatchingPolicy
    return (
        MatchingRunRequested(
            run_id=command.run_id,
            program_id=command.program_id,
            cohort_id=command.cohort_id,
            policy_version=command.policy_version,
            requested_by=command.requested_by,
            at=now,
        ),
    )


def _complete(run: Run, command: CompleteRun, now: datetime) -> Sequence[RunEvent]:
    if not isinstance(run, Computing):
        return ()
    request, solution = run.request, command.solution
    return (
        MatchingRunCompleted(
            run_id=command.run_id,
            program_id=request.program_id,
            cohort_id=request.cohort_id,
            policy_version=request.policy_version,
            input_digest=solution.input_digest,
            result_digest=solution.result_digest,
            mentees=solution.mentees,
            mentors=solution.mentors,
            seats=solution.seats,
            pairs=solution.pairs,
            unserved=solution.unserved,
            total_score=sum(pair.score for pair in solution.pairs),
            cross_functional_pairs=sum(pair.cross_functional for pair in solution.pairs),
            at=now,
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
        ),
    )


def _publish(run: Run, command: PublishRun, now: datetime) -> Sequence[RunEvent]:
    match run:
        case Draft(result=result):
            return (
                MatchingRunPublished(
                    run_id=command.run_id,
                    program_id=result.program_id,
                    cohort_id=result.cohort_id,
                    published_by=command.published_by,
                    at=now,
                ),
            )
        case Published():
            return ()
        case Computing() | Failed():
            raise RunNotReady
        case Discarded():
            raise RunDiscarded
        case NotRequested():
            raise RunUnknown
        case _:
            assert_never(run)


def _discard(run: Run, command: DiscardRun, now: datetime) -> Sequence[RunEvent]:
    match run:
        case Draft():
            return (MatchingRunDiscarded(run_id=command.run_id, reason=command.reason, at=now),)
        case Discarded():
            return ()
        case Computing() | Failed():
            raise RunNotReady
        case Published():
            raise RunPublished
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
