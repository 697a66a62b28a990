"""GET /v1/meetings/{meeting}/participants"""

from collections.abc import Callable

from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.room import Room

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def test_the_host_sees_all_who_came_or_asked_with_addresses(
    call: Call, new_room: Callable[..., Room]
) -> None:
    room = new_room(waiting_room=True)
    room.come_host()
    room.arrive("Wanda", ip="198.51.100.7")
    items = call("GET", f"{room.path}/participants", token=room.host.access_token).body["items"]
    assert [(one["display_name"], one["status"]) for one in items] == [
        ("Ada", "joined"),
        ("Wanda", "waiting"),
    ]
    assert items[1]["ip_address"] == "198.51.100.7"
    assert items[1]["user_agent"] == "pytest"


def test_participants_see_who_is_in_and_no_addresses(call: Call, room: Room, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    room.come_host()
    room.come("Bob", bob)
    room.join("Gus")
    items = call("GET", f"{room.path}/participants", token=bob.access_token).body["items"]
    assert [one["display_name"] for one in items] == ["Ada", "Bob"]
    assert [one["ip_address"] for one in items] == [None, None]


def test_people_with_accounts_come_with_their_pictures(
    call: Call, room: Room, sign_up: SignUp, product: Product
) -> None:
    bob = sign_up("Bob")
    picture = f"UPDATE users SET avatar_url = %s WHERE user_id = '{bob.id}'"  # noqa: S608 (an id)
    product.owner.execute(picture, ("/v1/users/bob/avatar?v=1",))
    room.come_host()
    first = room.come("Bob", bob)
    room.come("Gus")

    def pictures() -> dict[str, str | None]:
        found = call("GET", f"{room.path}/participants", token=room.host.access_token).body["items"]
        return {one["display_name"]: one["avatar_url"] for one in found}

    assert pictures() == {"Ada": None, "Bob": "/v1/users/bob/avatar?v=1", "Gus": None}
    # Whoever comes again comes as they are then.
    product.owner.execute(picture, (None,))
    first.device.ask("leave")
    room.come("Bob", bob)
    assert pictures()["Bob"] is None


def test_a_guest_sees_the_roster_of_the_own_meeting_only(call: Call, new_room: Callable[..., Room]) -> None:
    room, other = new_room(), new_room()
    token = room.come("Gus").joined["participant_token"]
    assert call("GET", f"{room.path}/participants", token=token).status == 200
    assert call("GET", f"{other.path}/participants", token=token).status == 404


def test_strangers_the_waiting_and_the_removed_see_nothing(
    call: Call, new_room: Callable[..., Room], sign_up: SignUp
) -> None:
    room, bob, eve = new_room(waiting_room=True), sign_up("Bob"), sign_up("Eve")
    host, waiting = room.come_host(), room.arrive("Bob", bob)
    path = f"{room.path}/participants"
    assert call("GET", path).status == 401
    assert call("GET", path, token=eve.access_token).status == 404
    assert call("GET", path, token=bob.access_token).status == 404
    host.device.ask("lobby.admit", {"participant_id": waiting.id})
    waiting.enter()
    assert call("GET", path, token=bob.access_token).status == 200
    host.device.ask("participant.remove", {"participant_id": waiting.id})
    assert call("GET", path, token=bob.access_token).status == 404


def test_a_long_list_comes_in_pages(call: Call, room: Room) -> None:
    room.come_host()
    for number in range(4):
        room.join(f"Guest {number}")
    seen, cursor = [], None
    for _ in range(3):
        query = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = call("GET", f"{room.path}/participants", token=room.host.access_token, query=query).body
        seen += [one["display_name"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["Ada", "Guest 0", "Guest 1", "Guest 2", "Guest 3"]
    assert cursor is None
    answer = call(
        "GET", f"{room.path}/participants", token=room.host.access_token, query={"cursor": "' OR 1=1"}
    )
    assert (answer.status, answer.problem) == (400, "invalid_cursor")
