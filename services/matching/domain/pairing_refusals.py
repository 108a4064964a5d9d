"""Why a pairing says no."""

from shared.errors import NotFound, Refused


class PairingUnknown(NotFound):
    """There is no such pairing that you may see."""


class PairingAlreadyProposed(Refused):
    """This id belongs to a pairing of other people."""


class PairingClosed(Refused):
    """This pairing was declined, expired, or ended: propose a new one instead."""


class HardRuleBroken(Refused):
    """A rule of matching forbids this pair."""

    def __init__(self, codes: str = "") -> None:
        """Name the rules that are broken."""
        named = f": {codes}" if codes else ""
        super().__init__(f"A rule of matching forbids this pair{named}.")


class PairingNotProposed(Refused):
    """This pairing no longer waits for an answer."""


class ProposalNotDue(Refused):
    """There is still time to answer this proposal."""


class PairingNotOnTrial(Refused):
    """This pairing is not on trial."""


class TrialNotOver(Refused):
    """The trial of this pairing is not over yet."""


class PairingNotPaired(Refused):
    """This pairing is only proposed: decline it instead of ending it."""


class ReasonNotOpen(Refused):
    """This program does not know this reason for ending a pairing."""
