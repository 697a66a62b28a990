"""Coming into a meeting over the socket."""

from collections.abc import Callable
from typing import Any

from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.room import PUBLISH, Device, Room, slug
from tests.wire import Relay

NewRoom = Callable[..., Room]


def test_the_first_to_enter_starts_the_meeting_and_gets_everything(
    room: Room, node: Peer, product: Product
) -> None:
    assert room.meeting["status"] == "scheduled"
    host = room.come_host()
    entered = host.entered or {}
    assert entered["meeting"]["status"] == "active"
    assert entered["meeting"]["participant_count"] == 1
    assert entered["self"]["role"] == "host"
    assert entered["self"]["muted"] is False
    assert entered["self"]["video_on"] is True
    assert [person["id"] for person in entered["participants"]] == [host.id]
    assert entered["participants_total"] == 1
    assert entered["media"]["node_id"] == "node-1"
    assert entered["chat"] == {"chat_id": room.id, "messages": []}
    assert entered["lobby"] == []
    assert set(entered["scopes"]) == {f"meeting:{room.id}", f"chat:{room.id}", "user"}
    assert node.asked == [("PUT", f"/rooms/{room.id}/participants/{host.id}")]
    kinds = [
        row["kind"]
        for row in product.rows("SELECT kind FROM outbox WHERE meeting_id = %s ORDER BY event_id", room.id)
    ]
    assert kinds == ["meeting.created", "participant.admitted", "meeting.started", "participant.joined"]


def test_those_inside_see_who_comes(room: Room) -> None:
    host = room.come_host()
    guest = room.come("Gus")
    came = [event["participant"] for event in host.device.events("participant.joined")]
    assert [(one["id"], one["display_name"], one["user_id"]) for one in came][-1] == (guest.id, "Gus", None)
    roster = (guest.entered or {})["participants"]
    assert [person["display_name"] for person in roster] == ["Ada", "Gus"]
    assert "ip_address" not in roster[0]


def test_events_go_on_exactly_after_the_numbers_of_the_reply(room: Room) -> None:
    host = room.come_host()
    scope = f"meeting:{room.id}"
    known = (host.entered or {})["scopes"][scope]
    host.device.ask("participant.update", {"hand_raised": True})
    numbers = [
        frame["seq"] for frame in room.sockets.frames[host.device.connection_id] if frame["scope"] == scope
    ]
    assert numbers == list(range(known + 1, known + 1 + len(numbers)))


def test_without_a_media_node_people_come_in_all_the_same(room: Room) -> None:
    host = room.come_host()
    assert (host.entered or {})["media"] is None
    assert host.device.refused("media.connect", {"publish": PUBLISH}) == "media_unavailable"


def test_media_connects_later_and_restarts(room: Room, node: Peer) -> None:
    host = room.come_host()
    assert host.device.ask("media.connect", {"publish": PUBLISH})["media"]["node_id"] == "node-1"
    assert host.device.ask("media.restart", {"publish": PUBLISH})["media"]["publish"]["sdp"] == "v=0"
    assert node.asked[-1] == ("POST", f"/rooms/{room.id}/participants/{host.id}/restart")


def test_mute_on_entry_holds_for_all_but_the_host_and_on_the_node_too(new_room: NewRoom, node: Peer) -> None:
    room = new_room(mute_on_entry=True)
    host, guest = room.come_host(), room.come("Gus")
    assert (host.entered or {})["self"]["muted"] is False
    assert (guest.entered or {})["self"]["muted"] is True
    microphone = node.bodies[-1]["publish"]["streams"][0]
    assert microphone == {"mid": "0", "type": "microphone", "active": False}


def test_the_node_takes_no_screen_where_sharing_is_not_allowed(new_room: NewRoom, node: Peer) -> None:
    room = new_room(allow_screen_share=False)
    room.come_host()
    room.come("Gus")
    assert "screen" in node.bodies[0]["may_publish"]
    assert node.bodies[1]["may_publish"] == ["microphone", "camera"]


def test_a_users_open_socket_enters_by_the_ticket_of_the_join(
    room: Room, sign_up: Callable[..., Person]
) -> None:
    bob = sign_up("Bob")
    device = Device(room.sockets)
    assert device.connect(_own_ticket(bob)) == 200
    joined = room.join("Bob", bob).body
    assert device.refused("join", {"publish": PUBLISH}) == "not_in_meeting"
    entered = device.ask("join", {"ticket": joined["ticket"], "publish": PUBLISH})
    assert entered["self"]["user_id"] == bob.id


