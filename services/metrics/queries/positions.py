"""How far the figures are along the logs they follow, as one opaque text."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import TypeAlias

from shared.database import Database
from shared.envelope import SLOTS

SOURCES = ("enrollment", "matching", "sessions")
_TEXT_MAX = 4096  # characters of a position that somebody sends us
_BYTES_MAX = 8192  # unpacked
_NUMBER_END = 2**63  # what a bigint cannot hold

Place: TypeAlias = tuple[str, int]  # a service and one of its slots
Positions: TypeAlias = Mapping[Place, int]  # the last number that was seen there

PLACES: tuple[Place, ...] = tuple((source, slot) for source in SOURCES for slot in range(SLOTS))

# One look into the index for each place: grouping would read every row of the tenant.
_REACHED = """
SELECT s.service, n.slot, coalesce((
    SELECT max(f.number) FROM figures.feed f
    WHERE f.service = s.service AND f.slot = n.slot), 0) AS number
FROM unnest($1::text[]) AS s(service), generate_series(0, $2::integer - 1) AS n(slot)
"""


class PositionUnreadable(ValueError):
    """This text is not a position that we gave."""


async def reached(db: Database) -> Positions:
    """The last event of each place that the figures know of."""
    rows = await db.fetch(_REACHED, list(SOURCES), SLOTS)
    return {(row["service"], row["slot"]): row["number"] for row in rows}


def packed(positions: Positions) -> str:
    """Positions as text that is safe in a URL and in a header."""
    numbers = ",".join(str(positions.get(place, 0) or "") for place in PLACES)
    return urlsafe_b64encode(zlib.compress(numbers.encode(), 9)).rstrip(b"=").decode()


def unpacked(text: str) -> Positions:
    """The positions that `packed` was given.

    Raises:
        PositionUnreadable: the text is something else.
    """
    if len(text) > _TEXT_MAX:
        raise PositionUnreadable
    try:
        raw = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        # Bounded: a few bytes from outside could unpack to a great many.
        numbers = zlib.decompressobj().decompress(raw, _BYTES_MAX).decode("ascii").split(",")
        return dict(zip(PLACES, map(_number, numbers), strict=True))
    except (ValueError, NotBase64, zlib.error) as error:
        raise PositionUnreadable from error


def _number(text: str) -> int:
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text) >= _NUMBER_END:
        raise PositionUnreadable
    return int(text)
