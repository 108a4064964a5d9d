"""Breaks and seats of a place in the pool over HTTP, for whose place it is and for managers."""

from typing import Self
from uuid import UUID

from pydantic import Field, model_validator
from starlette.responses import Response

from services.matching.api.rights import ProgramUnknown, assert_manages
from services.matching.domain.roster import ROSTER, NotListed, Roster, RosterUnknown
from services.matching.domain.roster_commands import (
    BreakInThePast,
    LimitSeats,
    PauseParticipant,
    ResumeParticipant,
    RosterCommand,
    SeatsNegative,
    SetAwayDates,
)
from services.matching.queries import rosters
from shared.command_handler import Step
from shared.http import Commands, Moment, Reads, Request, Routes, View, problems
from shared.http.times import Time
from shared.ids import EnrollmentId

router = Routes("rosters")


class PauseBody(Request):
    until: Time | None = Field(default=None, description="Left out: until you resume.")


class AwayBody(Request):
    """Both, or neither to take it back."""

    starts_at: Time | None
    ends_at: Time | None

    @model_validator(mode="after")
    def both_or_neither(self) -> Self:
        """Refuse half of a time."""
        if (self.starts_at is None) != (self.ends_at is None):
            message = "days away have a beginning and an end"
            raise ValueError(message)
        return self


class SeatsBody(Request):
    seats: int | None = Field(le=1000, strict=True, description="Null: as many as declared.")


class BreakView(View):
    enrollment_id: UUID
    paused: bool
    paused_until: Moment | None
    away_from: Moment | None
    away_until: Moment | None
    version: int


class SeatsView(View):
    enrollment_id: UUID
    seats: int
    declared: int
    limit: int | None
    taken: int
    over: int = Field(description="Taken beyond what is wished for.")
    what_happens: str = Field(
        examples=["as_wished", "sinks_as_pairings_end"],
        description="Nobody is sent away: seats beyond the wish go as their pairings end.",
    )
    version: int


@router.post(
    "/v1/rosters/{enrollment_id}/pause",
    response_model=BreakView,
    responses=problems(RosterUnknown, NotListed, BreakInThePast),
)
async def pause_participant(
    enrollment_id: UUID, body: PauseBody, commands: Commands, reads: Reads
) -> Response:
    """Take nobody new for the time being, with or without a day on which it ends by itself."""
    command = PauseParticipant(enrollment_id=EnrollmentId(enrollment_id), until=body.until)
    return await _told(commands, reads, command)


@router.post(
    "/v1/rosters/{enrollment_id}/resumption",
    response_model=BreakView,
    responses=problems(RosterUnknown, NotListed),
)
async def resume_participant(enrollment_id: UUID, commands: Commands, reads: Reads) -> Response:
    """End a pause, or days away, before their time."""
    command = ResumeParticipant(enrollment_id=EnrollmentId(enrollment_id))
    return await _told(commands, reads, command)


@router.put(
    "/v1/rosters/{enrollment_id}/away-dates",
    response_model=BreakView,
    responses=problems(RosterUnknown, NotListed, BreakInThePast),
)
async def set_away_dates(
    enrollment_id: UUID, body: AwayBody, commands: Commands, reads: Reads
) -> Response:
    """Say when you will be away: you take nobody new then, and are back by yourself afterwards."""
    command = SetAwayDates(
        enrollment_id=EnrollmentId(enrollment_id), starts_at=body.starts_at, ends_at=body.ends_at
    )
    return await _told(commands, reads, command)


@router.put(
    "/v1/rosters/{enrollment_id}/seats",
    response_model=SeatsView,
    responses=problems(RosterUnknown, NotListed, SeatsNegative),
)
async def limit_seats(
    enrollment_id: UUID, body: SeatsBody, commands: Commands, reads: Reads
) -> Response:
    """Have fewer seats here than declared; the answer says what becomes of those taken."""
    right = await _right(reads, enrollment_id)
    command = LimitSeats(enrollment_id=EnrollmentId(enrollment_id), limit=body.seats)
    return await commands.by(right).handle_all(
        [Step(decider=ROSTER, command=command)],
        show=lambda outcome: _seats(enrollment_id, outcome.states[0], outcome.versions[0]),
    )


async def _told(commands: Commands, reads: Reads, command: RosterCommand) -> Response:
    right = await _right(reads, command.enrollment_id)
    return await commands.by(right).handle_all(
        [Step(decider=ROSTER, command=command)],
        show=lambda outcome: _break(command.enrollment_id, outcome.states[0], outcome.versions[0]),
    )


async def _right(reads: Reads, enrollment_id: UUID) -> str:
    """What allows the caller to change this place.

    Raises:
        RosterUnknown: it is not theirs, and they do not manage its program.
    """
    await reads.wait()
    async with reads.db() as db:
        roster = await rosters.roster(db, enrollment_id=enrollment_id)
        if roster is None:
            raise RosterUnknown
        if reads.caller.person is not None and roster.person_id == reads.caller.person:
            return "participant"
        try:
            await assert_manages(db, reads.caller, roster.program_id)
        except ProgramUnknown as unseen:
            raise RosterUnknown from unseen
    return "manager of the program"


def _break(enrollment_id: UUID, roster: Roster, version: int) -> BreakView:
    return BreakView(
        enrollment_id=enrollment_id,
        paused=roster.paused is not None,
        paused_until=None if roster.paused is None else roster.paused.until,
        away_from=None if roster.away is None else roster.away.starts_at,
        away_until=None if roster.away is None else roster.away.ends_at,
        version=version,
    )


def _seats(enrollment_id: UUID, roster: Roster, version: int) -> SeatsView:
    over = max(0, len(roster.taken) - roster.wanted)
    return SeatsView(
        enrollment_id=enrollment_id,
        seats=roster.seats,
        declared=roster.declared,
        limit=roster.limit,
        taken=len(roster.taken),
        over=over,
        what_happens="sinks_as_pairings_end" if over else "as_wished",
        version=version,
    )
