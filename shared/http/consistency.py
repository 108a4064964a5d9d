"""Read your writes: a token names what was written, and a read waits until it has got there."""

import asyncio
import re
from collections.abc import Sequence
from time import monotonic

from starlette.requests import Request

from shared.frozen import frozen
from shared.http import signing
from shared.http.ports import Ports
from shared.http.protocol_errors import ConsistencyTokenRejected, ProjectionBehind
from shared.ids import TenantId

HEADER = "consistency-token"
WAIT_DEFAULT_SECONDS = 1.0
WAIT_MAX_SECONDS = 10.0

_STREAMS_MAX = 8  # a token is a header: a bulk command names the last streams it wrote
_PAUSES_SECONDS = (0.005, 0.01, 0.02, 0.05)  # between looks; the last one repeats
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*([0-9]{1,4})(?:$|[,;\s])", re.IGNORECASE)
_SEPARATOR = "\x1f"
# Every projection that hears the source here must have applied every stream that far.
_BEHIND = """
SELECT EXISTS (
    SELECT FROM unnest($3::text[]) AS hearing (consumer)
    CROSS JOIN unnest($4::text[], $5::bigint[]) AS written (stream, version)
    WHERE NOT EXISTS (
        SELECT FROM log.applied a
        WHERE a.tenant = $1 AND a.source = $2 AND a.consumer = hearing.consumer
          AND a.stream = written.stream AND a.version >= written.version
    )
)
"""


@frozen
class Written:
    """What a command wrote: how far each of its streams had come."""

    service: str
    versions: Sequence[tuple[str, int]]


def token_of(ports: Ports, tenant: TenantId, versions: Sequence[tuple[str, int]]) -> str:
    """The token for streams of this service at these versions."""
    parts = [ports.service]
    for stream, version in versions[-_STREAMS_MAX:]:
        parts += (stream, str(version))
    return signing.sign(ports.secret, _purpose(tenant), _SEPARATOR.join(parts).encode())


def written(ports: Ports, tenant: TenantId, token: str) -> Written:
    """What a token says.

    Raises:
        ConsistencyTokenRejected: it was made elsewhere or for another tenant.
    """
    try:
        payload = signing.verify(ports.secret, _purpose(tenant), token).decode()
    except signing.Forged as error:
        raise ConsistencyTokenRejected from error
    service, *rest = payload.split(_SEPARATOR)
    versions = tuple(zip(rest[::2], map(int, rest[1::2]), strict=True))
    return Written(service=service, versions=versions)


async def wait_for(request: Request, ports: Ports, tenant: TenantId) -> bool:
    """Return once what the request's token names can be read here; says if there was one.

    Raises:
        ProjectionBehind: it has not arrived within the time of `Prefer: wait`.
    """
    token = request.headers.get(HEADER, request.query_params.get("at_least"))
    if token is None:
        return False
    expected = written(ports, tenant, token)
    if expected.service not in ports.consumers:
        return True  # our own read tables are written with the events; others we do not hear
    ends = monotonic() + wait_seconds(request)
    pauses = iter(_PAUSES_SECONDS)
    pause = 0.0
    while not await _reached(ports, tenant, expected):
        pause = next(pauses, pause)
        if monotonic() + pause > ends:
            raise ProjectionBehind
        await asyncio.sleep(pause)
    return True


def wait_seconds(request: Request) -> float:
    """How long the caller wants to wait (RFC 7240), within our bounds."""
    match = _WAIT.search(request.headers.get("prefer", ""))
    return min(float(match[1]), WAIT_MAX_SECONDS) if match else WAIT_DEFAULT_SECONDS


async def _reached(ports: Ports, tenant: TenantId, expected: Written) -> bool:
    streams = [stream for stream, _ in expected.versions]
    versions = [version for _, version in expected.versions]
    consumers = list(ports.consumers[expected.service])
    async with ports.reading(tenant) as db:
        behind = await db.fetchval(_BEHIND, tenant, expected.service, consumers, streams, versions)
    return not behind


def _purpose(tenant: TenantId) -> str:
    return f"consistency{_SEPARATOR}{tenant}"
