"""Every setting, from the environment and mounted secrets; a misspelt name is refused."""

import os
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "FAIRLEAD_"
DEVELOPMENT_ISSUER = "https://issuer.fairlead.localhost"


class UnknownSetting(ValueError):
    """There is no setting of this name."""


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(_Group):
    """Where the four databases are."""

    server: str = Field(
        default="", description="postgresql://host:port of one server; empty: embedded"
    )
    servers: dict[str, str] = Field(
        default={}, description="another server by service, as a JSON object"
    )
    password: SecretStr = Field(
        default=SecretStr(""), description="of the four login roles; a secret"
    )
    connections_max: int = Field(
        default=10, ge=2, description="connections a pool, one pool a role"
    )
    statement_timeout_seconds: float = Field(
        default=30, gt=0, description="a statement ends after this"
    )
    folder: Path = Field(
        default=Path(".fairlead/postgres"), description="what the embedded server keeps"
    )
    port: int = Field(default=0, description="TCP port of the embedded server; 0: any free one")


class BusSettings(_Group):
    """How events travel between the services."""

    url: Literal["log"] = Field(
        default="log", description="log: consumers follow the publisher's log"
    )
    batch_events_max: int = Field(
        default=2_000, ge=1, description="events taken at once by one consumer"
    )
    wait_seconds: float = Field(default=1, gt=0, description="longest wait for a doorbell")
    lease_seconds: float = Field(default=15, gt=0, description="a consumer's hold on a slot")


class HttpSettings(_Group):
    """How the APIs are reached."""

    host: str = Field(default="127.0.0.1", description="address to listen on")
    enrollment_port: int = Field(default=8101, description="port of the enrollment API")
    matching_port: int = Field(default=8102, description="port of the matching API")
    sessions_port: int = Field(default=8103, description="port of the sessions API")
    metrics_port: int = Field(default=8104, description="port of the metrics API")
    root_path: str = Field(default="", description="path that a proxy strips, such as /mentoring")
    public_addresses: dict[str, str] = Field(
        default={}, description="where browsers reach a service, by name, as a JSON object"
    )
    allowed_origins: list[str] = Field(
        default=[], description="web origins that browsers may call from, as a JSON list"
    )
    body_bytes_max: int = Field(default=1_000_000, gt=0, description="largest JSON body, bytes")
    signing_secret: SecretStr = Field(
        default=SecretStr(""), description="signs cursors and tokens of consistency; a secret"
    )
    drain_seconds: float = Field(
        default=0.8, ge=0, description="time to finish requests after SIGTERM"
    )

    def port_of(self, service: str) -> int:
        """The port of a service's API."""
        port: int = getattr(self, f"{service}_port")
        return port

    def address_of(self, service: str) -> str:
        """Where a service's API answers, as seen from this machine."""
        return f"http://{self.host}:{self.port_of(service)}"


class AuthSettings(_Group):
    """Whose tokens are taken."""

    issuer: str = Field(default=DEVELOPMENT_ISSUER, description="the `iss` of every token")
    audience: str = Field(default="fairlead", description="the `aud` of every token")
    jwks_url: str = Field(
        default="", description="the issuer's keys; empty: the development issuer's"
    )
    jwks_seconds: float = Field(default=300, gt=0, description="keys are fetched again after this")
    leeway_seconds: int = Field(default=30, ge=0, description="clocks may differ by this")
    development_key: Path = Field(
        default=Path(".fairlead/development-issuer.json"),
        description="file of the development issuer",
    )


class VaultSettings(_Group):
    """The key that wraps every person's keys."""

    master_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 bytes, base64url; a secret; empty: a development key file",
    )
    development_key: Path = Field(
        default=Path(".fairlead/development-master-key"),
        description="file made when no key is given",
    )


class WorkerSettings(_Group):
    """How the loops behind the APIs behave."""

    sequencer_wait_seconds: float = Field(
        default=0.25, gt=0, description="longest wait for a doorbell"
    )
    deadline_wait_seconds: float = Field(
        default=1, gt=0, description="pause between looks for due timers"
    )
    restart_seconds_max: float = Field(
        default=30, gt=0, description="longest pause before a restart"
    )


class FiguresSettings(_Group):
    """What protects people in figures."""

    group_size_min: int = Field(
        default=10, ge=5, description="people that must stand behind a number"
    )


class LogSettings(_Group):
    """What is said on standard output."""

    format: Literal["json", "console"] = Field(
        default="json", description="json, or console for people"
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least severity"
    )


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
    database: DatabaseSettings = DatabaseSettings()
    bus: BusSettings = BusSettings()
    http: HttpSettings = HttpSettings()
    auth: AuthSettings = AuthSettings()
    vault: VaultSettings = VaultSettings()
    worker: WorkerSettings = WorkerSettings()
    figures: FiguresSettings = FiguresSettings()
    log: LogSettings = LogSettings()

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
        if isinstance(kind, type) and issubclass(kind, _Group):
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
