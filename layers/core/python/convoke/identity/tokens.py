"""JSON Web Tokens: HS256 and nothing else, with issuer, audience and life-time pinned (RFC 8725).

Pure: keys and the time are passed in. The first key signs, all of them verify, so that keys can be changed.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from convoke.errors import Problem, unauthorized

ALGORITHM = "HS256"
ISSUER = "convoke"
Audience = Literal["convoke-api", "convoke-participant", "convoke-node", "convoke-letter"]
ACCESS_SECONDS = 15 * 60
PARTICIPANT_SECONDS = 12 * 3600
NODE_SECONDS = 60
LETTER_SECONDS = 90 * 24 * 3600
# The longest that a token of an audience may claim to live: a key that leaks elsewhere signs none for ever.
LIFETIMES: Mapping[str, int] = {
    "convoke-api": ACCESS_SECONDS,
    "convoke-participant": PARTICIPANT_SECONDS,
    "convoke-node": NODE_SECONDS,
    "convoke-letter": LETTER_SECONDS,
}
# Clocks of nodes and functions differ a little.
LEEWAY_SECONDS = 5
MAX_TOKEN_CHARACTERS = 2048


def sign(
    audience: Audience, subject: str, claims: Mapping[str, Any], *, keys: Sequence[str], now: datetime
) -> str:
    """A token for `subject` that lives as long as its audience's tokens do."""
    import jwt  # noqa: PLC0415 (24 ms: it loads cryptography)

    issued = int(now.timestamp())
    payload = {
        **claims,
        "iss": ISSUER,
        "aud": audience,
        "sub": subject,
        "iat": issued,
        "exp": issued + LIFETIMES[audience],
        "jti": secrets.token_urlsafe(12),
    }
    return jwt.encode(payload, keys[0], algorithm=ALGORITHM)


def verify(
    token: str, audiences: Sequence[Audience], *, keys: Sequence[str], now: datetime
) -> dict[str, Any]:
    """The claims of a good token; a 401 Problem for any other, `token_expired` for one that was good."""
    if len(token) > MAX_TOKEN_CHARACTERS:
        raise _bad_token()
    claims = _claims(token, audiences, keys)
    issued, expires, instant = claims["iat"], claims["exp"], now.timestamp()
    if type(issued) is not int or type(expires) is not int or issued > instant + LEEWAY_SECONDS:
        raise _bad_token()
    if expires - issued > LIFETIMES[claims["aud"]]:
        raise _bad_token()
    if expires <= instant:
        raise unauthorized("token_expired", "The token has expired.")
    return claims


def _claims(token: str, audiences: Sequence[Audience], keys: Sequence[str]) -> dict[str, Any]:
    import jwt  # noqa: PLC0415

    for key in keys:
        try:
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=list(audiences),
                issuer=ISSUER,
                # The times are checked by `verify` against the time that is passed in.
                options={
                    "require": ["iss", "aud", "sub", "iat", "exp"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise _bad_token() from error
        if isinstance(claims["aud"], str) and isinstance(claims["sub"], str):
            return claims
        break
    raise _bad_token()


def _bad_token() -> Problem:
    return unauthorized("bad_token", "The token is not valid.")
