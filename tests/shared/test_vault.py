"""Text that only its place and its key open, and that an erasure makes unreadable."""

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.database import Database
from shared.eventstore.postgres import tenant_transaction
from shared.ids import TenantId
from shared.sealed import Sealed
from shared.vault import (
    ERASED,
    Place,
    SealBroken,
    SubjectErased,
    Vault,
    development_epoch_keys,
    epoch_keys_of,
)
from shared.vault_bytes import commitment_of
from tests.fresh_databases import FreshDatabase
from tests.shared.stores import pool_of

pytestmark = pytest.mark.integration

ANA, BEN = "0198c5a4-0000-7000-8000-00000000a0a0", "0198c5a4-0000-7000-8000-00000000be00"
ORCHARD, HARBOUR = TenantId("orchard"), TenantId("harbour")
NOTES = Place(tenant=ORCHARD, stream="journey-1", field="notes")
OLD, NEW = b"o" * 32, b"n" * 32
TEXT = "I would like to speak up more. \u2603"


@pytest.fixture
async def pool(database: FreshDatabase) -> AsyncIterator[asyncpg.Pool]:
    async with pool_of(database, "app") as connections:
        yield connections


async def sealed(pool: asyncpg.Pool, text: str = TEXT, subject: str = ANA) -> Sealed:
    async with tenant_transaction(pool, ORCHARD) as db:
        return await Vault([OLD]).seal(db, text, NOTES, subject=subject, purpose="session")


async def opened(pool: asyncpg.Pool, what: Sealed, place: Place = NOTES) -> object:
    async with tenant_transaction(pool, place.tenant) as db:
        return await Vault([OLD]).open(db, what, place)


async def test_a_text_comes_back_from_its_own_place(pool: asyncpg.Pool) -> None:
    for text in (TEXT, "", "x" * 252, "x" * 253, "\x00\n"):
        assert await opened(pool, await sealed(pool, text)) == text


async def test_what_is_sealed_tells_neither_the_text_nor_its_length(pool: asyncpg.Pool) -> None:
    short, longer = await sealed(pool, "no"), await sealed(pool, "yes, with a long reason")
    assert len(short.ciphertext) == len(longer.ciphertext)
    assert short.nonce != longer.nonce
    assert "yes" not in repr(longer)
    assert len((await sealed(pool, "x" * 300)).ciphertext) > len(short.ciphertext)


@pytest.mark.parametrize(
    "place",
    [replace(NOTES, stream="journey-2"), replace(NOTES, field="agenda")],
)
async def test_a_text_opens_nowhere_else(pool: asyncpg.Pool, place: Place) -> None:
    what = await sealed(pool)
    with pytest.raises(SealBroken):
        await opened(pool, what, place)


async def test_another_tenant_has_no_key_for_it(pool: asyncpg.Pool) -> None:
    what = await sealed(pool)
    assert await opened(pool, what, replace(NOTES, tenant=HARBOUR)) is ERASED


