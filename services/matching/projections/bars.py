"""Bars as rows; a bar that was taken back leaves none."""

from collections.abc import Iterator

import msgspec

from shared.envelope import Recorded
from shared.events.matching import BarDeclared, BarWithdrawn, PairBarred, PairUnbarred
from shared.projection import Effect, Put, Remove, hears


@hears(BarDeclared, BarWithdrawn)
def bars(recorded: Recorded) -> Iterator[Effect]:
    """What people asked for, for their own eyes and for matching."""
    match recorded.event:
        case BarDeclared() as fact:
            row = {
                "person_id": fact.person_id,
                "bar_id": fact.bar_id,
                "target": msgspec.to_builtins(fact.target),
                "declared_at": fact.at,
            }
            yield Put(table="bars", row=row)
        case BarWithdrawn(person_id=person_id, bar_id=bar_id):
            yield Remove(table="bars", key={"person_id": person_id, "bar_id": bar_id})
        case _:
            return


@hears(PairBarred, PairUnbarred)
def barred_pairs(recorded: Recorded) -> Iterator[Effect]:
    """The managers' list of who is kept apart in a program."""
    match recorded.event:
        case PairBarred() as fact:
            row = {
                "program_id": fact.program_id,
                "bar_id": fact.bar_id,
                "people": msgspec.to_builtins(fact.people),
                "barred_by": fact.by,
                "reason": msgspec.to_builtins(fact.reason),
                "barred_at": fact.at,
                "version": recorded.version,
            }
            yield Put(table="barred_pairs", row=row)
        case PairUnbarred(program_id=program_id, bar_id=bar_id):
            yield Remove(table="barred_pairs", key={"program_id": program_id, "bar_id": bar_id})
        case _:
            return
