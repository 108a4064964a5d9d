from dataclasses import replace

from services.matching.domain.matching_run import RUN as RUNS
from services.matching.domain.pairing_refusals import PairNotOpen
from services.matching.domain.run_commands import (
    LockAsked,
    RequestRun,
)
from services.matching.domain.run_refusals import (
    CohortIsClosed,
    LockBreaksRule,
    LockedAndBarred,
    LocksConflict,
    LocksExceedSeats,
    NobodyToPair,
    PersonNotInPool,
)
from shared.events.matching import (
    MatchingRunRejected,
    NamedPair,
    RunEmphasis,
    ScoreWeights,
)
from shared.testing import NOW, given
from tests.matching.cast import (
    ANA,
    BEN,
    COHORT,
    FACILITATION,
    PIA_MANAGES,
    POLICY_SET,
    PROGRAM,
    RUN,
    enrollment,
)
from tests.matching.run_story import (
    REQUEST,
    REQUESTED,
)


def test_a_run_whose_weights_let_standing_rule_is_rejected_on_record() -> None:
    heavy = replace(POLICY_SET, weights=ScoreWeights(title=100, tenure=60))
    given(RUNS).when(replace(REQUEST, policy=heavy)).then(
        MatchingRunRejected(
            run_id=RUN,
            program_id=PROGRAM,
            cohort_id=COHORT,
            policy_version=1,
            requested_by=PIA_MANAGES,
            code="standing_dominates",
            at=NOW,
        )
    )


def test_what_a_run_emphasises_counts_towards_all_weights() -> None:
    def rejected(weight: int, weights: ScoreWeights = POLICY_SET.weights) -> str:
        emphasis = RunEmphasis(competencies=(FACILITATION,), weight=weight)
        policy = replace(POLICY_SET, weights=weights)
        asked = replace(REQUEST, policy=policy, emphasis=emphasis)
        (event,) = given(RUNS).when(asked).decide()
        return event.code if isinstance(event, MatchingRunRejected) else ""

    assert rejected(151) == "emphasis_out_of_range"
    assert rejected(1) == "weights_above_total"  # the policy's come to 1000 by themselves
    assert rejected(60, ScoreWeights(other_function=100)) == ""


def test_a_run_needs_somebody_to_pair_and_an_open_cohort() -> None:
    given(RUNS).when(replace(REQUEST, anybody=False)).then_refused(NobodyToPair)
    given(RUNS).when(replace(REQUEST, cohort_closed=True)).then_refused(CohortIsClosed)


def lock(mentor: str, mentee: str, **known: object) -> LockAsked:
    pair = NamedPair(mentor=enrollment(mentor), mentee=enrollment(mentee))
    return replace(LockAsked(pair=pair, mentor_free=2), **known)  # type: ignore[arg-type]  # named by the story


def test_locks_that_cannot_all_hold_are_refused_one_by_one() -> None:
    asked = given(RUNS)

    def locks(*locked: LockAsked) -> RequestRun:
        return replace(REQUEST, locked=locked)

    asked.when(locks(lock("ana", "ben"), lock("eva", "ben"))).then_refused(LocksConflict)
    three = locks(lock("ana", "ben"), lock("ana", "cem"), lock("ana", "dia"))
    asked.when(three).then_refused(LocksExceedSeats)
    family = lock("ana", "ben", broken_rules=("reporting_line",))
    asked.when(locks(family)).then_refused(LockBreaksRule)
    asked.when(locks(lock("ana", "ben", is_open=False))).then_refused(PairNotOpen)
    asked.when(locks(lock("ana", "ben", mentee_known=False))).then_refused(PersonNotInPool)
    asked.when(locks(lock("ana", "ben", mentor_free=None))).then_refused(PersonNotInPool)
    both = replace(locks(lock("ana", "ben")), barred=(NamedPair(mentor=ANA, mentee=BEN),))
    asked.when(both).then_refused(LockedAndBarred)
    fine = lock("ana", "ben")
    asked.when(locks(fine)).then(replace(REQUESTED, locked=(fine.pair,)))
