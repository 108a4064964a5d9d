"""Who is not put together: what a person asks for, and what a program's managers decide.

Both are private. The first is shown to who declared it alone, the second to managers alone; to
everybody else such a pair is like any other that is not made. Whoever follows the log sees no
more: who is kept from whom is sealed, and ids are made with a key.
"""

from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from shared.frozen import light
from shared.ids import PersonId, ProgramId
from shared.sealed import Sealed


@light
class BarDeclared:
    """Not with this person, or with nobody of this function; in every program."""

    bar_id: UUID  # made from the target with the same key
    person_id: PersonId  # who declares it
    target: Sealed  # a person or a function, under a key of who declares it
    at: datetime


@light
class BarWithdrawn:
    bar_id: UUID
    person_id: PersonId
    at: datetime


BarEvent: TypeAlias = BarDeclared | BarWithdrawn


@light
class PairBarred:
    """A manager keeps two people apart in a program, whoever of them mentors."""

    bar_id: UUID  # made from the two with the same key
    program_id: ProgramId
    people: Sealed  # both, under a key of the first by id, as are the reasons
    by: PersonId
    reason: Sealed
    at: datetime


@light
class PairUnbarred:
    bar_id: UUID
    program_id: ProgramId
    by: PersonId
    reason: Sealed
    at: datetime


BarredPairEvent: TypeAlias = PairBarred | PairUnbarred
