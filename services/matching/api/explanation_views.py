"""Reasons as they are shown: numbers for programs, a summary for the person concerned."""

from uuid import UUID

from pydantic import Field

from services.matching.domain.reason_words import COMPONENT_WORDS, told
from services.matching.domain.reasons import (
    BY_HAND,
    Alternative,
    Amount,
    PairReason,
    UnservedReason,
    Wait,
    WhyNot,
)
from services.matching.queries.run_changes import ByHand
from shared.http import View
from shared.ids import EnrollmentId

_SUMMARY = Field(description="The same in plain words, to the mentee.")


class AmountView(View):
    """What everybody's pairs together would lose, at least."""

    points: int = Field(description="Of the total score.")
    weak_pairs: int = Field(description="More pairs below the policy's mark; points come after.")
    lower_pairs: int = Field(description="More pairs at `level`, where the worst off come first.")
    level: int | None = Field(description="A score; null unless the worst off come first.")

    @staticmethod
    def of(amount: Amount | None) -> "AmountView | None":
        if amount is None:
            return None
        return AmountView(
            points=amount.points,
            weak_pairs=amount.weak_pairs,
            lower_pairs=amount.lower_pairs,
            level=amount.level,
        )


class ComponentView(View):
    name: str = Field(examples=["strengths"])
    points: int
    points_max: int | None = Field(description="Its weight; null where a manager decided.")
    text: str


class AlternativeView(View):
    mentor: UUID | None = Field(description="Null to participants.")
    score: int | None = Field(description="Null to participants.")
    amount: AmountView | None
    held_by: int | None = Field(
        description="People who have this mentor's seats; null: fewer than three."
    )
    blocked_by: str

    @staticmethod
    def of(other: Alternative, *, own: bool) -> "AlternativeView":
        return AlternativeView(
            mentor=None if own else other.mentor,
            score=None if own else other.score,
            amount=AmountView.of(other.amount),
            held_by=told(other.held_by),
            blocked_by=other.blocked_by,
        )


class PairExplanationView(View):
    mentee: UUID
    mentor: UUID | None
    kind: str = Field(examples=["chosen", "locked", "by_hand"])
    score: int | None = Field(description="The components add up to it.")
    components: list[ComponentView]
    rank_of_mentor: int | None = Field(description="Among the mentors open to the mentee.")
    mentors_open: int | None
    rank_of_mentee: int | None = Field(description="Among the mentees open to the mentor.")
    mentees_open: int | None
    alternatives: list[AlternativeView]
    summary: str = _SUMMARY

    @staticmethod
    def of(reason: PairReason, *, own: bool) -> "PairExplanationView":
        return PairExplanationView(
            mentee=reason.mentee,
            mentor=reason.mentor,
            kind="locked" if reason.locked else "chosen",
            score=reason.score,
            components=[
                ComponentView(
                    name=part.name,
                    points=part.points,
                    points_max=part.points_max,
                    text=part.words,
                )
                for part in reason.components
            ],
            rank_of_mentor=reason.rank_of_mentor,
            mentors_open=reason.mentors_open,
            rank_of_mentee=reason.rank_of_mentee,
            mentees_open=reason.mentees_open,
            alternatives=[AlternativeView.of(other, own=own) for other in reason.alternatives],
            summary=reason.summary,
        )

    @staticmethod
    def by_hand(mentee: UUID, change: ByHand, reason: str | None) -> "PairExplanationView":
        """A pair that a manager made, or took away, after the run; None: no reason to read."""
        parts = change.components or {}
        words = "A program manager decided this by hand after the run."
        return PairExplanationView(
            mentee=mentee,
            mentor=change.mentor,
            kind=BY_HAND,
            score=change.score,
            components=[
                ComponentView(name=name, points=points, points_max=None, text=COMPONENT_WORDS[name])
                for name, points in parts.items()
            ],
            rank_of_mentor=None,
            mentors_open=None,
            rank_of_mentee=None,
            mentees_open=None,
            alternatives=[],
            summary=words if reason is None else f"{words} The reason given: {reason}",
        )


class WhyNotView(View):
    mentee: UUID
    mentor: UUID
    kind: str = Field(
        examples=["worth_less", "rule", "outranked", "no_seat", "chosen", "locked", "by_hand"]
    )
    rules: list[str] = Field(description="Codes of the rules that forbid it.")
    amount: AmountView | None = Field(description="Null where no amount is the reason.")
    people_before: int | None = Field(
        description="Null where the order is not the reason, and for fewer than three."
    )
    summary: str = _SUMMARY

    @staticmethod
    def of(reason: WhyNot) -> "WhyNotView":
        return WhyNotView(
            mentee=reason.mentee,
            mentor=reason.mentor,
            kind=reason.kind,
            rules=list(reason.rules),
            amount=AmountView.of(reason.amount),
            people_before=told(reason.people_before),
            summary=reason.summary,
        )


class RuleEffectView(View):
    rule: str = Field(examples=["no_common_language"])
    forbids: int = Field(description="Mentors.")
    alone: int = Field(description="Mentors whom nothing else forbids.")
    text: str


class WaitView(View):
    position: int | None = Field(description="1 is next; null: not on the waiting list.")
    expected_days: int | None = Field(description="Null: fewer than five seats became free.")
    freed: int = Field(description="Seats that became free in the last `within_days`.")
    within_days: int


class UnservedExplanationView(View):
    mentee: UUID
    kind: str = Field(examples=["outranked", "none_allowed", "outscored", "by_hand"])
    mentors: int = Field(description="In the run.")
    mentors_open: int = Field(description="Whom the rules leave.")
    rules: list[RuleEffectView] = Field(description="Those that remove most come first.")
    people_before: int | None = Field(
        description="Who have seats of the mentors that are open; null: fewer than three."
    )
    seats_needed: int | None = Field(description="More seats there that are enough.")
    amount: AmountView | None = Field(description="Null unless points decide who is served.")
    helps_most: str | None = Field(description="The rule without which most mentors would open.")
    wait: WaitView
    summary: str = _SUMMARY

    @staticmethod
    def of(reason: UnservedReason) -> "UnservedExplanationView":
        helps = reason.helps_most
        return UnservedExplanationView(
            mentee=reason.mentee,
            kind=reason.kind,
            mentors=reason.mentors,
            mentors_open=reason.mentors_open,
            rules=[
                RuleEffectView(
                    rule=effect.rule, forbids=effect.forbids, alone=effect.alone, text=effect.words
                )
                for effect in reason.rules
            ],
            people_before=told(reason.people_before),
            seats_needed=reason.seats_needed,
            amount=AmountView.of(reason.amount),
            helps_most=helps.rule if helps is not None else None,
            wait=WaitView(
                position=reason.wait.position,
                expected_days=reason.wait.expected_days,
                freed=reason.wait.freed,
                within_days=reason.wait.within_days,
            ),
            summary=reason.summary,
        )

    @staticmethod
    def by_hand(mentee: EnrollmentId, wait: Wait) -> "UnservedExplanationView":
        """Somebody whom a manager left without a mentor after the run."""
        reason = UnservedReason(
            mentee=mentee,
            kind=BY_HAND,
            mentors=0,
            mentors_open=0,
            rules=(),
            people_before=0,
            seats_needed=None,
            amount=None,
            wait=wait,
        )
        return UnservedExplanationView.of(reason)
