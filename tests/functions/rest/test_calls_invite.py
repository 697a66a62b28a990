"""POST /v1/calls/{id}/invite: more people ring, and a call of two becomes a group's."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from convoke.calls import actions, rules
from tests import push_service
from tests.calling import Phone, Phones, states
from tests.conftest import Product


@pytest.fixture
def pair(phone: Phones) -> tuple[Phone, Phone, str]:
    """Two in a call."""
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    return ada, bob, call_id


def test_whom_one_knows_rings_and_comes_in(pair: tuple[Phone, Phone, str], phone: Phones) -> None:
    ada, bob, call_id = pair
    cy = phone("Cy")
    ada.befriend(cy)
    answer = ada.rest("POST", f"/v1/calls/{call_id}/invite", {"user_ids": [cy.id]})
    assert answer.status == 200, answer
    assert answer.body["call"]["kind"] == "group"
    assert states(cy.last("call.ringing")) == {"Ada": "initiator", "Bob": "answered", "Cy": "ringing"}
    assert bob.last("call.updated")["kind"] == "group"
    cy.answer(call_id)
    bob.device.ask("leave")
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "ended", "Cy": "answered"}
    assert [call["id"] for call in cy.get("/v1/calls")["items"]] == [call_id]
    assert cy.call(call_id)["status"] == "answered"


def test_who_has_declined_is_rung_once_more(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    cy.device.ask("call.decline", {"call_id": call_id})
    bob.device.ask("call.invite", {"call_id": call_id, "user_ids": [cy.id, ada.id]})
    assert len(cy.device.events("call.ringing")) == 2
    assert ada.device.events("call.ringing") == []


def test_the_busy_are_said_to_be(pair: tuple[Phone, Phone, str], phone: Phones) -> None:
    ada, _, call_id = pair
    cy, dee = phone("Cy"), phone("Dee")
    dee.answer(cy.dial(cy.direct(dee))["call"]["id"])
    ada.befriend(dee)
    call = ada.rest("POST", f"/v1/calls/{call_id}/invite", {"user_ids": [dee.id]}).body["call"]
    assert (states(call)["Dee"], call["status"]) == ("busy", "answered")


def test_strangers_and_the_blocked_are_not_rung(pair: tuple[Phone, Phone, str], phone: Phones) -> None:
    ada, _, call_id = pair
    eve, cy = phone("Eve"), phone("Cy")
    path = f"/v1/calls/{call_id}/invite"
    for stranger in (eve.id, str(uuid4())):
        answer = ada.rest("POST", path, {"user_ids": [stranger]})
        assert (answer.status, answer.problem) == (404, "not_found")
    ada.befriend(cy)
    cy.rest("PUT", f"/v1/blocks/{ada.id}")
    answer = ada.rest("POST", path, {"user_ids": [cy.id]})
    assert (answer.status, answer.problem) == (403, "blocked")
    assert eve.device.events("call.ringing") == cy.device.events("call.ringing") == []


@pytest.fixture
def begun_by_the_blocked(phone: Phones) -> tuple[Phone, Phone, Phone, str]:
    """Ada calls her group, Bob has answered; Cy is in it too, has blocked her and was not rung."""
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    chat_id = ada.group(bob, cy)
    subscription = push_service.Device(f"https://fcm.googleapis.com/fcm/send/{cy.id}").subscription()
    assert cy.rest("POST", "/v1/push/subscriptions", subscription).status == 201
    assert cy.rest("PUT", f"/v1/blocks/{ada.id}").status == 200
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    assert cy.device.events("call.ringing") == []
    return ada, bob, cy, call_id


def test_who_has_blocked_the_one_who_began_it_is_rung_by_the_group(
    begun_by_the_blocked: tuple[Phone, Phone, Phone, str], product: Product
) -> None:
    ada, bob, cy, call_id = begun_by_the_blocked
    bob.device.ask("call.invite", {"call_id": call_id, "user_ids": [cy.id]})
    rung = cy.last("call.ringing")
    assert (rung["initiator"], rung["chat_title"], states(rung)["Cy"]) == (None, "Team", "ringing")
    assert bob.last("call.updated")["initiator"]["display_name"] == "Ada"
    assert ada.last("call.updated")["initiator"]["display_name"] == "Ada"
    told = "SELECT type, title FROM notifications WHERE user_id = %s ORDER BY created_at"
    assert product.rows(told, cy.id) == [{"type": "incoming_call", "title": "Team is calling"}]
    assert actions.expire_ringing(call_id, datetime.now(UTC) + rules.RINGING)
    assert product.rows(told, cy.id)[-1] == {"type": "missed_call", "title": "Missed call from Team"}


def test_nor_is_that_one_named_to_them_by_what_they_ask_and_do(
    begun_by_the_blocked: tuple[Phone, Phone, Phone, str],
) -> None:
    _, bob, cy, call_id = begun_by_the_blocked
    bob.device.ask("call.invite", {"call_id": call_id, "user_ids": [cy.id]})
    seen = [cy.answer(call_id)["call"], cy.last("call.updated"), cy.call(call_id)]
    seen += cy.get("/v1/calls")["items"]
    seen.append(cy.rest("POST", f"/v1/calls/{call_id}/leave", {}).body["call"])
    assert [call["initiator"] for call in seen] == [None] * 5
    assert bob.call(call_id)["initiator"]["display_name"] == "Ada"


def test_whom_the_one_who_began_it_has_blocked_is_not_told_so(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    chat_id = ada.group(bob, cy)
    assert ada.rest("PUT", f"/v1/blocks/{cy.id}").status == 200
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    bob.device.ask("call.invite", {"call_id": call_id, "user_ids": [cy.id]})
    assert cy.last("call.ringing")["initiator"]["display_name"] == "Ada"


def test_only_people_in_the_call_invite(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    bob.befriend(cy)
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    path, body = f"/v1/calls/{call_id}/invite", {"user_ids": [cy.id]}
    answer = bob.rest("POST", path, body)
    assert (answer.status, answer.problem) == (403, "not_in_call")
    cy.befriend(ada)
    answer = cy.rest("POST", path, {"user_ids": [ada.id]})
    assert (answer.status, answer.problem) == (404, "not_found")
    ada.device.ask("call.cancel", {"call_id": call_id})
    answer = bob.rest("POST", path, body)
    assert (answer.status, answer.problem) == (410, "call_over")


@pytest.mark.parametrize(
    "body", [{}, {"user_ids": []}, {"user_ids": ["x"]}, {"user_ids": [str(uuid4())] * 32}]
)
def test_what_is_no_invitation_is_refused(pair: tuple[Phone, Phone, str], body: dict[str, object]) -> None:
    ada, _, call_id = pair
    assert ada.rest("POST", f"/v1/calls/{call_id}/invite", body).status == 422
