"""An issuer's public keys: fetched, filtered, cached, and never asked for too often."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final, Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey, import_key
from joserfc.jws import JWSRegistry

from shared import telemetry
from shared.errors import Unavailable
from shared.frozen import frozen
from shared.strict_json import NotStrictJson, strict_json

log = telemetry.logger(__name__)

CACHE_SECONDS: Final = 600.0
_AGAIN_SECONDS = 30.0  # an unknown key id makes us look again at most so often
_FIRST_AGAIN_SECONDS = 1.0  # before the first answer nobody can sign in: look more often
_LAST_GOOD_SECONDS = 24 * 3600.0  # so long an issuer may be away
_FETCH_SECONDS = 5.0
_DOCUMENT_BYTES_MAX = 512 * 1024
_RSA_BITS_MIN = 2048
_OK = 200
_CURVES = (None, "P-256", "Ed25519")  # RSA names none
# What a key of a type may be used with; the first one if the key does not say.
_ALGORITHMS_OF = {"EC": ("ES256",), "OKP": ("EdDSA", "Ed25519"), "RSA": ("RS256",)}

PublicKey = ECKey | OKPKey | RSAKey


class IssuerAway(Unavailable):
    """The sign-in service does not give us its keys now; wait and retry."""


@frozen
class FixedKey:
    """A key and the one algorithm that it is used with, whatever a token says."""

    key: PublicKey
    algorithm: str

    def has_signed(self, content: bytes, signature: bytes) -> bool:
        """Whether the signature is this key's over this content."""
        model = JWSRegistry.algorithms[self.algorithm]
        try:
            return bool(model.verify(content, signature, self.key))
        except (JoseError, ValueError, TypeError):
            return False


class KeySource(Protocol):
    """Where an issuer publishes its keys."""

    async def fetch(self) -> bytes:
        """The JWK set as it stands there.

        Raises:
            OSError: it cannot be had.
            httpx.HTTPError: the same, from the network.
        """
        ...


class KeyFile:
    """A JWK set in a file."""

    def __init__(self, path: Path) -> None:
        """Read it from `path`, anew each time."""
        self._path = path

    async def fetch(self) -> bytes:
        """The file's content."""
        return await asyncio.to_thread(self._path.read_bytes)


class KeyAddress:
    """A JWK set at an https address."""

    def __init__(self, url: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Ask only this address, which comes from the settings and never from a token."""
        if not url.startswith("https://"):
            message = "an issuer's keys are fetched by https only"
            raise ValueError(message)
        self._url = url
        self._transport = transport

    async def fetch(self) -> bytes:
        """The document; redirects are not followed, and its size is bounded."""
        client = httpx.AsyncClient(
            transport=self._transport, follow_redirects=False, timeout=_FETCH_SECONDS
        )
        async with client, client.stream("GET", self._url) as response:
            if response.status_code != _OK:
                message = f"the issuer answered {response.status_code}"
                raise OSError(message)
            content = b""
            async for chunk in response.aiter_bytes():
                content += chunk
                if len(content) > _DOCUMENT_BYTES_MAX:
                    message = "the issuer's key set is too large"
                    raise OSError(message)
        return content


class KeySet:
    """The keys of one issuer as they were last seen."""

    def __init__(
        self,
        source: KeySource,
        cache_seconds: float = CACHE_SECONDS,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Fetch nothing before the first question."""
        self._source = source
        self._cache_seconds = cache_seconds
        self._now = now
        self._keys: Mapping[str, FixedKey] = {}
        self._seen_at: float | None = None  # when the keys we hold were fetched
        self._tried_at = -_LAST_GOOD_SECONDS
        self._lock = asyncio.Lock()
        self.generation = 0  # moves when keys have gone or changed: what they proved must be again

    async def refresh(self) -> None:
        """Have keys that are not older than the cache time, if the issuer can be reached.

        Raises:
            IssuerAway: there are none, or they were last seen more than a day ago.
        """
        # Before the first answer there is nothing to go on with: all wait for the one who asks.
        if self._is_due() or (self._seen_at is None and self._lock.locked()):
            async with self._lock:
                if self._is_due():
                    await self._fetch()
        if self._seen_at is None or self._now() - self._seen_at > _LAST_GOOD_SECONDS:
            raise IssuerAway

    async def find(self, name: str) -> FixedKey | None:
        """The key of this name; looks once more, but not often, if it is unknown."""
        await self.refresh()
        if name not in self._keys and self._now() - self._tried_at >= _AGAIN_SECONDS:
            async with self._lock:
                if name not in self._keys and self._now() - self._tried_at >= _AGAIN_SECONDS:
                    await self._fetch()
        return self._keys.get(name)

    def _is_due(self) -> bool:
        since_tried = self._now() - self._tried_at
        if self._seen_at is None:
            return since_tried >= _FIRST_AGAIN_SECONDS
        is_old = self._now() - self._seen_at >= self._cache_seconds
        return is_old and since_tried >= _AGAIN_SECONDS

    async def _fetch(self) -> None:
        self._tried_at = self._now()
        try:
            keys = usable_keys(await self._source.fetch())
        except (OSError, httpx.HTTPError, NotStrictJson, TimeoutError) as error:
            log.warning("issuer keys not fetched", error=type(error).__name__)
            return
        self._seen_at = self._tried_at
        if _prints(keys) != _prints(self._keys):
            self.generation += 1
        self._keys = keys


def usable_keys(document: bytes) -> Mapping[str, FixedKey]:
    """The keys of a JWK set that may sign tokens, by their ids.

    Left out: symmetric and private keys, RSA below 2048 bits, keys for other uses, keys without an
    id, and every key whose id another one has too.

    Raises:
        NotStrictJson: it is no JWK set.
    """
    told = strict_json(document)
    if not isinstance(told, dict) or not isinstance(told.get("keys"), list):
        raise NotStrictJson
    found: dict[str, FixedKey] = {}
    twice: set[str] = set()
    for entry in told["keys"]:
        name = entry.get("kid") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            continue
        if name in found:
            twice.add(name)
        key = _fixed(entry)
        if key is None:
            log.warning("issuer key not usable", key=name[:64])
        else:
            found[name] = key
    return {name: key for name, key in found.items() if name not in twice}


def _fixed(entry: dict[str, Any]) -> FixedKey | None:
    possible = _ALGORITHMS_OF.get(str(entry.get("kty")), ("none",))
    algorithm = entry.get("alg", possible[0])
    is_meant = (
        algorithm in possible
        and algorithm != "none"
        and "d" not in entry
        and entry.get("use", "sig") == "sig"
        and "verify" in entry.get("key_ops", ["verify"])
        and entry.get("crv") in _CURVES
    )
    if not is_meant:
        return None
    try:
        key = import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    is_weak = isinstance(key, RSAKey) and key.public_key.key_size < _RSA_BITS_MIN
    if is_weak or not isinstance(key, ECKey | OKPKey | RSAKey):
        return None
    return FixedKey(key=key, algorithm=algorithm)


def _prints(keys: Mapping[str, FixedKey]) -> Mapping[str, str]:
    return {name: fixed.key.thumbprint() for name, fixed in keys.items()}
