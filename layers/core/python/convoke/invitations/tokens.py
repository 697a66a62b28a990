"""Tokens of invitations: made from an id by a key, so that none needs to be kept to be sent again."""

import base64
import hashlib
import hmac
from collections.abc import Iterable

PREFIX = "inv_"


def token_of(invitation_id: str, key: str) -> str:
    """HMAC-SHA256: without the key nobody makes it, with the id and the key it is the same each time."""
    digest = hmac.new(key.encode(), f"invitation {invitation_id}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_of(token: str) -> bytes:
    """What of a token is kept."""
    return hashlib.sha256(token.encode()).digest()


def known_token(invitation_id: str, token_hash: bytes, keys: Iterable[str]) -> str | None:
    """The token that has this hash; None where the key that made it is out of use."""
    for key in keys:
        token = token_of(invitation_id, key)
        if hmac.compare_digest(hash_of(token), token_hash):
            return token
    return None
