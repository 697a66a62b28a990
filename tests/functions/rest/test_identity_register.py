"""POST /v1/auth/register."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
REQUEST = {"email": " Grace@Example.ORG ", "password": "a long password", "display_name": "Grace Hopper"}


def request(**changes: Any) -> dict[str, Any]:
    return {"email": "mary@example.org", "password": "a long password", "display_name": "Mary", **changes}


def test_a_new_account_is_signed_in_at_once(call: Call) -> None:
    answer = call("POST", "/v1/auth/register", REQUEST)
    assert answer.status == 201, answer
    assert answer.body["user"]["email"] == "grace@example.org"
    assert answer.body["user"]["display_name"] == "Grace Hopper"
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] == 900
    assert answer.body["refresh_token"].startswith("rt_")
    assert call("GET", "/v1/me", token=answer.body["access_token"]).body == answer.body["user"]


def test_account_audit_row_and_event_commit_together(
    product: Product, sign_up: Callable[..., Person]
) -> None:
    person = sign_up("Ada")
    [audit] = product.rows("SELECT * FROM audit_logs WHERE target_id = %s", person.id)
    assert (audit["event_type"], audit["action"], audit["result"]) == ("user", "register", "success")
    assert str(audit["actor_user_id"]) == person.id
    [event] = product.rows("SELECT kind FROM outbox WHERE user_id = %s", person.id)
    assert event["kind"] == "user.registered"


def test_neither_password_nor_token_is_kept(product: Product, sign_up: Callable[..., Person]) -> None:
    person = sign_up("Ada")
    [user] = product.rows("SELECT users::text AS everything FROM users WHERE user_id = %s", person.id)
    [session] = product.rows(
        "SELECT sessions::text AS everything FROM sessions WHERE user_id = %s", person.id
    )
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in user["everything"]
    assert person.password not in user["everything"]
    assert person.refresh_token not in session["everything"]


def test_the_refresh_token_may_come_as_a_cookie_that_scripts_cannot_read(call: Call) -> None:
    answer = call("POST", "/v1/auth/register", request(email="cookie@example.org", cookie=True))
    assert answer.body["refresh_token"] is None
    [cookie] = answer.cookies
    assert cookie.startswith("convoke_refresh=rt_")
    for part in ("Path=/v1/auth", "HttpOnly", "Secure", "SameSite=Strict", "Max-Age=2592000"):
        assert f"; {part}" in cookie


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "http://localhost:8080"])
def test_the_cookie_is_not_secure_on_a_laptop(
    origin: str, product: Product, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convoke.settings import settings  # noqa: PLC0415

    monkeypatch.setenv("PUBLIC_URL", origin)
    settings.cache_clear()
    sent = request(email=f"{origin[-14:-5].strip('/')}@laptop.example.org", cookie=True)
    assert "Secure" not in call("POST", "/v1/auth/register", sent).cookies[0]


def test_an_address_has_one_account_however_it_is_written(call: Call) -> None:
    assert call("POST", "/v1/auth/register", request(email="One@Example.org")).status == 201
    answer = call("POST", "/v1/auth/register", request(email="oNE@example.ORG"))
    assert (answer.status, answer.problem) == (409, "email_taken")


def test_a_user_name_is_taken_once(call: Call) -> None:
    assert call("POST", "/v1/auth/register", request(email="u1@example.org", username="ada")).status == 201
    answer = call("POST", "/v1/auth/register", request(email="u2@example.org", username="ada"))
    assert (answer.status, answer.problem) == (409, "username_taken")


def test_of_two_at_once_with_one_address_one_gets_it(product: Product) -> None:
    from convoke.errors import Problem  # noqa: PLC0415
    from convoke.identity import actions  # noqa: PLC0415
    from convoke.identity.model import Principal, RegisterRequest  # noqa: PLC0415
    from functions.http import now_utc  # noqa: PLC0415

    caller = Principal(None, None, None, None, "guest", "basic", None, "192.0.2.7", "pytest")

    def attempt(_: int) -> str:
        try:
            actions.register(RegisterRequest(**request(email="race@example.org")), caller, now_utc())
        except Problem as problem:
            return problem.slug
        return "made"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))
    assert outcomes == ["email_taken"] * 7 + ["made"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no-at-sign"),
        ("email", "a@b"),
        ("email", "two@@example.org"),
        ("email", "a b@example.org"),
        ("email", "x" * 65 + "@example.org"),
        ("email", "x@" + "y" * 250 + ".org"),
        ("email", 7),
        ("email", None),
        ("password", "too short"),
        ("password", "x" * 129),
        ("password", ["a long password"]),
        ("display_name", ""),
        ("display_name", "   "),
        ("display_name", "\u200d\u200d"),
        ("display_name", "\u3164"),
        ("display_name", "\ufb2c" * 100),
        ("display_name", "x" * 201),
        ("display_name", {"first": "Ada"}),
        ("username", "Ada"),
        ("username", "a"),
        ("username", "ada lovelace"),
        ("cookie", "perhaps"),
        ("role", "admin"),
        ("account_type", "enterprise"),
    ],
)
def test_what_is_not_valid_is_named_and_not_repeated(field: str, value: Any, call: Call) -> None:
    answer = call("POST", "/v1/auth/register", request(**{field: value}))
    assert (answer.status, answer.problem) == (422, "validation")
    assert answer.body["errors"][0]["loc"] == ["body", field]
    assert "input" not in answer.body["errors"][0]


@pytest.mark.usefixtures("still_clock")
def test_registrations_from_one_address_are_limited(call: Call, product: Product) -> None:
    for number in range(60):
        product.redis.incr  # noqa: B018 (the client stays open for the whole test)
        assert call("POST", "/v1/auth/register", request(email="mary@example.org")).status in (201, 409), (
            number
        )
    answer = call("POST", "/v1/auth/register", request(email="another@example.org"))
    assert (answer.status, answer.problem) == (429, "rate_limited")
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert call("POST", "/v1/auth/register", request(email="other@example.org"), ip="192.0.2.9").status == 201
