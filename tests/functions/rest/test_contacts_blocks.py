"""/v1/blocks."""

from collections.abc import Callable

import pytest

from convoke.backends.postgres import System, transaction
from convoke.contacts import model
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def eve(sign_up: SignUp) -> Person:
    return sign_up("Eve")


def blocked(who: Principal | System, one: Person, other: Person) -> bool:
    with transaction(who) as conn:
        row = conn.execute("SELECT app_blocked(%s, %s) AS blocked", (one.id, other.id)).fetchone()
    return bool(row and row["blocked"])


def test_a_block_counts_in_both_directions_whoever_asks(
    call: Call, ada: Person, eve: Person, sign_up: SignUp
) -> None:
    third = Principal(sign_up("Bob").id, None, None, None, "user", "basic")
    assert not blocked(System(), ada, eve)
    assert call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token).status == 200
    for who in (System(), third):
        assert blocked(who, ada, eve)
        assert blocked(who, eve, ada)
    call("DELETE", f"/v1/blocks/{eve.id}", token=ada.access_token)
    assert not blocked(System(), ada, eve)


def test_blocking_twice_is_one_block(call: Call, ada: Person, eve: Person, product: Product) -> None:
    first = call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token)
    assert first.body["person"]["display_name"] == "Eve"
    assert call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token).body == first.body
    assert call("GET", f"/v1/blocks/{eve.id}", token=ada.access_token).body == first.body
    assert call("GET", "/v1/blocks", token=ada.access_token).body["items"] == [first.body]
    audited = product.rows("SELECT action FROM audit_logs WHERE target_id = %s AND action = 'block'", eve.id)
    assert len(audited) == 1


def test_who_is_blocked_learns_nothing_of_it(call: Call, ada: Person, eve: Person) -> None:
    call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token)
    assert call("GET", "/v1/blocks", token=eve.access_token).body["items"] == []
    assert call("GET", f"/v1/blocks/{ada.id}", token=eve.access_token).status == 404
    for query in (ada.email, "Ada"):
        found = call("GET", "/v1/people", token=eve.access_token, query={"q": query})
        assert found.body["items"] == []
    # Blocking back works like blocking anybody.
    assert call("PUT", f"/v1/blocks/{ada.id}", token=eve.access_token).status == 200


def test_who_blocks_still_finds_whom_they_have_blocked(call: Call, ada: Person, eve: Person) -> None:
    call("POST", "/v1/contacts", {"email": eve.email}, token=ada.access_token)
    call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token)
    found = call("GET", "/v1/people", token=ada.access_token, query={"q": eve.email})
    assert [person["user_id"] for person in found.body["items"]] == [eve.id]
    [contact] = call("GET", "/v1/contacts", token=ada.access_token).body["items"]
    assert contact["blocked"] is True


def test_unblocking_twice_is_no_error(call: Call, ada: Person, eve: Person) -> None:
    call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token)
    for _ in range(2):
        assert call("DELETE", f"/v1/blocks/{eve.id}", token=ada.access_token).status == 204
    assert call("GET", "/v1/blocks", token=ada.access_token).body["items"] == []


def test_nobody_blocks_nobody_or_themselves(call: Call, ada: Person) -> None:
    assert call("PUT", f"/v1/blocks/{new_id()}", token=ada.access_token).status == 404
    assert call("PUT", f"/v1/blocks/{ada.id}", token=ada.access_token).problem == "validation"
    assert call("PUT", f"/v1/blocks/{ada.id}").status == 401


def test_a_list_of_blocks_has_an_end(
    call: Call, ada: Person, eve: Person, sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "BLOCKS_MAX", 1)
    call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token)
    answer = call("PUT", f"/v1/blocks/{sign_up('Bob').id}", token=ada.access_token)
    assert answer.problem == "too_many_blocks"
    assert call("PUT", f"/v1/blocks/{eve.id}", token=ada.access_token).status == 200


def test_blocks_come_in_pages(call: Call, ada: Person, sign_up: SignUp) -> None:
    for name in ("Cleo", "Ben", "Ann"):
        call("PUT", f"/v1/blocks/{sign_up(name).id}", token=ada.access_token)
    first = call("GET", "/v1/blocks", token=ada.access_token, query={"limit": "2"}).body
    rest = call(
        "GET", "/v1/blocks", token=ada.access_token, query={"limit": "2", "cursor": first["next_cursor"]}
    ).body
    names = [item["person"]["display_name"] for item in (*first["items"], *rest["items"])]
    assert (names, rest["next_cursor"]) == (["Ann", "Ben", "Cleo"], None)
