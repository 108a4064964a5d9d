"""Brokers that are away, or are none: told once in words, tried again, healed by themselves."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from tests.broker import Broker, free_port
from tests.consuming import eventually, running
from tests.fresh_databases import FreshDatabase
from tests.kafka.carried import carried
from tests.progress import long_story

pytestmark = [pytest.mark.kafka, pytest.mark.integration]


@asynccontextmanager
async def web_server(port: int) -> AsyncIterator[None]:
    """Somebody who answers, and is no Kafka."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "localhost", port):
        yield


@asynccontextmanager
async def passed_on(port: int, broker: Broker) -> AsyncIterator[None]:
    """The broker's first address moved to another port; it tells clients its own."""
    host, _, true_port = broker.address.partition(":")

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(host, int(true_port))
        await asyncio.gather(piped(reader, back), piped(there, writer))

    async with await asyncio.start_server(answer, "localhost", port):
        yield


async def piped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while some := await reader.read(65_536):
            writer.write(some)
            await writer.drain()
    finally:
        writer.close()


async def test_an_address_of_somebody_else_is_told_once_and_heals_when_kafka_is_there(
    kafka: Broker, database: FreshDatabase, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port, story = free_port(), list(long_story(10, 3))
    settings = kafka.settings(partitions=2, url=f"kafka://localhost:{port}")
    async with carried(settings, database, tmp_path) as line, running(line.relay("one")):
        async with running(line.projector()):
            await line.service.tell(story)
            async with web_server(port):
                await eventually(lambda: said(caplog, "kafka away", 1))
                await asyncio.sleep(2)
            async with passed_on(port, kafka):
                await line.delivered()
        assert await line.rows() == await line.rows_of(story)
    away = [each.__dict__ for each in caplog.records if each.message == "kafka away"]
    assert all(each["reason"] != later["reason"] for each, later in pairwise(away))
    assert f"localhost:{port}" in away[0]["reason"]
    waits = [each for each in caplog.records if each.message == "consumer waits"]
    assert len(waits) <= 2 * len(away) + 2
    assert not [each for each in caplog.records if each.levelno >= logging.ERROR]


async def said(caplog: pytest.LogCaptureFixture, words: str, times: int) -> bool:
    return sum(each.message == words for each in caplog.records) >= times
