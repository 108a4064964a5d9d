"""Sorts messages into partitions, and out what a broker would not take."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from shared.bus import Message, Refusal
from shared.bus.cloudevents import header_bytes
from shared.bus.kafka.standing import Standing, read_mark
from shared.frozen import frozen

AROUND_BYTES = 100  # what a batch adds to the only message in it
HEADERS_BYTES_MAX = 4 << 10  # ours are about a fifth of this
LIMIT = "FAIRLEAD_BUS__MESSAGE_BYTES_MAX, and then `fairlead topics`"


@frozen
class Sorted:
    """Messages by partition, in their order."""

    partitions: Mapping[int, Sequence[Message]]
    last: Mapping[int, int]  # by slot, the last number among them
    refused: Sequence[Refusal]


def sort(standing: Standing, messages: Iterable[Message], without: Collection[int]) -> Sorted:
    """What can be published of slots that are not in `without`."""
    partitions: dict[int, list[Message]] = {}
    last: dict[int, int] = {}
    refused: dict[int, Refusal] = {}
    likely = standing.message_bytes_max - HEADERS_BYTES_MAX
    for message in messages:
        slot = message.slot
        if slot in without or slot in refused:
            continue
        if len(message.value) > likely and (reason := _too_large(standing, message)):
            refused[slot] = Refusal(message=message, reason=reason)
            continue
        partitions.setdefault(standing.partition_of(slot), []).append(message)
        last[slot] = message.number
    return Sorted(partitions=partitions, last=last, refused=list(refused.values()))


def strangers(
    standing: Standing, messages: Iterable[Message], marks: Mapping[int, str]
) -> set[int]:
    """Slots that go on from a number whose mark is not in the topic as it stands."""
    firsts: dict[int, int] = {}
    for message in messages:
        firsts.setdefault(message.slot, message.number)
    found: set[int] = set()
    for slot, number in firsts.items():
        mark = read_mark(marks.get(slot, ""))
        if number > 1 and (mark is None or not mark.is_of(standing, slot)):
            found.add(slot)
    return found


def batches(producer: AIOKafkaProducer, messages: Iterable[Message]) -> list[BatchBuilder]:
    """The producer's batches, each as full as it may be; a larger message stands alone."""
    batch = producer.create_batch()
    made = [batch]
    for message in messages:
        key, headers = message.key.encode(), header_bytes(message.headers)
        if not batch.append(timestamp=None, key=key, value=message.value, headers=headers):
            batch = producer.create_batch()
            made.append(batch)
            batch.append(timestamp=None, key=key, value=message.value, headers=headers)
    for each in made:
        each.close()
    return made


def _too_large(standing: Standing, message: Message) -> str:
    headers: list[tuple[str, bytes | None]] = [*header_bytes(message.headers)]
    size = AROUND_BYTES + DefaultRecordBatchBuilder.estimate_size_in_bytes(
        message.key.encode(), message.value, headers
    )
    if size <= standing.message_bytes_max:
        return ""
    return f"it has {size} bytes, {standing.topic} takes {standing.message_bytes_max}: see {LIMIT}"
