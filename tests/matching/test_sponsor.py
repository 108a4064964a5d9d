"""Sponsors, introductions, and draws by lot."""

from dataclasses import replace

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.matching.domain.roulette import (
    ROULETTE,
    DrawRoulette,
    JoinRoulette,
    LeaveRoulette,
    NobodyToDraw,
    PlayersChanged,
    drawn,
)
from services.matching.domain.sponsor import (
    SPONSORSHIP,
    Circumstances,
    IntroducedToThemselves,
    IntroduceExpert,
    IntroductionNeedsOneTarget,
    LinkSponsor,
    NotASponsor,
    SponsorInLine,
    SponsorIsMentee,
    SponsorIsMentor,
    TooManySponsors,
    UnlinkSponsor,
)
from shared.errors import MentorshipError
from shared.events.matching import (
    DrawnPair,
    ExpertIntroduced,
    RouletteDrawn,
    RouletteJoined,
    RouletteLeft,
    SponsorLinked,
    SponsorUnlinked,
)
from shared.ids import PairingId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, CEM, COHORT, PIA_MANAGES, PROGRAM, enrollment, person

SAM = person("sam")
LINK = LinkSponsor(
    enrollment_id=BEN,
    program_id=PROGRAM,
    sponsor=SAM,
    linked_by=PIA_MANAGES,
    circumstances=Circumstances(
        sponsors_program=True, is_mentee=False, is_mentor=False, in_line=False
    ),
)
LINKED = SponsorLinked(
    enrollment_id=BEN, program_id=PROGRAM, sponsor=SAM, linked_by=PIA_MANAGES, at=NOW
)
INTRODUCE = IntroduceExpert(
    introduction_id=derived_id("introduction"),
    enrollment_id=BEN,
    program_id=PROGRAM,
    mentee_person=person("ben"),
    expert=SAM,
    community=None,
    competency_id=None,
    introduced_by=person("ana"),
)


def test_a_sponsor_is_linked_and_unlinked_once() -> None:
    gone = SponsorUnlinked(enrollment_id=BEN, sponsor=SAM, at=NOW)
    unlink = UnlinkSponsor(enrollment_id=BEN, sponsor=SAM)
    given(SPONSORSHIP).when(LINK).then(LINKED)
    given(SPONSORSHIP, LINKED).when(LINK).then()
    given(SPONSORSHIP, LINKED).when(unlink).then(gone)
    given(SPONSORSHIP).when(unlink).then()


@pytest.mark.parametrize(
    ("circumstance", "refusal"),
    [
        ({"sponsors_program": False}, NotASponsor),
        ({"is_mentee": True}, SponsorIsMentee),
        ({"is_mentor": True}, SponsorIsMentor),
        ({"in_line": True}, SponsorInLine),
    ],
)
def test_a_sponsor_stands_apart_from_the_mentor_and_the_line(
    circumstance: dict[str, bool], refusal: type[MentorshipError]
) -> None:
    told = replace(LINK, circumstances=replace(LINK.circumstances, **circumstance))
    given(SPONSORSHIP).when(told).then_refused(refusal)


def test_a_mentee_has_a_few_sponsors_at_most() -> None:
    others = [replace(LINKED, sponsor=person(name)) for name in ("tia", "ugo", "via")]
    given(SPONSORSHIP, *others).when(LINK).then_refused(TooManySponsors)


def test_an_introduction_is_to_one_expert_or_one_community() -> None:
    told = ExpertIntroduced(
        introduction_id=INTRODUCE.introduction_id,
        enrollment_id=BEN,
        program_id=PROGRAM,
        expert=SAM,
        community=None,
        competency_id=None,
        introduced_by=person("ana"),
        at=NOW,
    )
    given(SPONSORSHIP).when(INTRODUCE).then(told)
    given(SPONSORSHIP, told).when(INTRODUCE).then()
    both = replace(INTRODUCE, community="facilitators")
    given(SPONSORSHIP).when(both).then_refused(IntroductionNeedsOneTarget)
    none = replace(INTRODUCE, expert=None)
    given(SPONSORSHIP).when(none).then_refused(IntroductionNeedsOneTarget)
    self = replace(INTRODUCE, expert=person("ben"))
    given(SPONSORSHIP).when(self).then_refused(IntroducedToThemselves)


