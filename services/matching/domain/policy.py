"""How a program wants its pairs made: the ratio, weights under caps, trial, and ways out.

There is no weight for title, tenure, department or nearness at all. What comes closest, hours in
common and spare load, is circumstance: it may tip the scales but never outweigh growth.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from shared.decider import Decider
from shared.errors import InvalidCommand
from shared.events.matching import (
    CrossFunctionRule,
    EndReason,
    ExitCriterion,
    MatchingPolicySet,
    PolicyEvent,
    ScoreWeights,
)
from shared.frozen import frozen
from shared.ids import PersonId, ProgramId

WEIGHTS_TOTAL_MAX = 1000
CIRCUMSTANCE_WEIGHT_MAX = 250  # hours and spare load together
STYLE_WEIGHT_MAX = 200
SEATS_PER_MENTOR_MAX = 12
SEATS_PER_MENTOR_DEFAULT = 3  # until a program has said something else
TRIAL_DAYS_MAX = 180
ANSWER_DAYS_MAX = 60
ALWAYS_OPEN = frozenset({EndReason.NO_REASON_GIVEN})  # nobody owes a reason for leaving
OPEN_TO_PEOPLE = ALWAYS_OPEN | {
    EndReason.GOALS_MET,
    EndReason.NOT_A_FIT,
    EndReason.NO_TIME,
    EndReason.SILENT,
}


@frozen
class SetMatchingPolicy:
    program_id: ProgramId
    seats_per_mentor_max: int
    cross_function: CrossFunctionRule
    weights: ScoreWeights
    trial_days: int
    answer_days: int
    exit_criteria: tuple[ExitCriterion, ...]
    author: PersonId
    reason: str


class WeightsAboveTotal(InvalidCommand):
    """The weights add up to more than 1000 points."""


class WeightNegative(InvalidCommand):
    """A weight is a whole number of points, zero or more."""


class CircumstanceDominates(InvalidCommand):
    """Hours in common and spare load may weigh 250 points at most together."""


class StyleDominates(InvalidCommand):
    """Learning and working style may weigh 200 points at most."""


class GrowthOutweighed(InvalidCommand):
    """Strengths and target roles must weigh at least as much as style, hours and load together."""


class RatioOutOfRange(InvalidCommand):
    """A mentor has one to twelve seats."""


class DaysOutOfRange(InvalidCommand):
    """A trial lasts 1 to 180 days, and an answer is due within 1 to 60 days."""


class ExitCriterionUnknown(InvalidCommand):
    """An exit criterion names a reason that people cannot give for ending a pairing."""


@frozen
class NoPolicy:
    """The program has not said yet how it wants its pairs made."""


Policy: TypeAlias = NoPolicy | MatchingPolicySet


def evolve(_: Policy, event: PolicyEvent) -> Policy:
    return event


def decide(policy: Policy, command: SetMatchingPolicy, now: datetime) -> Sequence[PolicyEvent]:
    _check_weights(command.weights)
    _check_terms(command)
    wanted = MatchingPolicySet(
        program_id=command.program_id,
        version=version_of(policy) + 1,
        seats_per_mentor_max=command.seats_per_mentor_max,
        cross_function=command.cross_function,
        weights=command.weights,
        trial_days=command.trial_days,
        answer_days=command.answer_days,
        exit_criteria=command.exit_criteria,
        author=command.author,
        reason=command.reason,
        at=now,
    )
    return () if _says_the_same(policy, wanted) else (wanted,)


def version_of(policy: Policy) -> int:
    """The policy's version; 0 before there is one."""
    return 0 if isinstance(policy, NoPolicy) else policy.version


def reasons_open_to_people(policy: Policy) -> frozenset[EndReason]:
    """What a person may say when ending a pairing: the program's exit criteria, or any of ours."""
    if isinstance(policy, NoPolicy) or not policy.exit_criteria:
        return OPEN_TO_PEOPLE
    return ALWAYS_OPEN | {EndReason(criterion.code) for criterion in policy.exit_criteria}


def _says_the_same(policy: Policy, wanted: MatchingPolicySet) -> bool:
    return isinstance(policy, MatchingPolicySet) and _content(policy) == _content(wanted)


def _content(policy: MatchingPolicySet) -> tuple[object, ...]:
    return (
        policy.seats_per_mentor_max,
        policy.cross_function,
        policy.weights,
        policy.trial_days,
        policy.answer_days,
        policy.exit_criteria,
        policy.author,
        policy.reason,
    )


def _check_weights(weights: ScoreWeights) -> None:
    circumstance = weights.hours + weights.spare_load
    growth = weights.strengths + weights.target_roles
    points = (growth, weights.other_function, weights.style, circumstance)
    lowest = min(
        weights.strengths,
        weights.target_roles,
        weights.hours,
        weights.spare_load,
        *points,
    )
    if lowest < 0:
        raise WeightNegative(field="/weights")
    if sum(points) > WEIGHTS_TOTAL_MAX:
        raise WeightsAboveTotal(field="/weights")
    if circumstance > CIRCUMSTANCE_WEIGHT_MAX:
        raise CircumstanceDominates(field="/weights/hours")
    if weights.style > STYLE_WEIGHT_MAX:
        raise StyleDominates(field="/weights/style")
    if growth < weights.style + circumstance:
        raise GrowthOutweighed(field="/weights/strengths")


def _check_terms(command: SetMatchingPolicy) -> None:
    if not 1 <= command.seats_per_mentor_max <= SEATS_PER_MENTOR_MAX:
        raise RatioOutOfRange(field="/seats_per_mentor_max")
    if not 1 <= command.trial_days <= TRIAL_DAYS_MAX:
        raise DaysOutOfRange(field="/trial_days")
    if not 1 <= command.answer_days <= ANSWER_DAYS_MAX:
        raise DaysOutOfRange(field="/answer_days")
    for place, criterion in enumerate(command.exit_criteria):
        if criterion.code not in OPEN_TO_PEOPLE:
            raise ExitCriterionUnknown(field=f"/exit_criteria/{place}/code")


POLICY: Decider[Policy, SetMatchingPolicy, PolicyEvent] = Decider(
    category="policy",
    key=lambda command: command.program_id,
    initial=NoPolicy(),
    evolve=evolve,
    decide=decide,
)
