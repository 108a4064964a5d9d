"""Free text on its way into events and out of them: sealed, and opened for those who may."""

from typing import Annotated

from pydantic import Field, StringConstraints

from shared.database import Database
from shared.http import as_author
from shared.sealed import Sealed
from shared.vault import Erased, Place, Vault

PURPOSE = "matching"  # which of a person's keys seals what they write about pairings
TEXT_CHARACTERS_MAX = 2_000

Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=TEXT_CHARACTERS_MAX),
    Field(description="Plain text; kept sealed, under a key of its author."),
]


async def sealed(
    vault: Vault, db: Database, text: str | None, place: Place, subject: object
) -> Sealed | None:
    """Text as an event may hold it; nothing stays nothing.

    Raises:
        AuthorErased: the keys of this author were destroyed.
    """
    if text is None:
        return None
    with as_author():
        return await vault.seal(db, text, place, subject=str(subject), purpose=PURPOSE)


async def opened(vault: Vault, db: Database, text: Sealed | None, place: Place) -> str | None:
    """The text for somebody who may read it; None if there is none or its key is gone."""
    if text is None:
        return None
    found = await vault.open(db, text, place)
    return None if isinstance(found, Erased) else found
