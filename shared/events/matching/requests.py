"""Requests to be paired: asked of one after the other, answered, and called off."""

from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from shared.events.matching.formats import PairingFormat
from shared.events.vocabulary import Part
from shared.frozen import light
from shared.ids import CohortId, EnrollmentId, PairingId, PersonId, ProgramId, RequestId
from shared.sealed import Sealed


class PassReason(StrEnum):
    """Why a request went on from somebody, or went past them."""

    DECLINED = "declined"
    EXPIRED = "expired"
    SEATS_TAKEN = "seats_taken"
    ASKED_ENOUGH = "asked_enough"  # as many open requests as the program allows
    PAIRED = "paired"  # with somebody else
    NOT_AVAILABLE = "not_available"


class CloseReason(StrEnum):
    """Why a request is over without a pairing of its own."""

    WITHDRAWN = "withdrawn"
    PAIRED = "paired"  # who asked found somebody, by another request or another way
    LEFT = "left"  # who asked left the pool
    NOBODY_LEFT = "nobody_left"  # everybody who was named has been asked


@light
class Choice:
    """Somebody who may be asked."""

    enrollment_id: EnrollmentId
    person_id: PersonId


@light
class RequestMade:
    """Somebody wishes to be paired with one of `choices`, the first of them first."""

    request_id: RequestId
    program_id: ProgramId
    cohort_id: CohortId
    asker: EnrollmentId
    asker_person: PersonId
    part: Part  # of who asks
    choices: tuple[Choice, ...]
    format: PairingFormat
    request_days: int  # how long each of them has to answer
    message: Sealed | None
    at: datetime


@light
class ChoiceAsked:
    """It is this one's turn to answer."""

    request_id: RequestId
    asked: EnrollmentId
    answer_by: datetime
    at: datetime


@light
class ChoicePassed:
    """The request goes on: this one said no, did not answer, or cannot be asked."""

    request_id: RequestId
    passed: EnrollmentId
    reason: PassReason
    at: datetime


@light
class RequestAccepted:
    request_id: RequestId
    accepted_by: EnrollmentId
    pairing_id: PairingId
    at: datetime


@light
class RequestClosed:
    """It is over; `asked` had it before them, and reads why."""

    request_id: RequestId
    asker: EnrollmentId
    asked: EnrollmentId | None
    reason: CloseReason
    at: datetime


RequestEvent: TypeAlias = RequestMade | ChoiceAsked | ChoicePassed | RequestAccepted | RequestClosed


@light
class RequestSent:
    """One more request of this enrollment waits for an answer."""

    enrollment_id: EnrollmentId
    request_id: RequestId
    at: datetime


@light
class RequestReceived:
    """One more request waits for an answer of this enrollment."""

    enrollment_id: EnrollmentId
    request_id: RequestId
    at: datetime


@light
class RequestSettled:
    """A request no longer waits, for this enrollment."""

    enrollment_id: EnrollmentId
    request_id: RequestId
    at: datetime


DeskEvent: TypeAlias = RequestSent | RequestReceived | RequestSettled


@light
class PartnerShortlisted:
    """Seen by nobody but who wrote it down."""

    enrollment_id: EnrollmentId
    partner: EnrollmentId
    at: datetime


@light
class ShortlistingRemoved:
    enrollment_id: EnrollmentId
    partner: EnrollmentId
    at: datetime


ShortlistEvent: TypeAlias = PartnerShortlisted | ShortlistingRemoved
