"""GET, PATCH and DELETE of /v1/contacts."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import gateway
from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.wire import Relay

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def add(person: Person, other: Person, alias: str | None = None) -> None:
    request = {"user_id": other.id, "alias": alias}
    assert gateway.call("POST", "/v1/contacts", request, token=person.access_token).status == 201


def pages(person: Person, limit: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    query = {"limit": str(limit)}
    while True:
        answer = gateway.call("GET", "/v1/contacts", token=person.access_token, query=query)
        assert answer.status == 200, answer
        items += answer.body["items"]
        if answer.body["next_cursor"] is None:
            return items
        query["cursor"] = answer.body["next_cursor"]


def test_contacts_come_by_name_in_pages_each_once(ada: Person, sign_up: SignUp) -> None:
    for name, alias in (("Zoe", "alfa"), ("bob", None), ("Bob", None), ("Ça", "Übung"), ("Mia", None)):
        add(ada, sign_up(name), alias)
    named = [item["alias"] or item["person"]["display_name"] for item in pages(ada, 2)]
    assert sorted(name.lower() for name in named) == [name.lower() for name in named]
    assert named[0] == "alfa"
    assert len({item["person"]["user_id"] for item in pages(ada, 2)}) == 5
    assert pages(ada, 2) == pages(ada, 50)


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "WyJhIiwgImIiXQ", "WzEsIDJd", "e30"])
def test_a_cursor_of_ones_own_making_is_refused(cursor: str, ada: Person, call: Call) -> None:
    answer = call("GET", "/v1/contacts", token=ada.access_token, query={"cursor": cursor})
    assert (answer.status, answer.problem) == (400, "invalid_cursor")


def test_an_alias_is_given_and_taken_away(ada: Person, sign_up: SignUp, call: Call) -> None:
    bob = sign_up("Bob")
    add(ada, bob)
    path = f"/v1/contacts/{bob.id}"
    assert call("PATCH", path, {"alias": "Bobby"}, token=ada.access_token).body["alias"] == "Bobby"
    assert call("PATCH", path, {"alias": None}, token=ada.access_token).body["alias"] is None
    for change in ({}, {"alias": ""}, {"alias": 1}, {"name": "x"}):
        assert call("PATCH", path, change, token=ada.access_token).problem == "validation"


def test_only_the_own_list_is_changed(ada: Person, sign_up: SignUp, call: Call) -> None:
    bob, eve = sign_up("Bob"), sign_up("Eve")
    add(ada, bob)
    path = f"/v1/contacts/{bob.id}"
    assert call("PATCH", path, {"alias": "mine"}, token=eve.access_token).status == 404
    assert call("DELETE", path, token=eve.access_token).status == 204
    assert [item["alias"] for item in pages(ada, 50)] == [None]


def test_who_is_removed_is_gone_and_removing_twice_is_no_error(
    ada: Person, sign_up: SignUp, call: Call
) -> None:
    bob = sign_up("Bob")
    add(ada, bob)
    for _ in range(2):
        assert call("DELETE", f"/v1/contacts/{bob.id}", token=ada.access_token).status == 204
    assert pages(ada, 50) == []
    assert call("PATCH", f"/v1/contacts/{bob.id}", {"alias": "x"}, token=ada.access_token).status == 404


def test_an_account_that_is_gone_is_in_no_list(ada: Person, sign_up: SignUp, product: Product) -> None:
    bob = sign_up("Bob")
    add(ada, bob)
    product.owner.execute("UPDATE users SET status = 'deleted' WHERE user_id = %s", (bob.id,))
    assert pages(ada, 50) == []


def test_the_list_takes_one_round_trip(ada: Person, sign_up: SignUp, call: Call, round_trips: Relay) -> None:
    add(ada, sign_up("Bob"))
    with round_trips.counted() as counted:
        call("GET", "/v1/contacts", token=ada.access_token)
    assert counted.trips == 1


def test_a_strangers_path_is_no_uuid(ada: Person, call: Call) -> None:
    assert call("DELETE", "/v1/contacts/everybody", token=ada.access_token).problem == "validation"
