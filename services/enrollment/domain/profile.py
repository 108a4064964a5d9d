"""A profile is what a person says of themselves, in words of the vocabulary, and can offer."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias, TypeVar, assert_never

from services.enrollment.domain.terms import Vocabulary
from shared.decider import Decider
from shared.events.enrollment import (
    AccommodationDeclared,
    CompetencyLevel,
    MentorCapacityDeclared,
    Period,
    ProfileEvent,
    ProfileUpdated,
    ProtectedTimeGranted,
)
from shared.frozen import frozen
from shared.ids import CompetencyId, PersonId, TargetRoleId
from shared.sealed import Sealed

F = TypeVar(
    "F", ProfileUpdated, AccommodationDeclared, MentorCapacityDeclared, ProtectedTimeGranted
)


@frozen
class UpdateProfile:
    person_id: PersonId
    expertise: tuple[CompetencyLevel, ...] = ()
    growth_goals: tuple[CompetencyId, ...] = ()  # most wanted first
    target_roles: tuple[TargetRoleId, ...] = ()
    learning_style: str | None = None
    work_style: str | None = None
    interests: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    competencies: Vocabulary = Vocabulary()
    roles: Vocabulary = Vocabulary()


@frozen
class DeclareAccommodation:
    person_id: PersonId
    remote_only: bool
    needs: tuple[str, ...]
    unavailable: tuple[Period, ...]
    note: Sealed | None = None


@frozen
class DeclareMentorCapacity:
    person_id: PersonId
    seats: int
    hours_per_month: int
    periods: tuple[Period, ...]
    supports: tuple[str, ...] = ()  # codes of needs


@frozen
class GrantProtectedTime:
    person_id: PersonId
    hours_per_month: int
    granted_by: PersonId


ProfileCommand: TypeAlias = (
    UpdateProfile | DeclareAccommodation | DeclareMentorCapacity | GrantProtectedTime
)


@frozen
class Profile:
    words: ProfileUpdated | None = None
    accommodation: AccommodationDeclared | None = None
    capacity: MentorCapacityDeclared | None = None
    protected: ProtectedTimeGranted | None = None


def evolve(profile: Profile, event: ProfileEvent) -> Profile:
    match event:
        case ProfileUpdated():
            return replace(profile, words=event)
        case AccommodationDeclared():
            return replace(profile, accommodation=event)
        case MentorCapacityDeclared():
            return replace(profile, capacity=event)
        case ProtectedTimeGranted():
            return replace(profile, protected=event)
        case _:
            assert_never(event)


def decide(profile: Profile, command: ProfileCommand, now: datetime) -> Sequence[ProfileEvent]:
    match command:
        case UpdateProfile():
            return _update(profile, command, now)
        case DeclareAccommodation():
            return _declare_accommodation(profile, command, now)
        case DeclareMentorCapacity():
            return _declare_capacity(profile, command, now)
        case GrantProtectedTime():
            return _grant(profile, command, now)
        case _:
            assert_never(command)


def _update(profile: Profile, command: UpdateProfile, now: datetime) -> Sequence[ProfileEvent]:
    updated = ProfileUpdated(
        person_id=command.person_id,
        expertise=command.expertise,
        growth_goals=command.growth_goals,
        target_roles=command.target_roles,
        learning_style=command.learning_style,
        work_style=command.work_style,
        interests=command.interests,
        languages=command.languages,
        at=now,
    )
    if _says_the_same(profile.words, updated):
        return ()
    expertise = [have.competency_id for have in command.expertise]
    command.competencies.require(expertise, field="/expertise")
    command.competencies.require(command.growth_goals, field="/growth_goals")
    command.roles.require(command.target_roles, field="/target_roles")
    return (updated,)


def _declare_accommodation(
    profile: Profile, command: DeclareAccommodation, now: datetime
) -> Sequence[ProfileEvent]:
    declared = AccommodationDeclared(
        person_id=command.person_id,
        remote_only=command.remote_only,
        needs=command.needs,
        unavailable=command.unavailable,
        note=command.note,
        at=now,
    )
    return () if _says_the_same(profile.accommodation, declared) else (declared,)


def _declare_capacity(
    profile: Profile, command: DeclareMentorCapacity, now: datetime
) -> Sequence[ProfileEvent]:
    declared = MentorCapacityDeclared(
        person_id=command.person_id,
        seats=command.seats,
        hours_per_month=command.hours_per_month,
        periods=command.periods,
        at=now,
        supports=command.supports,
    )
    return () if _says_the_same(profile.capacity, declared) else (declared,)


def _grant(profile: Profile, command: GrantProtectedTime, now: datetime) -> Sequence[ProfileEvent]:
    granted = ProtectedTimeGranted(
        person_id=command.person_id,
        hours_per_month=command.hours_per_month,
        granted_by=command.granted_by,
        at=now,
    )
    return () if _says_the_same(profile.protected, granted) else (granted,)


def _says_the_same(before: F | None, after: F) -> bool:
    return before is not None and replace(after, at=before.at) == before


PROFILE: Decider[Profile, ProfileCommand, ProfileEvent] = Decider(
    category="profile",
    key=lambda command: command.person_id,
    initial=Profile(),
    evolve=evolve,
    decide=decide,
)
