"""POST /v1/calls/{id}/decline, /cancel and /leave: how a call ends, and for whom."""

from tests.calling import Phones, states
from tests.conftest import Product
from tests.convoke.media.conftest import Peer


def test_declined_by_one_it_stops_on_all_devices(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    tablet = bob.more()
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    answer = bob.rest("POST", f"/v1/calls/{call_id}/decline", {})
    assert answer.status == 200, answer
    assert (answer.body["call"]["status"], answer.body["call"]["end_reason"]) == ("declined", "declined")
    assert answer.body["call"]["ended_by"] == bob.id
    for device in (ada.device, bob.device, tablet):
        assert device.events("call.ended")[-1]["call"]["status"] == "declined"
    assert ada.device.events("meeting.ended") == [{"reason": "declined"}]
    assert bob.rest("POST", f"/v1/calls/{call_id}/decline", {}).status == 200
    assert bob.get("/v1/notifications")["items"] == []


def test_cancelled_it_was_missed(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call = ada.dial(ada.direct(bob))["call"]
    answer = ada.rest("POST", f"/v1/calls/{call['id']}/cancel", {})
    assert (answer.status, answer.body["call"]["status"]) == (200, "cancelled")
    assert states(answer.body["call"]) == {"Ada": "ended", "Bob": "missed"}
    assert bob.last("call.ended")["end_reason"] == "cancelled"
    [missed] = bob.get("/v1/notifications")["items"]
    assert (missed["type"], missed["data"]["call_id"]) == ("missed_call", call["id"])
    assert "Ada" in missed["title"]
    message = ada.get(f"/v1/chats/{call['chat_id']}/messages")["items"][-1]
    assert message["call"]["status"] == "cancelled"
    assert ada.rest("POST", f"/v1/calls/{call['id']}/cancel", {}).status == 200
    assert len(bob.get("/v1/notifications")["items"]) == 1


def test_only_the_caller_cancels_and_only_while_it_rings(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    answer = bob.rest("POST", f"/v1/calls/{call_id}/cancel", {})
    assert (answer.status, answer.problem) == (403, "not_caller")
    bob.answer(call_id)
    answer = ada.rest("POST", f"/v1/calls/{call_id}/cancel", {})
    assert (answer.status, answer.problem) == (409, "call_answered")


def test_leaving_the_room_ends_a_call_of_two(phone: Phones, node: Peer, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call = ada.dial(ada.direct(bob))["call"]
    bob.answer(call["id"])
    product.owner.execute(
        "UPDATE calls SET answered_at = answered_at - interval '65 s' WHERE call_id = %s", (call["id"],)
    )
    bob.device.ask("leave")
    ended = ada.last("call.ended")
    assert (ended["status"], ended["end_reason"], ended["ended_by"]) == ("ended", "hangup", bob.id)
    assert 65 <= ended["duration_seconds"] <= 75
    assert states(ended) == {"Ada": "ended", "Bob": "ended"}
    assert ada.device.events("meeting.ended") == [{"reason": "hangup"}]
    assert ("DELETE", f"/rooms/{call['id']}") in node.asked
    message = ada.device.events("message.updated")[-1]["message"]
    assert (message["call"]["status"], message["call"]["duration_seconds"]) == (
        "ended",
        ended["duration_seconds"],
    )
    assert product.rows("SELECT status FROM meetings WHERE meeting_id = %s", call["id"]) == [
        {"status": "ended"}
    ]
    kinds = product.rows("SELECT kind FROM outbox WHERE meeting_id = %s AND kind LIKE 'call.%%'", call["id"])
    assert sorted(row["kind"] for row in kinds) == ["call.ended", "call.started"]


def test_one_hangs_up_without_a_socket(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    answer = ada.rest("POST", f"/v1/calls/{call_id}/leave", {})
    assert (answer.status, answer.body["call"]["status"], answer.body["call"]["ended_by"]) == (
        200,
        "ended",
        ada.id,
    )
    assert bob.last("call.ended")["id"] == call_id
    assert ada.rest("POST", f"/v1/calls/{call_id}/leave", {}).status == 200
    assert len(bob.device.events("call.ended")) == 1


def test_a_group_ends_when_the_last_one_leaves(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    ada.device.ask("leave")
    assert bob.call(call_id)["status"] == "answered"
    assert bob.device.events("participant.left")[-1]["reason"] == "voluntary"
    bob.rest("POST", f"/v1/calls/{call_id}/leave", {})
    ended = cy.last("call.ended")
    assert (ended["status"], ended["ended_by"]) == ("ended", bob.id)
    assert states(ended) == {"Ada": "ended", "Bob": "ended", "Cy": "missed"}


def test_who_leaves_a_group_over_rest_is_out_of_its_room(phone: Phones, node: Peer) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    cy.answer(call_id)
    bob.rest("POST", f"/v1/calls/{call_id}/leave", {})
    assert states(ada.call(call_id))["Bob"] == "ended"
    assert len(ada.device.events("participant.left")) == 1
    assert node.asked[-1][0] == "DELETE"
    assert bob.device.refused("participant.update", {"muted": True}) == "not_in_meeting"


def test_leaving_while_it_rings_is_cancelling(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    ada.dial(ada.direct(bob))
    ada.device.ask("leave")
    assert bob.last("call.ended")["status"] == "cancelled"


def test_entering_a_meeting_by_the_same_socket_ends_the_call(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    meeting = bob.rest("POST", "/v1/meetings", {}).body
    bob.enter(bob.rest("POST", f"/v1/meetings/{meeting['id']}/join", {}).body)
    assert ada.last("call.ended")["id"] == call_id


def test_nobody_has_power_over_another_in_a_call(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    entered = bob.enter(bob.device.ask("call.answer", {"call_id": call_id})["join"])
    other = next(p["id"] for p in entered["participants"] if p["display_name"] == "Ada")
    for phone_of in (ada, bob):
        assert phone_of.device.refused("meeting.end") == "not_host"
        assert phone_of.device.refused("meeting.lock", {"locked": True}) == "not_host"
    assert bob.device.refused("participant.remove", {"participant_id": other}) == "not_host"
    assert bob.device.refused("participant.mute", {"participant_id": other}) == "not_host"


def test_one_may_call_again_at_once(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    chat_id = ada.direct(bob)
    first = ada.dial(chat_id)["call"]["id"]
    bob.device.ask("call.decline", {"call_id": first})
    second = bob.dial(chat_id)["call"]
    assert second["id"] != first
    assert ada.answer(second["id"])["call"]["status"] == "answered"
