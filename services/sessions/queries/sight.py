"""Who looks at a pair, what they may see of it, and how sealed texts come to be read."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from services.sessions.domain.journey.commands import JourneyOver, JourneyUnknown
from services.sessions.domain.journey.state import Phase
from shared.auth import Principal, Role
from shared.database import Database
from shared.errors import NotAllowed
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import View
from shared.ids import EnrollmentId, PairingId, PersonId, ProgramId, TenantId
from shared.sealed import Sealed
from shared.vault import ERASED, Place, Vault

BOTH: Final = frozenset(Part)


class NotOfThisPair(NotAllowed):
    """Only the mentor and the mentee of this pairing may write here."""


class WritingView(View):
    """A text somebody wrote: there or not, for you to read or not, erased or not."""

    has_text: bool
    text: str | None
    erased: bool


@frozen
class Pair:
    """Two people in a journey, as one caller sees them; `part` is the caller's own place."""

    tenant: TenantId
    pairing_id: PairingId
    program_id: ProgramId
    mentee: EnrollmentId
    mentor_person: PersonId
    mentee_person: PersonId
    phase: Phase
    part: Part | None  # None: of the program's staff, who see that texts exist and no more

    def member(self) -> Part:
        """The caller's part.

        Raises:
            NotOfThisPair: the caller is neither of the two.
        """
        if self.part is None:
            raise NotOfThisPair
        return self.part

    def check_not_ended(self) -> None:
        """Goals and roadmaps go on after a completed journey, but not after a broken one.

        Raises:
            JourneyOver: the pairing ended before the journey was complete.
        """
        if self.phase is Phase.ENDED:
            raise JourneyOver

    @property
    def persons(self) -> tuple[PersonId, PersonId]:
        """Mentor and mentee."""
        return self.mentor_person, self.mentee_person


@frozen
class Sight:
    """One caller looking at one pair."""

    db: Database
    pair: Pair
    vault: Vault

    def may_read(self, allowed: frozenset[Part]) -> bool:
        """Whether the caller is one of those who may read something."""
        return self.pair.part is not None and self.pair.part in allowed

    async def writing(
        self, stored: str | None, place: Place, allowed: frozenset[Part] = BOTH
    ) -> WritingView:
        """A stored text as the caller may see it."""
        if stored is None:
            return WritingView(has_text=False, text=None, erased=False)
        return await self.opened(sealed_of(stored), place, allowed)

    async def opened(
        self, sealed: Sealed, place: Place, allowed: frozenset[Part] = BOTH
    ) -> WritingView:
        """A sealed text as the caller may see it."""
        if not self.may_read(allowed):
            return WritingView(has_text=True, text=None, erased=False)
        text = await self.vault.open(self.db, sealed, place)
        if text is ERASED:
            return WritingView(has_text=True, text=None, erased=True)
        return WritingView(has_text=True, text=text, erased=False)


_PAIR = """
SELECT program_id, mentee, mentor_person, mentee_person, phase, EXISTS (
    SELECT FROM programs.program_managers AS m
    WHERE m.program_id = j.program_id AND m.person_id = $2
) AS manages
FROM read.journeys AS j WHERE pairing_id = $1
"""


async def pair_of(db: Database, caller: Principal, pairing_id: PairingId) -> Pair:
    """The pair as the caller sees it.

    Raises:
        JourneyUnknown: there is none, or the caller may not see it.
    """
    row = await db.fetchrow(_PAIR, pairing_id, caller.person)
    if row is None:
        raise JourneyUnknown
    part = _part_in(row, caller.person)
    manages = Role.PROGRAM_MANAGER in caller.roles and row["manages"]
    if part is None and not manages and Role.AUDITOR not in caller.roles:
        raise JourneyUnknown
    return Pair(
        tenant=caller.tenant,
        pairing_id=pairing_id,
        program_id=row["program_id"],
        mentee=row["mentee"],
        mentor_person=row["mentor_person"],
        mentee_person=row["mentee_person"],
        phase=Phase(row["phase"]),
        part=part,
    )


def sealed_of(stored: str) -> Sealed:
    """A sealed text as tables hold it."""
    return msgspec.json.decode(stored, type=Sealed)


def _part_in(row: Mapping[str, Any], person: PersonId | None) -> Part | None:
    if person is None:
        return None
    if row["mentor_person"] == person:
        return Part.MENTOR
    return Part.MENTEE if row["mentee_person"] == person else None
