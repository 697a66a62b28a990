"""POST /v1/calls/{id}/invite: more people ring, and a call of two becomes a group's."""

from uuid import uuid4

import pytest

from tests.calling import Phone, Phones, states


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
