"""The way out of a pairing whose two do not meet."""

from uuid import UUID

from starlette.responses import Response

from services.matching.api import pairs
from services.matching.api.receipts import PairingReceipt
from services.matching.domain import closing
from services.matching.domain.pairing_commands import TakeReMatch
from services.matching.domain.pairing_refusals import (
    PairingNotUnderWay,
    PairingUnknown,
    ReMatchNotOffered,
)
from shared.events.matching import Actor
from shared.http import Commands, Reads, Routes, problems
from shared.ids import PairingId

router = Routes("pairings")


@router.post(
    "/v1/pairings/{pairing_id}/re-match",
    response_model=PairingReceipt,
    responses=problems(PairingUnknown, PairingNotUnderWay, ReMatchNotOffered),
)
async def take_re_match(pairing_id: UUID, commands: Commands, reads: Reads) -> Response:
    """Part without fault where you two did not meet and were offered to: both have priority.

    The mentee is looked after until there is a new mentor, and the mentor's seat is free at once.
    """
    pairing, by = await pairs.own(reads, pairing_id)
    command = TakeReMatch(pairing_id=PairingId(pairing_id), by=by)
    seats = closing.after_silence(pairs.sides(pairing))
    return await pairs.answer(commands, Actor(by.value), command, seats)
