"""Where a pairing stands: asked for, tried out, confirmed, on pause, or closed."""

from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, assert_never

from services.matching.domain.silence import Silence, heard
from shared.events.matching import (
    ContinuityRequested,
    EscalationOutcome,
    EscalationOverdue,
    EscalationRaised,
    EscalationResolved,
    ExitSurveyAnswered,
    MatchAdjusted,
    MatchReviewDue,
    MatchRotated,
    PairingAccepted,
    PairingApproved,
    PairingConfirmed,
    PairingDeclined,
    PairingEnded,
    PairingEvent,
    PairingExpired,
    PairingExtended,
    PairingPaused,
    PairingProposed,
    PairingResumed,
    ParticipantsPaired,
    ReviewOutcome,
    SilenceEvent,
    TrialConfirmed,
    TrialEnded,
    TrialStarted,
)
from shared.events.vocabulary import Part
from shared.frozen import frozen


@frozen
class NotProposed:
    """Nobody has proposed this pairing."""


@frozen
class Proposed:
    terms: PairingProposed
    accepted: frozenset[Part] = frozenset()
    approved: bool = False  # by a manager


@frozen
class Course:
    """What runs beside the trial and after it."""

    paired_at: datetime
    ends_at: datetime | None = None  # None: no end is set
    review_at: datetime | None = None  # None: reviews are not asked for
    reviews: int = 0  # that came due
    review_open: bool = False
    reviewed: ReviewOutcome | None = None  # what the last answered one came to
    escalations: int = 0
    escalation: EscalationRaised | None = None  # the open one
    overdue: bool = False
    settled: EscalationOutcome | None = None  # what the last one came to
    continuity: frozenset[Part] = frozenset()  # who wants the same partner again
    resumed_at: datetime | None = None  # after the last pause
    silence: Silence = Silence()


@frozen
class OnTrial:
    terms: PairingProposed
    ends_at: datetime
    course: Course
    confirmed: frozenset[Part] = frozenset()


@frozen
class Confirmed:
    terms: PairingProposed
    course: Course


@frozen
class Paused:
    """On pause; `before` is what it goes on as."""

    before: OnTrial | Confirmed
    since: datetime

    @property
    def terms(self) -> PairingProposed:
        """What was proposed."""
        return self.before.terms

    @property
    def course(self) -> Course:
        """What runs beside."""
        return self.before.course


@frozen
class Closed:
    """Declined, expired, or ended: `last` says which."""

    terms: PairingProposed
    last: PairingDeclined | PairingExpired | PairingEnded
    continuity: frozenset[Part] = frozenset()
    surveys: tuple[ExitSurveyAnswered, ...] = ()


Paired: TypeAlias = OnTrial | Confirmed | Paused
Open: TypeAlias = Proposed | Paired
Pairing: TypeAlias = NotProposed | Open | Closed


def evolve(  # noqa: C901, PLR0911  # a line a kind of event
    pairing: Pairing, event: PairingEvent
) -> Pairing:
    if isinstance(event, PairingProposed):
        return Proposed(terms=event)
    if isinstance(pairing, NotProposed):
        return pairing
    if isinstance(event, SilenceEvent):
        return _silent(pairing, event)
    match event:
        case PairingAccepted() | PairingApproved() | ParticipantsPaired() | TrialStarted():
            return _agreed(pairing, event)
        case TrialConfirmed() | PairingConfirmed():
            return _tried(pairing, event)
        case PairingDeclined() | PairingExpired() | PairingEnded():
            wanted = pairing.continuity if isinstance(pairing, Closed) else _wanted(pairing)
            return Closed(terms=pairing.terms, last=event, continuity=wanted)
        case PairingPaused() | PairingResumed():
            return _stopped(pairing, event)
        case PairingExtended() | MatchReviewDue() | MatchAdjusted():
            return _in_course(pairing, event)
        case EscalationRaised() | EscalationResolved() | EscalationOverdue():
            return _escalated(pairing, event)
        case ContinuityRequested() | ExitSurveyAnswered():
            return _looked_back(pairing, event)
        case TrialEnded() | MatchRotated():
            return pairing  # PairingEnded says the rest
        case _:
            assert_never(event)


def _wanted(pairing: Open) -> frozenset[Part]:
    return frozenset() if isinstance(pairing, Proposed) else pairing.course.continuity


