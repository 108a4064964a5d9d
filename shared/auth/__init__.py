"""Bearer tokens: who is asking, checked against an issuer's keys."""

from shared.auth.principal import Principal, Role, Unauthenticated

__all__ = ["Principal", "Role", "Unauthenticated"]
