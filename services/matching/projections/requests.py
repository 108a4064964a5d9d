"""Requests as rows with everybody they name, the timer of whose turn it is, and shortlists."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from shared.envelope import Recorded
from shared.events.matching import (
    ChoiceAsked,
    ChoicePassed,
    CloseReason,
    PartnerShortlisted,
    PassReason,
    RequestAccepted,
    RequestClosed,
    RequestMade,
    ShortlistingRemoved,
)
from shared.ids import EnrollmentId, RequestId, derived_id
from shared.projection import Change, Effect, Put, Remove, hears

REQUEST_TIMER = "request_turn"
_CLOSED = {
    CloseReason.WITHDRAWN: "withdrawn",
    CloseReason.PAIRED: "overtaken",
    CloseReason.LEFT: "withdrawn",
    CloseReason.NOBODY_LEFT: "unanswered",
}


@hears(RequestMade, ChoiceAsked, ChoicePassed, RequestAccepted, RequestClosed)
def requests(recorded: Recorded) -> Iterator[Effect]:
    """One row for each request, with who is asked now."""
    match recorded.event:
        case RequestMade() as fact:
            yield _made(recorded, fact)
        case ChoiceAsked(request_id=where, asked=asked, answer_by=answer_by):
            yield _change(recorded, where, {"asked": asked, "answer_by": answer_by})
        case ChoicePassed(request_id=where):
            yield _change(recorded, where, {"asked": None, "answer_by": None})
        case RequestAccepted(request_id=where, pairing_id=pairing_id, at=at):
            accepted = {"state": "accepted", "pairing_id": pairing_id, "closed_at": at}
            yield _change(recorded, where, accepted)
        case RequestClosed(request_id=where, reason=reason, at=at):
            closed = {"state": "closed", "reason": reason.value, "closed_at": at}
            yield _change(recorded, where, closed)
        case _:
            return


@hears(RequestMade, ChoiceAsked, ChoicePassed, RequestAccepted, RequestClosed)
def request_choices(recorded: Recorded) -> Iterator[Effect]:
    """One row for everybody a request names: what became of their turn, and why."""
    match recorded.event:
        case RequestMade() as fact:
            for place, choice in enumerate(fact.choices, 1):
                row = {
                    "request_id": fact.request_id,
                    "enrollment_id": choice.enrollment_id,
                    "person_id": choice.person_id,
                    "place": place,
                    "state": "waiting",
                }
                yield Put(table="request_choices", row=row)
        case ChoiceAsked(request_id=where, asked=asked, answer_by=answer_by, at=at):
            turn = {"state": "asked", "asked_at": at, "answer_by": answer_by}
            yield _choice(where, asked, turn)
        case ChoicePassed(request_id=where, passed=passed, reason=reason, at=at):
            yield _choice(where, passed, _over("passed", reason.value, at))
        case RequestAccepted(request_id=where, accepted_by=who, at=at):
            yield _choice(where, who, _over("accepted", None, at))
        case RequestClosed(request_id=where, asked=asked, reason=reason, at=at):
            if asked is not None:
                yield _choice(where, asked, _over("closed", reason.value, at))
        case _:
            return


@hears(ChoiceAsked, ChoicePassed, RequestAccepted, RequestClosed)
def request_deadlines(recorded: Recorded) -> Iterator[Effect]:
    """Who is asked has until `answer_by`; who was passed leaves the turn to the next at once."""
    match recorded.event:
        case ChoiceAsked(request_id=where, answer_by=answer_by):
            yield _due(where, answer_by)
        case ChoicePassed(request_id=where, at=at):
            yield _due(where, at)
        case RequestAccepted(request_id=where) | RequestClosed(request_id=where):
            yield Remove(table="deadlines", key={"deadline_id": derived_id(REQUEST_TIMER, where)})
        case _:
            return


@hears(ChoiceAsked, ChoicePassed, RequestAccepted, RequestClosed)
def request_notices(recorded: Recorded) -> Iterator[Effect]:
    """What people are told of requests: that they are asked, and why no longer."""
    match recorded.event:
        case ChoiceAsked() as fact:
            told = {"enrollment_id": fact.asked, "due_at": fact.answer_by}
            yield _notice(recorded, fact.request_id, "request_received", told)
        case ChoicePassed(passed=passed, reason=PassReason.EXPIRED) as fact:
            yield _notice(recorded, fact.request_id, "request_expired", {"enrollment_id": passed})
        case ChoicePassed(passed=passed, reason=PassReason.PAIRED) as fact:
            yield _notice(recorded, fact.request_id, "request_overtaken", {"enrollment_id": passed})
        case RequestAccepted() as fact:
            told = {"pairing_id": fact.pairing_id}
            yield _notice(recorded, fact.request_id, "request_accepted", told)
        case RequestClosed(reason=CloseReason.NOBODY_LEFT) as fact:
            told = {"enrollment_id": fact.asker}
            yield _notice(recorded, fact.request_id, "request_unanswered", told)
        case RequestClosed(asked=asked) as fact:
            if asked is not None:
                told = {"enrollment_id": asked}
                yield _notice(recorded, fact.request_id, f"request_{_CLOSED[fact.reason]}", told)
        case _:
            return


@hears(PartnerShortlisted, ShortlistingRemoved)
def shortlists(recorded: Recorded) -> Iterator[Effect]:
    """One row for everybody whom somebody has in mind."""
    match recorded.event:
        case PartnerShortlisted(enrollment_id=where, partner=partner, at=at):
            row = {"enrollment_id": where, "partner": partner, "at": at}
            yield Put(table="shortlists", row=row)
        case ShortlistingRemoved(enrollment_id=where, partner=partner):
            yield Remove(table="shortlists", key={"enrollment_id": where, "partner": partner})
        case _:
            return


def _made(recorded: Recorded, fact: RequestMade) -> Effect:
    row = {
        "request_id": fact.request_id,
        "program_id": fact.program_id,
        "cohort_id": fact.cohort_id,
        "asker": fact.asker,
        "asker_person": fact.asker_person,
        "part": fact.part.value,
        "format": fact.format.value,
        "state": "open",
        "message": None if fact.message is None else msgspec.to_builtins(fact.message),
        "made_at": fact.at,
        "version": recorded.version,
    }
    return Put(table="requests", row=row)


def _change(recorded: Recorded, where: RequestId, values: Mapping[str, Any]) -> Effect:
    key = {"request_id": where}
    return Change(table="requests", key=key, values={**values, "version": recorded.version})


def _choice(where: RequestId, who: EnrollmentId, values: Mapping[str, Any]) -> Effect:
    key = {"request_id": where, "enrollment_id": who}
    return Change(table="request_choices", key=key, values=values)


def _over(state: str, reason: str | None, at: datetime) -> Mapping[str, Any]:
    return {"state": state, "reason": reason, "answered_at": at}


def _notice(recorded: Recorded, where: RequestId, kind: str, told: Mapping[str, Any]) -> Effect:
    at = recorded.event.at
    row = {"notice_id": recorded.event_id, "request_id": where, "kind": kind, "at": at, **told}
    return Put(table="notices", row=row)


def _due(where: RequestId, due_at: datetime) -> Effect:
    row = {
        "deadline_id": derived_id(REQUEST_TIMER, where),
        "due_at": due_at,
        "kind": REQUEST_TIMER,
        "subject": where,
        "payload": {},
    }
    return Put(table="deadlines", row=row)
