"""Placement: the rules alone, without any store."""

from dataclasses import replace

from convoke.media.placement import STREAMS_PER_PLACEMENT, LiveNode, may_keep, rank

NODE = LiveNode("a", "eu", "http://a", "serving", "healthy", 100, 10, 1000, 100.0)


def _order(*nodes: LiveNode, without: tuple[str, ...] = ()) -> list[str]:
    return [node.node_id for node in rank(nodes, "eu", without)]


def test_the_least_loaded_comes_first() -> None:
    half = replace(NODE, node_id="half", current_streams=50)
    idle = replace(NODE, node_id="idle", current_streams=0, current_bitrate_mbps=0)
    hot = replace(NODE, node_id="hot", current_streams=0, current_bitrate_mbps=900)
    assert _order(half, hot, idle) == ["idle", "half", "hot"]


def test_what_was_just_placed_counts_until_the_next_heartbeat() -> None:
    promised = replace(NODE, node_id="promised", current_streams=0, placed=5)
    assert promised.streams == 5 * STREAMS_PER_PLACEMENT
    assert _order(promised, NODE) == ["a", "promised"]


def test_full_draining_unhealthy_and_excluded_nodes_are_left_out() -> None:
    full = replace(NODE, node_id="full", current_streams=100)
    saturated = replace(NODE, node_id="saturated", current_bitrate_mbps=1000)
    draining = replace(NODE, node_id="draining", status="draining")
    sick = replace(NODE, node_id="sick", health="unhealthy")
    assert _order(full, saturated, draining, sick, NODE) == ["a"]
    assert _order(NODE, without=("a",)) == []


def test_own_region_before_load_and_health_before_region_and_trust_before_all() -> None:
    far = replace(NODE, node_id="far", region="us", current_streams=0)
    weak = replace(NODE, node_id="weak", health="degraded", current_streams=0)
    suspect = replace(NODE, node_id="suspect", current_streams=0, suspect=True)
    assert _order(suspect, weak, far, NODE) == ["a", "far", "weak", "suspect"]


def test_a_meeting_stays_on_a_full_node_and_leaves_a_draining_one() -> None:
    assert may_keep(replace(NODE, current_streams=500, health="degraded", suspect=True))
    assert not may_keep(replace(NODE, status="draining"))
    assert not may_keep(replace(NODE, health="unhealthy"))
