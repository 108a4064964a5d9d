"""How the brokers are reached: settings become a client's arguments, its errors become words."""

import asyncio
import logging
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from aiokafka import AIOKafkaConsumer, errors
from aiokafka.conn import collect_hosts, create_conn
from aiokafka.protocol.metadata import MetadataRequest

from shared.bus.kafka.quiet import keep_quiet, nothing_left_open
from shared.errors import Unavailable
from shared.settings import BusSettings
from shared.waiting import CalledOff, only_we_are_cancelled

log = logging.getLogger(__name__)

SECURITY: Mapping[str, str] = {
    "plaintext": "PLAINTEXT",
    "tls": "SSL",
    "sasl_plaintext": "SASL_PLAINTEXT",
    "sasl_tls": "SASL_SSL",
}
CLIENT = "fairlead"
REQUEST_SECONDS = 10  # an answer later than this is no answer
LOOK_SECONDS = 4  # to find out why a broker does not take us
_NOT_LET_IN = (
    errors.SaslAuthenticationFailed,
    errors.AuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
    errors.IllegalSaslStateError,
)
_NOT_ALLOWED = (
    errors.TopicAuthorizationFailedError,
    errors.GroupAuthorizationFailedError,
    errors.ClusterAuthorizationFailedError,
)
_TOO_LARGE = (errors.MessageSizeTooLargeError, errors.RecordTooLargeError)
TROUBLE = (errors.KafkaError, OSError, TimeoutError, CalledOff)  # what a client may raise


class BrokersAway(Unavailable):
    """No Kafka answers: see that it runs, and FAIRLEAD_BUS__URL."""


class BrokersRefuse(Unavailable):
    """Kafka does not let us in: see FAIRLEAD_BUS__USERNAME and FAIRLEAD_BUS__PASSWORD."""


class MessageTooLarge(Unavailable):
    """A message is larger than its topic takes: raise FAIRLEAD_BUS__MESSAGE_BYTES_MAX."""


class Unreadable(Unavailable):
    """A file of certificates or keys cannot be used."""


class Client(Protocol):
    """What each of the clients can do."""

    async def start(self) -> None:
        """Reach a broker."""
        ...


def arguments(settings: BusSettings, name: str = CLIENT) -> Mapping[str, Any]:
    """What every client takes: where, as whom, how secured; `name` is told to the brokers.

    Raises:
        Unreadable: a file of certificates or keys.
    """
    told: dict[str, Any] = {
        "bootstrap_servers": settings.brokers,
        "client_id": name,
        "security_protocol": SECURITY[settings.security],
        "request_timeout_ms": REQUEST_SECONDS * 1000,
    }
    if settings.security in {"tls", "sasl_tls"}:
        told["ssl_context"] = _trust(settings)
    if settings.security.startswith("sasl"):
        told["sasl_mechanism"] = settings.sasl_mechanism
        told["sasl_plain_username"] = settings.username
        told["sasl_plain_password"] = settings.password.get_secret_value()
    return told


async def start(client: Client, settings: BusSettings) -> None:
    """Start a client; who calls must end it, whether or not this succeeds.

    Raises:
        BrokersAway: nobody answers, or somebody who is no Kafka.
        BrokersRefuse: they do not know us, or not by these credentials.
    """
    keep_quiet()
    try:
        with only_we_are_cancelled(), nothing_left_open():
            await client.start()
    except TROUBLE as error:  # the client keeps the reason to itself: ask each broker again
        raise await reason(settings) or _translated(error) from error


async def stop(consumer: AIOKafkaConsumer) -> None:
    """End a consumer and leave the brokers, whatever it was at."""
    # It calls off what it does and waits for that, and stops halfway if that has not begun yet
    # or is a pause after an error.
    try:
        with only_we_are_cancelled():
            await consumer.stop()
    except CalledOff:
        log.debug("consumer stopped halfway")
    finally:
        await consumer._client.close()  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]


@contextmanager
def in_words() -> Iterator[None]:
    """Turn what a client raises within the block into `Unavailable` with words."""
    try:
        with only_we_are_cancelled():
            yield
    except TROUBLE as error:
        raise _translated(error) from error


async def reason(settings: BusSettings) -> Unavailable | None:
    """Why no broker takes us; None if one does now."""
    found: dict[str, Exception] = {}
    for broker in settings.brokers:
        try:
            others = await _asked(broker, settings)
        except TROUBLE as error:
            found[broker] = error
            continue
        return await _lost_on_the_way(broker, others, settings)
    told = "; ".join(f"{broker} {_word(error, settings)}" for broker, error in found.items())
    refused = any(isinstance(error, _NOT_LET_IN) for error in found.values())
    return BrokersRefuse(f"Kafka: {told}.") if refused else BrokersAway(f"Kafka: {told}.")


