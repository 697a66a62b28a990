"""A socket breaks; another takes its place, and nothing was missed."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from convoke.delivery.actions import publish_to_principal
from tests import gateway
from tests.conftest import Person, Product
from tests.room import PUBLISH, Device, Guest, Room

SignUp = Callable[..., Person]


def _delayed(product: Product) -> int:
    """How many departures wait for their time in the queue."""
    attributes = product.stores.aws.client("sqs").get_queue_attributes(
        QueueUrl=product.stores.departures_queue_url, AttributeNames=["All"]
    )["Attributes"]
    return int(attributes["ApproximateNumberOfMessagesDelayed"])


def _reconnect(guest: Guest, room: Room, **data: Any) -> tuple[Device, dict[str, Any]]:
    """A new socket by the participant's token, and its resume."""
    token = guest.joined["participant_token"] or room.host.access_token
    ticket = gateway.call("POST", "/v1/socket-tickets", token=token).body["ticket"]
    device = Device(room.sockets)
    assert device.connect(ticket) == 200
    return device, device.ask("resume", data)


def test_a_lost_socket_shows_as_reconnecting_and_starts_the_clock(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    before = _delayed(product)
    guest.device.disconnect()
    seen = host.device.events("participant.updated")[-1]["participant"]
    assert (seen["id"], seen["status"], seen["connection"]) == (guest.id, "joined", "reconnecting")
    assert _delayed(product) == before + 1


def test_resuming_gives_what_was_missed_and_shows_one_connected(room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")
    entered = guest.entered or {}
    scopes = entered["scopes"]
    host.device.ask("participant.update", {"hand_raised": True})
    last = room.sockets.frames[guest.device.connection_id][-1]["seq"]
    guest.device.disconnect()
    host.device.ask("participant.update", {"hand_raised": False})
    host.device.ask("chat.send", {"chat_id": room.id, "client_id": "c1", "content": "Still there?"})
    known = {**scopes, f"meeting:{room.id}": last}
    device, resumed = _reconnect(guest, room, participant_id=guest.id, scopes=known)
    assert resumed["self"]["connection"] == "connected"
    missed = resumed["scopes"][f"meeting:{room.id}"]["events"]
    assert [event["seq"] for event in missed] == list(range(last + 1, last + 1 + len(missed)))
    hands = [
        event["data"]["participant"]["hand_raised"]
        for event in missed
        if event["data"]["participant"]["id"] == host.id
    ]
    assert hands == [False]
    [message] = resumed["scopes"][f"chat:{room.id}"]["events"]
    assert message["data"]["message"]["content"] == "Still there?"
    assert resumed["scopes"]["user"]["events"] == []
    assert resumed["participants"] is None
    shown = host.device.events("participant.updated")[-1]["participant"]
    assert (shown["id"], shown["connection"]) == (guest.id, "connected")
    device.ask("participant.update", {"muted": True})
    assert device.events("participant.updated")


def test_after_redis_was_flushed_everything_is_loaded_afresh(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    known = (host.entered or {})["scopes"]
    product.redis.flushall()
    assert host.device.refused("ping") == "connection_unknown"
    device, resumed = _reconnect(host, room, participant_id=host.id, scopes=known)
    assert {scope: missed["reload"] for scope, missed in resumed["scopes"].items()} == dict.fromkeys(
        known, True
    )
    assert [one["id"] for one in resumed["participants"]] == [host.id, guest.id]
    assert resumed["participants"][0]["connection"] == "connected"
    assert resumed["meeting"]["status"] == "active"
    assert resumed["lobby"] == []
    other, _ = _reconnect(guest, room, participant_id=guest.id)
    other.ask("participant.update", {"hand_raised": True})
    assert device.events("participant.updated")[-1]["participant"]["hand_raised"] is True


def test_a_socket_whose_state_was_flushed_still_starts_the_clock(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    product.redis.flushall()
    guest.device.disconnect()
    [row] = product.rows(
        "SELECT connection_state FROM meeting_participants WHERE participant_id = %s", guest.id
    )
    assert row["connection_state"] == "reconnecting"
    assert host.id != guest.id


def test_nobody_resumes_as_somebody_else(room: Room, sign_up: SignUp) -> None:
    host, guest = room.come_host(), room.come("Gus")
    eve = sign_up("Eve")
    inside = room.come("Eve", eve)
    ticket = gateway.call("POST", "/v1/socket-tickets", token=eve.access_token).body["ticket"]
    device = Device(room.sockets)
    assert device.connect(ticket) == 200
    for victim in (host.id, guest.id):
        resumed = device.ask("resume", {"participant_id": victim, "scopes": {f"meeting:{room.id}": 1}})
        assert resumed["self"] is None
        assert resumed["scopes"] == {f"meeting:{room.id}": {"events": None, "reload": True, "seq": None}}
        assert resumed["participants"] is None
    gus = Device(room.sockets)
    ticket = gateway.call("POST", "/v1/socket-tickets", token=guest.joined["participant_token"]).body[
        "ticket"
    ]
    assert gus.connect(ticket) == 200
    assert gus.refused("resume", {"participant_id": inside.id}) == "not_own_participant"
    # A co-host may change everybody's row, and is still nobody but themselves.
    host.device.ask("participant.promote", {"participant_id": inside.id, "role": "co-host"})
    assert device.ask("resume", {"participant_id": guest.id})["self"] is None


def test_scopes_of_other_meetings_are_not_replayed(new_room: Callable[..., Room]) -> None:
    room, other = new_room(), new_room()
    guest = room.come("Gus")
    spied = f"meeting:{other.id}"
    other.come_host()
    resumed = guest.device.ask("resume", {"scopes": {spied: 1}})
    assert resumed["self"]["id"] == guest.id
    assert resumed["scopes"][spied] == {"events": None, "reload": True, "seq": None}
    other.come("Second")
    assert json.dumps(room.sockets.frames[guest.device.connection_id]).count(other.id) == 0


def test_whose_place_is_gone_is_told_by_a_null(room: Room) -> None:
    room.come_host()
    guest = room.come("Gus")
    guest.device.ask("leave")
    _, resumed = _reconnect(guest, room, participant_id=guest.id, scopes={"user": 1})
    assert resumed["self"] is None


def test_who_waits_resumes_waiting_and_hears_of_the_admission(new_room: Callable[..., Room]) -> None:
    room = new_room(waiting_room=True)
    host, guest = room.come_host(), room.arrive("Gus")
    guest.device.disconnect()
    device, resumed = _reconnect(guest, room, participant_id=guest.id, scopes={f"meeting:{room.id}": 1})
    assert resumed["self"]["status"] == "waiting"
    assert resumed["scopes"][f"meeting:{room.id}"]["reload"] is True
    assert resumed["participants"] is None
    host.device.ask("lobby.admit", {"all": True})
    assert device.events("lobby.admitted")[-1]["participant_id"] == guest.id
    assert device.ask("join", {"publish": PUBLISH})["self"]["status"] == "joined"


def test_filling_a_hole_on_the_same_socket_disturbs_nobody(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    last = (guest.entered or {})["scopes"][f"meeting:{room.id}"]
    before = len(host.device.events())
    resumed = guest.device.ask("resume", {"scopes": {f"meeting:{room.id}": last}})
    assert [event["event"] for event in resumed["scopes"][f"meeting:{room.id}"]["events"]] == [
        "participant.joined"
    ]
    assert len(host.device.events()) == before
    assert (
        product.rows(
            "SELECT 1 FROM outbox WHERE kind = 'participant.reconnected' AND meeting_id = %s", room.id
        )
        == []
    )


def test_filling_a_hole_of_another_scope_brings_no_roster_to_put_over_a_newer_one(room: Room) -> None:
    host = room.come_host()
    resumed = host.device.ask("resume", {"scopes": {"user": (host.entered or {})["scopes"]["user"]}})
    assert resumed["scopes"]["user"]["events"] == []
    assert (resumed["self"]["id"], resumed["participants"], resumed["meeting"]) == (host.id, None, None)


def test_a_device_begins_its_own_scope_at_the_number_that_the_reload_names(
    room: Room, sign_up: SignUp
) -> None:
    ada = sign_up("Ada")
    device = Device(room.sockets)
    ticket = gateway.call("POST", "/v1/socket-tickets", token=ada.access_token).body["ticket"]
    assert device.connect(ticket) == 200
    begun = device.ask("resume", {"scopes": {"user": 0}})["scopes"]["user"]
    assert begun["reload"] is True
    publish_to_principal(ada.id, "mute.requested", {}, now=datetime.now(UTC))
    [frame] = [one for one in room.sockets.frames[device.connection_id] if one.get("scope") == "user"]
    assert frame["seq"] == begun["seq"] + 1
    assert device.ask("resume", {"scopes": {"user": begun["seq"]}})["scopes"]["user"]["events"] == [frame]


def test_a_number_from_another_age_is_a_reload_at_no_cost(room: Room) -> None:
    host = room.come_host()
    scopes = {f"meeting:{room.id}": 0, f"chat:{room.id}": 1, "user": 2**62}
    resumed = host.device.ask("resume", {"scopes": scopes})
    assert [missed["reload"] for missed in resumed["scopes"].values()] == [True, True, True]
    assert [one["id"] for one in resumed["participants"]] == [host.id]
