"""What every REST function refuses, and how it says so."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import BaseModel

from convoke.settings import settings
from functions import http
from functions.body import parse_json
from tests import gateway
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
LOGIN = "/v1/auth/login"
VALID = {"email": "ada@example.org", "password": "a long password"}


@pytest.mark.parametrize(
    "raw",
    [
        "{",
        "",
        "nonsense",
        '{"email": NaN}',
        '{"email": Infinity}',
        '{"email": "a\\u0000b@example.org"}',
        '{"email": "\\ud83d"}',
        '{"email": "\\uDE00\\ud83d"}',
        '{"\\udfff": 1}',
        '{"email": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"a":' * 20_000,
        b"\xff\xfe\x00",
        b'{"email": "\xc3\x28"}',
    ],
    ids=lambda raw: repr(raw)[:20],
)
def test_what_is_not_json_is_malformed(raw: str | bytes, call: Call) -> None:
    answer = call("POST", LOGIN, raw=raw)
    expected = (422, "validation") if raw == "" else (400, "malformed_json")
    assert (answer.status, answer.problem) == expected


@pytest.mark.parametrize("body", [[], "text", 7, True, {}, {"email": 1, "password": 2}, [VALID]])
def test_json_of_another_type_is_not_valid(body: Any, call: Call) -> None:
    answer = call("POST", LOGIN, body)
    assert (answer.status, answer.problem) == (422, "validation")


def test_a_body_in_base64_is_read_like_any_other(call: Call) -> None:
    assert call("POST", LOGIN, raw=json.dumps(VALID).encode()).problem == "wrong_credentials"


def test_base64_that_is_none_is_malformed(product: Product) -> None:
    event = gateway.event("POST", LOGIN, raw=b"{}")
    event["body"] = "not*base64"
    handler = http.handler_of(http.resolver())
    assert json.loads(handler(event, gateway.CONTEXT)["body"])["type"] == "/problems/malformed_json"


def test_an_oversized_body_is_refused_before_it_is_parsed(call: Call) -> None:
    for raw in ('"' + "x" * (256 * 1024) + '"', b'"' + b"x" * (256 * 1024) + b'"', "\u00e9" * 140_000):
        answer = call("POST", LOGIN, raw=raw)
        assert (answer.status, answer.problem) == (413, "too_large")


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""]
)
def test_a_form_is_never_taken_for_json(kind: str, call: Call) -> None:
    answer = call("POST", LOGIN, VALID, headers={"Content-Type": kind})
    assert (answer.status, answer.problem) == (415, "unsupported_media_type")


def test_json_may_name_its_character_set(call: Call) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert call("POST", LOGIN, VALID, headers=headers).problem == "wrong_credentials"


def test_a_nul_in_the_address_is_refused(call: Call) -> None:
    answer = call("GET", "/v1/meetings/%00", function="identity")
    assert (answer.status, answer.problem) == (400, "malformed_request")


def test_an_unknown_route_is_not_found(call: Call) -> None:
    for method, path in (("GET", "/v1/nothing"), ("DELETE", LOGIN), ("GET", "/v1/me/../me")):
        answer = call(method, path, function="identity")
        assert (answer.status, answer.problem) == (404, "not_found")


def test_every_answer_carries_the_security_headers(call: Call) -> None:
    for answer in (
        call("GET", "/v1/me"),
        call("POST", LOGIN, raw="{"),
        call("GET", "/x", function="identity"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-request-id"] == "request-1"


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer " + "x" * 3000,
        "bearer ..",
        "Bearer é",
    ],
)
def test_a_bad_authorization_is_refused_in_one_way(authorization: str, call: Call) -> None:
    answer = call("GET", "/v1/me", headers={"Authorization": authorization})
    assert (answer.status, answer.problem) == (401, "bad_token")


def test_the_scheme_is_read_in_any_case(call: Call, sign_up: Callable[..., Person]) -> None:
    headers = {"Authorization": f"bEARER {sign_up('Ada').access_token}"}
    assert call("GET", "/v1/me", headers=headers).status == 200


def test_an_unexpected_failure_tells_nothing_of_itself(
    product: Product, capsys: pytest.CaptureFixture[str]
) -> None:
    app = http.resolver()

    @app.get("/v1/broken")
    def broken() -> None:
        raise LookupError("secret detail")

    response = http.handler_of(app)(gateway.event("GET", "/v1/broken"), gateway.CONTEXT)
    assert response["statusCode"] == 500
    assert json.loads(response["body"])["type"] == "/problems/internal"
    assert "secret detail" not in response["body"]


def test_an_answer_of_the_wrong_shape_is_our_failure(product: Product) -> None:
    class Shape(BaseModel):
        number: int

    app = http.resolver()

    @app.get("/v1/shape")
    def shape() -> Shape:
        return {"number": "many"}  # type: ignore[return-value]

    response = http.handler_of(app)(gateway.event("GET", "/v1/shape"), gateway.CONTEXT)
    assert response["statusCode"] == 500
    assert json.loads(response["body"])["type"] == "/problems/internal"


@pytest.mark.parametrize("store", ["DATABASE_URL", "REDIS_URL"])
def test_a_store_that_is_away_is_unavailable_and_comes_back(
    store: str, call: Call, sign_up: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.conftest import forget_everything  # noqa: PLC0415

    person = sign_up("Ada")
    scheme = "postgresql" if store == "DATABASE_URL" else "redis"
    with monkeypatch.context() as away:
        # Port 1 refuses at once.
        away.setenv(
            store, f"{scheme}://127.0.0.1:1/nothing" if scheme == "postgresql" else "redis://127.0.0.1:1/0"
        )
        forget_everything()
        answer = call("GET", "/v1/me", token=person.access_token)
        assert (answer.status, answer.problem) == (503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    forget_everything()
    assert call("GET", "/v1/me", token=person.access_token).status == 200


def test_a_connection_that_died_while_idle_is_replaced_unnoticed(
    call: Call, sign_up: Callable[..., Person], product: Product
) -> None:
    person = sign_up("Ada")
    assert call("GET", "/v1/me", token=person.access_token).status == 200
    killed = product.rows(
        "SELECT pg_terminate_backend(pid, 2000) AS gone FROM pg_stat_activity WHERE usename = 'convoke_app'"
    )
    assert all(row["gone"] for row in killed)
    assert killed
    assert call("GET", "/v1/me", token=person.access_token).status == 200


def test_no_token_and_no_password_reaches_the_log(
    call: Call,
    sign_up: Callable[..., Person],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    person = sign_up("Ada")
    call("GET", "/v1/me", token=person.access_token)
    call("POST", "/v1/auth/refresh", {"refresh_token": person.refresh_token})
    call("POST", LOGIN, {"email": person.email, "password": person.password})
    call("POST", LOGIN, raw='{"password": "' + person.password)
    written = capsys.readouterr()
    logged = written.out + written.err + caplog.text
    for secret in (person.access_token, person.refresh_token, person.password):
        assert secret not in logged


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, "192.0.2.1"),
        ({"x-forwarded-for": "203.0.113.9, 192.0.2.1"}, "192.0.2.1"),
        ({"x-convoke-viewer": "203.0.113.9"}, "192.0.2.1"),
        ({"x-convoke-viewer": "203.0.113.9", "x-convoke-edge": "guess"}, "192.0.2.1"),
        ({"x-convoke-viewer": "203.0.113.9", "x-convoke-edge": "test-edge-key"}, "203.0.113.9"),
        ({"x-convoke-viewer": "2001:db8::1", "x-convoke-edge": "test-edge-key"}, "2001:db8::1"),
    ],
)
def test_an_address_is_believed_from_the_edge_alone(
    headers: dict[str, str], expected: str, product: Product
) -> None:
    assert http.address_of(gateway.event("GET", "/v1/me", headers=headers)) == expected


def test_without_an_edge_key_no_header_is_one(product: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    product.stores.aws.client("secretsmanager").create_secret(
        Name="no-edge", SecretString=json.dumps({"jwt": "x" * 32, "node": "y" * 32})
    )
    monkeypatch.setenv("TOKEN_SECRET_ID", "no-edge")
    settings.cache_clear()
    headers = {"x-convoke-viewer": "203.0.113.9", "x-convoke-edge": "anything"}
    assert http.address_of(gateway.event("GET", "/v1/me", headers=headers)) == "192.0.2.1"


def test_a_cookie_is_found_among_others(product: Product) -> None:
    app = http.resolver()

    @app.get("/v1/cookie")
    def cookie() -> dict[str, str | None]:
        return {"value": http.cookie(app, "b")}

    event = gateway.event("GET", "/v1/cookie", cookies=["ab=1", "b=2=2", "c"])
    assert json.loads(http.handler_of(app)(event, gateway.CONTEXT)["body"]) == {"value": "2=2"}


def test_an_escaped_emoji_is_an_emoji(product: Product) -> None:
    assert parse_json('{"a": "\\ud83d\\ude00 \\u00e9"}') == {"a": "😀 é"}