async def _asked(broker: str, settings: BusSettings) -> Sequence[str]:
    """The addresses at which the brokers say that they are to be found."""
    host, port, _ = collect_hosts([broker])[0]
    known = dict(arguments(settings))
    known.pop("bootstrap_servers")
    known["request_timeout_ms"] = LOOK_SECONDS * 1000
    async with asyncio.timeout(LOOK_SECONDS):
        connection: Any = await create_conn(host, port, **known)
    try:
        answer: Any = await connection.send(MetadataRequest([]))
    finally:
        await connection.close()
    places = [(one[1], one[2]) for one in answer.brokers]
    return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in places]


async def _lost_on_the_way(
    broker: str, others: Sequence[str], settings: BusSettings
) -> Unavailable | None:
    """A broker that cannot be reached at the address which another has given us."""
    for other in others:
        try:
            await _asked(other, settings)
        except TROUBLE as error:
            told = f"{broker} sends us on to {other}, which {_word(error, settings)}"
            return BrokersAway(f"Kafka: {told}; or its advertised.listeners.")
    return None


def _word(error: Exception, settings: BusSettings) -> str:
    """What happened at a broker, and what to look at."""
    match error:
        case errors.BrokerResponseError():
            return _refusal(error, settings)
        case ssl.SSLCertVerificationError():
            signed = settings.ca_file or "what this system trusts"
            told = f"shows a certificate that is not trusted ({error.verify_message}; by {signed})"
            return f"{told}: see FAIRLEAD_BUS__CA_FILE, and the name in FAIRLEAD_BUS__URL"
        case ssl.SSLError() | errors.KafkaError() | ConnectionResetError():
            told = "hangs up on us: is it Kafka, and is it spoken to as it wants?"
        case TimeoutError():
            told = f"says nothing within {LOOK_SECONDS} s: is it Kafka that listens there?"
        case _:
            why = error.strerror if isinstance(error, OSError) else None
            return f"cannot be reached ({why or error}): see FAIRLEAD_BUS__URL"
    return f"{told} See FAIRLEAD_BUS__SECURITY (now {settings.security})"


def _refusal(error: Exception, settings: BusSettings) -> str:
    match error:
        case errors.UnsupportedSaslMechanismError():
            return f"does not take {settings.sasl_mechanism}: see FAIRLEAD_BUS__SASL_MECHANISM"
        case errors.SaslAuthenticationFailed() | errors.AuthenticationFailedError():
            who = f"does not know {settings.username} by this password"
            return f"{who}: see FAIRLEAD_BUS__USERNAME and FAIRLEAD_BUS__PASSWORD"
        case _:
            return f"wants no such user: {error}. See FAIRLEAD_BUS__SECURITY"


def _translated(error: Exception) -> Unavailable:
    """An error in the midst of work."""
    said = str(error) or type(error).__name__
    if isinstance(error, _NOT_LET_IN):
        return BrokersRefuse(f"Kafka does not let us in: {said}")
    if isinstance(error, _NOT_ALLOWED):
        return BrokersRefuse(f"Kafka does not allow our user to do this: {said}")
    if isinstance(error, _TOO_LARGE):
        return MessageTooLarge(f"{MessageTooLarge.__doc__} {said}")
    return BrokersAway(f"Kafka does not answer as it should: {said}")


def _trust(settings: BusSettings) -> ssl.SSLContext:
    """Whom we trust, and who we are; the broker's name is always checked."""
    _readable([settings.ca_file, settings.certificate_file, settings.key_file])
    try:
        context = ssl.create_default_context(cafile=settings.ca_file or None)
        if settings.certificate_file:
            context.load_cert_chain(settings.certificate_file, settings.key_file or None, "")
    except (ssl.SSLError, OSError) as error:
        files = ", ".join(filter(None, (settings.ca_file, settings.certificate_file)))
        message = f"Certificates for Kafka cannot be read from {files}: {error}"
        raise Unreadable(message) from error
    return context


def _readable(files: Sequence[str]) -> None:
    for name in filter(None, files):
        try:
            Path(name).open("rb").close()
        except OSError as error:
            message = f"Certificates for Kafka: {name}: {error.strerror}"
            raise Unreadable(message) from error