def _agreed(
    pairing: Open | Closed,
    event: PairingAccepted | PairingApproved | ParticipantsPaired | TrialStarted,
) -> Pairing:
    match event:
        case PairingAccepted(by=by) if isinstance(pairing, Proposed):
            return replace(pairing, accepted=pairing.accepted | {by})
        case PairingApproved() if isinstance(pairing, Proposed):
            return replace(pairing, approved=True)
        case ParticipantsPaired(at=at, ends_at=ends_at, review_at=review_at):
            course = Course(paired_at=at, ends_at=ends_at, review_at=review_at)
            return OnTrial(terms=pairing.terms, ends_at=at, course=course)
        case TrialStarted(ends_at=ends_at) if isinstance(pairing, OnTrial):
            return replace(pairing, ends_at=ends_at)
        case _:
            return pairing


def _tried(pairing: Open | Closed, event: TrialConfirmed | PairingConfirmed) -> Pairing:
    if not isinstance(pairing, OnTrial):
        return pairing
    if isinstance(event, TrialConfirmed):
        return replace(pairing, confirmed=pairing.confirmed | {event.by})
    return Confirmed(terms=pairing.terms, course=pairing.course)


def _stopped(pairing: Open | Closed, event: PairingPaused | PairingResumed) -> Pairing:
    if isinstance(event, PairingPaused):
        if isinstance(pairing, OnTrial | Confirmed):
            silence = replace(pairing.course.silence, misses=0)
            resting = replace(pairing, course=replace(pairing.course, silence=silence))
            return Paused(before=resting, since=event.at)
        return pairing
    if not isinstance(pairing, Paused):
        return pairing
    course = replace(pairing.course, ends_at=event.ends_at, review_at=event.review_at)
    course = replace(course, resumed_at=event.at)
    going_on = replace(pairing.before, course=course)
    if isinstance(going_on, OnTrial) and event.trial_ends_at is not None:
        return replace(going_on, ends_at=event.trial_ends_at)
    return going_on


def _in_course(
    pairing: Open | Closed, event: PairingExtended | MatchReviewDue | MatchAdjusted
) -> Pairing:
    if isinstance(pairing, Proposed | Closed):
        return pairing
    course = pairing.course
    match event:
        case PairingExtended(ends_at=ends_at):
            return with_course(pairing, replace(course, ends_at=ends_at))
        case MatchReviewDue(review=review, next_at=next_at):
            due = replace(course, reviews=review, review_open=True, review_at=next_at)
            return with_course(pairing, due)
        case MatchAdjusted(outcome=outcome):
            return with_course(pairing, replace(course, review_open=False, reviewed=outcome))
        case _:
            assert_never(event)


def _escalated(
    pairing: Open | Closed, event: EscalationRaised | EscalationResolved | EscalationOverdue
) -> Pairing:
    if isinstance(pairing, Proposed | Closed):
        return pairing
    course = pairing.course
    match event:
        case EscalationRaised(escalation=number):
            raised = replace(course, escalations=number, escalation=event, overdue=False)
            return with_course(pairing, raised)
        case EscalationOverdue():
            return with_course(pairing, replace(course, overdue=True))
        case EscalationResolved(outcome=outcome):
            return with_course(pairing, replace(course, escalation=None, settled=outcome))
        case _:
            assert_never(event)


def _looked_back(
    pairing: Open | Closed, event: ContinuityRequested | ExitSurveyAnswered
) -> Pairing:
    match pairing, event:
        case Closed(), ContinuityRequested(by=by):
            return replace(pairing, continuity=pairing.continuity | {by})
        case Closed(), ExitSurveyAnswered():
            return replace(pairing, surveys=(*pairing.surveys, event))
        case ((OnTrial() | Confirmed() | Paused()), ContinuityRequested(by=by)):
            course = pairing.course
            return with_course(pairing, replace(course, continuity=course.continuity | {by}))
        case _:
            return pairing


def _silent(pairing: Open | Closed, event: SilenceEvent) -> Pairing:
    if isinstance(pairing, Proposed | Closed):
        return pairing
    silence = heard(pairing.course.silence, event)
    return with_course(pairing, replace(pairing.course, silence=silence))


def with_course(pairing: Paired, course: Course) -> Paired:
    """The same pairing with something else running beside it."""
    if isinstance(pairing, Paused):
        return replace(pairing, before=replace(pairing.before, course=course))
    return replace(pairing, course=course)
