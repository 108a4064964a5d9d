"""Free text as an event holds it: unreadable without a key that can be destroyed."""

from shared.frozen import frozen


@frozen
class Sealed:
    """Text under AES-256-GCM with the key of one subject and purpose.

    The commitment binds the ciphertext to one key: AES-GCM alone can be made to open to two
    different texts under two keys. Source: Albertini et al., "How to Abuse and Fix Authenticated
    Encryption Without Key Commitment" (2022).
    """

    subject: str  # whose key: the pseudonym of the person who is erased by destroying it
    purpose: str  # which of that person's keys: "application", "session", "feedback"
    nonce: str  # base64url, 96 bits, random
    ciphertext: str  # base64url; the text is padded to steps of 256 bytes first
    commitment: str  # base64url, HKDF-Expand(key, "dek-commitment/v1")
