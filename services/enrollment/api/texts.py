"""Free text on its way into events and out of them: sealed, and opened for those who may."""

from shared.database import Database
from shared.sealed import Sealed
from shared.vault import Erased, Place, Vault

PURPOSE = "application"  # which of a person's keys seals what they write to a program


async def sealed(
    vault: Vault, db: Database, text: str | None, place: Place, subject: object
) -> Sealed | None:
    """Text as an event may hold it; nothing stays nothing."""
    if text is None:
        return None
    return await vault.seal(db, text, place, subject=str(subject), purpose=PURPOSE)


async def resealed(
    vault: Vault, db: Database, before: Sealed | None, text: str | None, place: Place
) -> Sealed | None:
    """The seal that stands if it holds the same text, so that saying it again records nothing."""
    if before is not None and await opened(vault, db, before, place) == text:
        return before
    _, _, subject = place.stream.partition("-")
    return await sealed(vault, db, text, place, subject)


async def opened(vault: Vault, db: Database, text: Sealed | None, place: Place) -> str | None:
    """The text for somebody who may read it; None if there is none or its key is gone."""
    if text is None:
        return None
    found = await vault.open(db, text, place)
    return None if isinstance(found, Erased) else found
