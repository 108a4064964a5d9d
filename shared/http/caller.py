"""Who is asking, and whether their role lets them."""

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from shared.auth import Principal, Role, Unauthenticated
from shared.errors import NotAllowed
from shared.http.arrival import arrival_of
from shared.http.ports import ports_of


class RoleMissing(NotAllowed):
    """Your roles do not allow this."""


async def caller_of(request: Request) -> Principal:
    """The caller, as the bearer token proves it.

    Raises:
        Unauthenticated: there is no valid token, or there are two.
    """
    arrival = arrival_of(request)
    if arrival.caller is None:
        arrival.caller = await ports_of(request).verifier.verify(_token(request))
    return arrival.caller


Caller = Annotated[Principal, Depends(caller_of)]


class RoleCheck:
    """Lets a request through if its caller has one of these roles."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        """Remember the roles, which the API's description shows too."""
        self.roles = roles

    async def __call__(self, request: Request) -> None:
        """Note which role it was: events record it as the right they were made by."""
        caller = await caller_of(request)
        held = next((role for role in self.roles if role in caller.roles), None)
        if held is None:
            raise RoleMissing
        arrival_of(request).right = held.value


def require(*roles: Role) -> Any:  # noqa: ANN401  # what FastAPI's Depends is typed as
    """For a route's `dependencies`: only callers with one of these roles."""
    return Depends(RoleCheck(roles))


def _token(request: Request) -> str:
    headers = request.headers.getlist("authorization")
    if len(headers) != 1:
        raise Unauthenticated
    scheme, _, token = headers[0].partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated
    return token