class Counting:
    """A database that counts what it is asked."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.asked = 0

    async def fetch(self, query: str, *args: object) -> Sequence[object]:
        self.asked += 1
        return await self._db.fetch(query, *args)


async def test_many_texts_open_in_their_order_with_one_look_for_their_keys(
    pool: asyncpg.Pool,
) -> None:
    texts = {f"{who} {number}": who for number in range(20) for who in (ANA, BEN, "cem")}
    there = [(await sealed(pool, text, who), NOTES) for text, who in texts.items()]
    async with tenant_transaction(pool, ORCHARD) as db:
        await Vault([OLD]).destroy(db, ORCHARD, BEN)
        counting = Counting(db)
        told = await Vault([OLD]).open_all(counting, there)  # type: ignore[arg-type]  # all it asks
        assert counting.asked == 1
        assert await Vault([OLD]).open_all(db, []) == []
    assert told == [ERASED if who == BEN else text for text, who in texts.items()]


async def test_one_broken_text_among_many_is_told(pool: asyncpg.Pool) -> None:
    what = await sealed(pool)
    moved = replace(NOTES, stream="journey-2")
    async with tenant_transaction(pool, ORCHARD) as db:
        with pytest.raises(SealBroken):
            await Vault([OLD]).open_all(db, [(what, NOTES), (what, moved)])


async def test_a_text_has_one_name_a_key_and_place(pool: asyncpg.Pool) -> None:
    async def named(text: str, place: Place = NOTES, subject: str = ANA) -> UUID:
        async with tenant_transaction(pool, place.tenant) as db:
            return await Vault([OLD]).name(db, text, place, subject=subject, purpose="session")

    name = await named(TEXT)
    assert await named(TEXT) == name
    others = {
        await named(TEXT + "!"),
        await named(TEXT, replace(NOTES, field="agenda")),
        await named(TEXT, replace(NOTES, tenant=HARBOUR)),
        await named(TEXT, subject=BEN),
    }
    assert len(others | {name}) == 5
    async with tenant_transaction(pool, ORCHARD) as db:
        await Vault([OLD]).destroy(db, ORCHARD, ANA)
    with pytest.raises(SubjectErased):
        await named(TEXT)


async def test_many_are_named_as_one_by_one(pool: asyncpg.Pool) -> None:
    vault, of = Vault([OLD]), {"purpose": "session"}
    many = [f"person-{number}" for number in range(1_100)]
    async with tenant_transaction(pool, ORCHARD) as db:
        await vault.name(db, TEXT, NOTES, subject=ANA, **of)
        await vault.destroy(db, ORCHARD, BEN)
        assert (await vault.namers(db, ORCHARD, many, **of)) == {}, "none is made by asking"
    async with tenant_transaction(pool, ORCHARD) as db:
        before = await vault.namers(db, ORCHARD, [ANA], **of)
        await vault.make_keys(db, ORCHARD, [ANA, BEN, *many], **of)
        found = await vault.namers(db, ORCHARD, [ANA, BEN, *many], **of)
        assert found.keys() == {ANA, *many}, "who was erased gets no key any more"
        assert found[ANA] == before[ANA], "a key that stands stays"
        for who in (ANA, many[0]):
            one = await vault.name(db, TEXT, NOTES, subject=who, **of)
            assert found[who].name(TEXT, NOTES) == one
        await vault.destroy(db, ORCHARD, many[0])
        assert many[0] not in await vault.namers(db, ORCHARD, many, **of)


async def test_an_altered_text_does_not_open(pool: asyncpg.Pool) -> None:
    what = await sealed(pool)
    for broken in (
        replace(what, ciphertext="A" + what.ciphertext[1:]),
        replace(what, ciphertext=what.ciphertext[:8]),
        replace(what, nonce=what.nonce[::-1]),
        replace(what, commitment=commitment_of(NEW)),
    ):
        if broken != what:
            with pytest.raises(SealBroken):
                await opened(pool, broken)


async def test_a_text_sealed_under_another_key_is_refused_before_it_is_opened(
    pool: asyncpg.Pool,
) -> None:
    """Whoever makes one ciphertext for two keys has to commit to one of them."""
    await sealed(pool)
    stranger, nonce = b"k" * 32, b"n" * 12
    ciphertext = AESGCM(stranger).encrypt(nonce, bytes(256), NOTES.bound())
    forged = Sealed(
        subject=ANA,
        purpose="session",
        nonce=urlsafe_b64encode(nonce).decode(),
        ciphertext=urlsafe_b64encode(ciphertext).decode(),
        commitment=commitment_of(stranger),
    )
    with pytest.raises(SealBroken):
        await opened(pool, forged)


async def test_one_ciphertext_for_two_keys_opens_under_the_committed_one_only(
    pool: asyncpg.Pool,
) -> None:
    """The stored key is swapped for one that the text was not committed to."""
    what = await sealed(pool)
    other = await sealed(pool, subject=BEN)
    async with tenant_transaction(pool, ORCHARD) as db:
        vault = Vault([OLD])
        swapped = vault._wrapped(b"2" * 32, ORCHARD, ANA, "session")
        await db.execute(
            "UPDATE vault.subject_keys SET wrapped_key = $1 WHERE subject = $2", swapped, ANA
        )
    with pytest.raises(SealBroken):
        await opened(pool, what)
    with pytest.raises(SealBroken):
        await sealed(pool)
    assert await opened(pool, other) == TEXT


async def test_a_wrapped_key_is_one_persons_own(pool: asyncpg.Pool) -> None:
    what = await sealed(pool)
    await sealed(pool, subject=BEN)
    async with tenant_transaction(pool, ORCHARD) as db:
        await db.execute(
            "UPDATE vault.subject_keys SET wrapped_key ="
            " (SELECT wrapped_key FROM vault.subject_keys WHERE subject = $1) WHERE subject = $2",
            BEN,
            ANA,
        )
    with pytest.raises(SealBroken):
        await opened(pool, what)


async def destroyed(db: Database, subject: str) -> list[str]:
    return sorted(await Vault([OLD]).destroy(db, ORCHARD, subject))


async def test_an_erased_persons_texts_are_gone_and_no_new_ones_are_taken(
    pool: asyncpg.Pool,
) -> None:
    what, bens = await sealed(pool), await sealed(pool, subject=BEN)
    async with tenant_transaction(pool, ORCHARD) as db:
        assert await destroyed(db, ANA) == ["session"]
        assert await destroyed(db, ANA) == []
    assert await opened(pool, what) is ERASED
    assert await opened(pool, bens) == TEXT
    with pytest.raises(SubjectErased):
        await sealed(pool)


async def test_nothing_is_sealed_for_a_person_who_was_erased_before_they_wrote(
    pool: asyncpg.Pool,
) -> None:
    async with tenant_transaction(pool, ORCHARD) as db:
        assert await destroyed(db, ANA) == []
    with pytest.raises(SubjectErased):
        await sealed(pool)
    assert await opened(pool, await sealed(pool, subject=BEN)) == TEXT


async def test_a_first_text_that_is_under_way_while_its_author_is_erased_leaves_no_key(
    pool: asyncpg.Pool,
) -> None:
    async def erase() -> None:
        async with tenant_transaction(pool, ORCHARD) as db:
            assert await destroyed(db, ANA) == ["session"]

    async with tenant_transaction(pool, ORCHARD) as db:
        what = await Vault([OLD]).seal(db, TEXT, NOTES, subject=ANA, purpose="session")
        erasing = asyncio.create_task(erase())
        await asyncio.sleep(0.2)  # it waits for this transaction, whose key it would not see
        assert not erasing.done()
    await erasing
    assert await opened(pool, what) is ERASED


async def test_two_requests_at_once_seal_under_one_key(pool: asyncpg.Pool) -> None:
    texts = await asyncio.gather(*(sealed(pool, f"text {n}") for n in range(8)))
    assert len({each.commitment for each in texts}) == 1
    for n, each in enumerate(texts):
        assert await opened(pool, each) == f"text {n}"


async def test_after_a_new_epoch_the_old_epochs_key_is_not_needed(pool: asyncpg.Pool) -> None:
    what = await sealed(pool)
    async with tenant_transaction(pool, ORCHARD) as db:
        assert await Vault([NEW, OLD]).rewrap(db, ORCHARD) == 1
        assert await Vault([NEW, OLD]).rewrap(db, ORCHARD) == 0
        assert await Vault([NEW]).open(db, what, NOTES) == TEXT
        with pytest.raises(SealBroken):
            await Vault([OLD]).open(db, what, NOTES)


async def test_a_development_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "state" / "key"
    make = partial(development_epoch_keys, path)
    keys = await asyncio.gather(*(asyncio.to_thread(make) for _ in range(8)))
    assert len(set(map(tuple, keys))) == 1
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["", "AAAA", "not base64!"])
def test_an_epoch_key_has_32_bytes(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Vault(epoch_keys_of(text))
