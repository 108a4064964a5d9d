"""Goals and joint objectives over HTTP."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field
from starlette.responses import Response

from services.sessions.api.pairs import Author, Reader, Writer
from services.sessions.api.words import Day, Text
from services.sessions.domain.goal import GOAL, Goal, GoalStatus
from services.sessions.domain.goal.commands import (
    AchieveGoal,
    DropGoal,
    DropReason,
    GoalClosed,
    GoalDueInThePast,
    GoalMeasuresNothing,
    GoalNotReached,
    GoalUnknown,
    GoalWithoutDate,
    GoalWithoutMeasure,
    ObjectiveNotRevisable,
    PriorityUnknown,
    ReviseGoal,
    SetGoal,
    SetJointObjective,
)
from services.sessions.domain.journey.commands import (
    CompetencyUnknown,
    JourneyOver,
    JourneyUnknown,
    MenteeOnly,
)
from services.sessions.queries import goals as queries
from services.sessions.queries import places
from services.sessions.queries.programs import competencies_in_use, priorities
from services.sessions.queries.sight import NotOfThisPair
from shared.events.sessions import GoalMeasure
from shared.http import AuthorErased, PageOf, Request, Routes, View, problems
from shared.ids import CompetencyId, GoalId, new_id

router = Routes("goals")

_GOALS = "/v1/journeys/{pairing_id}/goals"
_GOAL = _GOALS + "/{goal_id}"
_WRITING = (JourneyUnknown, NotOfThisPair, JourneyOver)
_SMART = (
    MenteeOnly,
    AuthorErased,
    GoalWithoutMeasure,
    GoalWithoutDate,
    GoalMeasuresNothing,
    GoalDueInThePast,
    CompetencyUnknown,
)


class MeasureBody(Request):
    competency_id: UUID | None = Field(None, description="If it is a level of a competency.")
    unit: Annotated[str, Field(pattern="^[a-z][a-z_]{0,39}$", examples=["level", "people"])]
    start: int = Field(ge=0, le=1_000_000, strict=True)
    target: int = Field(ge=0, le=1_000_000, strict=True)


class GoalBody(Request):
    text: Text
    measure: MeasureBody | None = Field(None, description="A goal without one is refused.")
    due_on: Day | None = Field(None, description="A goal without one is refused.")


class JointObjectiveBody(Request):
    text: Text
    priority: Annotated[str, Field(min_length=1, max_length=100, examples=["break-silos"])]
    due_on: Day | None = Field(None, description="An objective without one is refused.")


class AchievementBody(Request):
    reached: int = Field(ge=0, le=1_000_000, strict=True, description="In the measure's unit.")


class DropBody(Request):
    reason: DropReason


class GoalStateView(View):
    """A goal after a change to it."""

    goal_id: UUID
    pairing_id: UUID
    status: GoalStatus
    due_on: date


@router.post(
    _GOALS,
    status_code=201,
    response_model=GoalStateView,
    responses=problems(*_WRITING, *_SMART),
)
async def set_goal(body: GoalBody, writer: Writer) -> Response:
    """Set a goal of the mentee: what, how one will know, and by when."""
    goal_id, pair = GoalId(new_id()), writer.pair
    pair.check_not_ended()
    measure = _measure(body.measure)
    command = SetGoal(
        goal_id=goal_id,
        pairing_id=pair.pairing_id,
        text=await writer.seal(body.text, places.goal(pair.tenant, goal_id), "goal"),
        measure=measure,
        due_on=body.due_on,
        by=writer.part,
        catalogue=await _in_use(writer, measure),
    )
    location = f"/v1/journeys/{pair.pairing_id}/goals/{goal_id}"
    show = _state(pair.pairing_id, goal_id)
    return await writer.commands.handle(GOAL, command, show=show, location=location)


@router.post(
    "/v1/journeys/{pairing_id}/joint-objectives",
    status_code=201,
    response_model=GoalStateView,
    responses=problems(*_WRITING, AuthorErased, GoalWithoutDate, GoalDueInThePast, PriorityUnknown),
)
async def set_joint_objective(body: JointObjectiveBody, writer: Writer) -> Response:
    """Set an objective that both own, for one of the priorities of the program's charter."""
    goal_id, pair = GoalId(new_id()), writer.pair
    pair.check_not_ended()
    async with writer.commands.db() as db:
        known = await priorities(db, pair.program_id)
    command = SetJointObjective(
        goal_id=goal_id,
        pairing_id=pair.pairing_id,
        text=await writer.seal(body.text, places.goal(pair.tenant, goal_id), "goal"),
        priority=body.priority,
        due_on=body.due_on,
        priorities=known,
    )
    location = f"/v1/journeys/{pair.pairing_id}/goals/{goal_id}"
    show = _state(pair.pairing_id, goal_id)
    return await writer.commands.handle(GOAL, command, show=show, location=location)


