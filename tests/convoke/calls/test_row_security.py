"""Calls, as row security shows them whatever a query forgets to ask."""

import psycopg
import pytest

from convoke.backends.postgres import transaction
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.calling import Phone, Phones
from tests.conftest import Product

TABLES = ("calls", "call_participants", "call_events")


def user(user_id: str) -> Principal:
    return Principal(user_id, None, None, None, "user", "basic")


def seen(principal: Principal) -> dict[str, int]:
    with transaction(principal) as conn:
        cursors = {table: conn.execute(f"SELECT count(*) AS n FROM {table}") for table in TABLES}  # noqa: S608
    return {table: (cursor.fetchone() or {})["n"] for table, cursor in cursors.items()}


@pytest.fixture
def people(phone: Phones) -> tuple[Phone, Phone, Phone, str]:
    """Two in a call in a group of three, of which one was not rung: they came after it."""
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    chat_id = ada.group(bob)
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    ada.rest("POST", f"/v1/chats/{chat_id}/members", {"user_ids": [cy.id]})
    return ada, bob, cy, call_id


def test_its_people_and_the_members_of_its_chat_see_a_call(people: tuple[Phone, Phone, Phone, str]) -> None:
    for person in people[:3]:
        assert seen(user(person.id)) == {"calls": 1, "call_participants": 2, "call_events": 3}


def test_strangers_guests_and_nobody_see_nothing(
    people: tuple[Phone, Phone, Phone, str], phone: Phones
) -> None:
    nothing = dict.fromkeys(TABLES, 0)
    assert seen(user(phone("Eve").id)) == nothing
    assert seen(Principal(None, None, None, None, "guest", "basic")) == nothing
    assert seen(Principal(None, new_id(), people[3], None, "guest", "basic")) == nothing


def test_who_left_the_chat_sees_only_what_they_were_in(people: tuple[Phone, Phone, Phone, str]) -> None:
    ada, bob, cy, call_id = people
    chat_id = ada.call(call_id)["chat_id"]
    for person in (bob, cy):
        assert person.rest("DELETE", f"/v1/chats/{chat_id}/members/{person.id}").status == 204
    assert seen(user(bob.id))["calls"] == 1
    assert seen(user(cy.id))["calls"] == 0
    assert cy.rest("POST", f"/v1/calls/{call_id}/join", {}).status == 404


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE calls SET status = 'ended', ended_at = now(), end_reason = 'hangup'",
        "UPDATE call_participants SET state = 'declined'",
        "INSERT INTO call_events (event_id, call_id, type, created_at)"
        " SELECT gen_random_uuid(), call_id, 'ended', now() FROM calls",
        "DELETE FROM calls",
        "DELETE FROM call_events",
    ],
)
def test_nobody_writes_but_the_system(
    statement: str, people: tuple[Phone, Phone, Phone, str], product: Product
) -> None:
    before = product.rows(
        "SELECT status, state FROM calls JOIN call_participants USING (call_id) ORDER BY 1, 2"
    )
    try:
        with transaction(user(people[0].id)) as conn:
            conn.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        pass
    after = product.rows(
        "SELECT status, state FROM calls JOIN call_participants USING (call_id) ORDER BY 1, 2"
    )
    assert after == before
    assert people[0].call(people[3])["events"][-1]["type"] != "ended"
