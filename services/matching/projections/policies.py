"""Policies as rows: every version, with its author and reason."""

from collections.abc import Iterator

import msgspec

from shared.envelope import Recorded
from shared.events.matching import MatchingPolicySet
from shared.projection import Effect, Put, hears

_COLUMNS = ("program_id", "version", "author", "reason", "at")


@hears(MatchingPolicySet)
def policies(recorded: Recorded) -> Iterator[Effect]:
    """Every version of every program's policy; what it asks for is one document."""
    match recorded.event:
        case MatchingPolicySet() as fact:
            row = {name: getattr(fact, name) for name in _COLUMNS}
            said = msgspec.to_builtins(fact)
            terms = {name: value for name, value in said.items() if name not in _COLUMNS}
            yield Put(table="policies", row={**row, "terms": terms})
        case _:
            return
