"""One short history of a system whose every part may fail between any two of its steps."""

from collections.abc import Callable, Sequence
from functools import cache
from random import Random

from services.matching.domain.closing import Sides
from shared.codec import CODEC
from shared.envelope import Recorded
from shared.errors import MentorshipError
from shared.events.vocabulary import Part
from shared.eventstore import StoredAnswer
from shared.eventstore.memory import MemoryEventStore
from tests.simulation import company
from tests.simulation.carrying import Carrier, Group, Relay, Sabotage
from tests.simulation.company import MENTEES, MENTORS, NOW, AnyStep
from tests.simulation.hearing import Companion, Figures
from tests.simulation.promises import assert_promises
from tests.simulation.serving import Process, Request

HONEST = Sabotage()
PARTS = (Part.MENTOR, Part.MENTEE)


class History:
    """Clients, two processes of matching, a relay, a bus, and two members of each consumer."""

    def __init__(self, sabotage: Sabotage = HONEST) -> None:
        self.log = MemoryEventStore("matching", now=lambda: NOW)
        self.journeys = MemoryEventStore("sessions", now=lambda: NOW)
        self.promised: dict[int, tuple[Request, StoredAnswer]] = {}
        self.figures = Figures()
        self.companion = Companion(self.journeys)
        self._bus = Carrier()
        self._relay = Relay(self.log, self._bus, sabotage)
        self._processes = (Process(self.log), Process(self.log))
        self._consumers = [
            Group(self._bus, self.figures.hear, sabotage),
            Group(self._bus, self.companion.hear, sabotage),
        ]
        self._unknown: list[Request] = []
        self._asked = 0
        self._pairs: list[Sides] = []
        for event, record in _listed():
            self.log.keep(event, record)

    def step(self, action: int, argument: int) -> None:
        """One thing that happens; which, and to whom, says a number."""
        ACTIONS[action % len(ACTIONS)](self, argument)

    def propose(self, argument: int) -> None:
        sides = company.pair_of(argument)
        self._pairs.append(sides)
        self._ask(company.proposed(sides), self._process(argument))

    def answer(self, argument: int) -> None:
        """Somebody of a pair says something about it, most often yes."""
        if not self._pairs:
            return
        sides = self._pairs[argument // 8 % len(self._pairs)]
        by = PARTS[argument % 2]
        say = (company.accepted, company.accepted, company.declined, company.ended)
        self._ask(say[argument // 2 % 4](sides, by), self._process(argument // 4))

    def agree(self, argument: int) -> None:
        """Both say yes, one after the other."""
        if self._pairs:
            sides = self._pairs[argument % len(self._pairs)]
            for by in PARTS:
                self._ask(company.accepted(sides, by), self._processes[0])
                self._finish(self._processes[0])

    def resize(self, argument: int) -> None:
        who = MENTORS[argument % 2]
        self._ask(company.resized(who, 1 + argument // 2 % 3), self._process(argument // 8))

    def advance(self, argument: int) -> None:
        self._finish_step(self._process(argument))

    def kill_process(self, argument: int) -> None:
        request = self._process(argument).kill()
        if request is not None:
            self._unknown.append(request)

    def lose_answer(self, argument: int) -> None:
        """Committed, and the client never hears of it: it will ask again under its key."""
        process = self._process(argument)
        request = process.request
        process.end()
        if request is not None:
            self._unknown.append(request)

    def ask_again(self, argument: int) -> None:
        process = self._process(argument)
        if self._unknown and process.request is None:
            request = self._unknown.pop(0)
            self._heard(request, process.begin(request))

    def relay(self, argument: int) -> None:
        self._relay.publish(1 + argument % 8)

    def kill_relay(self, argument: int) -> None:
        self._relay.publish(1 + argument % 8, killed=True)

    def wake_zombie_relay(self, argument: int) -> None:
        self._relay.publish(1 + argument % 16, zombie=True)

    def take(self, argument: int) -> None:
        self._consumer_of(argument).member(argument).take(Random(argument))

    def commit(self, argument: int) -> None:
        self._consumer_of(argument).commit(argument)

    def take_over(self, argument: int) -> None:
        self._consumer_of(argument).member(argument).claim()

    def kill_member(self, argument: int) -> None:
        member = self._consumer_of(argument).member(argument)
        member.move_only()
        member.lose()

    def come_to_rest(self) -> None:
        """Faults end; everything goes on by itself, and the promises are looked at."""
        for process in self._processes:
            self._finish(process)
        while self._unknown:
            self.ask_again(0)
            self._finish(self._processes[0])
        while not self._relay.is_done():
            self._relay.publish(100)
        for consumer in self._consumers:
            consumer.drain()
        assert_promises(self)

    def _ask(self, steps: Sequence[AnyStep], process: Process) -> None:
        if process.request is not None:  # busy: let it go on first
            self._finish(process)
        self._asked += 1
        request = Request(number=self._asked, steps=steps)
        self._heard(request, process.begin(request))

    def _finish(self, process: Process) -> None:
        while process.request is not None:
            self._finish_step(process)

    def _finish_step(self, process: Process) -> None:
        if process.request is not None:
            self._heard(process.request, process.advance())

    def _heard(self, request: Request, answer: StoredAnswer | MentorshipError | None) -> None:
        if isinstance(answer, StoredAnswer):
            before = self.promised.setdefault(request.number, (request, answer))
            assert before[1].body == answer.body, "one key, two answers"

    def _process(self, argument: int) -> Process:
        return self._processes[argument % 2]

    def _consumer_of(self, argument: int) -> Group:
        return self._consumers[argument // 2 % 2]


@cache
def _listed() -> Sequence[tuple[Recorded, bytes]]:
    """Everybody is in the pool when a history begins; told once, since it is always the same."""
    log, kept = MemoryEventStore("matching", now=lambda: NOW), []
    for number, who in enumerate((*MENTORS, *MENTEES)):
        Process(log).begin_and_end(Request(number=-number, steps=company.listed(who)))
    for events in log.streams.values():
        kept += [(event, CODEC.encode(event)) for event in events]
    return kept


ACTIONS: Sequence[Callable[[History, int], None]] = (
    History.propose,
    History.propose,
    History.answer,
    History.agree,
    History.resize,
    History.advance,
    History.kill_process,
    History.lose_answer,
    History.ask_again,
    History.relay,
    History.kill_relay,
    History.wake_zombie_relay,
    History.take,
    History.take,
    History.commit,
    History.commit,
    History.take_over,
    History.kill_member,
)
