"""Who is asking, and in which roles."""

from enum import StrEnum

from shared.errors import MentorshipError
from shared.frozen import frozen
from shared.ids import PersonId, TenantId


class Unauthenticated(MentorshipError):
    """The request carries no bearer token that is valid here and now."""


class Role(StrEnum):
    """What somebody may be in a tenant; relationships to particular people are not roles."""

    PROGRAM_MANAGER = "program_manager"
    SPONSOR = "sponsor"
    ADVISORY = "advisory"
    MENTOR = "mentor"
    MENTEE = "mentee"
    AUDITOR = "auditor"
    HR_PLATFORM = "hr_platform"
    OPERATOR = "operator"
    EMPLOYEE = "employee"  # every signed-in person


@frozen
class Principal:
    """The caller as the token proves it."""

    tenant: TenantId
    subject: str
    person: PersonId | None  # None for a service account
    roles: frozenset[Role]
    expires_at: float  # seconds since 1970, by the true clock
