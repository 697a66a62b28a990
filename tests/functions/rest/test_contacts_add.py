"""POST /v1/contacts."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from convoke.contacts import model
from tests import gateway
from tests.conftest import Person, Product
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def bob(sign_up: SignUp) -> Person:
    return sign_up("Bob")


def add(person: Person, request: dict[str, Any]) -> Answer:
    return gateway.call("POST", "/v1/contacts", request, token=person.access_token)


def test_somebody_is_added_by_e_mail_under_a_name_of_ones_own(ada: Person, bob: Person) -> None:
    answer = add(ada, {"email": bob.email.upper(), "alias": "Bobby"})
    assert answer.status == 201
    assert answer.body["person"] == {
        "user_id": bob.id,
        "display_name": "Bob",
        "username": None,
        "avatar_url": None,
    }
    assert (answer.body["alias"], answer.body["blocked"]) == ("Bobby", False)


def test_somebody_is_added_by_user_name_or_id(call: Call, ada: Person, bob: Person) -> None:
    call("PATCH", "/v1/me", {"username": "bob.k"}, token=bob.access_token)
    assert add(ada, {"username": "bob.k"}).body["person"]["username"] == "bob.k"
    assert add(bob, {"user_id": ada.id}).body["person"]["user_id"] == ada.id


def test_adding_again_makes_no_second_and_keeps_or_replaces_the_alias(ada: Person, bob: Person) -> None:
    first = add(ada, {"email": bob.email, "alias": "Bobby"})
    again = add(ada, {"email": bob.email})
    assert (again.status, again.body) == (200, first.body)
    assert add(ada, {"email": bob.email, "alias": "B."}).body["alias"] == "B."


def test_who_is_added_hears_of_it_once_and_can_find_the_other(call: Call, ada: Person, bob: Person) -> None:
    for _ in range(2):
        add(ada, {"email": bob.email})
        call("DELETE", f"/v1/contacts/{bob.id}", token=ada.access_token)
    add(ada, {"email": bob.email})
    told = call("GET", "/v1/notifications", token=bob.access_token).body["items"]
    assert [(note["type"], note["title"], note["data"]) for note in told] == [
        ("contact", "Ada added you as a contact", {"user_id": ada.id})
    ]
    assert told[0]["action_url"] == "/contacts?find=Ada"
    found = call("GET", "/v1/people", token=bob.access_token, query={"q": "ada"}).body["items"]
    assert [person["user_id"] for person in found] == [ada.id]


def test_the_other_side_is_not_touched(call: Call, ada: Person, bob: Person) -> None:
    add(ada, {"email": bob.email})
    assert call("GET", "/v1/contacts", token=bob.access_token).body["items"] == []


def test_nobody_and_who_has_blocked_me_are_the_same_answer(call: Call, ada: Person, bob: Person) -> None:
    nobody = add(ada, {"email": "nobody@example.org"})
    call("PUT", f"/v1/blocks/{ada.id}", token=bob.access_token)
    for request in ({"email": bob.email}, {"user_id": bob.id}):
        answer = add(ada, request)
        assert (answer.status, answer.body) == (404, nobody.body)


@pytest.mark.parametrize("status", ["suspended", "deleted"])
def test_an_account_that_is_not_active_is_not_there(
    status: str, ada: Person, bob: Person, product: Product
) -> None:
    product.owner.execute("UPDATE users SET status = %s WHERE user_id = %s", (status, bob.id))
    assert add(ada, {"email": bob.email}).problem == "not_found"


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"alias": "x"},
        {"email": "a@example.org", "username": "abc"},
        {"email": "not an address"},
        {"username": "Ümlaut"},
        {"user_id": "1"},
        {"email": "a@example.org", "alias": ""},
        {"email": "a@example.org", "alias": "\u202e"},
        {"email": "a@example.org", "alias": "x" * 201},
        {"email": "a@example.org", "more": 1},
    ],
)
def test_what_names_nobody_or_too_many_is_refused(request_: dict[str, Any], ada: Person) -> None:
    assert add(ada, request_).problem == "validation"


def test_nobody_is_their_own_contact(ada: Person) -> None:
    assert add(ada, {"email": ada.email}).problem == "validation"


def test_a_list_has_an_end(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch, sign_up: SignUp
) -> None:
    monkeypatch.setattr(model, "CONTACTS_MAX", 1)
    assert add(ada, {"email": bob.email}).status == 201
    assert add(ada, {"email": sign_up("Eve").email}).problem == "too_many_contacts"
    assert add(ada, {"email": bob.email, "alias": "still"}).status == 200


def test_a_list_of_addresses_cannot_be_tried_out(ada: Person, bob: Person, still_clock: datetime) -> None:
    for number in range(model.LOOKUPS_PER_MINUTE):
        assert add(ada, {"email": f"guess-{number}@example.org"}).status == 404
    assert add(ada, {"email": bob.email}).problem == "rate_limited"
    # Who is known by their id is no guess.
    assert add(ada, {"user_id": bob.id}).status == 201


@pytest.mark.usefixtures("still_clock")
def test_patience_does_not_help_either(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "LOOKUPS_PER_DAY", 2)
    answers = [add(ada, {"email": f"guess-{number}@example.org"}) for number in range(3)]
    assert [answer.status for answer in answers] == [404, 404, 429]


@pytest.mark.usefixtures("still_clock")
def test_many_accounts_of_one_network_guess_no_faster(
    sign_up: SignUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "LOOKUPS_PER_NETWORK", 2)
    guesses = [add(sign_up("Eve"), {"email": "nobody@example.org"}).status for _ in range(3)]
    assert guesses == [404, 404, 429]


def test_it_is_on_record_without_names(ada: Person, bob: Person, product: Product) -> None:
    add(ada, {"email": bob.email, "alias": "Secret love"})
    [audited] = product.rows(
        "SELECT actor_user_id::text AS actor, target_id, metadata FROM audit_logs"
        " WHERE event_type = 'contact' AND actor_user_id = %s",
        ada.id,
    )
    assert audited == {"actor": ada.id, "target_id": bob.id, "metadata": {}}
    [event] = product.rows("SELECT data FROM outbox WHERE kind = 'contact.added' AND user_id = %s", ada.id)
    assert event["data"] == {"target": bob.id}


def test_guests_have_no_list(call: Call) -> None:
    assert call("POST", "/v1/contacts", {"email": "a@example.org"}).status == 401
