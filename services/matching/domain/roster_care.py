"""Breaks, and the dated steps for a mentee whose mentor left or was silent."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import assert_never

from services.matching.domain.roster_commands import (
    AwayNotBegun,
    BeginAway,
    BreakCommand,
    BreakInThePast,
    BreakNotOver,
    EndBreak,
    GrantPriority,
    NotListed,
    OrphanStepNotDue,
    PauseParticipant,
    ResumeParticipant,
    ReturnSeat,
    SetAwayDates,
    TakeOrphanStep,
)
from services.matching.domain.roster_state import Roster
from shared.events.matching import (
    AwayDatesSet,
    OrphanStep,
    OrphanStepTaken,
    ParticipantPaused,
    ParticipantResumed,
    PriorityGranted,
    RosterEvent,
)
from shared.ids import EnrollmentId, PairingId

# How long after the step before each step is due; the first is taken at once.
LADDER: Mapping[OrphanStep, timedelta] = MappingProxyType(
    {
        OrphanStep.TOLD: timedelta(),
        OrphanStep.NUDGED: timedelta(days=1),
        OrphanStep.OFFERED: timedelta(days=2),
        OrphanStep.RE_MATCHED: timedelta(days=4),
    }
)


def take_break(roster: Roster, command: BreakCommand, now: datetime) -> Sequence[RosterEvent]:
    """Nobody new from some day on, until some day."""
    if not roster.listed:
        raise NotListed
    match command:
        case PauseParticipant():
            return _pause(roster, command, now)
        case ResumeParticipant(enrollment_id=who):
            return _resumed(who, now) if roster.paused or roster.away else ()
        case EndBreak():
            return _end_break(roster, command, now)
        case SetAwayDates():
            return _set_away(roster, command, now)
        case BeginAway():
            return _begin_away(roster, command, now)
        case _:
            assert_never(command)


def grant_priority(roster: Roster, command: GrantPriority, now: datetime) -> Sequence[RosterEvent]:
    """First in the list from now on."""
    if not roster.listed:
        raise NotListed
    if roster.priority:
        return ()
    who, ground = command.enrollment_id, command.ground
    return (PriorityGranted(enrollment_id=who, ground=ground, at=now),)


def orphaned(command: ReturnSeat, now: datetime) -> OrphanStepTaken:
    """The partner is gone: the mentee is told, and knows when what is done next."""
    told = _step(command.enrollment_id, command.pairing_id, OrphanStep.TOLD, now)
    return replace(told, silent=command.silent)


def take_step(roster: Roster, command: TakeOrphanStep, now: datetime) -> Sequence[RosterEvent]:
    """The next step, once it is due; none where a new partner is found or all were taken."""
    last = roster.orphan
    if last is None or last.next_step is None or last.next_at is None:
        return ()
    if now < last.next_at:
        raise OrphanStepNotDue
    step = _step(command.enrollment_id, last.pairing_id, last.next_step, now)
    return (replace(step, silent=last.silent),)


def _step(
    who: EnrollmentId, pairing: PairingId, step: OrphanStep, now: datetime
) -> OrphanStepTaken:
    steps = list(OrphanStep)
    later = steps[steps.index(step) + 1 :]
    following = later[0] if later else None
    return OrphanStepTaken(
        enrollment_id=who,
        pairing_id=pairing,
        step=step,
        next_step=following,
        next_at=None if following is None else now + LADDER[following],
        at=now,
    )


def _pause(roster: Roster, command: PauseParticipant, now: datetime) -> Sequence[RosterEvent]:
    until = command.until
    if roster.paused is not None and roster.paused.until == until:
        return ()
    if until is not None and until <= now:
        raise BreakInThePast(field="/until")
    return (ParticipantPaused(enrollment_id=command.enrollment_id, until=until, at=now),)


def _end_break(roster: Roster, command: EndBreak, now: datetime) -> Sequence[RosterEvent]:
    if roster.paused is None:
        return ()
    if roster.paused.until is None or now < roster.paused.until:
        raise BreakNotOver
    return _resumed(command.enrollment_id, now)


def _set_away(roster: Roster, command: SetAwayDates, now: datetime) -> Sequence[RosterEvent]:
    who, starts_at, ends_at = command.enrollment_id, command.starts_at, command.ends_at
    known = (None, None) if roster.away is None else (roster.away.starts_at, roster.away.ends_at)
    if known == (starts_at, ends_at):
        return ()
    dates = AwayDatesSet(enrollment_id=who, starts_at=starts_at, ends_at=ends_at, at=now)
    if starts_at is None or ends_at is None:
        return (dates,)
    if ends_at <= max(starts_at, now):
        raise BreakInThePast(field="/ends_at")
    if now < starts_at:
        return (dates,)
    return (dates, ParticipantPaused(enrollment_id=who, until=ends_at, at=now))


def _begin_away(roster: Roster, command: BeginAway, now: datetime) -> Sequence[RosterEvent]:
    away = roster.away
    if away is None or away.starts_at is None:
        return ()
    if now < away.starts_at:
        raise AwayNotBegun
    until = away.ends_at
    over = until is not None and until <= now  # nobody looked in time
    if over or (roster.paused is not None and roster.paused.until == until):
        who = command.enrollment_id
        return (AwayDatesSet(enrollment_id=who, starts_at=None, ends_at=None, at=now),)
    return (ParticipantPaused(enrollment_id=command.enrollment_id, until=until, at=now),)


def _resumed(who: EnrollmentId, now: datetime) -> Sequence[RosterEvent]:
    return (ParticipantResumed(enrollment_id=who, at=now),)
