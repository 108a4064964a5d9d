"""Settings come from the environment and from mounted secrets, and mistakes are told."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from shared import settings

PRODUCTION = {
    "FAIRLEAD_ENVIRONMENT": "production",
    "FAIRLEAD_AUTH__ISSUER": "https://login.example.com",
    "FAIRLEAD_AUTH__JWKS_URL": "https://login.example.com/keys",
    "FAIRLEAD_VAULT__MASTER_KEY": "A" * 43,
    "FAIRLEAD_HTTP__SIGNING_SECRET": "not a guess",
    "FAIRLEAD_DATABASE__SERVER": "postgresql://postgres.example.com",
}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, _ in settings.names():
        monkeypatch.delenv(name, raising=False)


def test_a_setting_is_named_by_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_HTTP__MATCHING_PORT", "9000")
    assert settings.load().http.address_of("matching") == "http://127.0.0.1:9000"


def test_a_misspelt_name_is_refused_with_the_closest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_HTTP__MATCHING_PROT", "9000")
    with pytest.raises(settings.UnknownSetting, match="Is it FAIRLEAD_HTTP__MATCHING_PORT"):
        settings.load()


def test_a_value_that_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_HTTP__MATCHING_PORT", "ninety")
    with pytest.raises(ValidationError, match="matching_port"):
        settings.load()


def test_a_secret_is_read_from_a_mounted_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "FAIRLEAD_DATABASE__PASSWORD").write_text("told to nobody")
    monkeypatch.setenv("FAIRLEAD_SECRETS_DIR", str(tmp_path))
    loaded = settings.load()
    assert loaded.database.password.get_secret_value() == "told to nobody"
    assert "told" not in repr(loaded)


@pytest.mark.parametrize("missing", sorted(set(PRODUCTION) - {"FAIRLEAD_ENVIRONMENT"}))
def test_production_takes_no_default_of_development(
    monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    for name, value in PRODUCTION.items():
        monkeypatch.setenv(name, value)
    assert settings.load().environment == "production"
    monkeypatch.delenv(missing)
    with pytest.raises(ValidationError, match=missing):
        settings.load()


def test_one_service_may_have_a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAIRLEAD_DATABASE__SERVERS__MATCHING", "postgresql://elsewhere")
    assert settings.load().database.servers == {"matching": "postgresql://elsewhere"}


def test_the_example_lists_every_setting() -> None:
    written = Path(__file__).parents[2] / ".env.example"
    assert written.read_text() == settings.example(), "write it anew: ./dev config example"
