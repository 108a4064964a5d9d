"""Bearer tokens: who is asking, checked against an issuer's keys."""

from pathlib import Path

from shared.auth.development import DevelopmentIssuer, NotInProduction, development_issuer
from shared.auth.keys import IssuerAway, KeyAddress, KeyFile, KeySet
from shared.auth.principal import Principal, Role, Unauthenticated
from shared.auth.verifier import Policy, TokenVerifier
from shared.settings import Settings

__all__ = [
    "DevelopmentIssuer",
    "IssuerAway",
    "KeyAddress",
    "KeyFile",
    "KeySet",
    "NotInProduction",
    "Policy",
    "Principal",
    "Role",
    "TokenVerifier",
    "Unauthenticated",
    "development_issuer",
    "token_verifier",
]


def token_verifier(settings: Settings) -> TokenVerifier:
    """The checks that the settings ask for; without a key address, the development issuer's."""
    auth = settings.auth
    if not auth.jwks_url:
        source: KeyFile | KeyAddress = KeyFile(development_issuer(settings).keys_file)
    elif auth.jwks_url.startswith("file:"):
        source = KeyFile(Path(auth.jwks_url.removeprefix("file:").removeprefix("//")))
    else:
        source = KeyAddress(auth.jwks_url)
    policy = Policy(issuer=auth.issuer, audience=auth.audience, leeway_seconds=auth.leeway_seconds)
    return TokenVerifier(policy, KeySet(source, auth.jwks_seconds))
