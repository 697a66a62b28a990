"""GET /v1/meetings/{meeting}/timeline and GET /v1/meetings/{meeting}/quality."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from convoke.analytics.actions.record_quality import record_quality
from convoke.analytics.model.measures import Measures, QualitySample, Source
from convoke.analytics.store import events
from convoke.backends import cassandra
from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.room import Guest, Room

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
START = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)


@pytest.fixture
def meeting(analytics: Product, room: Room) -> Room:
    """A meeting of Ada's in which Gus was."""
    room.come_host()
    return room


@pytest.fixture
def gus(meeting: Room) -> Guest:
    return meeting.come("Gus")


def happen(meeting: Room, minute: int, kind: str, who: str | None, name: str | None, **data: str) -> str:
    event_id = uuid4()
    at = START + timedelta(minutes=minute)
    values = (UUID(meeting.id), at, event_id, kind, None, UUID(who) if who else None, name, data)
    cassandra.write(events.INSERT_MEETING_EVENT, values)
    return str(event_id)


def measure(meeting: Room, who: str, minutes: int, source: Source = "client", **measures: Any) -> None:
    good = Measures(uplink_packet_loss=0.2, uplink_bitrate=900_000, downlink_packet_loss=0.1, audio_rtt=40)
    values = {name: getattr(good, name) for name in Measures.__dataclass_fields__} | measures
    record_quality(
        [
            QualitySample(
                UUID(meeting.id),
                UUID(who),
                START + timedelta(seconds=10 * number),
                source,
                Measures(**values),
            )
            for number in range(6 * minutes)
        ]
    )


def spoil(meeting: Room, who: str, first: int, last: int, **measures: Any) -> None:
    record_quality(
        [
            QualitySample(
                UUID(meeting.id),
                UUID(who),
                START + timedelta(seconds=10 * number),
                "client",
                Measures(**measures),
            )
            for number in range(6 * first, 6 * last)
        ]
    )


def test_the_timeline_tells_a_meetings_story_newest_first(call: Call, meeting: Room, gus: Guest) -> None:
    happen(meeting, 0, "meeting.started", None, None)
    joined = happen(meeting, 1, "participant.joined", gus.id, "Gus", role="participant")
    happen(meeting, 2, "participant.screen_share_started", gus.id, "Gus")
    happen(meeting, 3, "media.forwarded", gus.id, "Gus", bytes="123")
    happen(meeting, 3, "message.sent", gus.id, "Gus", private="true")
    happen(meeting, 4, "participant.left", gus.id, "Gus", reason="connection_lost", **{"from": "joined"})
    answer = call("GET", f"{meeting.path}/timeline", token=meeting.host.access_token)
    assert answer.status == 200, answer
    assert [item["words"] for item in answer.body["items"]] == [
        "Gus lost the connection and did not come back",
        "Gus began to share a screen",
        "Gus joined",
        "The meeting began",
    ]
    assert answer.body["items"][2] == {
        "id": joined,
        "at": "2026-11-20T10:31:00Z",
        "type": "participant.joined",
        "participant_id": gus.id,
        "user_id": None,
        "name": "Gus",
        "words": "Gus joined",
        "data": {"role": "participant"},
    }


