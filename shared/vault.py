"""Free text under keys that can be destroyed: one a person and purpose, wrapped, committed to."""

import hmac
import os
from collections.abc import Collection, Mapping, Sequence
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.database import Database
from shared.frozen import frozen
from shared.private_file import made_once
from shared.sealed import Sealed
from shared.settings import VaultSettings
from shared.vault_bytes import (
    KEY_BYTES,
    commitment_of,
    decoded,
    encoded,
    naming_key,
    padded,
    unpadded,
)

_NONCE_BYTES = 12
_NAME_BYTES = 8
_KEYS_AT_ONCE = 500  # made in one transaction, which holds a lock for each
_SEPARATOR = "\x1f"

_FIND = """
SELECT wrapped_key, commitment FROM vault.subject_keys
WHERE tenant = $1 AND subject = $2 AND purpose = $3
"""
_FIND_ALL = """
SELECT k.tenant, k.subject, k.purpose, k.wrapped_key FROM vault.subject_keys AS k
JOIN unnest($1::text[], $2::text[], $3::text[]) AS wanted (tenant, subject, purpose)
    ON (k.tenant, k.subject, k.purpose) = (wanted.tenant, wanted.subject, wanted.purpose)
WHERE k.wrapped_key IS NOT NULL
"""
_KEEP = "SELECT vault.keep_key($1, $2, $3, $4, $5)"
_KEEP_ALL = """
SELECT vault.keep_key($1, made.subject, $2, made.wrapped_key, made.commitment)
FROM unnest($3::text[], $4::bytea[], $5::text[]) AS made (subject, wrapped_key, commitment)
"""
_DESTROY = "SELECT purpose FROM vault.destroy_keys($1, $2) AS purpose"
_WRAPPED = """
SELECT subject, purpose, wrapped_key FROM vault.subject_keys
WHERE tenant = $1 AND wrapped_key IS NOT NULL AND substr(wrapped_key, 1, $2) <> $3
FOR UPDATE
"""
_REWRAP = """
UPDATE vault.subject_keys SET wrapped_key = $4
WHERE tenant = $1 AND subject = $2 AND purpose = $3
"""


class Erased(Enum):
    """What is left of a text whose key was destroyed."""

    ERASED = "erased"


ERASED: Final = Erased.ERASED


class SubjectErased(ValueError):
    """This person's keys were destroyed: no text of theirs is taken any more."""


class SealBroken(ValueError):
    """This text was altered, moved to another place, or sealed under another key."""


@frozen
class Place:
    """Where a sealed text stands; it opens nowhere else."""

    tenant: str
    stream: str
    field: str  # such as "notes"

    def bound(self) -> bytes:
        """What the cipher binds the text to."""
        return _SEPARATOR.join((self.tenant, self.stream, self.field)).encode()


