"""Why a pairing says no."""

from shared.errors import Conflict, InvalidCommand, NotAllowed, NotFound, Refused


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


class PairNotOpen(Refused):
    """These two cannot be paired at present: choose somebody else."""

    is_noted = True  # somebody may try one after the other


class PairingNotProposed(Refused):
    """This pairing no longer waits for an answer."""


class PairingAnswered(Conflict):
    """This proposal had its answer meanwhile; read again and retry."""


class ProposalExpired(Refused):
    """The time to answer this proposal is over, and its seats go to others."""


class ProposalNotDue(Refused):
    """There is still time to answer this proposal."""


class ApprovalNotAsked(Refused):
    """The program's policy does not ask for this yes; a no is heard all the same."""


class ApprovalOutOfTurn(Refused):
    """Somebody else has to say yes first: the program's policy asks one after the other."""


class PairingNotOnTrial(Refused):
    """This pairing is not on trial."""


class TrialNotOver(Refused):
    """The trial of this pairing is not over yet."""


class PairingNotPaired(Refused):
    """This pairing is only proposed: decline it instead of ending it."""


class PairingNotUnderWay(Refused):
    """These two are not paired now: only a pairing under way can be changed like this."""


class NeverPaired(Refused):
    """These two were never paired: there is nothing to go on with."""


class PairingOnPause(Refused):
    """This pairing is on pause: resume it first."""


class ReasonNotOpen(Refused):
    """This program does not know this reason for ending a pairing."""


class NoEndDate(Refused):
    """No end is set for this pairing: it goes on until somebody ends it."""


class ExtensionNotLater(InvalidCommand):
    """The new end must be later than the end as it stands."""


class ExtensionTooLong(Refused):
    """The new end is further off than the program allows for one extension."""


class PairingTooLong(Refused):
    """The new end would make this pairing longer than the program allows."""


class TermNotOver(Refused):
    """The end date of this pairing has not come yet."""


class ReviewNotDue(Refused):
    """No review of this pairing is open."""


class ReviewNotYet(Refused):
    """The next review of this pairing is not due yet."""


class EscalationOpen(Refused):
    """An escalation of this pairing is open already: it has to be settled first."""


class NoEscalation(Refused):
    """No escalation of this pairing is open."""


class EscalationNotYours(NotAllowed):
    """Only the person to whom it was escalated can settle it."""


class EscalationNotDue(Refused):
    """There is still time to settle this escalation."""


class EscalationOutcomeNotOpen(InvalidCommand):
    """An escalation is settled, adjusted, or leads to a new match."""


class EscalationToSide(InvalidCommand):
    """One of the two cannot settle their own escalation: name somebody else."""


class RotationSameFunction(Refused):
    """The next mentor works in the same function: a rotation leads to another one."""


class RotationToSameMentor(InvalidCommand):
    """The mentee is with this mentor already."""


class SilenceStepNotDue(Refused):
    """The next step for these two is not due: they have met, or there is still time."""


class ReMatchNotOffered(Refused):
    """You were not offered to part without fault: end the pairing with a reason instead."""


class PairingNotEnded(Refused):
    """This pairing has not ended: there is nothing to look back on yet."""


class ExitSurveyAlreadyAnswered(Refused):
    """You have answered these questions before."""


class SurveyAnswerInvalid(InvalidCommand):
    """Each question is answered once, from 1, not at all, to 5, fully."""
