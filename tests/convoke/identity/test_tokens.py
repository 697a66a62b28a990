"""What a token must be to be believed (RFC 8725; OWASP ASVS 5 chapter 9)."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from convoke.errors import Problem
from convoke.identity import tokens

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
KEY, OLD, FOREIGN = "k" * 32, "o" * 32, "f" * 32
USER = "0190a000-0000-7000-8000-000000000001"


def claims(**changes: Any) -> dict[str, Any]:
    issued = int(NOW.timestamp())
    made = {"iss": "convoke", "aud": "convoke-api", "sub": USER, "iat": issued, "exp": issued + 900}
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def made(
    key: str = KEY, algorithm: str = "HS256", headers: dict[str, Any] | None = None, **changes: Any
) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers=headers)


def unsigned(algorithm: str) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part(claims())}."


def verified(token: str, now: datetime = NOW, keys: tuple[str, ...] = (KEY, OLD)) -> dict[str, Any]:
    return tokens.verify(token, ["convoke-api"], keys=keys, now=now)


def test_what_is_signed_is_verified() -> None:
    token = tokens.sign("convoke-api", USER, {"sid": "s"}, keys=[KEY], now=NOW)
    found = verified(token)
    assert (found["sub"], found["sid"], found["exp"] - found["iat"]) == (USER, "s", 900)
    assert jwt.get_unverified_header(token)["alg"] == "HS256"


def test_the_time_over_is_told_apart_from_a_bad_token() -> None:
    token = tokens.sign("convoke-api", USER, {}, keys=[KEY], now=NOW)
    assert verified(token, NOW + timedelta(seconds=899))
    with pytest.raises(Problem, match="token_expired"):
        verified(token, NOW + timedelta(seconds=900))


def test_a_key_that_was_replaced_is_accepted_until_it_is_dropped() -> None:
    token = tokens.sign("convoke-api", USER, {}, keys=[OLD], now=NOW)
    assert verified(token)
    with pytest.raises(Problem, match="bad_token"):
        verified(token, keys=(KEY,))


@pytest.mark.parametrize(
    "forge",
    [
        lambda: unsigned("none"),
        lambda: unsigned("None"),
        lambda: unsigned("HS256"),
        lambda: made(FOREIGN),
        lambda: made("k" * 64, algorithm="HS512"),
        lambda: made(iss="elsewhere"),
        lambda: made(iss=None),
        lambda: made(aud="convoke-participant"),
        lambda: made(aud=["convoke-api", "convoke-node"]),
        lambda: made(aud=None),
        lambda: made(sub=None),
        lambda: made(exp=None),
        lambda: made(iat=None),
        lambda: made(exp=int(NOW.timestamp()) + 365 * 86400),
        lambda: made(exp="tomorrow"),
        lambda: made(exp=True),
        lambda: made(iat=int(NOW.timestamp()) + 600, exp=int(NOW.timestamp()) + 1200),
        lambda: made(headers={"crit": ["x"]}),
        lambda: made() + "x",
        lambda: made().rsplit(".", 1)[0],
        lambda: made()[:-4] + "AAAA",
        lambda: "",
        lambda: "..",
        lambda: "a.b.c",
        lambda: "é.é.é",
        lambda: "x" * 5000,
    ],
)
def test_anything_else_is_refused_without_a_reason(forge: Callable[[], str]) -> None:
    with pytest.raises(Problem) as refused:
        verified(forge())
    assert (refused.value.slug, refused.value.status) == ("bad_token", 401)