@frozen
class _Key:
    """One person's key for one purpose, ready to open with."""

    cipher: AESGCM
    commitment: str

    def opened(self, sealed: Sealed, place: Place) -> str:
        # AES-GCM opens one ciphertext under two keys to two texts, if somebody made it so: only the
        # key that was committed to may try.
        if not hmac.compare_digest(self.commitment, sealed.commitment):
            raise SealBroken
        try:
            framed = self.cipher.decrypt(
                decoded(sealed.nonce), decoded(sealed.ciphertext), place.bound()
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
        return unpadded(framed)


@frozen
class Namer:
    """Makes names with one person's key: always the same for the same text at the same place."""

    key: bytes

    def name(self, text: str, place: Place) -> UUID:
        """An id that only this key can make, or tell of what it is."""
        about = _SEPARATOR.encode().join((place.bound(), text.encode()))
        return UUID(bytes=hmac.digest(self.key, about, "sha256")[:16], version=5)


_KeyName: TypeAlias = tuple[str, str, str]  # tenant, subject, purpose


class Vault:
    """Seals and opens text with keys from the database, wrapped under keys from outside it."""

    def __init__(self, epoch_keys: Sequence[bytes]) -> None:
        """Wrap new keys under the first of `epoch_keys`; the others still unwrap older ones."""
        if not epoch_keys or any(len(key) != KEY_BYTES for key in epoch_keys):
            message = f"an epoch key has {KEY_BYTES} bytes, and there is at least one"
            raise ValueError(message)
        self._epochs = {_name(key): AESGCM(key) for key in epoch_keys}
        self._current = _name(epoch_keys[0])

    async def seal(
        self, db: Database, text: str, place: Place, *, subject: str, purpose: str
    ) -> Sealed:
        """Text as an event may hold it: sealed with the key of one person and purpose.

        Raises:
            SubjectErased: the person's key was destroyed.
        """
        key = await self._key_for_sealing(db, place.tenant, subject, purpose)
        nonce = os.urandom(_NONCE_BYTES)
        ciphertext = AESGCM(key).encrypt(nonce, padded(text), place.bound())
        return Sealed(
            subject=subject,
            purpose=purpose,
            nonce=encoded(nonce),
            ciphertext=encoded(ciphertext),
            commitment=commitment_of(key),
        )

    async def open(self, db: Database, sealed: Sealed, place: Place) -> str | Erased:
        """The text, or ERASED if its key is gone.

        Raises:
            SealBroken: it is not what was sealed here.
        """
        (text,) = await self.open_all(db, [(sealed, place)])
        return text

    async def open_all(
        self, db: Database, texts: Sequence[tuple[Sealed, Place]]
    ) -> Sequence[str | Erased]:
        """Many texts in their order, as `open` does one; each of their keys is fetched once.

        Raises:
            SealBroken: one is not what was sealed at its place.
        """
        names = [(place.tenant, sealed.subject, sealed.purpose) for sealed, place in texts]
        found = await self._keys(db, frozenset(names))
        keys = {
            name: _Key(cipher=AESGCM(key), commitment=commitment_of(key))
            for name, key in found.items()
        }
        return [
            keys[name].opened(sealed, place) if name in keys else ERASED
            for name, (sealed, place) in zip(names, texts, strict=True)
        ]

    async def name(
        self, db: Database, text: str, place: Place, *, subject: str, purpose: str
    ) -> UUID:
        """An id for a text at its place: always the same, and only this key can tell of what.

        Raises:
            SubjectErased: the person's key was destroyed.
        """
        key = await self._key_for_sealing(db, place.tenant, subject, purpose)
        return Namer(key=naming_key(key)).name(text, place)

    async def namers(
        self, db: Database, tenant: str, subjects: Collection[str], *, purpose: str
    ) -> Mapping[str, Namer]:
        """What makes names with the keys of many: of those who have one, none is made here."""
        keys = await self._keys(db, frozenset((tenant, each, purpose) for each in subjects))
        return {subject: Namer(key=naming_key(key)) for (_, subject, _), key in keys.items()}

    async def make_keys(
        self, db: Database, tenant: str, subjects: Collection[str], *, purpose: str
    ) -> None:
        """See to it that each of these has a key, but for who was erased."""
        ordered = sorted(subjects)  # whoever else makes some waits, and not in a circle
        for start in range(0, len(ordered), _KEYS_AT_ONCE):
            some = ordered[start : start + _KEYS_AT_ONCE]
            made = [self._made(tenant, subject, purpose) for subject in some]
            wrapped, committed = ([*parts] for parts in zip(*made, strict=True))
            await db.execute(_KEEP_ALL, tenant, purpose, some, wrapped, committed)

    async def destroy(self, db: Database, tenant: str, subject: str) -> Sequence[str]:
        """Destroy every key of a person; says for which purposes there was one."""
        return await destroy(db, tenant, subject)

    async def rewrap(self, db: Database, tenant: str) -> int:
        """Wrap a tenant's keys under the current epoch key, so that an older one can be destroyed.

        Copies of destroyed keys in backups and replicas die with the epoch key they are under.
        """
        rows = await db.fetch(_WRAPPED, tenant, _NAME_BYTES, self._current)
        for row in rows:
            key = self._unwrapped(row["wrapped_key"], tenant, row["subject"], row["purpose"])
            wrapped = self._wrapped(key, tenant, row["subject"], row["purpose"])
            await db.execute(_REWRAP, tenant, row["subject"], row["purpose"], wrapped)
        return len(rows)

    async def _keys(self, db: Database, names: frozenset[_KeyName]) -> Mapping[_KeyName, bytes]:
        """Those of these keys that there are."""
        if not names:
            return {}
        found: dict[_KeyName, bytes] = {}
        for row in await db.fetch(_FIND_ALL, *map(list, zip(*names, strict=True))):
            name = (row["tenant"], row["subject"], row["purpose"])
            found[name] = self._unwrapped(row["wrapped_key"], *name)
        return found

    async def _key_for_sealing(
        self, db: Database, tenant: str, subject: str, purpose: str
    ) -> bytes:
        row = await db.fetchrow(_FIND, tenant, subject, purpose)
        if row is None:
            await db.execute(_KEEP, tenant, subject, purpose, *self._made(tenant, subject, purpose))
            # Another request may have kept its key first: the one that stands is the one to use.
            row = await db.fetchrow(_FIND, tenant, subject, purpose)
        if row is None or row["wrapped_key"] is None:
            raise SubjectErased
        key = self._unwrapped(row["wrapped_key"], tenant, subject, purpose)
        if not hmac.compare_digest(commitment_of(key), row["commitment"]):
            raise SealBroken
        return key

    def _made(self, tenant: str, subject: str, purpose: str) -> tuple[bytes, str]:
        """A new key, wrapped, and what commits to it."""
        key = os.urandom(KEY_BYTES)
        return self._wrapped(key, tenant, subject, purpose), commitment_of(key)

    def _wrapped(self, key: bytes, tenant: str, subject: str, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE_BYTES)
        bound = _SEPARATOR.join((tenant, subject, purpose)).encode()
        return self._current + nonce + self._epochs[self._current].encrypt(nonce, key, bound)

    def _unwrapped(self, wrapped: bytes, tenant: str, subject: str, purpose: str) -> bytes:
        name, rest = wrapped[:_NAME_BYTES], wrapped[_NAME_BYTES:]
        bound = _SEPARATOR.join((tenant, subject, purpose)).encode()
        try:
            return self._epochs[name].decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], bound)
        except (KeyError, InvalidTag) as error:
            raise SealBroken from error


async def destroy(db: Database, tenant: str, subject: str) -> Sequence[str]:
    """Destroy every key of a person, which needs none to unwrap; says for which purposes.

    From then on they get no other, even if they had none: what is under way is waited for.
    """
    return [row["purpose"] for row in await db.fetch(_DESTROY, tenant, subject)]


def epoch_keys_of(text: str) -> Sequence[bytes]:
    """Epoch keys as settings write them: base64url, the current one first, commas between."""
    return [decoded(part.strip()) for part in text.split(",")]


def development_epoch_keys(path: Path) -> Sequence[bytes]:
    """The key of a development installation, made in a file on first use."""
    return epoch_keys_of(made_once(path, lambda: encoded(os.urandom(KEY_BYTES)).encode()).decode())


def chosen_epoch_keys(settings: VaultSettings) -> Sequence[bytes]:
    """The epoch keys of this installation: those of the settings, else development's own."""
    given = settings.master_key.get_secret_value()
    return epoch_keys_of(given) if given else development_epoch_keys(settings.development_key)


def _name(epoch_key: bytes) -> bytes:
    return sha256(b"epoch-key-name/v1" + epoch_key).digest()[:_NAME_BYTES]
