"""Hears Fairlead's events: each takes effect exactly once, whatever crashes and whenever."""

import asyncio
import json
import sys

import asyncpg
from aiokafka import AIOKafkaConsumer

TABLES = """
CREATE TABLE IF NOT EXISTS heard (source text, id uuid, PRIMARY KEY (source, id));
CREATE TABLE IF NOT EXISTS journal (
    line bigint GENERATED ALWAYS AS IDENTITY, type text, stream text, number bigint, said jsonb
);
"""
HEARD = "INSERT INTO heard VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true"

WRITE = "INSERT INTO journal (type, stream, number, said) VALUES ($1, $2, $3, $4)"


async def effect(database: asyncpg.Connection, headers: dict[str, str], event: object) -> None:
    """What you want of an event: whatever it is, in the transaction of this connection."""
    row = headers["ce_type"], headers["ce_partitionkey"], int(headers["ce_sequence"])
    await database.execute(WRITE, *row, json.dumps(event))


async def hear(brokers: str, topic: str, group: str, dsn: str) -> None:
    """Take messages in the order of their partitions; effects first, then the place in Kafka."""
    database = await asyncpg.connect(dsn)
    await database.execute(TABLES)
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=brokers,
        group_id=group,
        auto_offset_reset="earliest",  # the whole history, for a group that is new
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        while True:
            batches = await consumer.getmany(timeout_ms=1000, max_records=500)
            async with database.transaction():
                for message in (message for batch in batches.values() for message in batch):
                    headers = {name: value.decode() for name, value in message.headers}
                    if await database.fetchval(HEARD, headers["ce_source"], headers["ce_id"]):
                        await effect(database, headers, json.loads(message.value))
            if batches:
                await consumer.commit()
    finally:
        await consumer.stop()
        await database.close()


if __name__ == "__main__":
    asyncio.run(hear(*sys.argv[1:]))
