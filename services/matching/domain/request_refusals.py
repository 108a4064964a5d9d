"""Why a request to be paired is not made, not answered, or not called off."""

from shared.errors import Conflict, InvalidCommand, NotFound, Refused


class RequestUnknown(NotFound):
    """There is no such request that you may see."""


class RequestAlreadyMade(Refused):
    """This id belongs to a request that was made before: read it instead."""


class NobodyChosen(InvalidCommand):
    """A request names at least one person to ask."""


class TooManyChoices(InvalidCommand):
    """A request names five people at most, the most wanted first."""


class ChosenTwice(InvalidCommand):
    """Somebody is named twice in this request: name each person once."""


class FormatNotRequested(InvalidCommand):
    """Pairings of this kind are not made by request: ask a manager of the program."""


class TooManyPendingRequests(Refused):
    """You have as many requests pending as your program allows: withdraw one, or await answers."""


class AskedEnough(Refused):
    """This person has as many open requests as your program allows: choose somebody else."""


class RequestNotOpen(Refused):
    """This request no longer waits for your answer: it was answered, called off, or went on."""


class RequestExpired(Refused):
    """The time to answer this request is over, and it went on to somebody else."""


class ChoiceNotDue(Refused):
    """There is still time to answer this request."""


class RequestMoved(Conflict):
    """This request went on while you looked at it: read it again and retry."""


class RequestsLeftOpen(Conflict):
    """Another request was made or answered meanwhile: read again and retry."""
