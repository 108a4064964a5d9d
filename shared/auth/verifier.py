"""Checks bearer tokens: one signature, one algorithm, and claims that mean what they say."""

import hashlib
import math
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeGuard
from uuid import UUID

from shared import clock
from shared.auth.keys import KeySet
from shared.auth.principal import Principal, Role, Unauthenticated
from shared.frozen import frozen
from shared.ids import PersonId, TenantId
from shared.strict_json import NotStrictJson, strict_json

TOKEN_BYTES_MAX: Final = 16 * 1024
LIFETIME_SECONDS_MAX: Final = 24 * 3600
_CACHED_MAX = 10_000
_TEXT_MAX = 256
_SHAPE = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TENANT = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
# A header may not bring its own key or its own rules, nor ask for rules we do not know.
_BANNED = frozenset({"jwk", "jku", "x5u", "x5c", "crit", "b64"})


@frozen
class Policy:
    """Whose tokens are taken, and where they say what we need."""

    issuer: str
    audience: str
    leeway_seconds: int = 30
    token_types: frozenset[str] = frozenset({"at+jwt", "application/at+jwt"})
    tenant_claim: str = "tenant"
    roles_claim: str = "roles"
    person_claim: str = "person"  # the pseudonym; without it the subject, if it is a UUID
    tenants: frozenset[str] | None = None  # that this issuer may speak for; None: all


class TokenVerifier:
    """Knows callers by tokens of one issuer."""

    def __init__(
        self, policy: Policy, keys: KeySet, now: Callable[[], datetime] = clock.true_now
    ) -> None:
        """Check by the machine's own time, even while the product's is moved."""
        self._policy = policy
        self._keys = keys
        self._now = now
        self._known: OrderedDict[bytes, Principal] = OrderedDict()
        self._generation = keys.generation

    async def verify(self, token: str) -> Principal:
        """The caller.

        Raises:
            Unauthenticated: the token is not valid here and now; why is not said.
            IssuerAway: the issuer's keys cannot be had.
        """
        await self._keys.refresh()
        if self._generation != self._keys.generation:
            self._generation = self._keys.generation
            self._known.clear()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        known = self._known.get(digest)
        now = self._now().timestamp()
        if known is not None:
            if now >= known.expires_at + self._policy.leeway_seconds:
                raise Unauthenticated
            return known
        caller = await self._check(token, now)
        self._known[digest] = caller
        if len(self._known) > _CACHED_MAX:
            self._known.popitem(last=False)
        return caller

    async def _check(self, token: str, now: float) -> Principal:
        if len(token) > TOKEN_BYTES_MAX or not _SHAPE.fullmatch(token):
            raise Unauthenticated
        content, _, ending = token.rpartition(".")
        first, _, second = content.partition(".")
        try:
            header, claims, signature = _object(first), _object(second), _decoded(ending)
        except NotStrictJson as error:
            raise Unauthenticated from error
        name, kind = header.get("kid"), header.get("typ")
        if not _is_text(name) or not _is_text(kind) or _BANNED & header.keys():
            raise Unauthenticated
        if kind.lower() not in self._policy.token_types:
            raise Unauthenticated
        key = await self._keys.find(name)
        if key is None or header.get("alg") != key.algorithm:
            raise Unauthenticated
        if not key.has_signed(content.encode(), signature):
            raise Unauthenticated
        return self._principal(claims, now)

    def _principal(self, claims: Mapping[str, Any], now: float) -> Principal:
        policy = self._policy
        expires = _checked_times(claims, now, policy.leeway_seconds)
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != policy.issuer or policy.audience not in audiences:
            raise Unauthenticated
        subject, tenant = claims.get("sub"), claims.get(policy.tenant_claim)
        if not _is_text(subject) or not _is_text(tenant) or not _TENANT.fullmatch(tenant):
            raise Unauthenticated
        if policy.tenants is not None and tenant not in policy.tenants:
            raise Unauthenticated
        person = _person(claims.get(policy.person_claim, subject))
        signed_in = frozenset() if person is None else frozenset({Role.EMPLOYEE})
        return Principal(
            tenant=TenantId(tenant),
            subject=subject,
            person=person,
            roles=_roles(claims.get(policy.roles_claim, [])) | signed_in,
            expires_at=expires,
        )


def _object(part: str) -> dict[str, Any]:
    value = strict_json(_decoded(part))
    if not isinstance(value, dict):
        raise NotStrictJson
    return value


def _decoded(part: str) -> bytes:
    """The bytes of a part that is written in the one right way."""
    try:
        raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except ValueError as error:
        raise NotStrictJson from error
    if urlsafe_b64encode(raw).rstrip(b"=") != part.encode():
        raise NotStrictJson  # bits that are left over were set: one token, many texts
    return raw


def _checked_times(claims: Mapping[str, Any], now: float, leeway: float) -> float:
    """When the token ends, if it has begun, has not ended, and does not last too long."""
    expires, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    begins = _seconds(claims.get("nbf", issued))
    is_current = begins - leeway <= now < expires + leeway and issued - leeway <= now
    if not is_current or not 0 < expires - issued <= LIFETIME_SECONDS_MAX:
        raise Unauthenticated
    return expires


def _seconds(value: Any) -> float:  # noqa: ANN401  # any claim
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not 0 <= value < 1e11:  # noqa: PLR2004  # the year 5138
        raise Unauthenticated
    return float(value)


def _roles(value: Any) -> frozenset[Role]:  # noqa: ANN401  # any claim
    if not isinstance(value, list):
        raise Unauthenticated
    known = {role.value for role in Role}
    return frozenset(Role(name) for name in value if isinstance(name, str) and name in known)


def _person(value: Any) -> PersonId | None:  # noqa: ANN401  # any claim
    try:
        return PersonId(UUID(value)) if isinstance(value, str) else None
    except ValueError:
        return None


def _is_text(value: Any) -> TypeGuard[str]:  # noqa: ANN401  # any claim
    return isinstance(value, str) and 0 < len(value) <= _TEXT_MAX
