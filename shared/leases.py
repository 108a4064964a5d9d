"""Who works on which slots: held for a time, counted by epochs, moved in one transaction.

A consumer's slots of one source are rows in its own database. A row is held by one owner until a
time; whoever takes it over raises its epoch, so what the former owner still does with it fails.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from shared.database import Connection, Database
from shared.envelope import SLOTS
from shared.frozen import frozen

TERM = timedelta(seconds=10)
NO_MARKS: Mapping[int, str] = MappingProxyType({})


class LeaseLost(Exception):
    """Somebody else works on one of these slots now: read again what is ours."""


@frozen
class Lease:
    """A slot held, and the last number whose effect is committed."""

    slot: int
    number: int
    epoch: int
    mark: str = ""  # where on the bus to go on; empty: at the slot's beginning


@frozen
class Holding:
    """One member of a consumer of one source, and for how long it holds what it holds."""

    consumer: str
    source: str
    member: str
    term: timedelta = TERM


_ENSURE = """
INSERT INTO log.leases (consumer, source, slot, number)
SELECT $1, $2, slot, number FROM unnest($3::smallint[], $4::bigint[]) AS t(slot, number)
ON CONFLICT DO NOTHING
"""

_ALIVE = """
INSERT INTO log.members (consumer, source, member, until)
VALUES ($1, $2, $3, clock_timestamp() + $4::interval)
ON CONFLICT (consumer, source, member) DO UPDATE SET until = excluded.until
"""

_MEMBERS = """
SELECT count(*) FROM log.members
WHERE consumer = $1 AND source = $2 AND until > clock_timestamp()
"""

_RENEW = """
UPDATE log.leases SET until = clock_timestamp() + $4::interval
WHERE consumer = $1 AND source = $2 AND owner = $3
RETURNING slot, number, epoch, mark
"""

_HELD = """
SELECT slot, number, epoch, mark FROM log.leases
WHERE consumer = $1 AND source = $2 AND owner = $3
"""

_RELEASE = """
UPDATE log.leases SET owner = NULL, until = '-infinity'
WHERE consumer = $1 AND source = $2 AND owner = $3 AND slot = ANY ($4::smallint[])
"""

_CLAIM = """
UPDATE log.leases SET owner = $3, epoch = epoch + 1, until = clock_timestamp() + $4::interval
WHERE consumer = $1 AND source = $2 AND slot IN (
    SELECT slot FROM log.leases
    WHERE consumer = $1 AND source = $2 AND until < clock_timestamp()
    ORDER BY reverse(slot::integer::bit(6)::text) LIMIT $5 FOR UPDATE SKIP LOCKED)
RETURNING slot, number, epoch, mark
"""

_MOVE = """
UPDATE log.leases AS l SET number = t.number, mark = coalesce(t.mark, l.mark),
                           until = clock_timestamp() + $7::interval
FROM (SELECT * FROM unnest($3::smallint[], $4::bigint[], $5::bigint[], $6::bigint[], $8::text[])
      AS t(slot, epoch, expected, number, mark)) AS t
WHERE l.consumer = $1 AND l.source = $2 AND l.slot = t.slot
  AND l.epoch = t.epoch AND l.number = t.expected
"""

# A lease that changed hands or was set back meanwhile keeps the mark that it has.
_MARK = """
UPDATE log.leases AS l SET mark = t.mark
FROM unnest($4::smallint[], $5::bigint[], $6::text[]) AS t(slot, epoch, mark)
WHERE l.consumer = $1 AND l.source = $2 AND l.owner = $3
  AND l.slot = t.slot AND l.epoch = t.epoch
"""

# Whoever holds a slot notices by its epoch, and what it still does with the old one fails.
_SET_BACK = """
UPDATE log.leases SET number = 0, mark = '', epoch = epoch + 1
WHERE consumer = $1 AND source = $2 AND slot = ANY ($3::smallint[]) AND number > 0
RETURNING slot
"""

_FORGET = """
DELETE FROM log.members
WHERE consumer = $1 AND source = $2
  AND (member = $3 OR until < clock_timestamp() - interval '1 hour')
