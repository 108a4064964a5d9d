"""What a route about a pair asks for: the pair as its caller sees it, to write in or to read of."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from services.sessions.queries.sight import Pair, Sight, pair_of
from shared.database import Database
from shared.events.vocabulary import Part
from shared.frozen import frozen
from shared.http import (
    BoundCommands,
    BoundReads,
    Commands,
    PageOf,
    PageRequest,
    Reads,
    as_author,
    vault_of,
)
from shared.ids import PairingId, PersonId
from shared.sealed import Sealed
from shared.vault import Place, Vault


@frozen
class Author:
    """One of the two, about to write; what is written carries their part as its right."""

    pair: Pair
    part: Part
    person: PersonId
    commands: BoundCommands
    vault: Vault

    @property
    def pairing_id(self) -> PairingId:
        """Which pairing it is."""
        return self.pair.pairing_id

    async def seal(self, text: str, place: Place, purpose: str) -> Sealed:
        """A text under a key of this author.

        Raises:
            AuthorErased: the keys of this author were destroyed.
        """
        with as_author():
            async with self.commands.db() as db:
                return await self.vault.seal(
                    db, text, place, subject=str(self.person), purpose=purpose
                )

    async def seal_any(self, text: str | None, place: Place, purpose: str) -> Sealed | None:
        """A text under a key of this author, or none if nothing was written."""
        return None if text is None else await self.seal(text, place, purpose)


async def author_of(pairing_id: UUID, commands: Commands, request: HttpRequest) -> Author:
    """The caller as one of the pair.

    Raises:
        JourneyUnknown: there is no such pair that the caller may see.
        NotOfThisPair: the caller may see it, but is neither of the two.
    """
    caller = commands.caller
    async with commands.db() as db:
        pair = await pair_of(db, caller, PairingId(pairing_id))
    part = pair.member()
    return Author(
        pair=pair,
        part=part,
        person=pair.mentor_person if part is Part.MENTOR else pair.mentee_person,
        commands=commands.by(f"{part.value} of the pairing"),
        vault=vault_of(request),
    )


Writer = Annotated[Author, Depends(author_of)]


class Onlooker:
    """The caller of one request, with questions about one pair."""

    def __init__(self, pairing_id: UUID, reads: BoundReads, vault: Vault) -> None:
        """Note who asks about whom."""
        self._pairing_id = PairingId(pairing_id)
        self._reads = reads
        self._vault = vault

    async def one(self, query: Callable[[Sight], Awaitable[BaseModel | None]]) -> Response:
        """Answer with one view of the pair.

        Raises:
            JourneyUnknown: there is no such pair that the caller may see.
            NotFound: the pair has no such thing.
        """

        async def ask(db: Database) -> BaseModel | None:
            return await query(await self._sight(db))

        return await self._reads.one(ask)

    async def page(self, query: Callable[[Sight, PageRequest], Awaitable[PageOf[Any]]]) -> Response:
        """Answer with one page of what the pair has.

        Raises:
            JourneyUnknown: there is no such pair that the caller may see.
        """

        async def ask(db: Database, page: PageRequest) -> PageOf[Any]:
            return await query(await self._sight(db), page)

        return await self._reads.page(ask)

    async def _sight(self, db: Database) -> Sight:
        pair = await pair_of(db, self._reads.caller, self._pairing_id)
        return Sight(db=db, pair=pair, vault=self._vault)


async def onlooker_of(pairing_id: UUID, reads: Reads, request: HttpRequest) -> Onlooker:
    """The caller as somebody who looks at the pair."""
    return Onlooker(pairing_id, reads, vault_of(request))


Reader = Annotated[Onlooker, Depends(onlooker_of)]
