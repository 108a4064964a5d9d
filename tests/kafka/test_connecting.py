"""A Kafka that cannot be reached, or does not take us, is told in words: who, where, what to do."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import field
from pathlib import Path

import pytest
from pydantic import ValidationError

from shared.bus.kafka.connecting import BrokersAway, Unreadable, arguments, reason
from shared.bus.kafka.topics import Topics
from shared.frozen import frozen
from shared.settings import BusSettings
from tests.broker import Broker, free_port, own_broker
from tests.patience import PATIENCE_SECONDS

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("patient_look")]
Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(answer: Answer) -> AsyncIterator[BusSettings]:
    """Settings that lead to somebody who is no Kafka."""
    ended: set[asyncio.Event] = set()

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.add(over := asyncio.Event())
        await answer(reader, writer)
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        over.set()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    async with server:
        yield BusSettings(url=f"kafka://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        for one in list(ended):
            await one.wait()


async def like_a_web_server(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    await writer.drain()


async def without_a_word(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


@frozen
class Stalling:
    """Passes a client's first question on to the broker, and has no answer to the second."""

    broker: Broker
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, _, port = self.broker.address.partition(":")
        there, back = await asyncio.open_connection(host, int(port))
        back.write(await framed(reader))
        writer.write(await framed(there))
        await framed(reader)
        self.asked.set()
        await reader.read()
        self.left.set()
        back.close()
        await back.wait_closed()


async def framed(reader: asyncio.StreamReader) -> bytes:
    """One question or answer as Kafka writes it: its size, then as many bytes."""
    size = await reader.readexactly(4)
    return size + await reader.readexactly(int.from_bytes(size))


async def told(settings: BusSettings) -> str:
    """What a person reads who starts something with these settings."""
    with pytest.raises(BrokersAway) as refused:
        async with Topics(settings):
            pass
    return str(refused.value)


async def test_a_port_where_nobody_listens_is_named() -> None:
    address = f"localhost:{free_port()}"
    message = await told(BusSettings(url=f"kafka://{address}"))
    assert address in message
    assert "cannot be reached" in message
    assert "FAIRLEAD_BUS__URL" in message


async def test_a_host_that_there_is_not_is_named() -> None:
    message = await told(BusSettings(url="kafka://kafka.invalid:9092"))
    assert "kafka.invalid:9092 cannot be reached" in message


async def test_each_of_several_brokers_is_named() -> None:
    first, second = f"localhost:{free_port()}", f"localhost:{free_port()}"
    message = await told(BusSettings(url=f"kafka://{first},{second}"))
    assert first in message
    assert second in message


async def test_somebody_who_is_no_kafka_is_asked_for_as_such() -> None:
    async with listening(like_a_web_server) as settings:
        assert "hangs up on us: is it Kafka" in await told(settings)


async def test_a_listener_without_a_word_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.bus.kafka.connecting.REQUEST_SECONDS", 0.2)
    monkeypatch.setattr("shared.bus.kafka.connecting.LOOK_SECONDS", 0.2)
    async with listening(without_a_word) as settings:
        assert "says nothing within 0.2 s" in await told(settings)


async def test_who_is_stopped_while_a_broker_is_reached_leaves_no_connection_behind(
    kafka: Broker,
) -> None:
    stalling = Stalling(broker=kafka)
    async with listening(stalling) as settings:
        reaching = asyncio.create_task(Topics(settings).__aenter__())
        await stalling.asked.wait()
        reaching.cancel()
        with pytest.raises(asyncio.CancelledError) as stopped:
            await reaching
        async with asyncio.timeout(PATIENCE_SECONDS):
            # Its frames live on: the garbage collector is no help.
            await stalling.left.wait()
    assert stopped.value.__traceback__


async def test_tls_to_a_kafka_that_speaks_none_points_at_the_setting(kafka: Broker) -> None:
    message = await told(kafka.settings(security="tls"))
    assert "FAIRLEAD_BUS__SECURITY (now tls)" in message


async def test_a_user_for_a_kafka_that_asks_for_none_points_at_the_setting(kafka: Broker) -> None:
    known = {"username": "ana", "password": "pencil", "sasl_mechanism": "PLAIN"}
    settings = kafka.settings(security="sasl_plaintext", **known)
    message = str(await reason(settings))
    assert "FAIRLEAD_BUS__SECURITY" in message


async def test_one_broker_that_answers_is_enough(kafka: Broker) -> None:
    url = f"kafka://localhost:{free_port()},{kafka.address}"
    assert await reason(kafka.settings(url=url)) is None


async def test_an_address_that_kafka_gives_out_and_that_leads_nowhere_is_told(
    tmp_path: Path,
) -> None:
    nowhere = f"localhost:{free_port()}"
    options = {"advertised.listeners": f"PLAINTEXT://{nowhere}"}
    with own_broker(tmp_path, options) as broker:
        message = str(await reason(BusSettings(url=broker.url)))
    assert f"{broker.address} sends us on to {nowhere}, which cannot be reached" in message


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "ca.pem")
    with pytest.raises(Unreadable, match=r"ca\.pem: No such file"):
        arguments(BusSettings(security="tls", ca_file=missing))
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(Unreadable, match=r"cannot be read from .*ca\.pem"):
        arguments(BusSettings(security="tls", ca_file=missing))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"security": "sasl_tls"}, "needs a username and a password"),
        ({"security": "sasl_tls", "username": "ana"}, "needs a username and a password"),
        ({"username": "ana", "password": "pencil"}, "need security sasl_tls"),
        ({"ca_file": "ca.pem"}, "need security tls"),
        ({"security": "tls", "key_file": "key.pem"}, "needs a certificate_file"),
        ({"url": "kafka://broker:nine"}, "not host:port"),
        ({"url": "kafka://ana:pencil@broker:9092"}, "not host:port"),
        ({"url": "kafka://a:9092,b:99999"}, "not host:port"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        BusSettings.model_validate(given)


@pytest.mark.parametrize("url", ["kafka://a", "kafka://a:1,b.example:2", "kafka://[::1]:9092"])
def test_addresses_of_brokers_may_have_every_usual_form(url: str) -> None:
    assert BusSettings(url=url).is_kafka
