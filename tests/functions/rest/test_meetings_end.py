"""POST /v1/meetings/{meeting}/end"""

from collections.abc import Callable

from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.gateway import Answer
from tests.room import PUBLISH, Room

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def test_everybody_leaves_and_postgresql_computes_how_long_it_was(
    call: Call, new_room: Callable[..., Room], product: Product, node: Peer
) -> None:
    room = new_room(waiting_room=True)
    host, guest, waiting = room.come_host(), room.arrive("Gus"), room.arrive("Wanda")
    host.device.ask("lobby.admit", {"participant_id": guest.id})
    guest.enter()
    product.owner.execute(
        "UPDATE meetings SET actual_start_time = actual_start_time - interval '90 s' WHERE meeting_id = %s",
        (room.id,),
    )
    product.owner.execute(
        "UPDATE meeting_participants SET joined_at = joined_at - interval '60 s' WHERE participant_id = %s",
        (guest.id,),
    )
    answer = call("POST", f"{room.path}/end", token=room.host.access_token)
    assert answer.status == 200
    ended = answer.body
    assert ended["status"] == "ended"
    assert 90 <= ended["duration_seconds"] <= 100
    assert (ended["total_participants"], ended["participant_count"]) == (2, 0)
    rows = product.rows(
        "SELECT display_name, status, leave_reason, total_duration_seconds AS seconds"
        " FROM meeting_participants WHERE meeting_id = %s ORDER BY participant_id",
        room.id,
    )
    assert [(row["display_name"], row["status"], row["leave_reason"]) for row in rows] == [
        ("Ada", "left", "meeting_ended"),
        ("Gus", "left", "meeting_ended"),
        ("Wanda", "left", "meeting_ended"),
    ]
    assert 60 <= rows[1]["seconds"] <= 70
    assert rows[2]["seconds"] == 0
    assert guest.device.events("meeting.ended") == [{"reason": "ended_by_host"}]
    assert waiting.device.events("lobby.denied")[-1]["reason"] == "meeting_ended"
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}")


def test_after_the_end_nothing_goes_on(call: Call, room: Room) -> None:
    guest = room.come("Gus")
    call("POST", f"{room.path}/end", token=room.host.access_token)
    assert room.join("Gus").status == 410
    assert guest.device.refused("join", {"publish": PUBLISH}) == "meeting_ended"
    assert guest.device.refused("participant.update", {"muted": True}) == "not_in_meeting"
    message = {"chat_id": room.id, "client_id": "c1", "content": "Hello"}
    assert guest.device.refused("chat.send", message) in ("not_in_chat", "chat_closed")


def test_ending_twice_answers_the_same(call: Call, room: Room) -> None:
    room.come_host()
    first = call("POST", f"{room.path}/end", token=room.host.access_token).body
    assert call("POST", f"{room.path}/end", token=room.host.access_token).body == first


def test_nobody_elses(call: Call, room: Room, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    room.come("Bob", bob)
    assert call("POST", f"{room.path}/end", token=sign_up("Eve").access_token).status == 404
    assert call("POST", f"{room.path}/end").status == 401
    assert call("POST", f"{room.path}/end", token=bob.access_token).problem == "not_host"
    assert room.get()["status"] == "active"


def test_the_end_leaves_an_event_of_each_who_was_in(call: Call, room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    assert call("POST", f"{room.path}/end", token=room.host.access_token).status == 200
    left = product.rows(
        "SELECT participant_id::text AS id, data FROM outbox"
        " WHERE kind = 'participant.left' AND meeting_id = %s",
        room.id,
    )
    assert {row["id"] for row in left} == {host.id, guest.id}
    for row in left:
        assert (row["data"]["reason"], row["data"]["from"]) == ("meeting_ended", "joined")
        assert row["data"]["joined_at"]


def test_who_leaves_says_since_when_they_were_in(room: Room, product: Product) -> None:
    room.come_host()
    guest = room.come("Gus")
    guest.device.ask("leave", {})
    (row,) = product.rows(
        "SELECT data FROM outbox WHERE kind = 'participant.left' AND participant_id = %s", guest.id
    )
    assert row["data"]["joined_at"] < product.rows("SELECT now()::text AS now")[0]["now"].replace(" ", "T")
