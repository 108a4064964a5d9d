"""A cohort follows its calendar stage by stage and takes applications in its window."""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import TypeAlias, assert_never

from shared.decider import Decider
from shared.errors import InvalidCommand, NotFound, Refused
from shared.events.enrollment import (
    ApplicationsClosed,
    Calendar,
    CohortClosed,
    CohortEvent,
    CohortKickedOff,
    CohortOpened,
    CohortScheduled,
    CohortStage,
)
from shared.frozen import frozen
from shared.ids import CohortId, ProgramId


@frozen
class ScheduleCohort:
    cohort_id: CohortId
    program_id: ProgramId
    name: str
    calendar: Calendar


@frozen
class FollowCalendar:
    """Record the stages that have begun by now."""

    cohort_id: CohortId


@frozen
class AdmitApplication:
    """Let somebody apply, or say why not."""

    cohort_id: CohortId


CohortCommand: TypeAlias = ScheduleCohort | FollowCalendar | AdmitApplication


class CohortNotFound(NotFound):
    """There is no cohort of this id."""


class CohortAlreadyScheduled(Refused):
    """A cohort of this id is scheduled already, with another name or calendar."""


class CalendarOutOfOrder(InvalidCommand):
    """The dates of a calendar follow one another, from applications to the end."""


class CalendarInThePast(InvalidCommand):
    """The application window of this calendar is over already."""


class CohortNotOpen(Refused):
    """This cohort does not take applications now: see its calendar for the window."""


@frozen
class Cohort:
    program_id: ProgramId | None = None  # None until it is scheduled
    name: str = ""
    calendar: Calendar | None = None
    stage: CohortStage = CohortStage.SCHEDULED


def evolve(cohort: Cohort, event: CohortEvent) -> Cohort:
    match event:
        case CohortScheduled(program_id=program_id, name=name, calendar=calendar):
            return Cohort(program_id=program_id, name=name, calendar=calendar)
        case CohortOpened():
            return _at(cohort, CohortStage.APPLICATIONS)
        case ApplicationsClosed():
            return _at(cohort, CohortStage.MATCHING)
        case CohortKickedOff():
            return _at(cohort, CohortStage.JOURNEY)
        case CohortClosed():
            return _at(cohort, CohortStage.CLOSED)
        case _:
            assert_never(event)


def _at(cohort: Cohort, stage: CohortStage) -> Cohort:
    return Cohort(
        program_id=cohort.program_id, name=cohort.name, calendar=cohort.calendar, stage=stage
    )


def decide(cohort: Cohort, command: CohortCommand, now: datetime) -> Sequence[CohortEvent]:
    match command:
        case ScheduleCohort():
            return _schedule(cohort, command, now)
        case FollowCalendar(cohort_id=cohort_id):
            return _follow(cohort, cohort_id, now)
        case AdmitApplication(cohort_id=cohort_id):
            return _admit(cohort, cohort_id, now)
        case _:
            assert_never(command)


def _schedule(cohort: Cohort, command: ScheduleCohort, now: datetime) -> Sequence[CohortEvent]:
    if cohort.program_id is not None:
        wanted = (command.program_id, command.name, command.calendar)
        if (cohort.program_id, cohort.name, cohort.calendar) == wanted:
            return ()
        raise CohortAlreadyScheduled
    _require_order(command.calendar, now)
    scheduled = CohortScheduled(
        cohort_id=command.cohort_id,
        program_id=command.program_id,
        name=command.name,
        calendar=command.calendar,
        at=now,
    )
    return (scheduled, *_follow(evolve(cohort, scheduled), command.cohort_id, now))


def _require_order(calendar: Calendar, now: datetime) -> None:
    dates = (
        ("applications_close_at", calendar.applications_open_at, calendar.applications_close_at),
        ("kick_off_at", calendar.applications_close_at, calendar.kick_off_at),
        ("project_start_at", calendar.kick_off_at, calendar.project_start_at),
        ("reflection_at", calendar.project_start_at, calendar.reflection_at),
        ("close_at", calendar.reflection_at, calendar.close_at),
    )
    for name, earlier, later in dates:
        if later < earlier or (name in {"applications_close_at", "close_at"} and later == earlier):
            raise CalendarOutOfOrder(field=f"/calendar/{name}")
    if calendar.applications_close_at <= now:
        raise CalendarInThePast(field="/calendar/applications_close_at")


def _follow(cohort: Cohort, cohort_id: CohortId, now: datetime) -> Sequence[CohortEvent]:
    if cohort.calendar is None or cohort.program_id is None:
        raise CohortNotFound
    begun = tuple(CohortStage).index(cohort.stage)
    steps = (
        (CohortOpened, cohort.calendar.applications_open_at),
        (ApplicationsClosed, cohort.calendar.applications_close_at),
        (CohortKickedOff, cohort.calendar.kick_off_at),
        (CohortClosed, cohort.calendar.close_at),
    )
    return tuple(
        stage(cohort_id=cohort_id, program_id=cohort.program_id, at=now)
        for stage, due_at in steps[begun:]
        if due_at <= now
    )


def _admit(cohort: Cohort, cohort_id: CohortId, now: datetime) -> Sequence[CohortEvent]:
    begun = _follow(cohort, cohort_id, now)  # the window opens on time, however late its timer is
    if reduce(evolve, begun, cohort).stage is not CohortStage.APPLICATIONS:
        raise CohortNotOpen
    return begun


COHORT: Decider[Cohort, CohortCommand, CohortEvent] = Decider(
    category="cohort",
    key=lambda command: command.cohort_id,
    initial=Cohort(),
    evolve=evolve,
    decide=decide,
)
