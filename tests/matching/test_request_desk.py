"""Desks: never more on them than allowed; and shortlists."""

from dataclasses import replace

from services.matching.domain.request_desk import (
    DESK,
    ClearDesk,
    ReceiveRequest,
    SendRequest,
    SettleRequest,
)
from services.matching.domain.request_refusals import (
    AskedEnough,
    RequestsLeftOpen,
    TooManyPendingRequests,
)
from services.matching.domain.shortlist import (
    SHORTLIST,
    SHORTLIST_MAX,
    RemoveFromShortlist,
    Shortlist,
    ShortlistFull,
)
from shared.events.matching import (
    PartnerShortlisted,
    RequestReceived,
    RequestSent,
    RequestSettled,
    ShortlistingRemoved,
)
from shared.ids import RequestId, derived_id
from shared.testing import NOW, given
from tests.matching.cast import ANA, BEN, enrollment

WISH = RequestId(derived_id("wish"))
OTHER_WISH = RequestId(derived_id("other wish"))


def sent(request: RequestId) -> RequestSent:
    return RequestSent(enrollment_id=BEN, request_id=request, at=NOW)


def received(request: RequestId) -> RequestReceived:
    return RequestReceived(enrollment_id=BEN, request_id=request, at=NOW)


def settled(request: RequestId) -> RequestSettled:
    return RequestSettled(enrollment_id=BEN, request_id=request, at=NOW)


def test_no_more_requests_are_pending_than_allowed() -> None:
    send = SendRequest(enrollment_id=BEN, request_id=OTHER_WISH, requests_max=1)
    given(DESK).when(send).then(sent(OTHER_WISH))
    given(DESK, sent(OTHER_WISH)).when(send).then()
    given(DESK, sent(WISH)).when(send).then_refused(TooManyPendingRequests)
    given(DESK, sent(WISH), settled(WISH)).when(send).then(sent(OTHER_WISH))
    given(DESK, received(WISH)).when(send).then(sent(OTHER_WISH))


def test_nobody_is_asked_more_at_once_than_allowed() -> None:
    receive = ReceiveRequest(enrollment_id=BEN, request_id=OTHER_WISH, requests_max=1)
    given(DESK).when(receive).then(received(OTHER_WISH))
    given(DESK, received(OTHER_WISH)).when(receive).then()
    given(DESK, received(WISH)).when(receive).then_refused(AskedEnough)
    seen = replace(receive, seen_room=True)
    given(DESK).when(seen).then(received(OTHER_WISH))
    given(DESK, received(WISH)).when(seen).then_refused(RequestsLeftOpen)


def test_settling_what_is_not_open_records_nothing() -> None:
    settle = SettleRequest(enrollment_id=BEN, request_id=WISH)
    given(DESK, sent(WISH)).when(settle).then(settled(WISH))
    given(DESK).when(settle).then()


def test_a_desk_is_cleared_of_exactly_what_is_known() -> None:
    clear = ClearDesk(enrollment_id=BEN, requests=frozenset({WISH}))
    given(DESK, sent(WISH)).when(clear).then(settled(WISH))
    given(DESK, sent(WISH), received(OTHER_WISH)).when(clear).then_refused(RequestsLeftOpen)
    given(DESK).when(clear).then_refused(RequestsLeftOpen)


def test_a_shortlist_holds_each_once_and_not_too_many() -> None:
    add, drop = (kind(enrollment_id=BEN, partner=ANA) for kind in (Shortlist, RemoveFromShortlist))
    on = PartnerShortlisted(enrollment_id=BEN, partner=ANA, at=NOW)
    off = ShortlistingRemoved(enrollment_id=BEN, partner=ANA, at=NOW)
    given(SHORTLIST).when(add).then(on)
    given(SHORTLIST, on).when(add).then()
    given(SHORTLIST, on).when(drop).then(off)
    given(SHORTLIST).when(drop).then()
    full = [replace(on, partner=enrollment(str(number))) for number in range(SHORTLIST_MAX)]
    given(SHORTLIST, *full).when(add).then_refused(ShortlistFull)
