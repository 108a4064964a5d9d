"""Every setting, from the environment and mounted secrets; a misspelt name is refused."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from shared.settings.groups import (
    DEVELOPMENT_ISSUER,
    AuthSettings,
    BusSettings,
    DatabaseSettings,
    FiguresSettings,
    Group,
    HttpSettings,
    LogSettings,
    TracingSettings,
    VaultSettings,
    WorkerSettings,
)

__all__ = [
    "PREFIX",
    "AuthSettings",
    "BusSettings",
    "DatabaseSettings",
    "FiguresSettings",
    "HttpSettings",
    "LogSettings",
    "Settings",
    "TracingSettings",
    "UnknownSetting",
    "VaultSettings",
    "WorkerSettings",
    "example",
    "load",
    "names",
]

PREFIX = "FAIRLEAD_"


class UnknownSetting(ValueError):
    """There is no setting of this name."""


class Settings(BaseSettings):
    """All settings, grouped; `FAIRLEAD_HTTP__HOST` sets `http.host`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    environment: Literal["development", "production"] = Field(
        default="development", description="production refuses what only development may have"
    )
    secrets_dir: str = Field(
        default="", description="folder of mounted secrets, one file a setting"
    )
    clock_start: str = Field(default="", description="RFC 3339 time to start at; development only")
    id_seed: str = Field(
        default="", description="text that all new ids follow from; development only"
    )
    crash_at: str = Field(
        default="", description="name of a point at which to be killed; development only"
    )
    database: DatabaseSettings = DatabaseSettings()
    bus: BusSettings = BusSettings()
    http: HttpSettings = HttpSettings()
    auth: AuthSettings = AuthSettings()
    vault: VaultSettings = VaultSettings()
    worker: WorkerSettings = WorkerSettings()
    figures: FiguresSettings = FiguresSettings()
    log: LogSettings = LogSettings()
    tracing: TracingSettings = TracingSettings()

    @model_validator(mode="after")
    def _production_is_meant(self) -> Self:
        if self.environment == "development":
            return self
        refusals = {
            "AUTH__ISSUER": self.auth.issuer == DEVELOPMENT_ISSUER,
            "AUTH__JWKS_URL": not self.auth.jwks_url,
            "VAULT__MASTER_KEY": not self.vault.master_key.get_secret_value(),
            "HTTP__SIGNING_SECRET": not self.http.signing_secret.get_secret_value(),
            "DATABASE__SERVER": not (self.database.server or self.database.servers),
            "CLOCK_START": bool(self.clock_start),
            "ID_SEED": bool(self.id_seed),
            "CRASH_AT": bool(self.crash_at),
        }
        wrong = [PREFIX + name for name, refused in refusals.items() if refused]
        if wrong:
            message = f"production needs its own {', '.join(wrong)}"
            raise ValueError(message)
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment, then mounted secrets."""
        folder = os.environ.get(PREFIX + "SECRETS_DIR", "")
        chosen = (init_settings, env_settings)
        if not folder:
            return chosen
        secrets = NestedSecretsSettingsSource(file_secret_settings, secrets_dir=folder)
        return (*chosen, secrets)


def names(
    model: type[BaseModel] = Settings, prefix: str = PREFIX
) -> Iterator[tuple[str, FieldInfo]]:
    """Every setting's name in the environment, with what is known about it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Group):
            yield from names(kind, f"{prefix}{name.upper()}__")
        else:
            yield prefix + name.upper(), field


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process.

    Raises:
        UnknownSetting: the environment names a setting that there is not.
        ValidationError: a value does not fit, or development's defaults are used in production.
    """
    known = {name for name, _ in names()}
    for name in os.environ if environ is None else environ:
        if name.startswith(PREFIX) and name not in known and not _inside(name):
            near = get_close_matches(name, known, n=1)
            message = f"{name}: {UnknownSetting.__doc__}" + (f" Is it {near[0]}?" if near else "")
            raise UnknownSetting(message)
    return Settings()


def example() -> str:
    """The text of `.env.example`: every setting, commented out, with its default."""
    lines = [
        "# Every setting, its default, its unit; `fairlead config check` finds mistakes.",
        "",
    ]
    for name, field in names():
        default = field.get_default()
        shown = default.get_secret_value() if isinstance(default, SecretStr) else default
        value = "{}" if shown == {} else shown
        lines += [f"# {field.description}", f"# {name}={value}"]
    return "\n".join(lines) + "\n"


def _inside(name: str) -> bool:
    """A key of a setting that is itself a table, such as one service's server."""
    return name.startswith(PREFIX + "DATABASE__SERVERS__")
