"""Profiles over HTTP: what people say of themselves, can offer, and need."""

from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.enrollment.api.access import PersonNeeded, SomebodyElse, person_of, require_self
from services.enrollment.api.texts import opened, resealed
from services.enrollment.api.words import Code, MonthlyHours, Prose
from services.enrollment.domain.person import PersonNotFound
from services.enrollment.domain.profile import (
    PROFILE,
    DeclareAccommodation,
    DeclareMentorCapacity,
    GrantProtectedTime,
    ProfileCommand,
    UpdateProfile,
)
from services.enrollment.domain.terms import TermRepeated, TermRetired, TermUnknown
from services.enrollment.queries import accommodations, people, vocabulary
from services.enrollment.queries.accommodations import AccommodationView
from services.enrollment.queries.people import ProfileView
from shared.auth import Role
from shared.command_handler import Outcome, Step
from shared.database import Database
from shared.errors import NotAllowed, NotFound
from shared.events.enrollment import CompetencyLevel, Period
from shared.http import Commands, Reads, Request, Routes, View, problems, vault_of
from shared.ids import CompetencyId, PersonId, TargetRoleId
from shared.vault import Place

router: Final = Routes("profiles")
_MAY_READ: Final = frozenset({Role.PROGRAM_MANAGER, Role.HR_PLATFORM, Role.AUDITOR})
_OWN: Final = problems(SomebodyElse, PersonNeeded, PersonNotFound)
Language = Annotated[str, Field(max_length=35, pattern=r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$")]


class NotTheirManager(NotAllowed):
    """Only the line manager of this person, or a sponsor, grants protected hours."""


class SkillBody(Request):
    competency_id: UUID
    level: int = Field(strict=True, ge=0, le=5, description="0 none to 5 teaches others.")

    def event(self) -> CompetencyLevel:
        """As an event holds it."""
        return CompetencyLevel(competency_id=CompetencyId(self.competency_id), level=self.level)


class ProfileBody(Request):
    """Every field is optional; what is left out is empty."""

    expertise: list[SkillBody] = Field(default=[], max_length=100)
    growth_goals: list[UUID] = Field(default=[], max_length=50, description="Most wanted first.")
    target_roles: list[UUID] = Field(default=[], max_length=20)
    learning_style: Literal["reading", "doing", "talking", "watching"] | None = None
    work_style: Literal["planner", "explorer", "connector", "finisher"] | None = None
    interests: list[Code] = Field(default=[], max_length=50, examples=[["climbing"]])
    languages: list[Language] = Field(default=["en"], max_length=20, examples=[["en", "pt"]])


class AccommodationBody(Request):
    remote_only: bool = Field(default=False, strict=True)
    needs: list[Code] = Field(default=[], max_length=30, examples=[["captions", "step-free"]])
    unavailable: list[Period] = Field(default=[], max_length=4)
    note: Prose | None = Field(default=None, max_length=4000)


class CapacityBody(Request):
    seats: int = Field(strict=True, ge=0, le=10, examples=[2])
    hours_per_month: MonthlyHours = Field(examples=[6])
    periods: list[Period] = Field(default=[], max_length=4)
    supports: list[Code] = Field(
        default=[],
        max_length=30,
        examples=[["captions"]],
        description="Needs of mentees that you can meet, in the codes of accommodations.",
    )


class ProtectedHoursBody(Request):
    hours_per_month: MonthlyHours = Field(examples=[4])


class ProfileReceipt(View):
    """That it was recorded; the profile itself has its own address."""

    person_id: UUID
    version: int


async def _tell(commands: Commands, command: ProfileCommand) -> Response:
    def show(outcome: Outcome) -> ProfileReceipt:
        return ProfileReceipt(person_id=command.person_id, version=outcome.versions[0])

    return await commands.handle_all((Step(decider=PROFILE, command=command),), show=show)


async def _require_employed(db: Database, person_id: UUID) -> None:
    if await people.position(db, person_id=person_id) is None:
        raise PersonNotFound


@router.put(
    "/v1/people/{person_id}/profile",
    response_model=ProfileReceipt,
    responses={**_OWN, **problems(TermUnknown, TermRetired, TermRepeated)},
)
async def update_profile(person_id: UUID, body: ProfileBody, commands: Commands) -> Response:
    """Say who you are as a mentor or mentee, in words of the vocabulary; nothing is required."""
    person = require_self(commands.caller, person_id)
    async with commands.db() as db:
        await _require_employed(db, person)
        named = [*(each.competency_id for each in body.expertise), *body.growth_goals]
        competencies = await vocabulary.competency_terms(db, named)
        roles = await vocabulary.role_terms(db, body.target_roles)
    command = UpdateProfile(
        person_id=person,
        expertise=tuple(each.event() for each in body.expertise),
        growth_goals=tuple(CompetencyId(each) for each in body.growth_goals),
        target_roles=tuple(TargetRoleId(each) for each in body.target_roles),
        learning_style=body.learning_style,
        work_style=body.work_style,
        interests=tuple(body.interests),
        languages=tuple(body.languages),
        competencies=competencies,
        roles=roles,
    )
    return await _tell(commands, command)


@router.get(
    "/v1/people/{person_id}/profile", response_model=ProfileView, responses=problems(PersonNotFound)
)
async def show_profile(person_id: UUID, reads: Reads) -> Response:
    """What a person says of themselves and offers; accommodations are not part of it."""
    if reads.caller.person != person_id and not reads.caller.roles & _MAY_READ:
        raise SomebodyElse
    return await reads.one(partial(people.profile, person_id=person_id))


@router.put("/v1/people/{person_id}/accommodations", response_model=ProfileReceipt, responses=_OWN)
async def declare_accommodation(
    person_id: UUID, body: AccommodationBody, request: HttpRequest, commands: Commands
) -> Response:
    """Declare what matching must respect; nobody but you can read it back."""
    person = require_self(commands.caller, person_id)
    place = _place(commands.caller.tenant, person)
    async with commands.db() as db:
        await _require_employed(db, person)
        before = await accommodations.note(db, person_id=person)
        note = await resealed(vault_of(request), db, before, body.note, place)
    command = DeclareAccommodation(
        person_id=person,
        remote_only=body.remote_only,
        needs=tuple(body.needs),
        unavailable=tuple(body.unavailable),
        note=note,
    )
    return await _tell(commands, command)


def _place(tenant: str, person_id: PersonId) -> Place:
    return Place(tenant=tenant, stream=f"{PROFILE.category}-{person_id}", field="note")


@router.get(
    "/v1/people/{person_id}/accommodations",
    response_model=AccommodationView,
    responses=problems(SomebodyElse, PersonNeeded, NotFound),
)
async def show_accommodation(person_id: UUID, request: HttpRequest, reads: Reads) -> Response:
    """What you declared."""
    person = require_self(reads.caller, person_id)
    place = _place(reads.caller.tenant, person)

    async def query(db: Database) -> AccommodationView | None:
        view = await accommodations.accommodation(db, person_id=person)
        if view is None:
            return None
        note = await accommodations.note(db, person_id=person)
        return view.model_copy(update={"note": await opened(vault_of(request), db, note, place)})

    return await reads.one(query)


@router.put("/v1/people/{person_id}/capacity", response_model=ProfileReceipt, responses=_OWN)
async def declare_capacity(person_id: UUID, body: CapacityBody, commands: Commands) -> Response:
    """Say how many mentees you have room for, when, and what they may need."""
    person = require_self(commands.caller, person_id)
    async with commands.db() as db:
        await _require_employed(db, person)
    command = DeclareMentorCapacity(
        person_id=person,
        seats=body.seats,
        hours_per_month=body.hours_per_month,
        periods=tuple(body.periods),
        supports=tuple(dict.fromkeys(body.supports)),
    )
    return await _tell(commands, command)


@router.put(
    "/v1/people/{person_id}/protected-hours",
    response_model=ProfileReceipt,
    responses=problems(NotTheirManager, PersonNeeded, PersonNotFound),
)
async def grant_protected_hours(
    person_id: UUID, body: ProtectedHoursBody, commands: Commands
) -> Response:
    """Record how many hours a month this person may keep free, as their manager or a sponsor."""
    granter = person_of(commands.caller)
    async with commands.db() as db:
        position = await people.position(db, person_id=person_id)
    if position is None:
        raise PersonNotFound
    if position.manager_id == granter:
        commands.by("line manager")
    elif Role.SPONSOR in commands.caller.roles and granter != person_id:
        commands.by(Role.SPONSOR.value)
    else:
        raise NotTheirManager
    command = GrantProtectedTime(
        person_id=PersonId(person_id),
        hours_per_month=body.hours_per_month,
        granted_by=granter,
    )
    return await _tell(commands, command)
