"""How a topic is seen while somebody publishes to it."""

from collections.abc import Iterable, Mapping

import pytest
from aiokafka import TopicPartition
from aiokafka.structs import OffsetAndTimestamp

from shared.bus.kafka.looking import Lookout
from shared.bus.kafka.standing import EMPTY
from shared.bus.kafka.topics import Topic
from shared.settings import BusSettings

TOPIC = "orchard"


class Busy:
    """An empty partition that gets its first message after the first question about it."""

    def __init__(self) -> None:
        self._messages = 0

    async def offsets_for_times(
        self, times: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, OffsetAndTimestamp | None]:
        first = OffsetAndTimestamp(0, 1_000) if self._messages else None
        self._messages += 1
        return dict.fromkeys(times, first)

    async def end_offsets(self, parts: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        ends = dict.fromkeys(parts, self._messages)
        self._messages += 1
        return ends


class OneTopic:
    async def look(self, names: Iterable[str]) -> dict[str, Topic]:
        return {
            name: Topic(name=name, partitions=1, replicas=1, values={}, own={}) for name in names
        }


async def test_what_comes_first_while_we_look_does_not_stand_before_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lookout = Lookout(BusSettings())
    busy = Busy()

    async def reached() -> tuple[OneTopic, Busy]:
        return OneTopic(), busy

    monkeypatch.setattr(lookout, "_reached", reached)
    standing = await lookout.look(TOPIC)
    assert standing is not None
    assert standing.partitions[0].first == 0
    assert standing.partitions[0].first_at != EMPTY
