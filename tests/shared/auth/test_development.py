"""An issuer for development only."""

from pathlib import Path

import pytest

from shared.auth import (
    DevelopmentIssuer,
    NotInProduction,
    Role,
    development_issuer,
    token_verifier,
)
from shared.settings import AuthSettings, Settings
from tests.shared.auth.issuing import AUDIENCE, ISSUER, PERSON


async def test_the_development_issuer_makes_tokens_that_pass(tmp_path: Path) -> None:
    key_file = tmp_path / "state" / "issuer.json"
    settings = Settings(auth=AuthSettings(development_key=key_file))
    issuer = development_issuer(settings)
    again = development_issuer(settings)
    check = token_verifier(settings)
    for each in (issuer, again):
        caller = await check.verify(each.mint("orchard", PERSON, [Role.SPONSOR]))
        assert caller.roles == {Role.SPONSOR, Role.EMPLOYEE}
    assert key_file.stat().st_mode & 0o077 == 0
    assert '"d"' not in DevelopmentIssuer(key_file, ISSUER, AUDIENCE).keys_file.read_text()


def test_production_has_no_development_issuer(tmp_path: Path) -> None:
    settings = Settings().model_copy(update={"environment": "production"})
    with pytest.raises(NotInProduction):
        development_issuer(settings)
    assert list(tmp_path.iterdir()) == []
