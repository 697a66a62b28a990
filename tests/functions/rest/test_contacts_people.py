"""GET /v1/people: no directory of strangers."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from convoke.backends.postgres import System, transaction
from convoke.contacts import actions, model
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.contacts.acquaintance import share_chat
from tests.gateway import Answer
from tests.wire import Relay

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def found(person: Person, query: str) -> list[str]:
    answer = gateway.call("GET", "/v1/people", token=person.access_token, query={"q": query})
    assert answer.status == 200, answer
    return [item["user_id"] for item in answer.body["items"]]


def test_a_stranger_is_found_by_their_exact_e_mail_or_user_name_alone(
    ada: Person, sign_up: SignUp, call: Call
) -> None:
    bob = sign_up("Bob")
    call("PATCH", "/v1/me", {"username": "bob.k"}, token=bob.access_token)
    assert found(ada, bob.email) == [bob.id]
    assert found(ada, f"  {bob.email.upper()} ") == [bob.id]
    assert found(ada, "Bob.K") == [bob.id]
    for query in (
        "bob",
        "Bob",
        "bob.",
        bob.email[:-1],
        bob.email.split("@", maxsplit=1)[0],
        "%",
        "_",
        bob.id,
    ):
        assert found(ada, query) == [], query


def test_what_is_told_of_a_stranger_is_the_card_and_nothing_else(
    ada: Person, sign_up: SignUp, call: Call
) -> None:
    bob = sign_up("Bob")
    [item] = call("GET", "/v1/people", token=ada.access_token, query={"q": bob.email}).body["items"]
    assert item == {"user_id": bob.id, "display_name": "Bob", "username": None, "avatar_url": None}


def test_contacts_are_found_by_the_beginning_of_any_word(ada: Person, sign_up: SignUp, call: Call) -> None:
    bob = sign_up("Bob")
    call("POST", "/v1/contacts", {"email": bob.email, "alias": "Robert Smith"}, token=ada.access_token)
    for query in ("bo", "ROB", "smi", "robert  smith"):
        assert found(ada, query) == [bob.id], query
    assert found(ada, "mith") == []


def test_people_of_a_common_chat_are_found_and_those_of_a_meeting_are_not(
    ada: Person, sign_up: SignUp
) -> None:
    bob, cleo = sign_up("Bob"), sign_up("Cleo")
    share_chat("group", ada, bob)
    share_chat("meeting", ada, cleo)
    assert found(ada, "bo") == [bob.id]
    assert found(ada, "cl") == []


def test_who_has_left_the_chat_is_found_no_more_but_keeps_a_name(ada: Person, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    share_chat("group", ada, bob, left=[bob])
    assert found(ada, "bo") == []
    with transaction(Principal(ada.id, None, None, None, "user", "basic")) as conn:
        assert actions.cards(conn, [bob.id])[bob.id].display_name == "Bob"


def test_nobody_finds_themselves(ada: Person, sign_up: SignUp) -> None:
    share_chat("group", ada, sign_up("Bob"))
    assert found(ada, ada.email) == []
    assert found(ada, "ada") == []


def test_addresses_are_not_tried_out_by_searching(ada: Person, still_clock: datetime, call: Call) -> None:
    for number in range(model.LOOKUPS_PER_MINUTE):
        assert found(ada, f"guess-{number}@example.org") == []
    answer = call("GET", "/v1/people", token=ada.access_token, query={"q": "one-more@example.org"})
    assert answer.problem == "rate_limited"
    # Searching among those one knows goes on.
    assert found(ada, "bo") == []


def test_typing_has_a_limit_too(ada: Person, still_clock: datetime, call: Call) -> None:
    for _ in range(model.SEARCHES_PER_MINUTE):
        assert found(ada, "bo") == []
    assert call("GET", "/v1/people", token=ada.access_token, query={"q": "bo"}).problem == "rate_limited"


@pytest.mark.parametrize("query", ["", "x" * 321])
def test_what_is_no_search_is_refused(query: str, ada: Person, call: Call) -> None:
    assert call("GET", "/v1/people", token=ada.access_token, query={"q": query}).problem == "validation"


@pytest.mark.parametrize("query", ["   ", "@", "a@b", "\u202e", "'; DROP TABLE users; --", "\\", "{}"])
def test_strange_texts_find_nobody(query: str, ada: Person) -> None:
    assert found(ada, query) == []


def test_strangers_do_not_search(call: Call) -> None:
    assert call("GET", "/v1/people", query={"q": "ada"}).status == 401


def test_a_search_takes_one_round_trip(ada: Person, call: Call, round_trips: Relay) -> None:
    call("GET", "/v1/people", token=ada.access_token, query={"q": "bo"})
    with round_trips.counted() as counted:
        call("GET", "/v1/people", token=ada.access_token, query={"q": "nobody@example.org"})
    assert counted.trips == 1


def test_cards_of_strangers_are_for_the_system_alone(ada: Person, sign_up: SignUp, product: Product) -> None:
    bob, eve = sign_up("Bob"), sign_up("Eve")
    as_ada = Principal(ada.id, None, None, None, "user", "basic")
    guest = Principal(None, new_id(datetime.now(UTC)), None, None, "guest", "basic")
    with transaction(System()) as conn:
        assert set(actions.cards(conn, [ada.id, bob.id, eve.id])) == {ada.id, bob.id, eve.id}
    with transaction(guest) as conn:
        assert actions.cards(conn, [ada.id, bob.id]) == {}
    gateway.call("POST", "/v1/contacts", {"user_id": ada.id}, token=bob.access_token)
    with transaction(as_ada) as conn:
        # Bob has shown himself by adding Ada; Eve has not.
        assert set(actions.cards(conn, [ada.id, bob.id, eve.id])) == {ada.id, bob.id}
