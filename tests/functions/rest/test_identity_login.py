"""POST /v1/auth/login."""

from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher

from convoke.identity import passwords
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def credentials(person: Person, **changes: Any) -> dict[str, Any]:
    return {"email": person.email, "password": person.password, **changes}


def test_the_right_password_gives_tokens_for_a_session_of_its_own(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    answer = call("POST", "/v1/auth/login", credentials(person, device={"name": "Laptop"}))
    assert answer.status == 200, answer
    assert answer.body["user"]["id"] == person.id
    assert answer.body["refresh_token"] != person.refresh_token
    sessions = call("GET", "/v1/me/sessions", token=answer.body["access_token"]).body["items"]
    assert [session["device"]["name"] for session in sessions] == ["Laptop", None]


def test_the_address_may_be_written_in_capitals(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    answer = call("POST", "/v1/auth/login", credentials(person, email=f" {person.email.upper()} "))
    assert answer.status == 200


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    wrong = call("POST", "/v1/auth/login", credentials(person, password="not the password"))
    unknown = call("POST", "/v1/auth/login", credentials(person, email="nobody@example.org"))
    assert wrong.problem == "wrong_credentials"
    assert wrong == unknown
    assert wrong.headers["www-authenticate"] == "Bearer"


def test_an_unknown_address_costs_as_much_work_as_a_known_one(
    call: Call, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    verify = PasswordHasher.verify

    def noting(hasher: PasswordHasher, hashed: str, password: str) -> bool:
        asked.append(hashed)
        return verify(hasher, hashed, password)

    person = sign_up("Ada")
    monkeypatch.setattr(PasswordHasher, "verify", noting)
    call("POST", "/v1/auth/login", credentials(person, password="not the password"))
    call("POST", "/v1/auth/login", credentials(person, email="nobody@example.org"))
    known, unknown = asked
    # The same parameters are the same work.
    assert known.split("$")[:4] == unknown.split("$")[:4]


@pytest.mark.usefixtures("still_clock")
def test_attempts_on_one_account_are_limited_from_wherever_they_come(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    for number in range(50):
        wrong = credentials(person, password="not the password")
        assert call("POST", "/v1/auth/login", wrong, ip=f"203.0.113.{number}").status == 401
    right = call("POST", "/v1/auth/login", credentials(person), ip="203.0.113.99")
    assert (right.status, right.problem) == (429, "rate_limited")


@pytest.mark.usefixtures("still_clock")
def test_who_guesses_from_one_address_does_not_lock_the_owner_out(call: Call, sign_up: SignUp) -> None:
    person = sign_up("Ada")
    wrong = credentials(person, password="not the password")
    statuses = [call("POST", "/v1/auth/login", wrong, ip="203.0.113.1").status for _ in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    assert call("POST", "/v1/auth/login", credentials(person), ip="203.0.113.2").status == 200


@pytest.mark.usefixtures("still_clock")
def test_an_unknown_account_is_limited_just_the_same(call: Call) -> None:
    unknown = {"email": "nobody@example.org", "password": "a long password"}
    statuses = [call("POST", "/v1/auth/login", unknown, ip="203.0.113.1").status for _ in range(11)]
    assert statuses == [401] * 10 + [429]


@pytest.mark.usefixtures("still_clock")
def test_attempts_from_one_address_are_limited_over_all_accounts(call: Call) -> None:
    statuses = [
        call("POST", "/v1/auth/login", {"email": f"user{number}@example.org", "password": "guess"}).status
        for number in range(121)
    ]
    assert statuses == [401] * 120 + [429]


def test_a_failure_is_on_record_without_what_was_tried(call: Call, sign_up: SignUp, product: Product) -> None:
    person = sign_up("Ada")
    call("POST", "/v1/auth/login", credentials(person, password="not the password"), ip="2001:db8::7")
    [row] = product.rows(
        "SELECT *, audit_logs::text AS everything FROM audit_logs"
        " WHERE result = 'failure' AND target_id = %s",
        person.id,
    )
    assert (row["action"], str(row["ip_address"])) == ("login", "2001:db8::7")
    assert "not the password" not in row["everything"]


def test_a_suspended_account_is_told_only_to_who_knows_the_password(
    call: Call, sign_up: SignUp, product: Product
) -> None:
    person = sign_up("Ada")
    product.owner.execute("UPDATE users SET status = 'suspended' WHERE user_id = %s", (person.id,))
    assert call("POST", "/v1/auth/login", credentials(person)).problem == "account_suspended"
    wrong = call("POST", "/v1/auth/login", credentials(person, password="not the password"))
    assert wrong.problem == "wrong_credentials"


def test_an_outdated_hash_is_renewed(call: Call, sign_up: SignUp, product: Product) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415

    person = sign_up("Ada")
    old = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(person.password)
    product.owner.execute("UPDATE users SET password_hash = %s WHERE user_id = %s", (old, person.id))
    assert call("POST", "/v1/auth/login", credentials(person)).status == 200
    [row] = product.rows("SELECT password_hash FROM users WHERE user_id = %s", person.id)
    assert not passwords.is_outdated(row["password_hash"])
    assert call("POST", "/v1/auth/login", credentials(person)).status == 200


def test_an_account_without_a_password_cannot_be_entered_with_one(
    call: Call, sign_up: SignUp, product: Product
) -> None:
    person = sign_up("Ada")
    product.owner.execute("UPDATE users SET password_hash = NULL WHERE user_id = %s", (person.id,))
    assert call("POST", "/v1/auth/login", credentials(person)).problem == "wrong_credentials"
