from dataclasses import replace

import pytest

from services.enrollment.domain.profile import (
    PROFILE,
    DeclareAccommodation,
    DeclareMentorCapacity,
    GrantProtectedTime,
    UpdateProfile,
)
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from shared.events.enrollment import (
    AccommodationDeclared,
    CompetencyLevel,
    MentorCapacityDeclared,
    Period,
    ProfileUpdated,
    ProtectedTimeGranted,
)
from shared.testing import NOW, given
from tests.enrollment.story import (
    ANA,
    BEN,
    LISTENING,
    NEGOTIATION,
    ROLES,
    STENOGRAPHY,
    TEAM_LEAD,
    WORDS,
)

UPDATE = UpdateProfile(
    person_id=ANA,
    expertise=(CompetencyLevel(competency_id=LISTENING, level=4),),
    growth_goals=(NEGOTIATION,),
    target_roles=(TEAM_LEAD,),
    learning_style="doing",
    competencies=WORDS,
    roles=ROLES,
)


def test_a_profile_is_recorded_when_it_says_something_new() -> None:
    given(PROFILE).when(UPDATE).then(
        ProfileUpdated(
            person_id=ANA,
            expertise=(CompetencyLevel(competency_id=LISTENING, level=4),),
            growth_goals=(NEGOTIATION,),
            target_roles=(TEAM_LEAD,),
            learning_style="doing",
            at=NOW,
        )
    )
    given(PROFILE).and_when(UPDATE).when(UPDATE).then()


def test_every_field_of_a_profile_may_be_left_out() -> None:
    given(PROFILE).when(UpdateProfile(person_id=ANA)).then(ProfileUpdated(person_id=ANA, at=NOW))


def test_a_profile_uses_only_words_of_the_vocabulary_and_the_refusal_names_the_place() -> None:
    unknown = replace(UPDATE, target_roles=(TEAM_LEAD, ANA))  # type: ignore[arg-type]  # no role
    with pytest.raises(TermUnknown) as refusal:
        PROFILE.decide(PROFILE.initial, unknown, NOW)
    assert refusal.value.field == "/target_roles/1"
    given(PROFILE).when(replace(UPDATE, growth_goals=(STENOGRAPHY,))).then_refused(TermRetired)
    given(PROFILE).when(replace(UPDATE, growth_goals=(LISTENING,) * 2)).then_refused(TermRepeated)


def test_what_was_said_before_a_word_was_retired_may_stand() -> None:
    retired = replace(WORDS, current=frozenset(), retired=frozenset({LISTENING, NEGOTIATION}))
    again = replace(UPDATE, competencies=retired)
    given(PROFILE).and_when(UPDATE).when(again).then()


def test_an_accommodation_is_declared_once() -> None:
    declare = DeclareAccommodation(
        person_id=ANA, remote_only=True, needs=("captions",), unavailable=(Period.MORNING,)
    )
    declared = AccommodationDeclared(
        person_id=ANA, remote_only=True, needs=("captions",), unavailable=(Period.MORNING,), at=NOW
    )
    given(PROFILE).when(declare).then(declared)
    given(PROFILE, declared).when(declare).then()


def test_capacity_is_recorded_when_it_changes() -> None:
    declare = DeclareMentorCapacity(
        person_id=BEN, seats=2, hours_per_month=6, periods=(), supports=("captions",)
    )
    declared = MentorCapacityDeclared(
        person_id=BEN, seats=2, hours_per_month=6, periods=(), supports=("captions",), at=NOW
    )
    given(PROFILE).when(declare).then(declared)
    given(PROFILE, declared).when(declare).then()
    given(PROFILE, declared).when(replace(declare, seats=1)).then(replace(declared, seats=1))


def test_protected_hours_say_who_granted_them() -> None:
    grant = GrantProtectedTime(person_id=ANA, hours_per_month=4, granted_by=BEN)
    granted = ProtectedTimeGranted(person_id=ANA, hours_per_month=4, granted_by=BEN, at=NOW)
    given(PROFILE).when(grant).then(granted)
    given(PROFILE, granted).when(grant).then()
