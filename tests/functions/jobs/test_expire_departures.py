"""The queue's message about a participant whose time to come back is over."""

import json
from typing import Any

from functions.jobs.expire_departures import handler
from tests import gateway
from tests.conftest import Product
from tests.room import Guest, Room


def _message(guest: Guest, room: Room, number: int = 1) -> dict[str, Any]:
    body = {"participant_id": guest.id, "meeting_id": room.id, "connection_id": guest.device.connection_id}
    return {"messageId": f"message-{number}", "body": json.dumps(body)}


def _handle(*records: dict[str, Any]) -> list[str]:
    """Ids of the messages that the function gives back."""
    answer = handler({"Records": list(records)}, gateway.CONTEXT)
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def test_who_is_still_away_has_left(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    guest.device.disconnect()
    assert _handle(_message(guest, room)) == []
    assert host.device.events("participant.left") == [
        {"participant_id": guest.id, "reason": "connection_lost"}
    ]
    [row] = product.rows(
        "SELECT status, leave_reason FROM meeting_participants WHERE participant_id = %s", guest.id
    )
    assert row == {"status": "left", "leave_reason": "connection_lost"}


def test_a_message_seen_twice_changes_nothing(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    guest.device.disconnect()
    assert _handle(_message(guest, room, 1), _message(guest, room, 2)) == []
    assert len(host.device.events("participant.left")) == 1
    events = product.rows(
        "SELECT 1 FROM outbox WHERE kind = 'participant.left' AND participant_id = %s", guest.id
    )
    assert len(events) == 1


def test_who_came_back_in_between_stays(room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")
    guest.device.disconnect()
    late = _message(guest, room)
    token = guest.joined["participant_token"]
    ticket = gateway.call("POST", "/v1/socket-tickets", token=token).body["ticket"]
    guest.device.connection_id = "the-new-one="
    assert guest.device.connect(ticket) == 200
    assert guest.device.ask("resume", {"participant_id": guest.id})["self"]["status"] == "joined"
    assert _handle(late) == []
    assert host.device.events("participant.left") == []
    # Gone again: the old message is not about this connection.
    guest.device.disconnect()
    assert _handle(late) == []
    assert host.device.events("participant.left") == []


def test_the_last_one_lost_ends_the_meeting(room: Room) -> None:
    host = room.come_host()
    host.device.disconnect()
    assert _handle(_message(host, room)) == []
    assert room.get()["status"] == "ended"


def test_one_bad_message_does_not_hold_up_the_others(room: Room) -> None:
    room.come_host()
    guest = room.come("Gus")
    guest.device.disconnect()
    bad = [
        {"messageId": "not-json", "body": "{"},
        {"messageId": "incomplete", "body": "{}"},
        {
            "messageId": "no-id",
            "body": json.dumps({"participant_id": "x", "meeting_id": "y", "connection_id": "z"}),
        },
    ]
    assert _handle(*bad, _message(guest, room)) == ["not-json", "incomplete", "no-id"]
    assert room.get()["participant_count"] == 1


def test_who_waited_and_went_is_taken_from_the_lobby(room: Room) -> None:
    host = room.come_host()
    gateway.call("PATCH", room.path, {"settings": {"waiting_room": True}}, token=room.host.access_token)
    guest = room.arrive("Gus")
    guest.device.disconnect()
    assert _handle(_message(guest, room)) == []
    assert host.device.events("lobby.left")[-1]["participant_id"] == guest.id
