"""Who may do what to whom: relationships that a role alone does not tell."""

from collections.abc import Callable
from uuid import UUID

from services.enrollment.domain.enrollment.state import Enrollment, EnrollmentNotFound
from services.enrollment.domain.program import Program
from services.enrollment.queries.enrollments import Viewer
from shared.auth import Principal, Role
from shared.errors import NotAllowed, NotFound
from shared.ids import PersonId


class PersonNeeded(NotAllowed):
    """Only a person can do this: the token belongs to a service."""


class SomebodyElse(NotFound):
    """Only the person themselves may do or see this."""


def person_of(caller: Principal) -> PersonId:
    """The person who asks.

    Raises:
        PersonNeeded: it is a service.
    """
    if caller.person is None:
        raise PersonNeeded
    return caller.person


def require_self(caller: Principal, person_id: UUID) -> PersonId:
    """The person who asks, who must be the one that is asked about.

    Raises:
        PersonNeeded: it is a service.
        SomebodyElse: it is another person.
    """
    person = person_of(caller)
    if person != person_id:
        raise SomebodyElse
    return person


def managed_by(caller: Principal) -> Callable[[Program], None]:
    """A check that lets only the program's own program managers through."""
    return lambda program: program.require_manager(caller.person)


def own(caller: Principal) -> Callable[[Enrollment], None]:
    """A check that lets only the participant through; nobody else learns that there is one."""
    person = person_of(caller)

    def check(enrollment: Enrollment) -> None:
        if enrollment.submitted().person_id != person:
            raise EnrollmentNotFound

    return check


def viewer_of(caller: Principal) -> Viewer:
    """Which enrollments this caller may see; auditors see pseudonyms of all."""
    return Viewer(person_id=caller.person, sees_all=Role.AUDITOR in caller.roles)
