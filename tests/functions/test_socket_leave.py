"""Leaving, and the end that the last one leaving brings."""

from collections.abc import Callable

from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.room import PUBLISH, Device, Room


def test_who_leaves_is_gone_for_all_and_hears_no_more(room: Room, node: Peer) -> None:
    host, guest = room.come_host(), room.come("Gus")
    guest.device.ask("leave")
    assert host.device.events("participant.left") == [{"participant_id": guest.id, "reason": "voluntary"}]
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}/participants/{guest.id}")
    heard = len(guest.device.events())
    host.device.ask("participant.update", {"hand_raised": True})
    assert len(guest.device.events()) == heard
    assert guest.device.ask("leave") == {}
    assert len(host.device.events("participant.left")) == 1
    assert guest.device.refused("join", {"publish": PUBLISH}) == "not_admitted"


def test_the_socket_of_a_person_outlives_the_meeting_it_was_in(
    room: Room, sign_up: Callable[..., Person]
) -> None:
    room.come_host()
    ada = sign_up("Ada")
    device = Device(room.sockets)
    ticket = gateway.call("POST", "/v1/socket-tickets", token=ada.access_token).body["ticket"]
    assert device.connect(ticket) == 200
    seat = room.join("Ada", ada).body
    device.ask("join", {"publish": PUBLISH, "ticket": seat["ticket"]})
    device.ask("leave")
    assert device.refused("participant.update", {"muted": True}) == "not_in_meeting"
    assert set(device.ask("ping")) == {"now"}
    again = room.join("Ada", ada).body
    assert device.ask("join", {"ticket": again["ticket"]})["self"]["id"] == again["participant_id"]


def test_the_meeting_goes_on_without_its_host_who_comes_back_as_host(room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")
    host.device.ask("leave")
    assert room.get()["status"] == "active"
    guest.device.ask("participant.update", {"hand_raised": True})
    back = room.come_host()
    assert (back.entered or {})["self"]["role"] == "host"
    back.device.ask("participant.mute", {"participant_id": guest.id})


def test_the_last_one_leaving_ends_it_with_durations_in_postgresql(
    room: Room, node: Peer, product: Product
) -> None:
    host, guest = room.come_host(), room.come("Gus")
    product.owner.execute(
        "UPDATE meetings SET actual_start_time = actual_start_time - interval '100 s' WHERE meeting_id = %s",
        (room.id,),
    )
    product.owner.execute(
        "UPDATE meeting_participants SET joined_at = joined_at - interval '40 s' WHERE participant_id = %s",
        (guest.id,),
    )
    guest.device.ask("leave")
    host.device.ask("leave")
    ended = room.get()
    assert (ended["status"], ended["total_participants"], ended["participant_count"]) == ("ended", 2, 0)
    assert 100 <= ended["duration_seconds"] <= 110
    [row] = product.rows(
        "SELECT total_duration_seconds AS seconds FROM meeting_participants WHERE participant_id = %s",
        guest.id,
    )
    assert 40 <= row["seconds"] <= 50
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}")
    kinds = [
        row["kind"]
        for row in product.rows("SELECT kind FROM outbox WHERE meeting_id = %s ORDER BY event_id", room.id)
    ]
    assert kinds.count("participant.left") == 2
    assert kinds.count("meeting.ended") == 1


def test_seconds_add_up_over_two_stays(room: Room, product: Product) -> None:
    room.come_host()
    guest = room.come("Gus")
    shift = (
        "UPDATE meeting_participants SET joined_at = joined_at - interval '30 s' WHERE participant_id = %s"
    )
    product.owner.execute(shift, (guest.id,))
    guest.device.ask("leave")
    back = room.arrive("Gus", token=guest.joined["participant_token"])
    back.enter()
    product.owner.execute(shift, (guest.id,))
    back.device.ask("leave")
    [row] = product.rows(
        "SELECT total_duration_seconds AS seconds FROM meeting_participants WHERE participant_id = %s",
        guest.id,
    )
    assert 60 <= row["seconds"] <= 70


def test_an_admitted_one_still_on_the_way_keeps_it_open(room: Room) -> None:
    host, late = room.come_host(), room.arrive("Late")
    host.device.ask("leave")
    assert room.get()["status"] == "active"
    assert late.enter()["participants_total"] == 1


def test_an_admitted_one_who_gives_up_frees_the_seat_at_once(room: Room) -> None:
    room.come_host()
    guest = room.arrive("Gus")
    guest.device.ask("leave")
    assert guest.device.refused("join", {"publish": PUBLISH}) == "not_admitted"
