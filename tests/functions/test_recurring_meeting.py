"""A recurring meeting is held again and again: one link, one chat, and each occurrence on record."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.meetings.actions import advance_recurring
from tests.conftest import Person, Product
from tests.convoke.media.conftest import Peer
from tests.gateway import Answer
from tests.room import Room
from tests.sockets import Sockets

Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def told(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def begun() -> datetime:
    """A start of which the first occurrence is under way."""
    return datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(minutes=5)


@pytest.fixture
def daily(sockets: Sockets, sign_up: SignUp, call: Call) -> Callable[..., Room]:
    def make(start: datetime, rule: str = "FREQ=DAILY", **settings: Any) -> Room:
        host = sign_up("Ada")
        wanted = {
            "type": "recurring",
            "title": "Standup",
            "scheduled_start_time": told(start),
            "scheduled_end_time": told(start + timedelta(minutes=30)),
            "recurrence": {"rule": rule, "timezone": "UTC"},
            "settings": settings,
        }
        meeting = call("POST", "/v1/meetings", wanted, token=host.access_token)
        assert meeting.status == 201, meeting.body
        return Room(sockets, sign_up, host, meeting.body)

    return make


def occurrences(call: Call, room: Room, begun: datetime) -> list[dict[str, Any]]:
    query = {"from": told(begun - timedelta(days=1)), "to": told(begun + timedelta(days=3))}
    answer = call("GET", f"{room.path}/occurrences", token=room.host.access_token, query=query)
    found: list[dict[str, Any]] = answer.body["items"]
    return found


def test_the_end_of_an_occurrence_is_not_the_end_of_the_meeting(
    call: Call, daily: Callable[..., Room], begun: datetime, node: Peer
) -> None:
    room = daily(begun)
    room.come_host()
    guest = room.come("Gus")
    active = call("GET", room.path, token=room.host.access_token).body
    assert (active["status"], active["next_occurrence"]["status"]) == ("active", "active")
    ended = call("POST", f"{room.path}/end", token=room.host.access_token).body
    assert (ended["status"], ended["started_at"], ended["duration_seconds"]) == ("scheduled", None, None)
    assert ended["scheduled_start_time"] == told(begun + timedelta(days=1))
    assert guest.device.events("meeting.ended") == [{"reason": "ended_by_host"}]
    held, *others = occurrences(call, room, begun)
    assert (held["status"], held["total_participants"], held["start"]) == ("ended", 2, told(begun))
    assert held["started_at"] <= held["ended_at"]
    assert held["duration_seconds"] >= 0
    assert [each["status"] for each in others] == ["scheduled", "scheduled"]
    assert node.asked[-1] == ("DELETE", f"/rooms/{room.id}")


def test_the_next_one_is_held_under_the_same_link_and_in_the_same_chat(
    call: Call, daily: Callable[..., Room], begun: datetime, product: Product
) -> None:
    room = daily(begun)
    room.come_host()
    guest = room.come("Gus")
    guest.device.ask("chat.send", {"chat_id": room.id, "client_id": "c1", "content": "Hello"})
    call("POST", f"{room.path}/end", token=room.host.access_token)
    refused = guest.device.refused("chat.send", {"chat_id": room.id, "client_id": "c2", "content": "Still?"})
    assert refused in ("not_in_chat", "chat_closed", "not_found", "not_in_meeting")
    # A day later.
    product.owner.execute(
        "UPDATE meetings SET occurrence_start = occurrence_start - interval '1 day',"
        " scheduled_start_time = scheduled_start_time - interval '1 day',"
        " scheduled_end_time = scheduled_end_time - interval '1 day' WHERE meeting_id = %s",
        (room.id,),
    )
    product.owner.execute(
        "UPDATE meeting_occurrences SET original_start = original_start - interval '1 day',"
        " starts_at = starts_at - interval '1 day', ends_at = ends_at - interval '1 day'"
        " WHERE meeting_id = %s",
        (room.id,),
    )
    again = room.come("Gus again")
    assert again.entered is not None
    assert [message["content"] for message in again.entered["chat"]["messages"]] == ["Hello"]
    assert len(again.entered["participants"]) == 1
    again.device.ask("chat.send", {"chat_id": room.id, "client_id": "c3", "content": "Back"})
    call("POST", f"{room.path}/end", token=room.host.access_token)
    totals = product.rows(
        "SELECT status, total_participants FROM meeting_occurrences WHERE meeting_id = %s ORDER BY 1, 2",
        room.id,
    )
    assert [(row["status"], row["total_participants"]) for row in totals] == [("ended", 1), ("ended", 2)]


def test_looking_in_before_the_time_uses_up_no_occurrence(
    call: Call, daily: Callable[..., Room], begun: datetime
) -> None:
    tomorrow = begun + timedelta(days=1)
    room = daily(tomorrow)
    room.come_host()
    ended = call("POST", f"{room.path}/end", token=room.host.access_token).body
    assert (ended["status"], ended["scheduled_start_time"]) == ("scheduled", told(tomorrow))
    assert [each["status"] for each in occurrences(call, room, begun)] == ["scheduled", "scheduled"]


def test_the_last_one_out_ends_the_occurrence(
    call: Call, daily: Callable[..., Room], begun: datetime
) -> None:
    room = daily(begun)
    guest = room.come("Gus")
    guest.device.ask("leave")
    assert call("GET", room.path, token=room.host.access_token).body["status"] == "scheduled"
    assert occurrences(call, room, begun)[0]["status"] == "ended"


def test_after_the_last_occurrence_the_meeting_is_over(
    call: Call, daily: Callable[..., Room], begun: datetime
) -> None:
    room = daily(begun, "FREQ=DAILY;COUNT=1")
    room.come_host()
    ended = call("POST", f"{room.path}/end", token=room.host.access_token).body
    assert ended["status"] == "ended"
    assert ended["total_participants"] == 1
    assert occurrences(call, room, begun)[0]["status"] == "ended"
    assert room.join("Gus").status == 410


def test_a_lock_and_a_lost_connection_do_not_outlive_their_occurrence(
    call: Call, daily: Callable[..., Room], begun: datetime, product: Product
) -> None:
    room = daily(begun, waiting_room=True)
    host = room.come_host()
    host.device.ask("meeting.lock", {"locked": True})
    call("POST", f"{room.path}/end", token=room.host.access_token)
    assert call("GET", room.path, token=room.host.access_token).body["locked"] is False


def test_its_times_wait_until_it_is_over(call: Call, daily: Callable[..., Room], begun: datetime) -> None:
    room = daily(begun)
    room.come_host()
    change = {"scheduled_start_time": told(begun + timedelta(hours=2))}
    answer = call("PATCH", room.path, change, token=room.host.access_token)
    assert (answer.status, answer.problem) == (409, "meeting_active")
    now = call(
        "PATCH", f"{room.path}/occurrences/{told(begun)}", {"title": "X"}, token=room.host.access_token
    )
    assert (now.status, now.problem) == (409, "occurrence_over")
    assert call("PATCH", room.path, {"title": "Renamed"}, token=room.host.access_token).status == 200


def test_one_that_nobody_came_to_makes_room_for_the_next(
    call: Call, daily: Callable[..., Room], begun: datetime
) -> None:
    start = begun - timedelta(hours=1)
    room, ending = daily(start), daily(start, "FREQ=DAILY;COUNT=1")
    now = datetime.now(UTC)
    assert advance_recurring(start + timedelta(minutes=40)) == 0  # somebody may be late
    assert advance_recurring(now) == 2
    assert advance_recurring(now) == 0
    found = call("GET", room.path, token=room.host.access_token).body
    assert found["scheduled_start_time"] == told(start + timedelta(days=1))
    assert call("GET", ending.path, token=ending.host.access_token).body["status"] == "ended"


def test_one_that_cannot_be_advanced_holds_up_no_other(
    call: Call, daily: Callable[..., Room], begun: datetime, product: Product
) -> None:
    start = begun - timedelta(hours=1)
    broken, room = daily(start - timedelta(hours=1)), daily(start)
    product.owner.execute(
        "UPDATE meeting_recurrences SET rule = 'unreadable' WHERE meeting_id = %s", (broken.id,)
    )
    assert advance_recurring(datetime.now(UTC)) == 1
    found = call("GET", room.path, token=room.host.access_token).body
    assert found["scheduled_start_time"] == told(start + timedelta(days=1))


def test_a_rule_without_another_date_in_sight_is_over_after_its_first(
    call: Call, sign_up: SignUp, product: Product
) -> None:
    host, start = sign_up("Ada"), datetime(2000, 2, 29, 9, tzinfo=UTC)
    rule = "FREQ=DAILY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU"
    wanted = {
        "type": "recurring",
        "title": "Jubilee",
        "scheduled_start_time": told(start),
        "scheduled_end_time": told(start + timedelta(hours=1)),
        "recurrence": {"rule": rule, "timezone": "UTC"},
    }
    meeting = call("POST", "/v1/meetings", wanted, token=host.access_token)
    assert meeting.status == 201, meeting.body
    advance_recurring(datetime.now(UTC))
    path = f"/v1/meetings/{meeting.body['id']}"
    assert call("GET", path, token=host.access_token).body["status"] == "ended"
