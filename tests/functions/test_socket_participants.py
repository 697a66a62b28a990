"""What people show of themselves, and what host and co-hosts may do to others."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.room import PUBLISH, Guest, Room
from tests.wire import Relay

SignUp = Callable[..., Person]
NewRoom = Callable[..., Room]


@pytest.fixture
def people(room: Room, sign_up: SignUp) -> dict[str, Guest]:
    """A host, two co-hosts and two others."""
    host = room.come_host()
    found = {"host": host}
    for name in ("co-host", "other co-host"):
        found[name] = room.come(name, sign_up("Bob"))
        host.device.ask("participant.promote", {"participant_id": found[name].id, "role": "co-host"})
    for name in ("participant", "other participant"):
        found[name] = room.come(name)
    return found


def _last(guest: Guest) -> dict[str, Any]:
    person: dict[str, Any] = guest.device.events("participant.updated")[-1]["participant"]
    return person


def test_state_is_seen_by_all_and_on_record(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    change = {"muted": True, "video_on": False, "screen_sharing": True, "hand_raised": True}
    reply = guest.device.ask("participant.update", change)
    assert reply["participant"] == _last(host)
    assert {name: reply["participant"][name] for name in change} == change
    kinds = product.rows(
        "SELECT kind FROM outbox WHERE participant_id = %s ORDER BY event_id OFFSET 2", guest.id
    )
    assert {row["kind"] for row in kinds} == {
        "participant.muted",
        "participant.video_stopped",
        "participant.screen_share_started",
        "participant.hand_raised",
    }


def test_of_two_pictures_of_somebody_the_number_tells_the_later(room: Room, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    guest.device.ask("participant.update", {"muted": True})
    host.device.ask("participant.rename", {"participant_id": guest.id, "display_name": "Gustav"})
    guest.device.ask("participant.update", {"hand_raised": True})
    told = [event["participant"]["version"] for event in host.device.events("participant.updated")]
    assert told == sorted(set(told))
    stored = product.rows("SELECT version FROM meeting_participants WHERE participant_id = %s", guest.id)
    assert [row["version"] for row in stored] == [told[-1]]


def test_what_does_not_change_is_not_told(room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")
    before = len(host.device.events())
    guest.device.ask("participant.update", {"muted": False})
    guest.device.ask("participant.update", {})
    assert len(host.device.events()) == before


def test_updating_state_takes_two_round_trips(room: Room, round_trips: Relay) -> None:
    host = room.come_host()
    with round_trips.counted() as counted:
        host.device.ask("participant.update", {"hand_raised": True})
    assert counted.trips == 2


def test_sharing_a_screen_is_the_hosts_to_allow(new_room: NewRoom) -> None:
    room = new_room(allow_screen_share=False)
    host, guest = room.come_host(), room.come("Gus")
    sharing = {"screen_sharing": True}
    assert guest.device.refused("participant.update", sharing) == "screen_share_not_allowed"
    assert host.device.ask("participant.update", sharing)["participant"]["screen_sharing"] is True


def test_reactions_are_emoji_and_the_hosts_to_allow(new_room: NewRoom) -> None:
    room = new_room()
    host, guest = room.come_host(), room.come("Gus")
    for emoji in ("👍", "👩‍💻", "❤️", "👋🏽", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🇩🇪"):
        guest.device.ask("reaction.send", {"emoji": emoji})
        assert host.device.events("reaction")[-1] == {"participant_id": guest.id, "emoji": emoji}
    for text in ("hi", "1", "<b>", "👍 ok", "\u200d"):
        assert guest.device.refused("reaction.send", {"emoji": text}) == "validation"
    silent = new_room(allow_reactions=False)
    silent.come_host()
    assert silent.come("Gus").device.refused("reaction.send", {"emoji": "👍"}) == "reactions_not_allowed"


def test_a_host_mutes_by_stopping_the_stream_and_asking(room: Room, node: Peer) -> None:
    host, guest = room.come_host(), room.come("Gus")
    muted = host.device.ask("participant.mute", {"participant_id": guest.id})
    assert muted["participant"]["muted"] is True
    assert node.asked[-1] == ("POST", f"/rooms/{room.id}/participants/{guest.id}/pause")
    assert node.bodies[-1] == {"type": "microphone", "revoked": False}
    [request] = guest.device.events("mute.requested")
    assert (request["meeting_id"], request["participant_id"]) == (room.id, guest.id)
    assert host.device.events("mute.requested") == []
    assert guest.device.ask("participant.update", {"muted": False})["participant"]["muted"] is False


def test_a_removed_person_is_out_everywhere(room: Room, node: Peer, product: Product) -> None:
    host, guest = room.come_host(), room.come("Gus")
    host.device.ask("participant.remove", {"participant_id": guest.id})
    assert host.device.events("participant.left") == [{"participant_id": guest.id, "reason": "kicked"}]
    [note] = guest.device.events("participant.removed")
    assert note["participant_id"] == guest.id
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}/participants/{guest.id}")
    heard = len(guest.device.events())
    host.device.ask("participant.update", {"hand_raised": True})
    host.device.ask("chat.send", {"chat_id": room.id, "client_id": "c1", "content": "Gone"})
    assert len(guest.device.events()) == heard
    assert guest.device.refused("participant.update", {"muted": True}) == "not_in_meeting"
    assert guest.device.refused("chat.send", {"chat_id": room.id, "client_id": "c", "content": "x"}) in (
        "not_in_chat",
        "not_found",
    )
    [row] = product.rows(
        "SELECT status, leave_reason FROM meeting_participants WHERE participant_id = %s", guest.id
    )
    assert row == {"status": "removed", "leave_reason": "kicked"}
    [entry] = product.rows("SELECT action FROM audit_logs WHERE target_id = %s", guest.id)
    assert entry["action"] == "remove"


@pytest.mark.parametrize(
    ("actor", "target", "allowed"),
    [
        ("host", "co-host", True),
        ("host", "participant", True),
        ("co-host", "participant", True),
        ("co-host", "other co-host", False),
        ("co-host", "host", False),
        ("participant", "other participant", False),
        ("participant", "host", False),
    ],
)
@pytest.mark.parametrize("action", ["participant.mute", "participant.rename", "participant.remove"])
def test_power_goes_downwards_only(  # noqa: PLR0917 (parameters)
    people: dict[str, Guest], room: Room, actor: str, target: str, allowed: bool, action: str
) -> None:
    data = {"participant_id": people[target].id}
    if action == "participant.rename":
        data["display_name"] = "Renamed"
    reply = people[actor].device.send(action, data)
    assert reply["ok"] is allowed
    if not allowed:
        assert reply["error"]["status"] == 403
        assert room.get()["participant_count"] == 5


@pytest.mark.parametrize(
    ("actor", "target", "role", "allowed"),
    [
        ("host", "participant", "co-host", True),
        ("host", "co-host", "participant", True),
        ("co-host", "participant", "viewer", True),
        ("co-host", "participant", "co-host", False),
        ("co-host", "other co-host", "participant", False),
        ("co-host", "host", "participant", False),
        ("host", "host", "participant", False),
        ("participant", "participant", "co-host", False),
    ],
)
def test_roles_are_given_downwards_only(
    people: dict[str, Guest], actor: str, target: str, role: str, allowed: bool
) -> None:
    reply = people[actor].device.send(
        "participant.promote", {"participant_id": people[target].id, "role": role}
    )
    assert reply["ok"] is allowed
    if allowed:
        assert _last(people["other participant"])["role"] == role


def test_one_may_rename_oneself_and_mute_oneself(people: dict[str, Guest]) -> None:
    guest = people["participant"]
    guest.device.ask("participant.rename", {"participant_id": guest.id, "display_name": "New \u202ename"})
    assert _last(people["host"])["display_name"] == "New name"
    assert (
        people["host"].device.refused("participant.remove", {"participant_id": people["host"].id})
        == "validation"
    )


def test_a_new_name_stands_in_the_chat_too(room: Room) -> None:
    host, guest = room.come_host(), room.come("Gus")

    def said(text: str) -> str:
        message = {"chat_id": room.id, "client_id": text, "content": text}
        return str(guest.device.ask("chat.send", message)["message"]["sender"]["display_name"])

    assert said("before") == "Gus"
    host.device.ask("participant.rename", {"participant_id": guest.id, "display_name": "Gustav"})
    assert said("after") == "Gustav"
    guest.device.ask("participant.rename", {"participant_id": guest.id, "display_name": "Gusti"})
    assert said("by-oneself") == "Gusti"
    again = room.come("Gus again", token=guest.joined["participant_token"])
    message = {"chat_id": room.id, "client_id": "window", "content": "Hi"}
    sent = again.device.ask("chat.send", message)["message"]
    assert sent["sender"]["display_name"] == "Gus again"


def test_a_role_that_changes_what_may_be_sent_needs_a_new_session(
    new_room: NewRoom, node: Peer, sign_up: SignUp
) -> None:
    room = new_room(allow_screen_share=False)
    host, guest = room.come_host(), room.come("Bob", sign_up("Bob"))
    ended = ("DELETE", f"/rooms/{room.id}/participants/{guest.id}")
    host.device.ask("participant.promote", {"participant_id": guest.id, "role": "co-host"})
    assert node.asked[-1] == ended
    guest.device.ask("media.connect", {"publish": PUBLISH})
    assert "screen" in node.bodies[-1]["may_publish"]
    guest.device.ask("participant.update", {"screen_sharing": True})
    host.device.ask("participant.promote", {"participant_id": guest.id, "role": "participant"})
    assert node.asked[-1] == ended
    assert _last(guest)["screen_sharing"] is False
    node.asked.clear()
    host.device.ask("meeting.transfer", {"participant_id": guest.id})
    assert node.asked == [ended]


def test_a_viewer_publishes_nothing(room: Room, node: Peer) -> None:
    host, guest = room.come_host(), room.come("Gus")
    host.device.ask("participant.promote", {"participant_id": guest.id, "role": "viewer"})
    assert (_last(guest)["muted"], _last(guest)["video_on"]) == (True, False)
    # The session that could send is ended; the next one cannot.
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}/participants/{guest.id}")
    for change in ({"muted": False}, {"video_on": True}, {"screen_sharing": True}):
        assert guest.device.refused("participant.update", change) == "viewer"
    guest.device.ask("media.connect", {"publish": {"sdp": "v=0"}})
    assert node.bodies[-1]["may_publish"] == []


def test_the_host_hands_over_and_becomes_a_co_host(people: dict[str, Guest], room: Room) -> None:
    host, heir = people["host"], people["co-host"]
    assert heir.device.refused("meeting.transfer", {"participant_id": heir.id}) == "not_host"
    assert (
        host.device.refused("meeting.transfer", {"participant_id": people["participant"].id})
        == "host_needs_account"
    )
    host.device.ask("meeting.transfer", {"participant_id": heir.id})
    heard = heir.device.events("participant.updated")[-2:]
    assert {one["participant"]["role"] for one in heard} == {"host", "co-host"}
    changed = heir.device.events("meeting.updated")[-1]["meeting"]
    assert changed["host_user_id"] not in (None, room.host.id)
    assert host.device.refused("participant.remove", {"participant_id": heir.id}) == "not_allowed_on_role"
    host.device.ask("participant.remove", {"participant_id": people["participant"].id})
    assert room.get()["host_user_id"] == changed["host_user_id"]


def test_people_of_other_meetings_are_out_of_reach(new_room: NewRoom) -> None:
    room, other = new_room(), new_room()
    host, victim = room.come_host(), other.come("Gus")
    for action, more in (
        ("participant.mute", {}),
        ("participant.remove", {}),
        ("participant.rename", {"display_name": "X"}),
        ("participant.promote", {"role": "viewer"}),
        ("meeting.transfer", {}),
    ):
        refused = host.device.refused(action, {"participant_id": victim.id, **more})
        assert refused == "not_in_meeting_any_more"
    assert host.device.refused("lobby.admit", {"participant_id": victim.id}) == "not_waiting"
    assert host.device.refused("lobby.deny", {"participant_id": victim.id}) == "not_waiting"


def test_only_leaders_lock_and_end(people: dict[str, Guest], room: Room) -> None:
    guest = people["participant"]
    assert guest.device.refused("meeting.lock", {"locked": True}) == "not_host"
    assert guest.device.refused("meeting.end") == "not_host"
    assert guest.device.refused("lobby.admit", {"all": True}) == "not_host"
    assert guest.device.refused("lobby.deny", {"participant_id": people["host"].id}) == "not_host"
    people["co-host"].device.ask("meeting.end")
    assert room.get()["status"] == "ended"
    assert guest.device.events("meeting.ended") == [{"reason": "ended_by_host"}]
