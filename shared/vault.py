"""Free text under keys that can be destroyed: one a person and purpose, wrapped, committed to."""

import hmac
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from shared.database import Database
from shared.frozen import frozen
from shared.private_file import made_once
from shared.sealed import Sealed
from shared.settings import VaultSettings

KEY_BYTES: Final = 32
_NONCE_BYTES = 12
_NAME_BYTES = 8
_LENGTH_BYTES = 4
_STEP_BYTES = 256
_COMMITMENT = b"dek-commitment/v1"
_NAMING = b"dek-naming/v1"
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
            padded = self.cipher.decrypt(
                _decoded(sealed.nonce), _decoded(sealed.ciphertext), place.bound()
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken from error
        return _unpadded(padded)


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
        ciphertext = AESGCM(key).encrypt(nonce, _padded(text), place.bound())
        return Sealed(
            subject=subject,
            purpose=purpose,
            nonce=_encoded(nonce),
            ciphertext=_encoded(ciphertext),
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
        keys = await self._keys(db, frozenset(names))
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
        about = _SEPARATOR.encode().join((place.bound(), text.encode()))
        return UUID(bytes=hmac.digest(_expanded(key, _NAMING), about, "sha256")[:16], version=5)

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

    async def _keys(self, db: Database, names: frozenset[_KeyName]) -> Mapping[_KeyName, _Key]:
        """Those of these keys that there are."""
        if not names:
            return {}
        found: dict[_KeyName, _Key] = {}
        for row in await db.fetch(_FIND_ALL, *map(list, zip(*names, strict=True))):
            name = (row["tenant"], row["subject"], row["purpose"])
            key = self._unwrapped(row["wrapped_key"], *name)
            found[name] = _Key(cipher=AESGCM(key), commitment=commitment_of(key))
        return found

    async def _key_for_sealing(
        self, db: Database, tenant: str, subject: str, purpose: str
    ) -> bytes:
        row = await db.fetchrow(_FIND, tenant, subject, purpose)
        if row is None:
            key = os.urandom(KEY_BYTES)
            wrapped = self._wrapped(key, tenant, subject, purpose)
            await db.execute(_KEEP, tenant, subject, purpose, wrapped, commitment_of(key))
            # Another request may have kept its key first: the one that stands is the one to use.
            row = await db.fetchrow(_FIND, tenant, subject, purpose)
        if row is None or row["wrapped_key"] is None:
            raise SubjectErased
        key = self._unwrapped(row["wrapped_key"], tenant, subject, purpose)
        if not hmac.compare_digest(commitment_of(key), row["commitment"]):
            raise SealBroken
        return key

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


def commitment_of(key: bytes) -> str:
    """A value that only this key has, and that tells nothing else about it.

    Source: RFC 5869, HKDF-Expand; Albertini et al. (2022) on committing to keys.
    """
    return _encoded(_expanded(key, _COMMITMENT))


def epoch_keys_of(text: str) -> Sequence[bytes]:
    """Epoch keys as settings write them: base64url, the current one first, commas between."""
    return [_decoded(part.strip()) for part in text.split(",")]


def development_epoch_keys(path: Path) -> Sequence[bytes]:
    """The key of a development installation, made in a file on first use."""
    return epoch_keys_of(made_once(path, lambda: _encoded(os.urandom(KEY_BYTES)).encode()).decode())


def chosen_epoch_keys(settings: VaultSettings) -> Sequence[bytes]:
    """The epoch keys of this installation: those of the settings, else development's own."""
    given = settings.master_key.get_secret_value()
    return epoch_keys_of(given) if given else development_epoch_keys(settings.development_key)


def _expanded(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=purpose).derive(key)


def _name(epoch_key: bytes) -> bytes:
    return sha256(b"epoch-key-name/v1" + epoch_key).digest()[:_NAME_BYTES]


def _padded(text: str) -> bytes:
    raw = text.encode()
    framed = len(raw).to_bytes(_LENGTH_BYTES, "big") + raw
    return framed + bytes(-len(framed) % _STEP_BYTES)


def _unpadded(padded: bytes) -> str:
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length].decode()


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
