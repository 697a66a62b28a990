"""POST /v1/auth/logout."""

from collections.abc import Callable

from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def test_logging_out_ends_both_tokens_at_once(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    answer = call("POST", "/v1/auth/logout", {"refresh_token": person.refresh_token})
    assert (answer.status, answer.body or None) == (204, None)
    assert call("GET", "/v1/me", token=person.access_token).problem == "session_revoked"
    again = call("POST", "/v1/auth/refresh", {"refresh_token": person.refresh_token})
    assert again.problem == "bad_refresh_token"


def test_the_access_token_alone_is_enough(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    assert call("POST", "/v1/auth/logout", {}, token=person.access_token).status == 204
    again = call("POST", "/v1/auth/refresh", {"refresh_token": person.refresh_token})
    assert again.problem == "bad_refresh_token"


def test_the_cookie_alone_is_enough_and_is_taken_away(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    cookie = f"convoke_refresh={person.refresh_token}"
    answer = call("POST", "/v1/auth/logout", {}, cookies=[cookie], token="expired or worse")
    assert answer.status == 204
    assert "Max-Age=0" in answer.cookies[0]
    assert call("GET", "/v1/me", token=person.access_token).problem == "session_revoked"


def test_with_nothing_to_end_nothing_happens(call: Call) -> None:
    assert call("POST", "/v1/auth/logout", {}).status == 204
    assert call("POST", "/v1/auth/logout", {"refresh_token": "rt_" + "A" * 43}).status == 204


def test_what_is_refused_is_kept_as_a_hash_with_a_time_to_live(
    call: Call, sign_up: SignUp, product: Product
) -> None:
    person = sign_up("Ada")
    call("POST", "/v1/auth/logout", {}, token=person.access_token)
    [key] = product.redis.keys("token:blacklist:*")
    assert len(str(key).removeprefix("token:blacklist:")) == 64
    assert 0 < product.redis.ttl(key) <= 900
