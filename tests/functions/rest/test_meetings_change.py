"""PATCH /v1/meetings/{meeting}"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest
from psycopg import sql

from convoke.errors import Problem
from convoke.identity.actions import authenticate
from convoke.meetings import actions
from convoke.meetings.model import MeetingChange
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.gateway import Answer
from tests.killing import kill_while_blocked
from tests.room import Room

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
Change = Callable[..., Answer]


@pytest.fixture
def change(call: Call, room: Room) -> Change:
    def send(body: Any, *, person: Person | None = None, **more: Any) -> Answer:
        return call("PATCH", room.path, body, token=(person or room.host).access_token, **more)

    return send


def test_only_what_is_named_changes(change: Change, room: Room) -> None:
    answer = change({"title": "New", "settings": {"waiting_room": True}})
    assert answer.status == 200
    assert answer.headers["etag"] == '"2"'
    before, after = room.meeting, answer.body
    assert after["title"] == "New"
    assert after["settings"] == {**before["settings"], "waiting_room": True}
    untouched = set(before) - {"title", "settings", "version", "updated_at"}
    assert {name: after[name] for name in untouched} == {name: before[name] for name in untouched}
    assert room.get() == after


def test_a_change_is_told_to_those_inside_and_kept_on_record(
    change: Change, room: Room, product: Product
) -> None:
    host = room.come_host()
    change({"title": "New"})
    assert host.device.events("meeting.updated")[-1]["meeting"]["title"] == "New"
    [event] = product.rows(
        "SELECT data FROM outbox WHERE kind = 'meeting.updated' AND meeting_id = %s", room.id
    )
    assert event["data"] == {"fields": ["title"]}


def test_who_was_slower_gets_412_and_changes_nothing(change: Change, room: Room) -> None:
    assert change({"title": "First"}, headers={"if-match": '"1"'}).status == 200
    answer = change({"title": "Second"}, headers={"if-match": '"1"'})
    assert (answer.status, answer.problem) == (412, "version_conflict")
    assert room.get()["title"] == "First"
    assert change({"title": "Third"}, headers={"if-match": '"1", "2"'}).status == 200
    assert change({"title": "Fourth"}, headers={"if-match": "*"}).status == 200
    assert change({"title": "Fifth"}, headers={"if-match": 'W/"4"'}).status == 412
    assert change({"title": "Fifth"}, headers={"if-match": "nonsense"}).status == 412


def test_two_hosts_at_once_lose_no_field(room: Room, sign_up: SignUp) -> None:
    host, helper = room.come_host(), room.come("Bob", sign_up("Bob"))
    host.device.ask("participant.promote", {"participant_id": helper.id, "role": "co-host"})
    bob = authenticate(f"Bearer {room.host.access_token}", ip=None, user_agent=None, now=datetime.now(UTC))
    assert bob is not None
    together = Barrier(2)

    def apply(body: dict[str, Any], if_match: str | None) -> int:
        together.wait()
        try:
            wanted = MeetingChange.model_validate(body)
            actions.change_meeting(bob, room.id, wanted, if_match=if_match, now=datetime.now(UTC))
        except Problem as problem:
            return problem.status
        return 200

    with ThreadPoolExecutor(2) as pool:
        bodies = [{"title": "One"}, {"description": "Two"}]
        both = list(pool.map(apply, bodies, ['"1"', '"1"']))
        assert sorted(both) == [200, 412]
        assert list(pool.map(apply, bodies, [None, None])) == [200, 200]
    assert (room.get()["title"], room.get()["description"]) == ("One", "Two")


def test_the_password_can_be_set_and_taken_away(change: Change, room: Room) -> None:
    assert change({"settings": {"password": "sesame"}}).body["settings"]["has_password"] is True
    assert room.join("Gus").problem == "password_required"
    assert change({"settings": {"password": None}}).body["settings"]["has_password"] is False
    assert room.join("Gus").status == 200


def test_a_slug_moves(change: Change, call: Call, room: Room) -> None:
    change({"slug": "old-name"})
    change({"slug": "new-name"})
    assert call("GET", "/v1/meetings/new-name").body["id"] == room.id
    assert call("GET", "/v1/meetings/old-name").status == 404
    other = call("POST", "/v1/meetings", {"slug": "old-name"}, token=room.host.access_token)
    assert other.status == 201
    assert change({"slug": "old-name"}).problem == "slug_taken"
    assert change({"slug": None}).body["slug"] is None
    assert call("GET", "/v1/meetings/new-name").status == 404


def test_chat_can_be_switched_off_and_on(change: Change, room: Room) -> None:
    guest = room.come("Gus")
    message = {"chat_id": room.id, "client_id": "c1", "content": "Hello"}
    change({"settings": {"allow_chat": False}})
    assert guest.device.refused("chat.send", message) == "chat_closed"
    change({"settings": {"allow_chat": True}})
    assert guest.device.ask("chat.send", message)["message"]["content"] == "Hello"


def test_switching_screen_sharing_off_takes_down_the_screens_of_all_but_leaders(
    change: Change, room: Room, node: Peer, product: Product
) -> None:
    host, guest, other = room.come_host(), room.come("Gus"), room.come("Other")
    for person in (host, guest):
        person.device.ask("participant.update", {"screen_sharing": True})
    told = len(other.device.events("participant.updated"))
    node.asked.clear()
    assert change({"settings": {"allow_screen_share": False}}).status == 200
    [shown] = [event["participant"] for event in other.device.events("participant.updated")[told:]]
    assert (shown["id"], shown["screen_sharing"]) == (guest.id, False)
    assert node.asked == [("POST", f"/rooms/{room.id}/participants/{guest.id}/pause")] * 2
    assert [body["type"] for body in node.bodies[-2:]] == ["screen", "screen_audio"]
    assert guest.device.refused("participant.update", {"screen_sharing": True}) == "screen_share_not_allowed"
    kinds = product.rows(
        "SELECT participant_id::text AS id FROM outbox WHERE meeting_id = %s"
        " AND kind = 'participant.screen_share_stopped'",
        room.id,
    )
    assert [row["id"] for row in kinds] == [guest.id]
    node.asked.clear()
    change({"settings": {"allow_screen_share": False}})
    assert node.asked == []
    change({"settings": {"allow_screen_share": True}})
    guest.device.ask("participant.update", {"screen_sharing": True})


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"settings": {}},
        {"title": None},
        {"title": "\u202e"},
        {"status": "ended"},
        {"host_user_id": "0198a000-0000-7000-8000-000000000000"},
        {"version": 9},
        {"settings": {"max_participants": 0}},
        {"settings": {"allow_chat": "no"}},
        {"scheduled_start_time": "2030-01-01T10:00:00Z"},
        {"scheduled_start_time": "9999-12-31T23:59:59-12:00"},
        {"scheduled_start_time": "0001-01-01T00:00:00+12:00"},
    ],
)
def test_bad_changes_are_refused_and_change_nothing(change: Change, room: Room, body: Any) -> None:
    assert change(body).problem == "validation"
    assert room.get() == room.meeting


def test_times_must_still_fit_each_other(call: Call, sign_up: SignUp) -> None:
    ada = sign_up("Ada")
    times = {"scheduled_start_time": "2030-01-01T10:00:00Z", "scheduled_end_time": "2030-01-01T11:00:00Z"}
    made = call("POST", "/v1/meetings", {"type": "scheduled", **times}, token=ada.access_token).body
    path = f"/v1/meetings/{made['id']}"
    for body in ({"scheduled_start_time": "2030-01-01T12:00:00Z"}, {"scheduled_start_time": None}):
        assert call("PATCH", path, body, token=ada.access_token).problem == "validation"
    moved = {"scheduled_start_time": "2030-01-02T10:00:00Z", "scheduled_end_time": None}
    assert call("PATCH", path, moved, token=ada.access_token).status == 200


def test_strangers_get_the_404_of_unknown_meetings(
    change: Change, call: Call, room: Room, sign_up: SignUp
) -> None:
    eve = sign_up("Eve")
    answer = change({"title": "Mine"}, person=eve)
    unknown = call("PATCH", "/v1/meetings/xyz-wxyz-xyz", {"title": "Mine"}, token=eve.access_token)
    assert answer.status == 404
    assert answer.body == unknown.body
    assert call("PATCH", room.path, {"title": "Mine"}).status == 401
    assert room.get() == room.meeting


def test_participants_may_not_and_co_hosts_may(change: Change, room: Room, sign_up: SignUp) -> None:
    bob = sign_up("Bob")
    host, member = room.come_host(), room.come("Bob", bob)
    assert change({"title": "Mine"}, person=bob).problem == "not_host"
    host.device.ask("participant.promote", {"participant_id": member.id, "role": "co-host"})
    assert change({"title": "Ours"}, person=bob).status == 200


def test_what_is_over_does_not_change(change: Change, call: Call, room: Room) -> None:
    call("POST", f"{room.path}/end", token=room.host.access_token)
    assert change({"title": "Late"}).problem == "meeting_ended"


def test_a_function_killed_while_it_waits_for_the_meeting_leaves_it_as_it_was(
    change: Change, room: Room, product: Product
) -> None:
    lock = sql.SQL("SELECT 1 FROM meetings WHERE meeting_id = {} FOR UPDATE").format(room.id)
    kill_while_blocked(product, lock, "PATCH", room.path, {"title": "Half"}, room.host.access_token)
    assert room.get() == room.meeting
    assert (
        product.rows("SELECT 1 FROM outbox WHERE kind = 'meeting.updated' AND meeting_id = %s", room.id) == []
    )
    assert change({"title": "Whole"}, headers={"if-match": '"1"'}).status == 200
