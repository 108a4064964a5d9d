"""How a program wants its pairs made: rules, weights under caps, seats, trial, and ways out.

Title, tenure, being of one function and nearness may weigh something, but only under a cap, and
hours in common and spare load are circumstance: nothing of all this ever outweighs growth.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from services.matching.domain.policy_checks import check_policy
from services.matching.domain.policy_limits import ALWAYS_OPEN, OPEN_TO_PEOPLE
from services.matching.domain.policy_refusals import LevelUnknown
from shared.decider import Decider
from shared.events.matching import (
    Approver,
    CrossFunctionRule,
    EndReason,
    ExitCriterion,
    MatchingPolicySet,
    Objective,
    PolicyEvent,
    ScoreWeights,
)
from shared.frozen import frozen
from shared.ids import PersonId, ProgramId


@frozen
class SetMatchingPolicy:
    """All of a policy at once; what is left out is as events of old had it."""

    program_id: ProgramId
    seats_per_mentor_max: int
    cross_function: CrossFunctionRule
    weights: ScoreWeights
    trial_days: int
    answer_days: int
    exit_criteria: tuple[ExitCriterion, ...]
    author: PersonId
    reason: str
    objective: Objective = Objective.MOST_SERVED
    weak_below: int = 0
    standing_cap: int = 150
    levels: tuple[str, ...] = ()
    level_gap_min: int | None = None
    level_gap_max: int | None = None
    common_minutes_min: int = 60
    time_zone_hours_max: int | None = None
    needs_supported: bool = False
    rest_cycles: int | None = None
    hours_per_pair: int = 2
    programs_max: int | None = None
    approvals: tuple[Approver, ...] = (Approver.MENTOR, Approver.MENTEE)
    approvals_in_order: bool = False
    review_days: int | None = 90
    pairing_days_default: int | None = None
    pairing_days_max: int | None = None
    extension_days_max: int = 90
    pending_requests_max: int = 3
    open_requests_max: int = 5
    request_days: int = 7
    escalation_days: int = 10
    appeal_days: int = 14
    group_size_max: int = 6
    circle_size_min: int = 4
    circle_size_max: int = 8
    circle_functions_min: int = 2
    flash_days: int = 14
    silence_warn_after: int | None = None
    silence_offer_after_days: int | None = None
    silence_end_after_days: int | None = None
    circles_max: int | None = None
    evidence: UUID | None = None
    known_levels: frozenset[str] | None = None  # that anybody has; None: nobody is known yet


@frozen
class NoPolicy:
    """The program has not said yet how it wants its pairs made."""


Policy: TypeAlias = NoPolicy | MatchingPolicySet


def evolve(_: Policy, event: PolicyEvent) -> Policy:
    return event


def decide(policy: Policy, command: SetMatchingPolicy, now: datetime) -> Sequence[PolicyEvent]:
    wanted = _wanted(command, version_of(policy) + 1, now)
    check_policy(wanted)
    _check_levels_known(command)
    return () if _says_the_same(policy, wanted) else (wanted,)


def version_of(policy: Policy) -> int:
    """The policy's version; 0 before there is one."""
    return 0 if isinstance(policy, NoPolicy) else policy.version


def reasons_open_to_people(policy: Policy) -> frozenset[EndReason]:
    """What a person may say when ending a pairing: the program's exit criteria, or any of ours."""
    if isinstance(policy, NoPolicy) or not policy.exit_criteria:
        return OPEN_TO_PEOPLE
    return ALWAYS_OPEN | {EndReason(criterion.code) for criterion in policy.exit_criteria}


def _wanted(command: SetMatchingPolicy, version: int, now: datetime) -> MatchingPolicySet:
    said = {each.name: getattr(command, each.name) for each in fields(command)}
    del said["known_levels"]
    return MatchingPolicySet(**said, version=version, at=now)


def _check_levels_known(command: SetMatchingPolicy) -> None:
    if command.known_levels is None:
        return
    for place, level in enumerate(command.levels):
        if level not in command.known_levels:
            raise LevelUnknown(field=f"/levels/{place}")


def _says_the_same(policy: Policy, wanted: MatchingPolicySet) -> bool:
    if isinstance(policy, NoPolicy):
        return False
    return replace(wanted, version=policy.version, at=policy.at) == policy


POLICY: Decider[Policy, SetMatchingPolicy, PolicyEvent] = Decider(
    category="policy",
    key=lambda command: command.program_id,
    initial=NoPolicy(),
    evolve=evolve,
    decide=decide,
)