SEED = "ab" * 32
PAIR = DrawnPair(mentor=ANA, mentee=BEN, pairing_id=PairingId(derived_id("by lot")))
DRAW = DrawRoulette(
    cohort_id=COHORT,
    draw_id=derived_id("draw"),
    seed=SEED,
    players=(ANA, BEN),
    pairs=(PAIR,),
    drawn_by=PIA_MANAGES,
)
DRAWN = RouletteDrawn(
    cohort_id=COHORT,
    draw_id=DRAW.draw_id,
    seed=SEED,
    players=(ANA, BEN),
    pairs=(PAIR,),
    drawn_by=PIA_MANAGES,
    at=NOW,
)


def test_only_who_asked_for_it_is_drawn() -> None:
    ana, ben = (RouletteJoined(cohort_id=COHORT, enrollment_id=who, at=NOW) for who in (ANA, BEN))
    gone = RouletteLeft(cohort_id=COHORT, enrollment_id=BEN, at=NOW)
    given(ROULETTE).when(JoinRoulette(cohort_id=COHORT, enrollment_id=BEN)).then(ben)
    given(ROULETTE, ben).when(JoinRoulette(cohort_id=COHORT, enrollment_id=BEN)).then()
    given(ROULETTE, ben).when(LeaveRoulette(cohort_id=COHORT, enrollment_id=BEN)).then(gone)
    given(ROULETTE, ana, ben).when(DRAW).then(DRAWN)
    given(ROULETTE, ana, ben, gone).when(DRAW).then_refused(PlayersChanged)
    given(ROULETTE, ana, ben).when(replace(DRAW, pairs=())).then_refused(NobodyToDraw)


def test_who_was_drawn_is_not_drawn_again() -> None:
    ana, ben = (RouletteJoined(cohort_id=COHORT, enrollment_id=who, at=NOW) for who in (ANA, BEN))
    story = given(ROULETTE, ana, ben, DRAWN)
    story.when(DRAW).then()
    again = replace(DRAW, draw_id=derived_id("another draw"))
    story.when(again).then_refused(PlayersChanged)


@for_all(
    st.binary(min_size=32, max_size=32),
    st.dictionaries(
        st.integers(0, 9), st.lists(st.integers(0, 4), unique=True, max_size=5), max_size=8
    ),
)
def test_a_draw_is_the_same_each_time_and_keeps_seats_and_rules(
    seed: bytes, wishes: dict[int, list[int]]
) -> None:
    allowed = {
        enrollment(f"mentee {mentee}"): [enrollment(f"mentor {mentor}") for mentor in mentors]
        for mentee, mentors in wishes.items()
    }
    free = {enrollment(f"mentor {mentor}"): mentor % 3 for mentor in range(5)}
    pairs = drawn(seed.hex(), free, allowed)
    turned = {mentee: mentors[::-1] for mentee, mentors in reversed(allowed.items())}
    assert drawn(seed.hex(), free, turned) == pairs
    assert all(pair.mentor in allowed[pair.mentee] for pair in pairs)
    assert len({pair.mentee for pair in pairs}) == len(pairs)
    for mentor, seats in free.items():
        assert sum(pair.mentor == mentor for pair in pairs) <= seats


def test_another_seed_draws_otherwise() -> None:
    allowed = {BEN: [ANA, CEM]}
    free = {ANA: 1, CEM: 1}
    mentors = {drawn(bytes([number] * 32).hex(), free, allowed)[0].mentor for number in range(16)}
    assert mentors == {ANA, CEM}
