"""Why a run did what it did, in numbers and in words, as the person concerned would read it.

Nobody is told of a private bar: a pair that is kept apart is spoken of like any other that was not
made, and only numbers may differ.
"""

from collections.abc import Mapping
from types import MappingProxyType

from services.matching.domain.reason_words import (
    COMPONENT_WORDS,
    RULE_WORDS,
    counted,
    listed,
    ordinal,
    people,
)
from shared.frozen import frozen
from shared.ids import EnrollmentId

CHOSEN, RULE, NO_SEAT = "chosen", "rule", "no_seat"
WORTH_LESS, OUTRANKED, LOCKED = "worth_less", "outranked", "locked"
NONE_ALLOWED, OUTSCORED, BY_HAND = "none_allowed", "outscored", "by_hand"

_SETTLED: Mapping[str, str] = MappingProxyType(
    {
        CHOSEN: "This is the mentor whom the run found for you.",
        NO_SEAT: "All seats of this mentor were taken before the run.",
        LOCKED: "A program manager held you and your mentor together before the run.",
        BY_HAND: "A program manager decided this by hand after the run.",
    }
)


@frozen
class Amount:
    """By how much the best that is possible with a pair falls short of what was chosen, at least.

    Source: the slack of a pair in the dual of the assignment bounds what forcing it costs.
    """

    points: int  # 0 or more; negative only beside weak pairs or lower scores
    weak_pairs: int = 0  # more pairs below the policy's mark
    lower_pairs: int = 0  # more pairs at `level`, where the worst off come first
    level: int | None = None

    @property
    def words(self) -> str:
        """What every plan with the pair does, beside the plan that was chosen."""
        if self.level is not None:
            more = counted(self.lower_pairs, "more pair")
            return f"has at least {more} with a score as low as {self.level}"
        if self.weak_pairs:
            return f"has at least {counted(self.weak_pairs, 'more very weak pair')}"
        if not self.points:
            return "brings as many points in all at most; where plans are as good, the lot decides"
        return f"brings at least {counted(self.points, 'point')} less in all"


@frozen
class Component:
    """One part of a score."""

    name: str
    points: int
    points_max: int

    @property
    def words(self) -> str:
        """What it is for."""
        return COMPONENT_WORDS[self.name]


@frozen
class Alternative:
    """A mentor who fits too, and what it would have cost."""

    mentor: EnrollmentId
    score: int
    amount: Amount
    held_by: int  # people who have this mentor's seats now; few are not told
    had_seats: bool  # any to give in this run

    @property
    def blocked_by(self) -> str:
        """What stood in the way, in words."""
        if not self.had_seats:
            return "all seats of this mentor were taken before the run"
        held = people(self.held_by)
        return f"its seats are held by {held}; every plan with you on one {self.amount.words}"


@frozen
class PairReason:
    """Why these two."""

    mentee: EnrollmentId
    mentor: EnrollmentId
    components: tuple[Component, ...]
    rank_of_mentor: int  # among the mentors who may be paired with the mentee, 1 is best
    mentors_open: int
    rank_of_mentee: int  # among the mentees who may be paired with the mentor
    mentees_open: int
    alternatives: tuple[Alternative, ...]
    locked: bool  # a manager held the two together

    @property
    def score(self) -> int:
        """What the components add up to."""
        return sum(component.points for component in self.components)

    @property
    def summary(self) -> str:
        """In words, to the mentee."""
        best = sorted(self.components, key=lambda each: -each.points)[:3]
        told = listed([f"{each.points} for {each.words}" for each in best if each.points])
        fit = f"You fit together with {self.score} of 1000 points" + (f": {told}." if told else ".")
        if self.locked:
            return f"{fit} A program manager held the two of you together before the run."
        if self.mentors_open == 1:
            return f"{fit} Only this mentor is open to you."
        if self.rank_of_mentor == 1:
            return f"{fit} Of {self.mentors_open} mentors open to you, nobody fits better."
        better = counted(self.rank_of_mentor - 1, "mentor fits", "mentors fit")
        return (
            f"{fit} Of {self.mentors_open} mentors open to you this one comes "
            f"{ordinal(self.rank_of_mentor)}; {better} you better by themselves, but the best "
            "for everybody together is this."
        )


