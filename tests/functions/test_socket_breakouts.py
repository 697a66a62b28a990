"""Breakout rooms: made, planned, opened, left and closed, and everybody's media goes along."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.backends.postgres import transaction
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.meetings import actions, breakouts
from tests import gateway
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.room import PUBLISH, Guest, Room, slug


@pytest.fixture
def room(new_room: Callable[..., Room]) -> Room:
    return new_room()


@pytest.fixture
def host(room: Room) -> Guest:
    return room.come_host()


def _create(host: Guest, *names: str, **more: Any) -> dict[str, Any]:
    return dict(host.device.ask("breakout.create", {"names": list(names), **more})["breakouts"])


def _open(host: Guest, guest: Guest, **more: Any) -> tuple[str, str]:
    """Two rooms, the guest planned for the first, and opened; both ids."""
    one, two = (found["id"] for found in _create(host, "Red", "Blue")["rooms"])
    host.device.ask("breakout.assign", {"participant_ids": [guest.id], "room_id": one})
    host.device.ask("breakout.open", more)
    return one, two


def _where(room: Room, guest: Guest) -> str | None:
    found: dict[str, str | None] = {item["id"]: item["breakout_id"] for item in _participants(room)}
    return found[guest.id]


def _version(room: Room, guest: Guest) -> int:
    found: dict[str, int] = {item["id"]: item["version"] for item in _participants(room)}
    return found[guest.id]


def _participants(room: Room) -> list[dict[str, Any]]:
    answer = gateway.call("GET", f"{room.path}/participants", token=room.host.access_token)
    return list(answer.body["items"])


def test_rooms_by_number_are_named_and_everybody_but_leaders_is_spread_evenly(
    room: Room, host: Guest
) -> None:
    guests = [room.come(f"Guest {n}") for n in range(5)]
    made = host.device.ask("breakout.create", {"count": 2, "assign": "random"})["breakouts"]
    assert [found["name"] for found in made["rooms"]] == ["Room 1", "Room 2"]
    assert set(made["assignments"]) == {guest.id for guest in guests}
    sizes = [list(made["assignments"].values()).count(found["id"]) for found in made["rooms"]]
    assert sorted(sizes) == [2, 3]
    assert made["status"] == "draft"
    assert {item["breakout_id"] for item in _participants(room)} == {None}


def test_opening_moves_whom_the_plan_names_and_tells_everybody_once(room: Room, host: Guest) -> None:
    guest, other = room.come("Gus"), room.come("Oli")
    one, _ = _open(host, guest)
    event = other.device.events("breakouts.updated")[-1]
    assert event["moved"] == {guest.id: one}
    assert event["breakouts"]["status"] == "open"
    assert (_where(room, guest), _where(room, other), _where(room, host)) == (one, None, None)


def test_a_move_says_which_version_of_somebody_it_made(room: Room, host: Guest) -> None:
    guest = room.come("Gus")

    def told() -> dict[str, int]:
        return dict(host.device.events("breakouts.updated")[-1]["versions"])

    _, two = _open(host, guest)
    assert told() == {guest.id: _version(room, guest)}
    host.device.ask("breakout.assign", {"participant_ids": [guest.id], "room_id": two})
    assert told() == {guest.id: _version(room, guest)}
    guest.device.ask("participant.update", {"hand_raised": True})
    assert guest.device.events("participant.updated")[-1]["participant"]["version"] > told()[guest.id]
    host.device.ask("breakout.assign", {"participant_ids": [guest.id], "room_id": two})
    assert told() == {}
    host.device.ask("breakout.close", {"seconds": 0})
    assert told() == {guest.id: _version(room, guest)}


def test_media_goes_to_the_rooms_own_place_on_a_node(room: Room, host: Guest, node: Peer) -> None:
    guest = room.come("Gus")
    one, _ = _open(host, guest)
    assert ("DELETE", f"/rooms/{room.id}/participants/{guest.id}") in node.asked
    guest.device.ask("media.connect", {"publish": PUBLISH})
    assert node.asked[-1] == ("PUT", f"/rooms/{one}/participants/{guest.id}")
    host.device.ask("participant.mute", {"participant_id": guest.id})
    assert node.asked[-1] == ("POST", f"/rooms/{one}/participants/{guest.id}/pause")


def test_nobody_goes_into_a_room_that_is_not_theirs(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    one, two = _open(host, guest)
    assert guest.device.refused("breakout.enter", {"room_id": two}) == "not_your_room"
    guest.device.ask("breakout.enter", {"room_id": None})
    assert _where(room, guest) is None
    guest.device.ask("breakout.enter", {"room_id": one})
    assert _where(room, guest) == one
    host.device.ask("breakout.enter", {"room_id": two})
    assert _where(room, host) == two


def test_by_choice_everybody_picks_a_room(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    _, two = (found["id"] for found in _create(host, "Red", "Blue", by_choice=True)["rooms"])
    assert guest.device.refused("breakout.enter", {"room_id": two}) == "breakouts_closed"
    host.device.ask("breakout.open", {})
    guest.device.ask("breakout.enter", {"room_id": two})
    assert _where(room, guest) == two


def test_who_enters_while_rooms_are_being_closed_is_not_left_behind(
    room: Room, host: Guest, product: Product
) -> None:
    guest = room.come("Gus")
    one, _ = _open(host, guest)
    guest.device.ask("breakout.enter", {"room_id": None})
    with ThreadPoolExecutor(1) as functions, product.owner.transaction():
        # Another function is closing: it holds the meeting, and will have changed the rooms.
        product.rows("SELECT 1 FROM meetings WHERE meeting_id = %s FOR NO KEY UPDATE", room.id)
        entering = functions.submit(guest.device.send, "breakout.enter", {"room_id": one})
        assert wait([entering], timeout=1).not_done == {entering}
        product.owner.execute("UPDATE breakouts SET status = 'closed' WHERE meeting_id = %s", (room.id,))
    assert slug(entering.result()) == "breakouts_closed"
    assert _where(room, guest) is None


def test_a_leader_moves_people_while_rooms_are_open(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    _, two = _open(host, guest)
    host.device.ask("breakout.assign", {"participant_ids": [guest.id], "room_id": two})
    assert _where(room, guest) == two
    host.device.ask("breakout.assign", {"participant_ids": [guest.id], "room_id": None})
    assert _where(room, guest) is None


def test_a_broadcast_reaches_all_rooms(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    _open(host, guest)
    host.device.ask("breakout.broadcast", {"text": "Two \u202eminutes"})
    [said] = guest.device.events("breakouts.message")
    assert said == {"participant_id": host.id, "display_name": "Ada", "text": "Two minutes"}
    assert guest.device.refused("breakout.broadcast", {"text": "Hi"}) == "not_host"
    assert host.device.refused("breakout.broadcast", {"text": " \n "}) == "validation"


def test_closing_at_once_brings_everybody_back(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    _open(host, guest)
    closed = host.device.ask("breakout.close", {"seconds": 0})["breakouts"]
    assert (closed["status"], closed["ends_at"]) == ("closed", None)
    assert _where(room, guest) is None
    assert guest.device.events("breakouts.updated")[-1]["moved"] == {guest.id: None}


def test_a_countdown_ends_by_whoever_says_first_that_it_is_over(
    room: Room, host: Guest, product: Product
) -> None:
    guest = room.come("Gus")
    one, _ = _open(host, guest)
    closing = host.device.ask("breakout.close", {"seconds": 60})["breakouts"]
    assert closing["status"] == "closing"
    assert guest.device.ask("breakout.expire")["breakouts"]["status"] == "closing"
    assert _where(room, guest) == one
    product.owner.execute(
        "UPDATE breakouts SET ends_at = now() - interval '1 second' WHERE meeting_id = %s", (room.id,)
    )
    assert guest.device.ask("breakout.expire")["breakouts"]["status"] == "closed"
    assert _where(room, guest) is None
    before = len(host.device.events("breakouts.updated"))
    assert host.device.ask("breakout.expire")["breakouts"]["status"] == "closed"
    assert len(host.device.events("breakouts.updated")) == before


def test_the_sweep_closes_what_no_client_has_closed(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    _open(host, guest, minutes=10)
    now = datetime.now(UTC)
    assert actions.sweep_breakouts(now + timedelta(minutes=9)) == 0
    assert actions.sweep_breakouts(now + timedelta(minutes=11)) == 1
    assert actions.sweep_breakouts(now + timedelta(minutes=12)) == 0
    assert _where(room, guest) is None


def test_rooms_that_cannot_be_closed_hold_up_no_others(
    new_room: Callable[..., Room], monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [new_room() for _ in range(2)]
    guests = []
    for each in rooms:
        host, guest = each.come_host(), each.come("Gus")
        _open(host, guest, minutes=10)
        guests.append(guest)
    media = "convoke.meetings.actions.breakouts.media.disconnect"
    monkeypatch.setattr(media, lambda *_, **__: 1 / 0)
    assert actions.sweep_breakouts(datetime.now(UTC) + timedelta(minutes=11)) == 0
    assert [_where(each, guest) for each, guest in zip(rooms, guests, strict=True)] == [None, None]


def test_who_comes_while_rooms_are_open_goes_into_the_one_planned(room: Room, host: Guest) -> None:
    bob = room.sign_up("Bob")
    guest = room.come("Bob", bob)
    one, _ = _open(host, guest)
    guest.device.ask("leave")
    back = room.come("Bob", bob)
    assert back.entered is not None
    assert back.entered["self"]["breakout_id"] == one
    assert back.entered["breakouts"]["status"] == "open"
    new = room.come("New")
    assert new.entered is not None
    assert new.entered["self"]["breakout_id"] is None


def test_the_end_of_the_meeting_closes_all_rooms(
    room: Room, host: Guest, product: Product, node: Peer
) -> None:
    guest = room.come("Gus")
    one, _ = _open(host, guest)
    guest.device.ask("media.connect", {"publish": PUBLISH})
    host.device.ask("meeting.end")
    assert {("DELETE", f"/rooms/{name}") for name in (room.id, one)} <= set(node.asked)
    [row] = product.rows("SELECT status FROM breakouts WHERE meeting_id = %s", room.id)
    assert row["status"] == "closed"


def test_only_leaders_manage_rooms(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    one, _ = (found["id"] for found in _create(host, "Red", "Blue")["rooms"])
    for action, data in (
        ("breakout.create", {"count": 2}),
        ("breakout.shuffle", {}),
        ("breakout.assign", {"participant_ids": [guest.id], "room_id": one}),
        ("breakout.open", {}),
        ("breakout.close", {}),
    ):
        assert guest.device.refused(action, data) == "not_host"


def test_rooms_that_are_open_are_not_replaced(room: Room, host: Guest) -> None:
    guest = room.come("Gus")
    _open(host, guest)
    assert host.device.refused("breakout.create", {"count": 3}) == "breakouts_open"
    assert host.device.refused("breakout.shuffle") == "breakouts_open"


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"count": 0},
        {"count": 51},
        {"count": 2, "names": ["A"]},
        {"names": []},
        {"names": ["\u200b"]},
        {"names": ["x" * 61]},
        {"count": 2, "assign": "alphabetical"},
    ],
)
def test_a_set_of_rooms_that_cannot_be_is_refused(host: Guest, data: dict[str, Any]) -> None:
    assert host.device.refused("breakout.create", data) == "validation"


def test_a_room_or_person_of_another_meeting_is_unknown(
    room: Room, host: Guest, new_room: Callable[..., Room]
) -> None:
    other = new_room()
    stranger_host, stranger = other.come_host(), other.come("Sam")
    foreign = stranger_host.device.ask("breakout.create", {"count": 1})["breakouts"]["rooms"][0]["id"]
    assert (
        host.device.refused("breakout.assign", {"participant_ids": [stranger.id], "room_id": foreign})
        == "not_found"
    )
    one = _create(host, "Red")["rooms"][0]["id"]
    assert host.device.refused("breakout.enter", {"room_id": foreign}) == "breakouts_closed"
    host.device.ask("breakout.open")
    assert host.device.refused("breakout.enter", {"room_id": foreign}) == "not_found"
    after = host.device.ask("breakout.assign", {"participant_ids": [stranger.id], "room_id": one})
    assert after["breakouts"]["assignments"] == {}
    assert _where(other, stranger) is None


def test_who_waits_in_the_lobby_learns_nothing_of_rooms(new_room: Callable[..., Room]) -> None:
    room = new_room(waiting_room=True)
    host = room.come_host()
    guest = room.arrive("Gus")
    _create(host, "Red")
    assert guest.device.refused("breakout.read") == "not_in_meeting"


def test_five_hundred_people_are_spread_over_fifty_rooms_evenly() -> None:
    people = [f"p{n}" for n in range(500)]
    rooms = [f"r{n}" for n in range(50)]
    spread = breakouts.spread(people, rooms, lambda order: order.reverse())
    assert {list(spread.values()).count(name) for name in rooms} == {10}
    assert spread["p499"] == "r0"


def test_a_strangers_account_cannot_read_the_plan(
    room: Room, host: Guest, sign_up: Callable[..., Person]
) -> None:
    _create(host, "Red")
    for person, seen in ((room.host, 1), (sign_up("Eve"), 0)):
        principal = Principal(person.id, None, None, None, "user", "basic")
        with transaction(principal) as conn:
            found = [
                len(conn.execute(query).fetchall())
                for query in ("SELECT 1 FROM breakouts", "SELECT 1 FROM breakout_rooms")
            ]
        assert found == [seen, seen]


def _say(guest: Guest, content: str, breakout_id: str | None) -> dict[str, Any]:
    data = {"client_id": new_id(), "content": content, "breakout_id": breakout_id}
    return guest.device.send("chat.send", {"chat_id": guest.joined["meeting"]["id"], **data})


def _heard(guest: Guest) -> list[str]:
    return [said["message"]["content"] for said in guest.device.events("message.created")]


def _read(guest: Guest) -> list[str]:
    """What a client is given of the chat that asks for everything."""
    chat_id = guest.joined["meeting"]["id"]
    changes = guest.device.ask("chat.sync", {"chat_id": chat_id, "after_seq": 0})
    return [item["content"] for item in changes["items"]]


def test_a_rooms_chat_goes_where_people_go(room: Room, host: Guest) -> None:
    gus, oli = room.come("Gus"), room.come("Oli")
    red, blue = _open(host, gus)
    host.device.ask("breakout.assign", {"participant_ids": [oli.id], "room_id": blue})
    assert _say(gus, "in red", red)["data"]["message"]["breakout_name"] == "Red"
    assert slug(_say(oli, "in red too", red)) == "not_in_breakout"
    # Who leads the meeting does not read along from outside.
    assert slug(_say(host, "hello red", red)) == "not_in_breakout"
    assert (_heard(gus), _heard(oli), _heard(host)) == (["in red"], [], [])
    assert (_read(gus), _read(oli), _read(host)) == (["in red"], [], [])
    host.device.ask("breakout.enter", {"room_id": red})
    assert _read(host) == ["in red"]
    assert _say(host, "hello red", red)["ok"]
    assert _heard(gus) == ["in red", "hello red"]
    host.device.ask("breakout.close", {"seconds": 0})
    assert slug(_say(gus, "too late", red)) == "not_in_breakout"
    assert _say(gus, "all are here", None)["ok"]
    assert (_heard(oli), _read(oli)) == (["all are here"], ["all are here"])
    assert _read(gus) == ["in red", "hello red", "all are here"]


def test_other_rooms_do_not_take_away_what_was_said_in_those_before(room: Room, host: Guest) -> None:
    gus = room.come("Gus")
    red, _ = _open(host, gus)
    _say(gus, "in red", red)
    host.device.ask("breakout.close", {"seconds": 0})
    anew, _ = _open(host, room.come("Oli"))
    assert anew != red
    assert (_read(gus), _read(host)) == (["in red"], [])


def test_who_comes_into_the_meeting_finds_the_chats_of_the_own_rooms(room: Room, host: Guest) -> None:
    bob = room.sign_up("Bob")
    guest = room.come("Bob", bob)
    one, _ = _open(host, guest)
    _say(guest, "in red", one)
    guest.device.ask("leave")
    back, new = room.come("Bob", bob), room.come("New")
    for person, found in ((back, ["in red"]), (new, [])):
        assert person.entered is not None
        assert [item["content"] for item in person.entered["chat"]["messages"]] == found
    assert _say(back, "again in red", one)["ok"]
    assert slug(_say(new, "may I?", one)) == "not_in_breakout"


def test_who_was_removed_from_a_room_hears_no_more_of_it(room: Room, host: Guest) -> None:
    account = room.sign_up("Bob")
    bob, oli = room.come("Bob", account), room.come("Oli")
    red, _ = _open(host, bob)
    host.device.ask("breakout.assign", {"participant_ids": [oli.id], "room_id": red})
    _say(oli, "hello", red)
    host.device.ask("participant.remove", {"participant_id": bob.id})
    assert _say(oli, "now that he is away", red)["ok"]
    assert _heard(bob) == ["hello"]
    page = gateway.call("GET", f"/v1/chats/{room.id}/messages", token=account.access_token)
    assert [item["content"] for item in page.body["items"]] == ["hello"]
