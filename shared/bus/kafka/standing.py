"""How a topic stands on its brokers, and marks: places in it that can be found again."""

from collections.abc import Mapping, Sequence
from typing import Self

from shared.frozen import frozen

EMPTY = -1  # the time of the first message where there is none


@frozen
class Partition:
    """Where one begins and ends; the time of its first message tells it from one made anew."""

    first: int  # offset of the first message
    first_at: int  # when that was published, in milliseconds; EMPTY if there is none
    end: int  # offset that the next message will have

    def follows(self, earlier: Self) -> bool:
        """Whether it may be the same partition, later: its beginning may have been trimmed."""
        if earlier.first_at == EMPTY or self.first > earlier.first:
            return self.first >= earlier.first
        return self.first == earlier.first and self.first_at == earlier.first_at


@frozen
class Standing:
    """A topic at one moment."""

    topic: str
    partitions: Sequence[Partition]
    message_bytes_max: int

    def partition_of(self, slot: int) -> int:
        """Where all of a slot is, from its first number on."""
        return slot % len(self.partitions)


@frozen
class Mark:
    """A place in a partition that began so when the mark was made."""

    partition: int
    offset: int
    first: int
    first_at: int

    def __str__(self) -> str:
        return f"{self.partition}:{self.offset}:{self.first}.{self.first_at}"

    def is_of(self, standing: Standing, slot: int) -> bool:
        """Whether the slot is still in that partition, and the partition is still the same."""
        if self.partition != standing.partition_of(slot) or self.first_at == EMPTY:
            return False
        made = Partition(first=self.first, first_at=self.first_at, end=self.offset)
        return standing.partitions[self.partition].follows(made)


def mark_in(standing: Standing, partition: int, offset: int) -> str:
    """The mark of a place; empty while the partition has no message to know it by."""
    known = standing.partitions[partition]
    if known.first_at == EMPTY:
        return ""
    mark = Mark(partition=partition, offset=offset, first=known.first, first_at=known.first_at)
    return str(mark)


def read_mark(text: str) -> Mark | None:
    """The mark that is written so; None if this is none of ours."""
    try:
        partition, offset, beginning = text.split(":")
        first, first_at = beginning.split(".")
        return Mark(
            partition=int(partition), offset=int(offset), first=int(first), first_at=int(first_at)
        )
    except ValueError:
        return None


def gone(standing: Standing, marks: Mapping[int, str]) -> set[int]:
    """Slots that are not kept, or not to the end, where their mark says."""
    lost: set[int] = set()
    for slot, text in marks.items():
        mark = read_mark(text)
        if (
            mark is None
            or not mark.is_of(standing, slot)
            or mark.offset >= standing.partitions[mark.partition].end
        ):
            lost.add(slot)
    return lost
