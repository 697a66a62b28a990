"""POST /v1/auth/refresh."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from convoke.errors import Problem
from convoke.identity import actions
from convoke.identity.model import Principal
from functions.http import now_utc
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
CALLER = Principal(None, None, None, None, "guest", "basic", None, "192.0.2.7", "pytest")


def refresh(call: Call, token: str | None) -> Answer:
    return call("POST", "/v1/auth/refresh", {"refresh_token": token})


def test_a_refresh_token_gives_new_tokens_of_the_same_session(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    answer = refresh(call, person.refresh_token)
    assert answer.status == 200, answer
    assert answer.body["refresh_token"] not in (None, person.refresh_token)
    assert answer.body["user"]["id"] == person.id
    before = call("GET", "/v1/me/sessions", token=person.access_token).body["items"]
    after = call("GET", "/v1/me/sessions", token=answer.body["access_token"]).body["items"]
    assert before == after
    assert [session["current"] for session in after] == [True]


def test_a_token_used_again_ends_the_whole_session(call: Call, sign_up: SignUp, product: Product) -> None:
    person = sign_up("Ada")
    second = refresh(call, person.refresh_token).body
    reused = refresh(call, person.refresh_token)
    assert (reused.status, reused.problem) == (401, "bad_refresh_token")
    assert refresh(call, second["refresh_token"]).problem == "bad_refresh_token"
    for token in (person.access_token, second["access_token"]):
        assert call("GET", "/v1/me", token=token).problem == "session_revoked"
    rows = product.rows(
        "SELECT metadata FROM audit_logs WHERE action = 'refresh' AND metadata->>'user_id' = %s", person.id
    )
    assert [row["metadata"]["reason"] for row in rows] == ["refresh token reused"] * 2


def test_another_session_of_the_same_user_goes_on(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    other = call("POST", "/v1/auth/login", {"email": person.email, "password": person.password}).body
    refresh(call, person.refresh_token)
    refresh(call, person.refresh_token)
    assert call("GET", "/v1/me", token=other["access_token"]).status == 200
    assert refresh(call, other["refresh_token"]).status == 200


def test_of_many_at_once_with_one_token_one_is_served(sign_up: SignUp) -> None:
    token = sign_up("Ada").refresh_token

    def attempt(_: int) -> bool:
        try:
            actions.refresh(token, CALLER, now_utc())
        except Problem:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_token_lives_for_thirty_days(sign_up: SignUp) -> None:
    person = sign_up("Ada")
    with pytest.raises(Problem, match="bad_refresh_token"):
        actions.refresh(person.refresh_token, CALLER, now_utc() + timedelta(days=30, seconds=1))
    answer, _ = actions.refresh(person.refresh_token, CALLER, now_utc() + timedelta(days=29, hours=23))
    assert answer.user.id == person.id


def test_an_unknown_token_says_nothing(call: Call) -> None:
    assert refresh(call, "rt_" + "A" * 43).problem == "bad_refresh_token"
    assert refresh(call, None).problem == "bad_refresh_token"
    assert refresh(call, "not a token").problem == "validation"


def test_a_cookie_is_renewed_as_a_cookie(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    cookies = ["theme=dark", f"convoke_refresh={person.refresh_token}"]
    answer = call("POST", "/v1/auth/refresh", {"cookie": True}, cookies=cookies)
    assert answer.status == 200
    assert answer.body["refresh_token"] is None
    assert answer.cookies[0].startswith("convoke_refresh=rt_")
    assert person.refresh_token not in answer.cookies[0]


def test_a_refused_cookie_is_taken_away(call: Call) -> None:
    for value in ("rt_" + "A" * 43, "nonsense"):
        answer = call("POST", "/v1/auth/refresh", {}, cookies=[f"convoke_refresh={value}"])
        assert answer.problem == "bad_refresh_token"
        assert answer.cookies[0].startswith("convoke_refresh=; ")
        assert "Max-Age=0" in answer.cookies[0]


def test_a_suspended_account_gets_no_new_tokens(call: Call, sign_up: SignUp, product: Product) -> None:
    person = sign_up("Ada")
    product.owner.execute("UPDATE users SET status = 'suspended' WHERE user_id = %s", (person.id,))
    assert refresh(call, person.refresh_token).problem == "bad_refresh_token"
