"""Argon2id with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

# A hash of nobody's password under these parameters: an unknown e-mail takes as long as a known one.
NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$32Cwl7rx7GjqHEdka6467Q$+zrRaKoEC73q9Y4kqUlHlKZPSApW22PFu269omR05/E"


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415 (only signing in needs it)

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def hash_password(password: str) -> str:
    """About 20 ms of CPU: to be done before a transaction is open."""
    return _hasher().hash(password)


def matches(hashed: str | None, password: str) -> bool:
    """Whether it is the password of that hash; takes the same time when there is none."""
    from argon2.exceptions import Argon2Error, InvalidHashError  # noqa: PLC0415

    try:
        _hasher().verify(hashed or NOBODY, password)
    except (Argon2Error, InvalidHashError):
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Whether it was made under other parameters than today's."""
    return _hasher().check_needs_rehash(hashed)