@frozen
class WhyNot:
    """Why not these two."""

    mentee: EnrollmentId
    mentor: EnrollmentId
    kind: str  # CHOSEN, RULE, NO_SEAT, WORTH_LESS, OUTRANKED, OUTSCORED, LOCKED, or BY_HAND
    rules: tuple[str, ...] = ()
    amount: Amount | None = None
    people_before: int | None = None

    @property
    def summary(self) -> str:
        """In words, to the mentee."""
        if self.kind in _SETTLED:
            return _SETTLED[self.kind]
        if self.kind == RULE:
            told = listed([RULE_WORDS[rule] for rule in self.rules])
            return f"The two of you may not be paired: {told}."
        if self.kind == OUTRANKED:
            return (
                "The run found no seat for you. The seats of the mentors who are open to you, this "
                f"one among them, went to {people(self.people_before or 0)} before you, who were "
                "paired already or come first in the order."
            )
        words = self.amount.words if self.amount is not None else ""
        return (
            "The two of you could be paired. But every plan for everybody that puts you together "
            f"{words}."
        )


@frozen
class RuleEffect:
    """What one rule does to somebody."""

    rule: str
    forbids: int  # mentors
    alone: int  # mentors whom no other rule forbids: so many would open without it

    @property
    def words(self) -> str:
        """What the rule says."""
        return RULE_WORDS[self.rule]


@frozen
class Wait:
    """A place on the waiting list, and what it may mean."""

    position: int | None  # None: not on it
    expected_days: int | None
    freed: int  # seats that became free
    within_days: int

    @property
    def words(self) -> str:
        """The place, the guess, and what it is guessed from."""
        if self.position is None:
            return "You are not on the waiting list yet: it is made when the run is published."
        place = f"You are {ordinal(self.position)} on the waiting list."
        seen = f"{counted(self.freed, 'seat')} became free in {counted(self.within_days, 'day')}"
        if self.expected_days is None:
            return f"{place} How long that takes cannot be said: {seen}, not enough history."
        days = counted(self.expected_days, "day")
        return f"{place} If seats go on becoming free as they did ({seen}), expect about {days}."


@frozen
class UnservedReason:
    """Why somebody has nobody."""

    mentee: EnrollmentId
    kind: str  # NONE_ALLOWED, OUTRANKED, OUTSCORED, or BY_HAND
    mentors: int  # in the run
    mentors_open: int  # whom the rules leave
    rules: tuple[RuleEffect, ...]  # what removes most first
    people_before: int  # who hold seats of the mentors who are open; few are not told
    seats_needed: int | None  # with so many more at those mentors, this person has one; at most
    amount: Amount | None  # where points decide who is served
    wait: Wait

    @property
    def helps_most(self) -> RuleEffect | None:
        """The rule without which most mentors would open."""
        best = max(self.rules, key=lambda effect: effect.alone, default=None)
        return best if best is not None and best.alone else None

    @property
    def summary(self) -> str:
        """In words, to the mentee."""
        return " ".join(part for part in (self._why, self._change, self.wait.words) if part)

    @property
    def _why(self) -> str:
        open_to = counted(self.mentors_open, "is", "are")
        open_to = f"Of {counted(self.mentors, 'mentor')}, {open_to} open to you."
        if self.kind == BY_HAND:
            return "A program manager decided by hand that you wait."
        if self.kind == NONE_ALLOWED:
            told = [f"{effect.forbids} because {effect.words}" for effect in self.rules]
            return (
                f"The rules leave you none of the {self.mentors} mentors: {listed(told)}; a mentor "
                "can count more than once."
            )
        if self.kind == OUTSCORED and self.amount is not None:
            return (
                f"{open_to} This program seeks the most points in all, and every plan that gives "
                f"you one of their seats {self.amount.words}."
            )
        return (
            f"{open_to} Their seats went to {people(self.people_before)} before you, who were "
            "paired already or come first in the order. Nobody who comes after you has a seat that "
            "could be yours."
        )

    @property
    def _change(self) -> str:
        if self.kind == OUTRANKED and self.seats_needed is not None:
            more = counted(self.seats_needed, "more seat")
            return f"What would help most: {more} at these mentors, at most, and one is yours."
        best = self.helps_most
        if best is None or self.kind == BY_HAND:
            return ""
        opened = counted(best.alone, "mentor")
        return (
            f"What would help most: {opened} would be open to you if it were not that {best.words}."
        )
