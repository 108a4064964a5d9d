"""Texts and keys as bytes: how they are framed, written, and derived from."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_BYTES = 32

_LENGTH_BYTES = 4
_STEP_BYTES = 256
_COMMITMENT = b"dek-commitment/v1"
_NAMING = b"dek-naming/v1"


def commitment_of(key: bytes) -> str:
    """A value that only this key has, and that tells nothing else about it.

    Source: RFC 5869, HKDF-Expand; Albertini et al. (2022) on committing to keys.
    """
    return encoded(_expanded(key, _COMMITMENT))


def naming_key(key: bytes) -> bytes:
    """What names are made with; nothing opens with it."""
    return _expanded(key, _NAMING)


def padded(text: str) -> bytes:
    """A text with its length before it, filled up to the next step."""
    raw = text.encode()
    framed = len(raw).to_bytes(_LENGTH_BYTES, "big") + raw
    return framed + bytes(-len(framed) % _STEP_BYTES)


def unpadded(framed: bytes) -> str:
    """The text that was padded."""
    length = int.from_bytes(framed[:_LENGTH_BYTES], "big")
    return framed[_LENGTH_BYTES : _LENGTH_BYTES + length].decode()


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """The bytes that were encoded."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _expanded(key: bytes, purpose: bytes) -> bytes:
    return HKDFExpand(algorithm=SHA256(), length=KEY_BYTES, info=purpose).derive(key)
