"""Where a story is played: on services of its own, or on some that run already."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import aiohttp
import httpx
import uvloop
from rich.progress import Progress

from shared.auth import DevelopmentIssuer, Role, development_issuer
from shared.cli.demo.client import Actor, Apis
from shared.cli.demo.company import Company
from shared.cli.demo.participants import cast
from shared.cli.demo.stage import FIRST_MOMENT, OPERATOR, SERVICES, Stage
from shared.cli.demo.story import play
from shared.cli.demo.summary import Summary, gathered
from shared.cli.output import progress
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.ids import new_id
from shared.provisioning import Databases, databases_at
from shared.settings import PREFIX, Settings

CONNECTIONS = 48
CALL_SECONDS_MAX = 60
TOKEN_TTL = timedelta(hours=12)
WEEK = timedelta(weeks=1)
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # listened at; called like this


class ServiceAway(Unavailable):
    """A service does not answer where it should run."""


class KeyNotTheirs(Unavailable):
    """The services do not take our tokens: name the file of their development issuer's key."""


class TimeNotOurs(Unavailable):
    """Time cannot be moved there: a story of months needs services in development."""


@frozen
class Venue:
    """Services that answer, and what is ours to do there."""

    addresses: Mapping[str, str]
    issuer: DevelopmentIssuer
    tenant: str
    first_moment: datetime
    databases: Databases | None  # None: nobody said where they are

    @property
    def later(self) -> timedelta:
        """How long after its first day the story begins here."""
        return self.first_moment - FIRST_MOMENT

    def token(self, actor: Actor) -> str:
        """What an actor shows at the door."""
        roles = [Role(role) for role in actor.roles]
        return self.issuer.mint(self.tenant, actor.subject, roles, TOKEN_TTL)


def venue_of(
    chosen: Settings, addresses: Mapping[str, str], tenant: str, databases: Databases
) -> Venue:
    """Services that were started for the story alone."""
    return Venue(
        addresses=addresses,
        issuer=development_issuer(chosen),
        tenant=tenant,
        first_moment=FIRST_MOMENT,
        databases=databases,
    )


def venue_against(chosen: Settings, named: Mapping[str, str]) -> Venue:
    """Services that run already; their time is moved on to a Monday, and the tenant is new.

    Raises:
        ServiceAway: one does not answer.
        KeyNotTheirs: they do not know who signs our tokens.
        TimeNotOurs: they run for production, and time goes its own way.
    """
    key = chosen.auth.development_key
    if not key.exists():
        message = f"{KeyNotTheirs.__doc__} There is none at {key}: {PREFIX}AUTH__DEVELOPMENT_KEY."
        raise KeyNotTheirs(message)
    there = chosen.database
    venue = Venue(
        addresses={name: _address(chosen, name, named) for name in SERVICES},
        issuer=development_issuer(chosen),
        tenant=f"demo-{new_id().hex[-8:]}",
        first_moment=FIRST_MOMENT,
        databases=databases_at(there) if there.server or there.servers else None,
    )
    with httpx.Client(timeout=10) as http:
        http.headers["Authorization"] = f"Bearer {venue.token(OPERATOR)}"
        first_moment = _next_monday([_clock(http, *each) for each in venue.addresses.items()])
        for address in venue.addresses.values():
            body = {"now": first_moment.isoformat()}
            http.put(f"{address}/v1/development/clock", json=body).raise_for_status()
    return Venue(
        addresses=venue.addresses,
        issuer=venue.issuer,
        tenant=venue.tenant,
        first_moment=first_moment,
        databases=venue.databases,
    )


def played(venue: Venue, company: Company) -> tuple[Summary, Sequence[float]]:
    """What came of the story, and how many seconds each call took."""

    async def story(bars: Progress) -> tuple[Summary, Sequence[float]]:
        limits = aiohttp.TCPConnector(limit=CONNECTIONS)
        patience = aiohttp.ClientTimeout(total=CALL_SECONDS_MAX)
        async with aiohttp.ClientSession(connector=limits, timeout=patience) as http:
            apis = Apis(venue.addresses, venue.token, http)
            people = cast(company.people, company.size, company.seed)
            stage = Stage(apis, people, company.seed, bars, venue.first_moment)
            await play(stage, company.people, company.export)
            return await gathered(stage, venue.databases), apis.seconds

    with progress() as bars:
        return uvloop.run(story(bars))


def _address(chosen: Settings, service: str, named: Mapping[str, str]) -> str:
    given = named.get(service) or chosen.http.public_addresses.get(service)
    host = EVERYWHERE.get(chosen.http.host, chosen.http.host)
    return (given or f"http://{host}:{chosen.http.port_of(service)}").rstrip("/")


def _clock(http: httpx.Client, service: str, address: str) -> datetime:
    """What time it is for a service."""
    try:
        answer = http.get(f"{address}/v1/development/clock")
    except httpx.TransportError as error:
        message = f"{service} does not answer at {address} ({error}): see --at"
        raise ServiceAway(message) from error
    if answer.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise KeyNotTheirs
    if answer.status_code == HTTPStatus.NOT_FOUND:
        raise TimeNotOurs
    try:
        return datetime.fromisoformat(answer.raise_for_status().json()["now"])
    except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
        message = f"{service} does not answer at {address} as it should ({error}): see --at"
        raise ServiceAway(message) from error


def _next_monday(clocks: Sequence[datetime]) -> datetime:
    """The first moment on which the story could begin that no service has passed."""
    behind = max(clocks).astimezone(UTC) - FIRST_MOMENT
    weeks = max(0, -(-behind // WEEK))  # rounded up
    return FIRST_MOMENT + weeks * WEEK
