"""The registry: what heartbeats keep alive in Redis, and the rows that operators see."""

from datetime import UTC, datetime, timedelta

import pytest

from convoke.backends.postgres import transaction
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.media import actions, live
from convoke.media.model import NodeHealth, StreamReport, StreamType
from convoke.settings import settings
from tests.conftest import PATIENCE, Product
from tests.convoke.media.conftest import MakePeer

ADMIN = Principal(new_id(), None, None, None, "admin", "basic", "Root")
USER = Principal(new_id(), None, None, None, "user", "basic", "Ada")


def test_a_node_lives_as_long_as_its_heartbeat(peer: MakePeer, product: Product) -> None:
    peer("a")
    assert 0 < product.redis.ttl("node:{a}") <= PATIENCE["convoke.media.live.HEARTBEAT_TTL_SECONDS"]
    assert [key for key in product.redis.scan_iter() if product.redis.ttl(key) == -1] == []
    product.redis.delete("node:{a}")
    assert live.load_nodes()[0] == {}


def test_the_row_is_written_at_registration_at_changes_and_twice_a_minute(
    peer: MakePeer, product: Product
) -> None:
    start = datetime.now(UTC)
    a = peer("a", now=start)

    def seen() -> datetime:
        actions.settle()
        (row,) = product.rows("SELECT last_heartbeat_at FROM media_nodes")
        found: datetime = row["last_heartbeat_at"]
        return found

    assert seen() == start
    a.report(start + timedelta(seconds=2), current_streams=7)
    assert seen() == start
    a.report(start + timedelta(seconds=4), health="degraded")
    assert seen() == start + timedelta(seconds=4)
    a.report(start + timedelta(seconds=6), health="degraded")
    assert 0 < product.redis.ttl("node:{a}:saved") <= 30
    product.redis.delete("node:{a}:saved")
    a.report(start + timedelta(seconds=36), health="degraded")
    assert seen() == start + timedelta(seconds=36)


def test_an_unreachable_database_does_not_stop_heartbeats(
    peer: MakePeer, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://convoke_app@127.0.0.1:9/nowhere")
    settings.cache_clear()
    peer("a")
    actions.settle()
    assert list(live.load_nodes()[0]) == ["a"]


def test_streams_are_written_with_their_node(peer: MakePeer, product: Product) -> None:
    stream = StreamReport(
        stream_id="s1",
        participant_id="p",
        meeting_id="m",
        type=StreamType.CAMERA,
        codec="VP8",
        max_bitrate=2_500_000,
        subscribers=3,
    )
    peer("a", streams=[stream])
    kept = product.redis.hgetall("stream:{s1}")
    assert (kept["node_id"], kept["type"], kept["subscribers"]) == ("a", "camera", "3")
    assert 0 < product.redis.ttl("stream:{s1}") <= live.STREAM_SECONDS


def test_admins_see_every_node_and_the_silent_one_as_unhealthy(peer: MakePeer, product: Product) -> None:
    now = datetime.now(UTC)
    peer("a", current_streams=40, current_bitrate_mbps=12.5, rooms={"m1": 3, "m2": 1})
    peer("b")
    actions.settle()
    product.redis.delete("node:{b}")
    a, b = actions.nodes(ADMIN, now=now)
    assert (a.node_id, a.health, a.current_streams, a.meetings, a.participants) == (
        "a",
        NodeHealth.HEALTHY,
        40,
        2,
        4,
    )
    assert (a.codecs, a.current_bitrate_mbps) == (["opus", "VP8"], 12.5)
    assert (b.node_id, b.health) == ("b", NodeHealth.UNHEALTHY)


def test_a_node_that_said_goodbye_is_gone_from_everywhere(peer: MakePeer, product: Product) -> None:
    peer("a")
    actions.withdraw_node("a")
    assert actions.nodes(ADMIN, now=datetime.now(UTC)) == []
    assert live.load_nodes()[0] == {}
    assert product.rows("SELECT status FROM media_nodes") == [{"status": "gone"}]


def test_drain_is_for_admins_reaches_the_node_and_is_on_record(peer: MakePeer, product: Product) -> None:
    a, now = peer("a"), datetime.now(UTC)
    with pytest.raises(Problem) as forbidden:
        actions.drain(USER, "a", now=now)
    assert (forbidden.value.status, a.asked) == (403, [])
    actions.drain(ADMIN, "a", now=now)
    assert a.asked == [("POST", "/drain")]
    assert live.load_nodes()[0]["a"]["status"] == "draining"
    assert product.rows("SELECT target_id FROM audit_logs WHERE action = 'drain'") == [{"target_id": "a"}]
    with pytest.raises(Problem) as unknown:
        actions.drain(ADMIN, "nobody", now=now)
    assert unknown.value.status == 404


def test_a_deployment_reports_its_load_and_health(peer: MakePeer, product: Product) -> None:
    now = datetime.now(UTC)
    peer("a", rooms={"m1": 3, "m2": 1})
    peer("far", region="us-east-1", rooms={"m3": 9})
    actions.report_controller(now)
    (mine,) = actions.controllers(now=now)
    assert (mine.id, mine.region, mine.endpoint) == (
        "mc-test-1",
        "eu-central-1",
        "wss://convoke.test/socket",
    )
    assert (mine.current_meetings, mine.current_participants, mine.health) == (2, 4, NodeHealth.HEALTHY)
    assert 0 < product.redis.ttl("controller:{mc-test-1}:capacity") <= 300


def test_a_deployment_without_nodes_is_unhealthy_and_one_that_is_silent_too(product: Product) -> None:
    now = datetime.now(UTC)
    assert [item.health for item in actions.controllers(now=now)] == [NodeHealth.UNHEALTHY]
    product.owner.execute(
        "INSERT INTO meeting_controllers SELECT 'mc-us-1', 'us-east-1', 'wss://us', max_meetings, 0,"
        " max_participants, 0, 'healthy', version, last_heartbeat_at - interval '1 hour', created_at,"
        " updated_at FROM meeting_controllers"
    )
    assert actions.controllers(now=now)[1].health == NodeHealth.UNHEALTHY


def test_clients_are_sent_to_their_regions_deployment_if_it_lives(product: Product) -> None:
    assert actions.controller().endpoint == "wss://convoke.test/socket"
    assert actions.controller("us-east-1").id == "mc-test-1"
    actions.report_controller(datetime.now(UTC))
    product.owner.execute(
        "INSERT INTO meeting_controllers SELECT 'mc-us-1', 'us-east-1', 'wss://us', max_meetings, 0,"
        " max_participants, 0, 'healthy', version, last_heartbeat_at, created_at, updated_at"
        " FROM meeting_controllers"
    )
    found = actions.controller("us-east-1")
    assert (found.id, found.endpoint, found.region) == ("mc-us-1", "wss://us", "us-east-1")


def test_the_application_reads_no_registry_but_as_the_system(peer: MakePeer, product: Product) -> None:
    peer("a")
    actions.settle()
    actions.report_controller(datetime.now(UTC))
    with transaction(USER) as conn:
        assert conn.execute("SELECT 1 FROM media_nodes").fetchall() == []
        assert conn.execute("SELECT 1 FROM meeting_controllers").fetchall() == []
