"""Tokens and keys as an issuer makes them, and as an attacker would."""

import asyncio
import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from shared.auth import KeySet, Policy, TokenVerifier

ISSUER, AUDIENCE = "https://issuer.test", "fairlead"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PERSON = "0198c5a4-7f3e-7c1a-9d52-2b8f6a1c2b3d"
EC = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"}, private=True)
RSA = RSAKey.generate_key(2048, {"kid": "rsa"}, private=True)
OTHER = ECKey.generate_key("P-256", {"kid": "ec"}, private=True)
Key: TypeAlias = ECKey | OKPKey | RSAKey
ALGORITHM = {"ec": "ES256", "ed": "EdDSA", "rsa": "RS256"}


class Published:
    """An issuer's keys as they are now, and how often they were asked for."""

    def __init__(self, *keys: Key) -> None:
        self.keys = list(keys)
        self.asked = 0
        self.is_away = False

    async def fetch(self) -> bytes:
        self.asked += 1
        await asyncio.sleep(0.01)
        if self.is_away:
            raise OSError
        return json.dumps({"keys": [key.as_dict(private=False) for key in self.keys]}).encode()


class Watch:
    """Time that a test lets pass."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return NOW + timedelta(seconds=self.seconds)


def verifier(published: Published | None = None, watch: Watch | None = None) -> TokenVerifier:
    time = watch or Watch()
    keys = KeySet(published or Published(EC, ED, RSA), now=time)
    return TokenVerifier(Policy(issuer=ISSUER, audience=AUDIENCE), keys, time.now)


def claims(**changes: object) -> dict[str, Any]:
    moment = int(NOW.timestamp())
    told = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": PERSON,
        "tenant": "orchard",
        "roles": ["mentor", "astronaut"],
        "iat": moment,
        "exp": moment + 3600,
    }
    told |= changes
    return {name: value for name, value in told.items() if value is not ...}


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(payload: bytes | None = None, header: bytes | None = None, key: Key = EC) -> str:
    """A token of exactly these bytes, with a right signature."""
    algorithm = ALGORITHM[str(key.kid)]
    head = header or json.dumps({"alg": algorithm, "typ": "at+jwt", "kid": key.kid}).encode()
    content = payload if payload is not None else json.dumps(claims()).encode()
    signing_input = f"{encoded(head)}.{encoded(content)}"
    model = JWSRegistry.algorithms[algorithm]
    return f"{signing_input}.{encoded(model.sign(signing_input.encode(), key))}"


def token(key: Key = EC, header: dict[str, Any] | None = None, **changes: object) -> str:
    head = {"alg": ALGORITHM[str(key.kid)], "typ": "at+jwt", "kid": key.kid, **(header or {})}
    content = json.dumps(claims(**changes)).encode()
    return signed(content, json.dumps(head).encode(), key)
