"""POST /v1/auth/register."""

from collections.abc import Callable

from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
REQUEST = {"email": " Grace@Example.ORG ", "password": "a long password", "display_name": "Grace Hopper"}


def test_a_new_account_is_signed_in_at_once(call: Call) -> None:
    answer = call("POST", "/v1/auth/register", REQUEST)
    assert answer.status == 201, answer
    assert answer.body["user"]["email"] == "grace@example.org"
    assert answer.body["user"]["display_name"] == "Grace Hopper"
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["expires_in"] == 900
    assert answer.body["refresh_token"].startswith("rt_")
    assert call("GET", "/v1/me", token=answer.body["access_token"]).body == answer.body["user"]
