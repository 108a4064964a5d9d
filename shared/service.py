"""What a service is made of: its composition root says it once, and everything else reads it.

`services/<name>/main.py` holds one line of effect, `SERVICE = Service(…)`; the runtime imports it
by its name and starts the API, the loops, or both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from fastapi import APIRouter

from shared.deadlines import DeadlineCommand
from shared.frozen import frozen
from shared.projection import Projection
from shared.reactor import Reaction
from shared.relay import CONSUMER as RELAY


@frozen
class Service:
    """One of the four: its name, its routes, its read tables, and what it hears."""

    name: str  # "enrollment": names its database, its log, and its topic
    title: str  # what people call it
    description: str  # one paragraph for the API's front page
    routers: Sequence[APIRouter]
    own: Projection  # read tables of its own events, written in the transaction that appends
    foreign: Sequence[Projection] = ()  # read tables of others' events, kept by consumers
    reactions: Sequence[Reaction] = ()  # others' events that become commands of its own
    deadlines: Mapping[str, DeadlineCommand] = field(default_factory=dict)  # by kind of timer
    private: frozenset[str] = frozenset()  # categories of streams that no operator is shown

    def consumers(self, *, over_kafka: bool) -> Iterator[tuple[str, str]]:
        """The name of each of its consumers, with each source that it hears."""
        for projection in self.foreign:
            for source in sorted(projection.sources):
                yield projection.name, source
        for reaction in self.reactions:
            yield reaction.name, reaction.source
        if over_kafka:
            yield RELAY, self.name
