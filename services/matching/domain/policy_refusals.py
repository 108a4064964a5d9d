"""Why a policy is not taken: it would let something else than growth rule, or serve nobody."""

from shared.errors import InvalidCommand


class WeightsAboveTotal(InvalidCommand):
    """The weights add up to more than 1000 points: lower some, what a run emphasises included."""


class WeightNegative(InvalidCommand):
    """A weight is a whole number of points, zero or more."""


class CircumstanceDominates(InvalidCommand):
    """Hours in common and spare load may weigh 250 points at most together."""


class StyleDominates(InvalidCommand):
    """Learning and working style may weigh 200 points at most."""


class RotationDominates(InvalidCommand):
    """Turning to mentors who were asked less of late may weigh 150 points at most."""


class EmphasisOutOfRange(InvalidCommand):
    """What a run emphasises may weigh 1 to 150 points."""


class StandingDominates(InvalidCommand):
    """Title, tenure, same function and nearness together weigh more than the cap: lower them."""


class StandingCapOutOfRange(InvalidCommand):
    """The cap on title, tenure, same function and nearness together is 0 to 150 points."""


class GrowthOutweighed(InvalidCommand):
    """Strengths and target roles must weigh at least as much as all else but other functions."""


class WeakBelowOutOfRange(InvalidCommand):
    """A very weak pair is one under a score of 0 to 1000."""


class WeakBelowUnreachable(InvalidCommand):
    """Every pair would be very weak: all weights together stay under `weak_below`. Lower it."""


class FunctionsContradict(InvalidCommand):
    """Pairs within a function are forbidden, so no points can be given for one: set it to 0."""


class LevelsTooMany(InvalidCommand):
    """A policy names 50 levels at most."""


class LevelRepeated(InvalidCommand):
    """A level is named twice: name each once, the lowest first."""


class LevelUnknown(InvalidCommand):
    """Nobody in the organisation has this level: use the codes that the directory has."""


class LevelsMissing(InvalidCommand):
    """Points or a rule for levels need at least two levels in `levels`, the lowest first."""


class LevelGapReversed(InvalidCommand):
    """The smallest level gap is greater than the greatest, which nobody can meet: swap them."""


class LevelGapBeyondLevels(InvalidCommand):
    """No two of the named levels are that far apart: name a gap within them, or leave it out."""


class CommonMinutesOutOfRange(InvalidCommand):
    """Working hours overlap by 0 to 720 minutes a day: nobody has more in common."""


class TimeZoneHoursOutOfRange(InvalidCommand):
    """Two places are 0 to 12 hours apart by the clock; null is without limit."""


class RestCyclesOutOfRange(InvalidCommand):
    """Two are kept apart for 0 to 100 cohorts; null is for ever."""


class RatioOutOfRange(InvalidCommand):
    """A mentor has one to twelve seats."""


class HoursPerPairOutOfRange(InvalidCommand):
    """A pair needs 1 to 200 hours a month: nobody can declare more, so nobody had a seat."""


class ProgramsOutOfRange(InvalidCommand):
    """A mentor may serve in 1 to 50 programs at a time; null is without limit."""


class ApprovalRepeated(InvalidCommand):
    """An approval is named twice: name each once, in the order in which they are asked."""


class DaysOutOfRange(InvalidCommand):
    """A number of days is outside its range: the detail names it."""


class PairingDaysReversed(InvalidCommand):
    """A pairing would begin longer than it may become: lower the default or raise the maximum."""


class TrialBeyondPairing(InvalidCommand):
    """The trial would last longer than the pairing may: shorten it."""


class RequestLimitOutOfRange(InvalidCommand):
    """A mentee may have 1 to 20 requests pending, and a mentor 1 to 100 open ones."""


class GroupSizeOutOfRange(InvalidCommand):
    """A group around a mentor has 2 to 50 mentees."""


class CircleSizeOutOfRange(InvalidCommand):
    """A circle has 3 to 30 people."""


class CircleSizesReversed(InvalidCommand):
    """The smallest circle is greater than the greatest, so no circle can be made: swap them."""


class CircleFunctionsBeyondSize(InvalidCommand):
    """A circle has at least one function and cannot mix more functions than it has people."""


class CirclesMaxOutOfRange(InvalidCommand):
    """Somebody may be in 1 to 20 circles at a time; null is any number."""


class SilenceWarningOutOfRange(InvalidCommand):
    """Two are warned after 1 to 12 misses in a row; null is never."""


class SilenceUnwatched(InvalidCommand):
    """A silent pairing cannot end by itself where nobody is warned: set `silence_warn_after`."""


class SilenceStepsReversed(InvalidCommand):
    """A silent pairing would end before its way out was offered: end it later than the offer."""


class ExitCriterionUnknown(InvalidCommand):
    """An exit criterion names a reason that people cannot give for ending a pairing."""


class ExitCriterionRepeated(InvalidCommand):
    """An exit criterion is named twice: name each reason once."""