def test_a_long_timeline_comes_in_pages(call: Call, meeting: Room) -> None:
    told = [happen(meeting, number // 3, "participant.muted", None, "Ada") for number in range(30)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "7", **({"cursor": cursor} if cursor else {})}
        body = call("GET", f"{meeting.path}/timeline", token=meeting.host.access_token, query=query).body
        seen += [item["id"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
        assert len(body["items"]) == 7
    assert sorted(seen) == sorted(told)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("cursor", ["x", "1.2", "99999999999999999.x", ".", "1e999.a"])
def test_a_cursor_that_is_none_is_refused(call: Call, meeting: Room, cursor: str) -> None:
    answer = call(
        "GET", f"{meeting.path}/timeline", token=meeting.host.access_token, query={"cursor": cursor}
    )
    assert answer.problem == "invalid_cursor"


def test_quality_says_in_words_what_went_wrong(call: Call, meeting: Room, gus: Guest) -> None:
    measure(meeting, gus.id, 20)
    spoil(meeting, gus.id, 12, 14, uplink_packet_loss=5.5)
    answer = call(
        "GET",
        f"{meeting.path}/quality",
        token=meeting.host.access_token,
        query={"timezone": "Europe/Berlin"},
    )
    assert answer.status == 200, answer
    ada, found = answer.body["items"]
    assert (ada["display_name"], ada["rating"], ada["reports"]) == ("Ada", "unknown", 0)
    assert [finding["words"] for finding in found["findings"]] == [
        "High loss from 11:42 to 11:44 on uplink (up to 6 %)"
    ]
    assert (found["rating"], found["reports"], found["round_trip"]) == ("fair", 120, 40)
    assert found["points"] == []


def test_one_participant_comes_with_points_of_both_sides(call: Call, meeting: Room, gus: Guest) -> None:
    measure(meeting, gus.id, 1)
    measure(meeting, gus.id, 1, "node", uplink_packet_loss=3.1, audio_rtt=None, downlink_jitter=7.5)
    query = {"participant": gus.id}
    body = call("GET", f"{meeting.path}/quality", token=meeting.host.access_token, query=query).body
    (item,) = body["items"]
    assert len(item["points"]) == 6
    assert item["point_seconds"] == 10
    first = item["points"][0]
    assert first["at"] == "2026-11-20T10:30:00Z"
    # The worse of what both sides saw; what one side did not measure is the other's.
    assert (first["uplink_packet_loss"], first["round_trip"], first["downlink_jitter"]) == (3.1, 40, 7.5)


def test_many_participants_come_in_pages(call: Call, meeting: Room) -> None:
    for number in range(4):
        meeting.come(f"Guest {number}")
    token, names, cursor = meeting.host.access_token, [], None
    while True:
        query = {"limit": "2", **({"cursor": cursor} if cursor else {})}
        body = call("GET", f"{meeting.path}/quality", token=token, query=query).body
        names += [item["display_name"] for item in body["items"]]
        cursor = body["next_cursor"]
        if cursor is None:
            break
    assert names == ["Ada", "Guest 0", "Guest 1", "Guest 2", "Guest 3"]


def test_a_spreadsheet_has_each_report_and_runs_no_name(call: Call, meeting: Room) -> None:
    mallory = meeting.come("=1+1")
    measure(meeting, mallory.id, 2)
    token = meeting.host.access_token
    summary = call("GET", f"{meeting.path}/quality", token=token, query={"format": "csv"})
    assert summary.headers["content-type"] == "text/csv; charset=utf-8"
    assert [row[1] for row in csv.reader(io.StringIO(summary.body))] == ["name", "Ada", "'=1+1"]
    query = {"participant": mallory.id, "format": "csv"}
    reports = list(
        csv.DictReader(io.StringIO(call("GET", f"{meeting.path}/quality", token=token, query=query).body))
    )
    assert len(reports) == 12
    assert reports[0]["uplink_bitrate"] == "900000"
    happen(meeting, 0, "participant.joined", mallory.id, "@SUM(1)")
    story = call("GET", f"{meeting.path}/timeline", token=token, headers={"accept": "text/csv"})
    assert [row[2] for row in csv.reader(io.StringIO(story.body))] == ["name", "'@SUM(1)"]


@pytest.mark.parametrize("what", ["timeline", "quality"])
def test_only_the_host_and_admins_look_back(
    call: Call, meeting: Room, sign_up: SignUp, product: Product, what: str
) -> None:
    path = f"{meeting.path}/{what}"
    member, stranger, root = sign_up("Bob"), sign_up("Eve"), sign_up("Root")
    bob = meeting.come("Bob", member)
    guest = meeting.come("Gus")
    other = call("POST", "/v1/meetings", {}, token=stranger.access_token).body
    assert call("GET", path).status == 401
    assert call("GET", path, token=guest.joined["participant_token"]).status == 401
    assert call("GET", path, token=member.access_token).problem == "host_only"
    assert call("GET", path, token=stranger.access_token).problem == "not_found"
    assert call("GET", f"/v1/meetings/{uuid4()}/{what}", token=stranger.access_token).problem == "not_found"
    assert call("GET", f"/v1/meetings/abc-defg-hij/{what}", token=stranger.access_token).status == 404
    # A participant of one meeting is not to be had through another, which one hosts.
    query = {"participant": bob.id}
    assert (
        call("GET", f"/v1/meetings/{other['id']}/quality", token=stranger.access_token, query=query).status
        == 404
    )
    product.owner.execute("UPDATE users SET role = 'admin' WHERE user_id = %s", (root.id,))
    login = call("POST", "/v1/auth/login", {"email": root.email, "password": root.password})
    assert call("GET", path, token=login.body["access_token"]).status == 200
    assert call("GET", path, token=meeting.host.access_token).status == 200


@pytest.mark.parametrize("what", ["timeline", "quality"])
def test_by_code_as_well_as_by_id(call: Call, meeting: Room, what: str) -> None:
    path = f"/v1/meetings/{meeting.meeting['code']}/{what}"
    assert call("GET", path, token=meeting.host.access_token).body["meeting_id"] == meeting.id


@pytest.mark.parametrize(
    ("what", "query"),
    [
        ("quality", {"timezone": "Mars/Olympus"}),
        ("quality", {"timezone": "../../etc/passwd"}),
        ("quality", {"limit": "101"}),
        ("timeline", {"limit": "-1"}),
        ("timeline", {"format": "html"}),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    call: Call, meeting: Room, what: str, query: dict[str, str]
) -> None:
    answer = call("GET", f"{meeting.path}/{what}", token=meeting.host.access_token, query=query)
    assert answer.problem == "validation"


@pytest.mark.parametrize("what", ["timeline", "quality"])
def test_without_cassandra_the_host_is_told(call: Call, room: Room, what: str) -> None:
    room.come_host()
    answer = call("GET", f"{room.path}/{what}", token=room.host.access_token)
    assert (answer.status, answer.problem) == (503, "analytics_unavailable")