@router.get(_GOALS, response_model=PageOf[queries.GoalView], responses=problems(JourneyUnknown))
async def list_goals(
    reader: Reader, status: Annotated[GoalStatus | None, Query()] = None
) -> Response:
    """Goals and joint objectives of a pair, the earliest first."""
    return await reader.page(partial(queries.goals, status=status))


@router.get(_GOAL, response_model=queries.GoalView, responses=problems(JourneyUnknown, GoalUnknown))
async def show_goal(goal_id: UUID, reader: Reader) -> Response:
    """One goal."""
    return await reader.one(partial(queries.goal, goal_id=GoalId(goal_id)))


@router.put(
    _GOAL,
    response_model=GoalStateView,
    responses=problems(*_WRITING, GoalUnknown, GoalClosed, ObjectiveNotRevisable, *_SMART),
)
async def revise_goal(goal_id: UUID, body: GoalBody, writer: Writer) -> Response:
    """Write a goal anew: its text, measure and date."""
    goal, pair, measure = GoalId(goal_id), writer.pair, _measure(body.measure)
    pair.check_not_ended()
    command = ReviseGoal(
        goal_id=goal,
        pairing_id=pair.pairing_id,
        text=await writer.seal(body.text, places.goal(pair.tenant, goal), "goal"),
        measure=measure,
        due_on=body.due_on,
        by=writer.part,
        catalogue=await _in_use(writer, measure),
    )
    show = _state(pair.pairing_id, goal)
    return await writer.commands.handle(GOAL, command, show=show)


@router.post(
    _GOAL + "/achievement",
    response_model=GoalStateView,
    responses=problems(*_WRITING, GoalUnknown, GoalClosed, GoalNotReached),
)
async def achieve_goal(goal_id: UUID, body: AchievementBody, writer: Writer) -> Response:
    """Say that a goal was reached, and how far its measure came."""
    goal = GoalId(goal_id)
    writer.pair.check_not_ended()
    command = AchieveGoal(goal_id=goal, pairing_id=writer.pairing_id, reached=body.reached)
    show = _state(writer.pairing_id, goal)
    return await writer.commands.handle(GOAL, command, show=show)


@router.post(
    _GOAL + "/drop",
    response_model=GoalStateView,
    responses=problems(*_WRITING, GoalUnknown, GoalClosed),
)
async def drop_goal(goal_id: UUID, body: DropBody, writer: Writer) -> Response:
    """Give a goal up, for a reason."""
    goal = GoalId(goal_id)
    writer.pair.check_not_ended()
    command = DropGoal(goal_id=goal, pairing_id=writer.pairing_id, reason=body.reason)
    show = _state(writer.pairing_id, goal)
    return await writer.commands.handle(GOAL, command, show=show)


def _measure(body: MeasureBody | None) -> GoalMeasure | None:
    if body is None:
        return None
    competency_id = body.competency_id
    return GoalMeasure(
        competency_id=None if competency_id is None else CompetencyId(competency_id),
        unit=body.unit,
        start=body.start,
        target=body.target,
    )


async def _in_use(writer: Author, measure: GoalMeasure | None) -> frozenset[CompetencyId]:
    if measure is None or measure.competency_id is None:
        return frozenset()
    async with writer.commands.db() as db:
        return await competencies_in_use(db, (measure.competency_id,))


def _state(pairing_id: UUID, goal_id: GoalId) -> Callable[[Goal], GoalStateView]:
    def show(goal: Goal) -> GoalStateView:
        fact = goal.fact
        if fact is None:
            raise GoalUnknown
        return GoalStateView(
            goal_id=goal_id, pairing_id=pairing_id, status=goal.status, due_on=fact.due_on
        )

    return show
