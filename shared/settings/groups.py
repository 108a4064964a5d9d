"""The settings by group: each with its default, its limits, and what it means."""

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

PORT_MAX = 65_535
DEVELOPMENT_ISSUER = "https://issuer.fairlead.localhost"


class Group(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DatabaseSettings(Group):
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


def _is_broker(address: str) -> bool:
    """Whether this is host, host:port or [address]:port."""
    found = re.fullmatch(r"([^\s:@\[\]]+|\[[0-9a-fA-F:.]+\])(:(?P<port>\d{1,5}))?", address)
    return found is not None and 0 < int(found["port"] or 9092) <= PORT_MAX


class BusSettings(Group):
    """How events travel between the services."""

    url: str = Field(
        default="log",
        pattern=r"^(log|kafka://[^\s/,]+(,[^\s/,]+)*)$",
        description="log: consumers follow the publisher's log; kafka://host:port,host:port",
    )
    batch_events_max: int = Field(
        default=5_000, gt=0, description="events a consumer takes at once"
    )
    wait_seconds: float = Field(default=1, gt=0, description="longest wait for a doorbell")
    lease_seconds: float = Field(default=15, gt=0, description="a consumer's hold on a slot")
    partitions: int = Field(
        default=8, ge=1, le=64, description="partitions of a topic; growing sends slots again"
    )
    replication_factor: int = Field(
        default=-1, ge=-1, description="copies of a partition; -1: as the brokers have it"
    )
    retention_days: int = Field(
        default=0, ge=0, description="a topic keeps events so long; 0: for ever"
    )
    message_bytes_max: int = Field(
        default=8_388_608, ge=100_000, description="largest message, bytes; a topic is made so"
    )
    topic_prefix: str = Field(
        default="fairlead.", pattern=r"^[A-Za-z0-9._-]*$", description="before a service's name"
    )
    security: Literal["plaintext", "tls", "sasl_plaintext", "sasl_tls"] = Field(
        default="plaintext", description="how the brokers are spoken to"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="how we say who we are"
    )
    username: str = Field(default="", description="our name at the brokers")
    password: SecretStr = Field(default=SecretStr(""), description="our password there; a secret")
    ca_file: str = Field(
        default="", description="PEM of who signed the brokers' certificates; empty: the system's"
    )
    certificate_file: str = Field(default="", description="PEM of our own certificate, if asked")
    key_file: str = Field(default="", description="PEM of its key")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        """What would be left unused is refused: who set it expects something of it."""
        named = bool(self.username or self.password.get_secret_value())
        refusals = {
            "url has a broker that is not host:port": not all(map(_is_broker, self.brokers)),
            "security sasl_… needs a username and a password": "sasl" in self.security
            and not (self.username and self.password.get_secret_value()),
            "username and password need security sasl_tls or sasl_plaintext": named
            and "sasl" not in self.security,
            "ca_file, certificate_file and key_file need security tls or sasl_tls": bool(
                self.ca_file or self.certificate_file or self.key_file
            )
            and "tls" not in self.security,
            "key_file needs a certificate_file": bool(self.key_file) and not self.certificate_file,
        }
        for message, refused in refusals.items():
            if refused:
                raise ValueError(message)
        return self

    @property
    def is_kafka(self) -> bool:
        """Whether events travel over Kafka."""
        return self.url.startswith("kafka://")

    @property
    def brokers(self) -> list[str]:
        """The addresses to begin with, host:port; none if the log itself is the bus."""
        return self.url.removeprefix("kafka://").split(",") if self.is_kafka else []


class HttpSettings(Group):
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


class AuthSettings(Group):
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


class VaultSettings(Group):
    """The key that wraps every person's keys."""

    master_key: SecretStr = Field(
        default=SecretStr(""),
        description="32 bytes, base64url; a secret; empty: a development key file",
    )
    development_key: Path = Field(
        default=Path(".fairlead/development-master-key"),
        description="file made when no key is given",
    )


class WorkerSettings(Group):
    """How the loops behind the APIs behave."""

    sequencer_wait_seconds: float = Field(
        default=0.25, gt=0, description="longest wait for a doorbell"
    )
    deadline_wait_seconds: float = Field(
        default=1, gt=0, description="pause between looks for due timers"
    )
    restart_seconds_max: float = Field(
        default=5, gt=0, description="longest pause before a restart"
    )
    status_port: int = Field(
        default=0, ge=0, description="port of a worker's /livez, /readyz, /metrics; 0: none"
    )


class FiguresSettings(Group):
    """What protects people in figures."""

    group_size_min: int = Field(
        default=10, ge=5, description="people that must stand behind a number"
    )


class LogSettings(Group):
    """What is said on standard output."""

    format: Literal["json", "console"] = Field(
        default="json", description="json, or console for people"
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="least severity"
    )


class TracingSettings(Group):
    """Where traces go."""

    endpoint: str = Field(
        default="", description="OTLP over HTTP, such as http://collector:4318; empty: no traces"
    )
    sample_ratio: float = Field(
        default=1.0, ge=0, le=1, description="share of requests without a trace that get one"
    )
