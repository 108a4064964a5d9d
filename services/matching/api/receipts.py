"""What a command to a pairing is answered with."""

from uuid import UUID

from pydantic import Field

from services.matching.domain.pairing import (
    Closed,
    Confirmed,
    NotProposed,
    OnTrial,
    Pairing,
    Proposed,
)
from services.matching.domain.pairing_refusals import PairingUnknown
from shared.events.matching import PairingDeclined, PairingExpired
from shared.http import Moment, View


class PairingReceipt(View):
    """Where a pairing stands after a command."""

    pairing_id: UUID
    state: str = Field(
        examples=["proposed", "on_trial", "confirmed", "declined", "expired", "ended"]
    )
    due_at: Moment | None = Field(description="When the answer is due, or the trial ends.")
    version: int


def receipt_of(pairing: Pairing, version: int) -> PairingReceipt:
    """The receipt of a pairing in this state."""
    if isinstance(pairing, NotProposed):
        raise PairingUnknown
    state, due_at = _standing(pairing)
    where = pairing.terms.pairing_id
    return PairingReceipt(pairing_id=where, state=state, due_at=due_at, version=version)


def _standing(
    pairing: Proposed | OnTrial | Confirmed | Closed,
) -> tuple[str, Moment | None]:
    match pairing:
        case Proposed(terms=terms):
            return "proposed", terms.answer_by
        case OnTrial(ends_at=ends_at):
            return "on_trial", ends_at
        case Confirmed():
            return "confirmed", None
        case Closed(last=PairingDeclined()):
            return "declined", None
        case Closed(last=PairingExpired()):
            return "expired", None
        case Closed():
            return "ended", None