"""

_LAG = """
SELECT coalesce(sum(greatest(t.head - l.number, 0)), 0)::bigint
FROM unnest($3::smallint[], $4::bigint[]) AS t(slot, head)
JOIN log.leases AS l USING (slot)
WHERE l.consumer = $1 AND l.source = $2
"""


async def ensure(
    db: Database, consumer: str, source: str, positions: Mapping[int, int] | None = None
) -> None:
    """Make the rows of a new consumer, starting after `positions` or at the beginning."""
    slots = list(range(SLOTS))
    numbers = [(positions or {}).get(slot, 0) for slot in slots]
    await db.execute(_ENSURE, consumer, source, slots, numbers)


async def keep(connection: Connection, mine: Holding) -> Mapping[int, Lease]:
    """Say that we live, renew what we hold, give back what is too much, claim what is free.

    Returns:
        All that is ours now, by slot.
    """
    who = (mine.consumer, mine.source, mine.member)
    async with connection.transaction():
        await connection.execute(_ALIVE, *who, mine.term)
        members = await connection.fetchval(_MEMBERS, mine.consumer, mine.source)
        held = _leases(await connection.fetch(_RENEW, *who, mine.term))
        share = -(-SLOTS // max(1, members))  # rounded up: no slot is left over
        excess = sorted(held, key=_turn)[share:]
        if excess:
            await connection.execute(_RELEASE, *who, excess)
        for slot in excess:
            del held[slot]
        if len(held) < share:
            free = await connection.fetch(_CLAIM, *who, mine.term, share - len(held))
            held |= _leases(free)
    return held


def _turn(slot: int) -> str:
    """Slots by their last bits first, so that a share is whole partitions of a topic.

    The partition of a slot is its rest by their number: of two members one then reads the even
    ones and the other the odd ones, where in numerical order both would read all of them.
    """
    return f"{slot:06b}"[::-1]


async def held(db: Database, mine: Holding) -> Mapping[int, Lease]:
    """What is ours now, by slot; nothing is renewed."""
    return _leases(await db.fetch(_HELD, mine.consumer, mine.source, mine.member))


async def move(
    db: Database,
    mine: Holding,
    steps: Mapping[int, tuple[Lease, int]],
    marks: Mapping[int, str] = NO_MARKS,
) -> None:
    """Set each slot's number from its lease's to a new one, and renew it.

    To be called first in the transaction of the effect: it also locks the slots. `marks` say
    where on the bus the new numbers are; a slot without one keeps what it has.

    Raises:
        LeaseLost: a slot is not ours any more, or its number is not where we think.
    """
    slots = sorted(steps)
    held = [steps[slot][0] for slot in slots]
    tag = await db.execute(
        _MOVE,
        mine.consumer,
        mine.source,
        slots,
        [lease.epoch for lease in held],
        [lease.number for lease in held],
        [steps[slot][1] for slot in slots],
        mine.term,
        [_dated(steps[slot][1], marks[slot]) if slot in marks else None for slot in slots],
    )
    if int(tag.rpartition(" ")[2]) != len(slots):
        raise LeaseLost


async def mark(
    db: Database, mine: Holding, held: Mapping[int, Lease], marks: Mapping[int, str]
) -> None:
    """Note where on the bus to go on after the leases' numbers."""
    slots = sorted(held.keys() & marks.keys())
    if slots:
        epochs = [held[slot].epoch for slot in slots]
        dated = [_dated(held[slot].number, marks[slot]) for slot in slots]
        await db.execute(_MARK, mine.consumer, mine.source, mine.member, slots, epochs, dated)


async def set_back(
    db: Database, consumer: str, source: str, slots: Collection[int]
) -> Collection[int]:
    """Let slots begin anew, whoever holds them.

    Returns:
        Those that were not at their beginning.
    """
    rows = await db.fetch(_SET_BACK, consumer, source, list(slots))
    return [row["slot"] for row in rows]


async def leave(connection: Connection, mine: Holding) -> None:
    """Give everything back at once, so that others need not wait for the term to end."""
    who = (mine.consumer, mine.source, mine.member)
    async with connection.transaction():
        await connection.execute(_RELEASE, *who, list(range(SLOTS)))
        await connection.execute(_FORGET, *who)


async def lag(db: Database, consumer: str, source: str, heads: Mapping[int, int]) -> int:
    """How many numbers the consumer is behind the last ones of the source, over all slots."""
    return int(await db.fetchval(_LAG, consumer, source, list(heads), list(heads.values())))


def _leases(rows: Sequence[Mapping[str, Any]]) -> dict[int, Lease]:
    return {
        row["slot"]: Lease(
            slot=row["slot"],
            number=row["number"],
            epoch=row["epoch"],
            mark=_still_true(row["number"], row["mark"]),
        )
        for row in rows
    }


def _dated(number: int, mark: str) -> str:
    """A mark with the number that it was made at."""
    return f"{number} {mark}" if mark else ""


def _still_true(number: int, dated: str) -> str:
    """The mark, unless the number was set back since: it would skip what is to be read again."""
    made_at, _, mark = dated.partition(" ")
    return mark if mark and int(made_at) <= number else ""
