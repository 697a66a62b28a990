"""Passwords of meetings: shared secrets, told to everybody who is invited."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 (only meetings with a password need it)

    # OWASP's memory (19 MiB) with one pass instead of two: 7 ms. A meeting's password is known to all who are
    # invited and dies with the meeting; guesses are limited by meeting and address, and a class of thirty
    # that comes at nine o'clock must not queue for it.
    return PasswordHasher(time_cost=1, memory_cost=19_456, parallelism=1)


def hash_of(password: str) -> str:
    """To be done before a transaction is open."""
    return _hasher().hash(password)


def matches(hashed: str, password: str) -> bool:
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415

    try:
        return _hasher().verify(hashed, password)
    except (Argon2Error, InvalidHashError):
        return False
