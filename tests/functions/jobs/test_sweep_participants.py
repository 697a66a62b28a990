"""Every minute: what no message told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.meetings.actions import departures, sweep_participants
from functions.jobs.sweep_participants import handler
from tests import gateway
from tests.conftest import Product
from tests.room import PUBLISH, Room
from tests.wire import Relay


@pytest.fixture(autouse=True)
def only_this_tests_meetings(product: Product) -> None:
    """The sweep looks at all there are."""
    product.owner.execute("DELETE FROM meetings")


def _now() -> datetime:
    return datetime.now(UTC)


def test_nobody_who_pings_is_touched(room: Room) -> None:
    host = room.come_host()
    host.device.ask("ping")
    swept = handler({}, gateway.CONTEXT)
    assert (swept["missing"], swept["departed"], swept["ended"]) == (0, 0, 0)
    assert room.get()["participant_count"] == 1


def test_who_is_gone_without_a_word_is_marked_first_and_leaves_after_90_seconds(
    room: Room, product: Product
) -> None:
    host, guest = room.come_host(), room.come("Gus")
    product.redis.delete(f"participant:{{{guest.id}}}")
    now = _now()
    assert sweep_participants(now).missing == 1
    assert sweep_participants(now + timedelta(seconds=89)).departed == 0
    assert host.device.events("participant.left") == []
    swept = sweep_participants(now + timedelta(seconds=91))
    assert (swept.missing, swept.departed) == (0, 1)
    assert host.device.events("participant.left") == [
        {"participant_id": guest.id, "reason": "connection_lost"}
    ]


def test_a_flushed_redis_throws_nobody_out_who_comes_back(room: Room, product: Product) -> None:
    host = room.come_host()
    product.redis.flushall()
    now = _now()
    assert sweep_participants(now).missing == 1
    ticket = gateway.call("POST", "/v1/socket-tickets", token=room.host.access_token).body["ticket"]
    host.device.connection_id = "after-the-flush="
    assert host.device.connect(ticket) == 200
    host.device.ask("resume", {"participant_id": host.id})
    assert sweep_participants(now + timedelta(seconds=91)).departed == 0
    assert room.get()["participant_count"] == 1


def test_a_seat_that_nobody_took_is_released(room: Room, product: Product) -> None:
    room.come_host()
    never = room.arrive("Never")
    assert sweep_participants(_now()).released == 0
    product.owner.execute(
        "UPDATE meeting_participants SET admitted_at = admitted_at - interval '6 min'"
        " WHERE participant_id = %s",
        (never.id,),
    )
    assert sweep_participants(_now()).released == 1
    assert never.device.refused("join", {"publish": PUBLISH}) == "not_admitted"


def test_an_active_meeting_with_nobody_in_it_ends(room: Room, product: Product) -> None:
    room.come_host()
    # As a function would leave it that was killed between departure and end, were they not one transaction.
    product.owner.execute("UPDATE meeting_participants SET status = 'left' WHERE meeting_id = %s", (room.id,))
    assert sweep_participants(_now()).ended == 0
    swept = sweep_participants(_now() + timedelta(seconds=61))
    assert swept.ended == 1
    assert room.get()["status"] == "ended"


def test_the_deployment_reports_itself(room: Room) -> None:
    handler({}, gateway.CONTEXT)
    found = gateway.call("GET", "/v1/controllers", token=room.host.access_token).body["items"]
    assert [one["id"] for one in found] == ["mc-test-1"]


def test_one_who_cannot_be_taken_out_is_in_nobodys_way(
    room: Room, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, stuck, gone = room.come_host(), room.come("Stuck"), room.come("Gone")
    for guest in (stuck, gone):
        product.redis.delete(f"participant:{{{guest.id}}}")
    now = _now()
    sweep_participants(now)
    depart = departures.depart

    def failing(participant_id: str, *rest: Any, **more: Any) -> str | None:
        if participant_id == stuck.id:
            raise RuntimeError("a bad row")
        return depart(participant_id, *rest, **more)

    monkeypatch.setattr(departures, "depart", failing)
    swept = sweep_participants(now + timedelta(seconds=91))
    assert (swept.departed, swept.failed) == (1, 1)
    assert [event["participant_id"] for event in host.device.events("participant.left")] == [gone.id]
    monkeypatch.undo()


def test_what_there_is_no_time_for_is_left_to_the_next_sweep(
    room: Room, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.come_host()
    guest = room.come("Gus")
    product.redis.delete(f"participant:{{{guest.id}}}")
    now = _now()
    sweep_participants(now)
    monkeypatch.setattr(departures, "SWEEP_SECONDS", -1.0)
    assert sweep_participants(now + timedelta(seconds=91)).departed == 0
    monkeypatch.setattr(departures, "SWEEP_SECONDS", 20.0)
    assert sweep_participants(now + timedelta(seconds=91)).departed == 1


def test_a_thousand_meetings_are_swept_in_a_handful_of_round_trips(
    room: Room, product: Product, round_trips: Relay
) -> None:
    product.owner.execute(
        """
        INSERT INTO meetings (meeting_id, code, title, meeting_type, status, actual_start_time, created_at,
            updated_at)
        SELECT uuidv7(), 'abc-defg-hij', 'M', 'instant', 'active', now(), now(), now()
        FROM generate_series(1, 1000)
        """
    )
    product.owner.execute(
        """
        INSERT INTO meeting_participants (participant_id, meeting_id, display_name, status, joined_at,
            first_joined_at, created_at, updated_at)
        SELECT uuidv7(), meeting_id, 'Gus', 'joined', now(), now(), now(), now() FROM meetings
        WHERE title = 'M'
        """
    )
    sweep_participants(_now())
    people = product.rows("SELECT participant_id::text AS id FROM meeting_participants")
    with product.redis.pipeline() as pipe:
        for person in people:
            pipe.hset(f"participant:{{{person['id']}}}", "connection_id", "c")
        pipe.execute()
    product.owner.execute("UPDATE meeting_participants SET missing_since = NULL")
    with round_trips.counted() as counted:
        swept = sweep_participants(_now())
    assert (len(people), swept.missing, swept.departed, swept.ended) == (1000, 0, 0, 0)
    # Three pages (the last empty), released seats, deserted meetings: one query each, and its commit.
    assert counted.trips <= 10
