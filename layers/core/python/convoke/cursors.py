"""Where the next page of a list begins: a cursor is text that callers hand back as they were given it."""

import base64

from convoke.errors import Problem
from convoke.ids import UUID_FORM


def invalid_cursor() -> Problem:
    return Problem("invalid_cursor", 400, "The cursor is not one of ours")


def require_id(cursor: str | None) -> None:
    """Of a list in the order of its ids, where the cursor is one. Raises Problem 400 `invalid_cursor`."""
    if cursor is not None and not UUID_FORM.fullmatch(cursor):
        raise invalid_cursor()


def pack(place: bytes) -> str:
    """As base64url without padding: it goes into addresses as it is."""
    return base64.urlsafe_b64encode(place).decode().rstrip("=")


def unpack(cursor: str) -> bytes:
    """What `pack` was given; nothing where the text cannot come from there."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
