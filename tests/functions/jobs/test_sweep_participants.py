"""Every minute: what no message told."""

from datetime import UTC, datetime, timedelta

import pytest

from convoke.meetings.actions import sweep_participants
from functions.jobs.sweep_participants import handler
from tests import gateway
from tests.conftest import Product
from tests.room import PUBLISH, Room


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
