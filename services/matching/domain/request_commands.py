"""What may be asked of a request to be paired."""

from typing import TypeAlias

from shared.errors import Refused
from shared.events.matching import CloseReason, PairingFormat, PassReason
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RequestId
from shared.sealed import Sealed


@frozen
class Chosen:
    """Somebody to be asked, and what stands between them and who asks."""

    enrollment_id: EnrollmentId
    person_id: PersonId
    broken_rules: tuple[str, ...] = ()  # codes that may be told
    is_open: bool = True  # False: not to be paired with who asks, and nobody says why
    refusal: type[Refused] | None = None  # why they cannot be asked now, such as having no seat


@frozen
class MakeRequest:
    request_id: RequestId
    program_id: ProgramId
    cohort_id: CohortId
    asker: EnrollmentId
    asker_person: PersonId
    part: Part  # of who asks
    choices: tuple[Chosen, ...]  # the most wanted first
    format: PairingFormat
    request_days: int
    refusal: type[Refused] | None = None  # why nobody can be asked now, such as being paired
    message: Sealed | None = None


@frozen
class AcceptRequest:
    request_id: RequestId
    by: EnrollmentId
    pairing_id: PairingId


@frozen
class PassOn:
    """The one who is asked says no, does not answer, or can no longer be had."""

    request_id: RequestId
    asked: EnrollmentId
    reason: PassReason


@frozen
class Skipped:
    """Somebody whose turn comes, but who cannot be asked."""

    enrollment_id: EnrollmentId
    reason: PassReason


@frozen
class AskNext:
    """Whose turn it is after somebody was passed; None if all have been."""

    request_id: RequestId
    skipped: tuple[Skipped, ...]
    asked: EnrollmentId | None


@frozen
class CloseRequest:
    request_id: RequestId
    asked: EnrollmentId | None  # whose turn it is, as far as who commands knows
    reason: CloseReason


RequestCommand: TypeAlias = MakeRequest | AcceptRequest | PassOn | AskNext | CloseRequest
