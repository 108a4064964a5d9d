"""The clock of a demo: only where the settings say that this is development."""

from fastapi import APIRouter
from pydantic import AwareDatetime
from starlette.requests import Request as HttpRequest

from shared import clock
from shared.errors import InvalidCommand
from shared.http.caller import Caller
from shared.http.models import Moment, Request, View
from shared.http.ports import ports_of
from shared.http.routes import Routes

router: APIRouter = Routes("development")


class ClockRunsForward(InvalidCommand):
    """The product's time only goes forward."""


class ClockBody(Request):
    """Where the clock is to stand."""

    now: AwareDatetime


class ClockView(View):
    """Where the clock stands."""

    now: Moment


@router.get("/v1/development/clock")
async def show_clock(_: Caller) -> ClockView:
    """What time it is for the product."""
    return ClockView(now=clock.now())


@router.put("/v1/development/clock")
async def move_clock(body: ClockBody, _: Caller, request: HttpRequest) -> ClockView:
    """Let time pass until a moment, in all processes of the service; it goes on from there."""
    try:
        clock.move_to(body.now)
    except ValueError as error:
        raise ClockRunsForward(str(error), field="/now") from error
    tell = ports_of(request).tell_time
    if tell is not None:
        await tell(body.now)
    return ClockView(now=clock.now())
