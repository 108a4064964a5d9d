"""Opaque texts that we hand out and take back: signed, so that nobody else makes or alters one."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

_MAC_BYTES = 16


class Forged(ValueError):
    """The text was not signed by us for this purpose."""


def sign(secret: bytes, purpose: str, payload: bytes) -> str:
    """`payload` with its signature, safe in a URL; who knows the form can read it."""
    return urlsafe_b64encode(_mac(secret, purpose, payload) + payload).rstrip(b"=").decode()


def verify(secret: bytes, purpose: str, signed: str) -> bytes:
    """The payload that `sign` was given with the same secret and purpose.

    Raises:
        Forged: the text is anything else.
    """
    try:
        raw = urlsafe_b64decode(signed.encode("ascii") + b"=" * (-len(signed) % 4))
    except (NotBase64, UnicodeEncodeError) as error:
        raise Forged from error
    mac, payload = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
    if not hmac.compare_digest(mac, _mac(secret, purpose, payload)):
        raise Forged
    return payload


def _mac(secret: bytes, purpose: str, payload: bytes) -> bytes:
    # The purpose's length comes first, so that no purpose and payload read as another pair.
    message = len(purpose).to_bytes(4, "big") + purpose.encode() + payload
    return hmac.digest(secret, message, hashlib.sha256)[:_MAC_BYTES]
