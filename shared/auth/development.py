"""An issuer for development: real tokens without a sign-in service."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec
from joserfc import jwt
from joserfc.jwk import ECKey

from shared import clock
from shared.auth.principal import Role
from shared.ids import fresh_id
from shared.private_file import made_once
from shared.settings import Settings

LIFETIME: Final = timedelta(hours=8)


class NotInProduction(ValueError):
    """The development issuer signs whatever it is asked to: production has a real one."""


class DevelopmentIssuer:
    """Signs tokens with a key that lies in a file."""

    def __init__(self, key_file: Path, issuer: str, audience: str) -> None:
        """Make the key on first use; its public half lies beside it as a JWK set."""
        self._issuer = issuer
        self._audience = audience
        self.keys_file = key_file.with_suffix(".jwks.json")
        self._key = ECKey.import_key(msgspec.json.decode(made_once(key_file, _new_key)))
        made_once(self.keys_file, self._published)

    def mint(
        self,
        tenant: str,
        subject: str,
        roles: Iterable[Role] = (),
        ttl: timedelta = LIFETIME,
    ) -> str:
        """A token for somebody, by the machine's own time."""
        now = int(clock.true_now().timestamp())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "tenant": tenant,
            "roles": sorted(roles),
            "iat": now,
            "nbf": now,
            "exp": now + int(ttl.total_seconds()),
            "jti": str(fresh_id()),
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._key.kid}
        return jwt.encode(header, claims, self._key)

    def _published(self) -> bytes:
        public = {**self._key.as_dict(private=False), "use": "sig", "alg": "ES256"}
        return msgspec.json.encode({"keys": [public]})


def development_issuer(settings: Settings) -> DevelopmentIssuer:
    """The issuer that the settings of a development installation name.

    Raises:
        NotInProduction: the settings are those of production.
    """
    if settings.environment == "production":
        raise NotInProduction
    auth = settings.auth
    return DevelopmentIssuer(auth.development_key, auth.issuer, auth.audience)


def _new_key() -> bytes:
    key = ECKey.generate_key("P-256", {"kid": fresh_id().hex}, private=True)
    return msgspec.json.encode(key.as_dict(private=True))
