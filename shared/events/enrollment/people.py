"""People, their profiles, and the words of competence they may use."""

from datetime import date, datetime
from typing import TypeAlias

from shared.events.vocabulary import CompetencyLevel, Period
from shared.frozen import light
from shared.ids import CompetencyId, PersonId, TargetRoleId
from shared.sealed import Sealed


@light
class CompetencyDefined:
    competency_id: CompetencyId
    code: str  # the vocabulary's own code, such as an O*NET element id
    name: str
    category: str
    description: str
    at: datetime


@light
class CompetencyRetired:
    competency_id: CompetencyId
    at: datetime


CompetencyEvent: TypeAlias = CompetencyDefined | CompetencyRetired


@light
class TargetRoleDefined:
    role_id: TargetRoleId
    code: str
    title: str
    description: str
    competencies: tuple[CompetencyId, ...]
    at: datetime


TargetRoleEvent: TypeAlias = TargetRoleDefined


@light
class Position:
    """Where a person stands in the organisation, in codes."""

    function: str
    level: str
    site: str
    time_zone: str  # IANA name
    hired_on: date
    manager_id: PersonId | None = None


@light
class PersonRegistered:
    person_id: PersonId
    position: Position
    at: datetime


@light
class PersonMoved:
    person_id: PersonId
    position: Position
    at: datetime


@light
class IdentityCorrected:
    """A name or mail address changed; what it is stands in the identity table alone."""

    person_id: PersonId
    at: datetime


@light
class PersonLeft:
    person_id: PersonId
    at: datetime


@light
class PersonErased:
    """The identity row is gone and the keys of the person's text are destroyed."""

    person_id: PersonId
    at: datetime


PersonEvent: TypeAlias = (
    PersonRegistered | PersonMoved | IdentityCorrected | PersonLeft | PersonErased
)


@light
class ProfileUpdated:
    """What a person says of themselves; every list may be empty."""

    person_id: PersonId
    expertise: tuple[CompetencyLevel, ...] = ()
    growth_goals: tuple[CompetencyId, ...] = ()  # most wanted first
    target_roles: tuple[TargetRoleId, ...] = ()
    learning_style: str | None = None  # "reading", "doing", "talking", "watching"
    work_style: str | None = None  # "planner", "explorer", "connector", "finisher"
    interests: tuple[str, ...] = ()  # codes
    languages: tuple[str, ...] = ("en",)  # BCP 47
    at: datetime


@light
class AccommodationDeclared:
    """What matching must respect; the words behind it are sealed."""

    person_id: PersonId
    remote_only: bool
    needs: tuple[str, ...]  # codes, such as "captions", "step-free"
    unavailable: tuple[Period, ...]  # caring hours and the like
    note: Sealed | None = None
    at: datetime


@light
class MentorCapacityDeclared:
    person_id: PersonId
    seats: int
    hours_per_month: int
    periods: tuple[Period, ...]
    at: datetime
    supports: tuple[str, ...] = ()  # codes of needs that this mentor can meet


@light
class ProtectedTimeGranted:
    person_id: PersonId
    hours_per_month: int
    granted_by: PersonId
    at: datetime


ProfileEvent: TypeAlias = (
    ProfileUpdated | AccommodationDeclared | MentorCapacityDeclared | ProtectedTimeGranted
)
