"""A market in memory in which anybody may ask, answer, and take back, all at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from hypothesis import strategies as st

from services.matching.domain.pairing_commands import ProposePairing
from services.matching.domain.request import REQUEST, Accepted, NotMade, Open, remaining
from services.matching.domain.request_commands import AcceptRequest, Chosen, MakeRequest
from services.matching.domain.request_settling import OpenRequest, closed, passed
from services.matching.domain.request_turn import (
    Turn,
    TurnCommand,
    accepting,
    asking,
    decider_of,
    turning,
)
from services.matching.domain.roster import ROSTER
from shared.command_handler import CommandHandler, Step
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.events.matching import CloseReason, PairingFormat, PassReason
from shared.events.vocabulary import Part
from shared.eventstore.memory import MemoryEventStore
from shared.frozen import frozen
from shared.ids import EnrollmentId, PairingId, RequestId, derived_id
from tests.matching.cast import COHORT, POLICY_SET, PROGRAM, enrollment, person
from tests.matching.market import (
    MENTEES,
    MENTORS,
    PAIRS,
    PARTS,
    Dial,
    Steps,
    being_proposed,
    declining,
    listing,
)
from tests.matching.town import CAUSE

PENDING_MAX, OPEN_MAX = 2, 2
POLICY = replace(
    POLICY_SET, pending_requests_max=PENDING_MAX, open_requests_max=OPEN_MAX, request_days=3
)
NUMBERS = range(8)  # of requests
NAMES = {enrollment(name): name for name in (*MENTORS, *MENTEES)}


@frozen
class Ask:
    number: int
    asker: str
    choices: tuple[str, ...]


@frozen
class Accept:
    number: int


@frozen
class Decline:
    number: int


@frozen
class Withdraw:
    number: int


@frozen
class TimeOut:
    """The timer of a request runs out, whether or not it is time."""

    number: int


@frozen
class ByHand:
    """What a manager or the two of a pair do besides requests."""

    steps: Steps


Wish: TypeAlias = Ask | Accept | Decline | Withdraw | TimeOut | ByHand

_NUMBER = st.sampled_from(NUMBERS)
_ASKS = st.one_of(
    st.builds(
        Ask,
        number=_NUMBER,
        asker=st.sampled_from(MENTEES),
        choices=st.permutations(MENTORS).map(tuple),
    ),
    st.builds(
        Ask,
        number=_NUMBER,
        asker=st.sampled_from(MENTORS),
        choices=st.permutations(MENTEES).map(tuple),
    ),
)
WISHES: st.SearchStrategy[Wish] = st.one_of(
    _ASKS,
    _ASKS,
    st.builds(Accept, number=_NUMBER),
    st.builds(Accept, number=_NUMBER),
    st.builds(Decline, number=_NUMBER),
    st.builds(Withdraw, number=_NUMBER),
    st.builds(TimeOut, number=_NUMBER),
    st.builds(ByHand, steps=st.builds(being_proposed, PAIRS)),
    st.builds(ByHand, steps=st.builds(declining, PAIRS, PARTS)),
)


def request_id(number: int) -> RequestId:
    return RequestId(derived_id("request", number))


class RequestMarket:
    """Answers wishes as the service does: looks, decides what follows, and asks for it at once."""

    def __init__(self) -> None:
        self.dial = Dial()
        self.store = MemoryEventStore("matching", now=self.dial.now)
        self.handler = CommandHandler(self.store, self.dial.now)

    async def open(self) -> None:
        for name in (*MENTORS, *MENTEES):
            await self.handler.execute(CAUSE, listing(name))

    async def at_once(self, wishes: Sequence[Wish]) -> None:
        """Everybody looks first, and then all of it is asked for together."""
        looked = [self.steps(wish) for wish in wishes]
        await asyncio.gather(*(self._asked(steps) for steps in looked))

    def events(self, stream: str) -> list[Recorded]:
        return list(self.store.streams.get((CAUSE.tenant, stream), ()))

    def state(self, decider: Any, key: object) -> Any:  # noqa: ANN401  # of any kind
        told = self.events(f"{decider.category}-{key}")
        return decider.fold([recorded.event for recorded in told])

    def steps(self, wish: Wish) -> Steps:
        if isinstance(wish, ByHand):
            return wish.steps
        commands: Sequence[TurnCommand]
        if isinstance(wish, Ask):
            commands = self._asking(wish)
        else:
            request = self.state(REQUEST, request_id(wish.number))
            commands = [] if isinstance(request, NotMade) else self._following(wish, request)
        return [Step(decider=decider_of(each), command=each) for each in commands]

    async def _asked(self, steps: Steps) -> None:
        try:
            if steps:
                await self.handler.execute(CAUSE, steps)
        except MentorshipError:
            return

    def _asking(self, wish: Ask) -> Sequence[TurnCommand]:
        make = MakeRequest(
            request_id=request_id(wish.number),
            program_id=PROGRAM,
            cohort_id=COHORT,
            asker=enrollment(wish.asker),
            asker_person=person(wish.asker),
            part=Part.MENTOR if wish.asker in MENTORS else Part.MENTEE,
            choices=tuple(
                Chosen(enrollment_id=enrollment(name), person_id=person(name))
                for name in wish.choices
            ),
            format=PairingFormat.ONE_TO_ONE,
            request_days=POLICY.request_days,
        )
        return asking(make, POLICY)

    def _following(
        self,
        wish: Accept | Decline | Withdraw | TimeOut,
        request: Any,  # noqa: ANN401  # a state
    ) -> Sequence[TurnCommand]:
        where = request.terms.request_id
        turn = request.turn if isinstance(request, Open) else None
        asked = None if turn is None else turn.asked
        match wish:
            case Accept():
                by = request.answer.accepted_by if isinstance(request, Accepted) else asked
                return () if by is None else self._accepting(request, by)
            case Decline():
                return () if asked is None else passed(where, asked, PassReason.DECLINED)
            case Withdraw():
                one = OpenRequest(request_id=where, asker=request.terms.asker, asked=asked)
                return closed(one, CloseReason.WITHDRAWN)
            case TimeOut():
                return self._turning(request, asked) if isinstance(request, Open) else ()

    def _turning(self, request: Open, asked: EnrollmentId | None) -> Sequence[TurnCommand]:
        terms = request.terms
        over = [] if asked is None else passed(terms.request_id, asked, PassReason.EXPIRED)
        turn = Turn(request_id=terms.request_id, asker=terms.asker, waiting=remaining(request))
        return [*over, *turning(turn, self._hindrance, POLICY)]

    def _hindrance(self, who: EnrollmentId) -> PassReason | None:
        roster = self.state(ROSTER, who)
        return PassReason.SEATS_TAKEN if len(roster.taken) >= roster.seats else None

    def _accepting(self, request: Any, by: EnrollmentId) -> Sequence[TurnCommand]:  # noqa: ANN401  # a state
        terms = request.terms
        mentor, mentee = (by, terms.asker)
        if terms.part is Part.MENTOR:
            mentor, mentee = terms.asker, by
        pairing_id = PairingId(derived_id("pairing", terms.request_id, by))
        accept = AcceptRequest(request_id=terms.request_id, by=by, pairing_id=pairing_id)
        propose = ProposePairing(
            pairing_id=pairing_id,
            program_id=PROGRAM,
            cohort_id=COHORT,
            mentor=mentor,
            mentee=mentee,
            mentor_person=person(NAMES[mentor]),
            mentee_person=person(NAMES[mentee]),
            run_id=None,
            score=500,
            cross_functional=True,
            answer_days=7,
            trial_days=30,
        )
        return accepting(accept, propose, POLICY, self._open_at(mentee))

    def _open_at(self, who: EnrollmentId) -> list[OpenRequest]:
        found = []
        for number in NUMBERS:
            request = self.state(REQUEST, request_id(number))
            if isinstance(request, Open):
                asked = None if request.turn is None else request.turn.asked
                if who in (request.terms.asker, asked):
                    where, asker = request.terms.request_id, request.terms.asker
                    found.append(OpenRequest(request_id=where, asker=asker, asked=asked))
        return found
