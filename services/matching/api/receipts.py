"""What a command to a pairing is answered with."""

from uuid import UUID

from pydantic import Field

from services.matching.domain.pairing import (
    Closed,
    Confirmed,
    NotProposed,
    OnTrial,
    Pairing,
    Paused,
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
    paused: bool = Field(description="Whether all that runs stands still.")
    version: int


def receipt_of(pairing: Pairing, version: int) -> PairingReceipt:
    """The receipt of a pairing in this state."""
    if isinstance(pairing, NotProposed):
        raise PairingUnknown
    state, due_at = _standing(pairing)
    return PairingReceipt(
        pairing_id=pairing.terms.pairing_id,
        state=state,
        due_at=due_at,
        paused=isinstance(pairing, Paused),
        version=version,
    )


def _standing(  # noqa: PLR0911  # a line a state
    pairing: Proposed | OnTrial | Confirmed | Paused | Closed,
) -> tuple[str, Moment | None]:
    match pairing:
        case Proposed(terms=terms):
            return "proposed", terms.answer_by
        case OnTrial(ends_at=ends_at):
            return "on_trial", ends_at
        case Confirmed():
            return "confirmed", None
        case Paused(before=before):
            return _standing(before)[0], None
        case Closed(last=PairingDeclined()):
            return "declined", None
        case Closed(last=PairingExpired()):
            return "expired", None
        case Closed():
            return "ended", None