def test_a_ticket_of_somebody_else_does_not_enter(room: Room, sign_up: Callable[..., Person]) -> None:
    bob = sign_up("Bob")
    device = Device(room.sockets)
    assert device.connect(_own_ticket(bob)) == 200
    stolen = room.join("Ada", room.host).body["ticket"]
    assert device.refused("join", {"ticket": stolen, "publish": PUBLISH}) == "foreign_ticket"


def test_entering_twice_is_entering_once(room: Room, product: Product) -> None:
    host = room.come_host()
    assert host.enter()["participants_total"] == 1
    joined = product.rows(
        "SELECT 1 FROM outbox WHERE kind = 'participant.joined' AND meeting_id = %s", room.id
    )
    assert len(joined) == 1


def test_a_second_window_takes_the_place_over(room: Room) -> None:
    first = room.come_host()
    second = room.come_host()
    assert second.id == first.id
    [told] = [frame for frame in _frames(room, first.device) if "ok" in frame]
    assert (told["reply_to"], slug(told)) == (None, "joined_elsewhere")
    assert not [frame for frame in _frames(room, second.device) if "ok" in frame]
    assert first.device.refused("participant.update", {"muted": True}) == "joined_elsewhere"
    seen = len(_frames(room, first.device))
    second.device.ask("participant.update", {"muted": True})
    assert len(_frames(room, first.device)) == seen
    assert room.get()["participant_count"] == 1


def test_the_window_that_lost_its_place_hears_so_by_its_next_ping_too(room: Room) -> None:
    first = room.come_host()
    first.device.ask("ping")
    second = room.come_host()
    assert first.device.refused("ping") == "joined_elsewhere"
    second.device.ask("ping")
    first.device.disconnect()
    [host] = (second.enter())["participants"]
    assert host["connection"] == "connected"


def test_without_an_offer_one_comes_in_for_roster_and_chat_alone(room: Room, node: Peer) -> None:
    room.come_host()
    program = room.arrive("Bot")
    entered = program.device.ask("join")
    assert entered["media"] is None
    assert (entered["self"]["muted"], entered["self"]["video_on"]) == (True, False)
    assert len(node.asked) == 1
    program.device.ask("chat.send", {"chat_id": room.id, "client_id": "c1", "content": "Hello"})
    assert program.device.ask("media.connect", {"publish": PUBLISH})["media"]["node_id"] == "node-1"


def test_a_socket_that_enters_another_meeting_leaves_the_one_before(
    new_room: NewRoom, sign_up: Callable[..., Person]
) -> None:
    room, other = new_room(), new_room()
    host, bob = room.come_host(), sign_up("Bob")
    guest = room.come("Bob", bob)
    ticket = other.join("Bob", bob).body["ticket"]
    guest.device.ask("join", {"ticket": ticket, "publish": PUBLISH})
    assert host.device.events("participant.left") == [{"participant_id": guest.id, "reason": "voluntary"}]
    seen = len(guest.device.events())
    host.device.ask("participant.update", {"hand_raised": True})
    assert len(guest.device.events()) == seen


def test_a_ticket_lost_with_redis_is_a_401_and_joining_again_leads_in(room: Room, product: Product) -> None:
    room.come_host()
    joined = room.join("Gus").body
    product.redis.flushall()
    assert Device(room.sockets).connect(joined["ticket"]) == 401
    back = room.come("Gus", token=joined["participant_token"])
    assert back.id == joined["participant_id"]
    assert (back.entered or {})["self"]["status"] == "joined"


def test_join_after_the_end_is_told_so(room: Room) -> None:
    guest = room.arrive("Gus")
    host = room.come_host()
    host.device.ask("meeting.end")
    assert guest.device.refused("join", {"publish": PUBLISH}) == "meeting_ended"


def test_entering_takes_two_round_trips(room: Room, round_trips: Relay) -> None:
    room.come_host()
    guest = room.arrive("Gus")
    with round_trips.counted() as counted:
        guest.enter()
    # The chat's last messages come from Redis, made once from PostgreSQL: one more for the first reader.
    assert counted.trips == 2


def _frames(room: Room, device: Device) -> list[dict[str, Any]]:
    return room.sockets.frames[device.connection_id]


def _own_ticket(person: Person) -> str:
    answer = gateway.call("POST", "/v1/socket-tickets", token=person.access_token)
    assert answer.status == 201
    return str(answer.body["ticket"])


def test_a_window_that_takes_over_without_media_ends_that_of_the_one_before(room: Room, node: Peer) -> None:
    room.come_host()
    program = room.arrive("Ada", room.host)
    program.device.ask("join")
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}/participants/{program.id}")
