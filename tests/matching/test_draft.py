from dataclasses import replace

from services.matching.domain.matching_run import RUN as RUNS
from services.matching.domain.pairing_refusals import HardRuleBroken
from services.matching.domain.roster import MentorAtCapacity
from services.matching.domain.run_commands import (
    PairWanted,
)
from services.matching.domain.run_refusals import (
    MenteeNotInRun,
    RunNotReady,
    RunPublished,
)
from shared.testing import given
from tests.matching.cast import (
    ANA,
    BEN,
    CEM,
    enrollment,
)
from tests.matching.run_story import (
    BEN_WITH_ANA,
    COMPLETED,
    EVA,
    PUBLISHED,
    REQUESTED,
    WITH_CEM,
    overridden,
    overriding,
    scored,
)


def test_a_pair_of_a_draft_is_changed_by_hand_with_a_reason() -> None:
    draft = given(RUNS, REQUESTED, WITH_CEM)
    other = PairWanted(pair=scored(BEN, EVA), seats=1)
    draft.when(overriding(other)).then(overridden((BEN_WITH_ANA,), (other.pair,)))
    draft.when(overriding(unpaired=(BEN,))).then(overridden((BEN_WITH_ANA,)))
    same = PairWanted(pair=scored(BEN, ANA), seats=1)
    draft.when(overriding(same)).then()


def test_changes_by_hand_keep_to_hard_rules_and_seats() -> None:
    draft = given(RUNS, REQUESTED, WITH_CEM)
    full = PairWanted(pair=scored(CEM, ANA), seats=1)
    draft.when(overriding(full)).then_refused(MentorAtCapacity)
    swapped = overriding(full, unpaired=(BEN,))
    draft.when(swapped).then(overridden((BEN_WITH_ANA,), (full.pair,)))
    line = replace(full, broken_rules=("reporting_line",))
    draft.when(overriding(line)).then_refused(HardRuleBroken)
    stranger = PairWanted(pair=scored(enrollment("zoe"), ANA), seats=2)
    draft.when(overriding(stranger)).then_refused(MenteeNotInRun)
    given(RUNS, REQUESTED, COMPLETED, PUBLISHED).when(swapped).then_refused(RunPublished)
    given(RUNS, REQUESTED).when(swapped).then_refused(RunNotReady)


def test_a_change_by_hand_is_seen_by_the_next_one() -> None:
    moved = overridden((BEN_WITH_ANA,), (scored(CEM, ANA),))
    back = PairWanted(pair=scored(BEN, ANA), seats=1)
    draft = given(RUNS, REQUESTED, WITH_CEM, moved)
    draft.when(overriding(back)).then_refused(MentorAtCapacity)
