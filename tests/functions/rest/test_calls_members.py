"""DELETE /v1/chats/{id}/members/{id} while a call goes on there: out of the group is out of its call."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.calls import actions
from convoke.meetings import actions as meetings
from convoke.meetings.model import Joined
from tests.calling import Phone, Phones, states
from tests.convoke.media.conftest import Peer


@pytest.fixture
def team(phone: Phones) -> tuple[Phone, Phone, Phone]:
    return phone("Ada"), phone("Bob"), phone("Cy")


def remove(by: Phone, whom: Phone, chat_id: str) -> None:
    assert by.rest("DELETE", f"/v1/chats/{chat_id}/members/{whom.id}").status == 204


@pytest.mark.parametrize("by_admin", [True, False])
def test_who_talks_there_is_taken_out_of_the_room_and_told_so(
    team: tuple[Phone, Phone, Phone], node: Peer, *, by_admin: bool
) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    remove(ada if by_admin else bob, bob, chat_id)
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "ended", "Cy": "ringing"}
    assert ada.device.events("participant.left")[-1]["reason"] == "kicked"
    assert len(bob.device.events("participant.removed")) == 1
    assert states(bob.last("call.updated"))["Bob"] == "ended"
    assert node.asked[-1][0] == "DELETE"
    assert bob.device.refused("participant.update", {"muted": True}) == "not_in_meeting"


def test_it_stops_ringing_and_nobody_has_missed_anything(team: tuple[Phone, Phone, Phone]) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    remove(ada, cy, chat_id)
    assert states(cy.last("call.updated")) == {"Ada": "initiator", "Bob": "ringing", "Cy": "ended"}
    assert ada.call(call_id)["status"] == "ringing"
    ada.device.ask("call.cancel", {"call_id": call_id})
    kinds = [item["type"] for item in cy.get("/v1/notifications")["items"]]
    assert "missed_call" not in kinds
    assert states(cy.call(call_id))["Cy"] == "ended"


def test_they_do_not_come_in_again(team: tuple[Phone, Phone, Phone]) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    taken = bob.answer(call_id)
    for gone in (bob, cy):
        remove(ada, gone, chat_id)
        for what in ("answer", "join"):
            answer = gone.rest("POST", f"/v1/calls/{call_id}/{what}", {})
            assert (answer.status, answer.problem) == (404, "not_found")
    # Nor by the ticket to the room that is still at hand.
    assert not bob.device.send("join", {"ticket": taken["join"]["ticket"]})["ok"]
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "ended", "Cy": "ended"}


def test_who_is_called_in_after_that_is_welcome(team: tuple[Phone, Phone, Phone]) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    remove(ada, bob, chat_id)
    ada.device.ask("call.invite", {"call_id": call_id, "user_ids": [bob.id]})
    entered = bob.answer(call_id)
    assert entered["join"]["status"] == "admitted"
    remove(ada, cy, chat_id)
    assert states(ada.call(call_id))["Bob"] == "answered"
    # And back, when they have left: they are in it as anybody else who was called.
    assert bob.rest("POST", f"/v1/calls/{call_id}/leave", {}).status == 200
    assert bob.rest("POST", f"/v1/calls/{call_id}/join", {}).status == 200


def test_the_last_one_who_talks_ends_it_by_leaving_the_group(team: tuple[Phone, Phone, Phone]) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    remove(ada, ada, chat_id)
    ended = bob.last("call.ended")
    assert (ended["id"], ended["status"], ended["ended_by"]) == (call_id, "cancelled", ada.id)
    assert states(ended) == {"Ada": "ended", "Bob": "missed", "Cy": "missed"}


def test_a_call_in_another_chat_goes_on(team: tuple[Phone, Phone, Phone]) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    remove(ada, bob, chat_id)
    assert bob.call(call_id)["status"] == "answered"


def test_who_dies_between_the_two_leaves_it_to_the_sweep(
    team: tuple[Phone, Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    with monkeypatch.context() as patch:
        patch.setattr(actions, "member_left", lambda *_: None)
        remove(ada, bob, chat_id)
    assert states(ada.call(call_id))["Bob"] == "answered"
    actions.sweep(datetime.now(UTC) + timedelta(seconds=1))
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "ended", "Cy": "ringing"}
    assert len(bob.device.events("participant.removed")) == 1


def test_who_was_let_in_and_put_out_at_one_moment_is_out_of_the_room_at_the_next_look(
    team: tuple[Phone, Phone, Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, cy = team
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    enter = meetings.enter_call_room

    def removed_first(*asked: Any) -> Joined:
        remove(ada, bob, chat_id)
        return enter(*asked)

    with monkeypatch.context() as patch:
        patch.setattr(meetings, "enter_call_room", removed_first)
        bob.enter(bob.device.ask("call.answer", {"call_id": call_id})["join"])
    assert actions.expire_ringing(call_id, datetime.now(UTC) + timedelta(seconds=1))
    assert len(bob.device.events("participant.removed")) == 1
    assert bob.device.refused("participant.update", {"muted": True}) == "not_in_meeting"
