"""Sessions on nodes: one node a meeting, whoever asks and whatever dies."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from convoke.errors import Problem
from convoke.ids import new_id
from convoke.media import actions, live, node
from convoke.media.model import NodeSession, NodeSessionRequest, PublishOffer, StreamType
from tests.conftest import Product
from tests.convoke.media.conftest import MakePeer

OFFER = NodeSessionRequest(publish=PublishOffer(sdp="v=0\r\n"))


def _connect(meeting_id: str, participant_id: str = "p") -> NodeSession:
    return actions.connect(meeting_id, participant_id, OFFER, now=datetime.now(UTC))


def _problem(meeting_id: str) -> Problem:
    with pytest.raises(Problem) as caught:
        _connect(meeting_id)
    return caught.value


def test_connect_hands_the_offer_to_the_node_and_its_answer_back(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    session = _connect(meeting)
    assert (session.node_id, session.publish.sdp) == ("a", "v=0")
    assert a.asked == [("PUT", f"/rooms/{meeting}/participants/p")]
    assert a.bodies == [OFFER.model_dump(mode="json")]


def test_without_a_node_media_is_unavailable_for_the_moment(product: Product) -> None:
    problem = _problem(new_id())
    assert (problem.slug, problem.status, problem.headers) == ("media_unavailable", 503, {"retry-after": "1"})


def test_thirty_who_connect_at_once_meet_on_one_node(peer: MakePeer) -> None:
    peers, meeting = [peer(name) for name in "abc"], new_id()
    with ThreadPoolExecutor(30) as threads:
        sessions = list(threads.map(lambda n: _connect(meeting, f"p{n}"), range(30)))
    (chosen,) = {session.node_id for session in sessions}
    assert sum(len(one.asked) for one in peers) == 30
    assert live.placed_on(meeting) == chosen


def test_many_meetings_between_two_heartbeats_are_spread(peer: MakePeer) -> None:
    peers = [peer("a"), peer("b")]
    for _ in range(10):
        _connect(new_id())
    assert sorted(len(one.asked) for one in peers) == [5, 5]


def test_a_full_node_gets_no_new_meeting_but_keeps_its_own(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    a.report(current_streams=400, rooms={meeting: 100})
    assert _problem(new_id()).slug == "media_unavailable"
    assert _connect(meeting, "late").node_id == "a"


def test_everyone_moves_together_when_the_node_dies(peer: MakePeer) -> None:
    peers, meeting = {name: peer(name) for name in "abc"}, new_id()
    first = _connect(meeting).node_id
    peers.pop(first).die()
    with ThreadPoolExecutor(10) as threads:
        sessions = list(threads.map(lambda n: _connect(meeting, f"p{n}"), range(10)))
    (second,) = {session.node_id for session in sessions}
    assert second != first
    assert live.placed_on(meeting) == second


def test_a_node_that_says_nothing_is_left_after_its_time(
    peer: MakePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node, "READ_SECONDS", 3.0)  # what the other may take on a busy machine
    node.forget_connections()
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    peer("b")
    a.silent.set()
    assert _connect(meeting).node_id == "b"
    assert live.load_nodes()[0]["a"]["suspect"] == "1"
    node.forget_connections()


def test_a_node_that_refuses_everyone_is_left_and_a_suspect_gets_nothing_new(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    peer("b", current_streams=200)
    a.refuse = Problem("draining", 503, "Draining")
    assert _connect(meeting).node_id == "b"
    a.refuse = None
    assert _connect(new_id()).node_id == "b"


def test_a_refused_offer_is_the_callers_fault_and_moves_nothing(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    peer("b")
    a.refuse = Problem("malformed_sdp", 400, "Malformed SDP", "no m-line")
    problem = _problem(meeting)
    assert (problem.slug, problem.status, problem.detail) == ("malformed_sdp", 400, "no m-line")
    assert live.placed_on(meeting) == "a"


def test_when_every_node_fails_media_is_unavailable_and_comes_back(peer: MakePeer) -> None:
    a, b, meeting = peer("a"), peer("b"), new_id()
    a.refuse = b.refuse = Problem("internal", 500, "Broken")
    assert _problem(meeting).slug == "media_unavailable"
    a.refuse = b.refuse = None
    assert _connect(meeting).node_id in "ab"


def test_a_draining_node_keeps_nothing_and_its_meetings_move_as_one(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    peer("b")
    a.report(status="draining", rooms={meeting: 1})
    assert _connect(meeting, "p1").node_id == "b"
    assert _connect(meeting, "p2").node_id == "b"
    assert a.report(status="draining", rooms={meeting: 1}) == []
    assert live.placed_on(meeting) == "b"


def test_after_a_flush_a_meeting_is_where_its_node_says(
    peer: MakePeer, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "YOUNG_MILLISECONDS", 60_000)
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    b = peer("b")
    actions.settle()
    product.redis.flushall()
    # Nobody has reported: nothing is placed. B has, A not yet: the meeting may be on A, so it is not placed.
    assert _problem(meeting).slug == "media_unavailable"
    b.report()
    assert _problem(meeting).slug == "media_unavailable"
    assert live.placed_on(meeting) is None
    a.report(rooms={meeting: 1}, current_streams=300)
    assert _connect(meeting).node_id == "a"


def test_after_a_flush_a_dead_node_is_not_waited_for_forever(
    peer: MakePeer, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "YOUNG_MILLISECONDS", 60_000)
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    b = peer("b")
    actions.settle()
    product.redis.flushall()
    a.die()
    b.report()
    assert _problem(meeting).slug == "media_unavailable"
    assert 0 < product.redis.pttl("{nodes}:young") <= live.YOUNG_MILLISECONDS
    product.redis.delete("{nodes}:young")
    assert _connect(meeting).node_id == "b"


def test_a_fresh_start_waits_for_nobody(peer: MakePeer) -> None:
    peer("a")
    actions.settle()
    assert _connect(new_id()).node_id == "a"


def test_a_node_learns_which_of_its_meetings_went_elsewhere(peer: MakePeer) -> None:
    a, moved, stayed = peer("a"), new_id(), new_id()
    _connect(moved)
    _connect(stayed)
    b = peer("b", current_streams=10)
    a.refuse = Problem("draining", 503, "Busy")
    assert _connect(moved).node_id == "b"
    a.refuse = None
    assert a.report(rooms={moved: 1, stayed: 2}) == [moved]
    assert b.report(rooms={moved: 1}) == []


def test_restart_goes_to_the_session_and_404_means_connect_anew(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    now = datetime.now(UTC)
    with pytest.raises(Problem) as nowhere:
        actions.restart(meeting, "p", OFFER, now=now)
    _connect(meeting)
    assert actions.restart(meeting, "p", OFFER, now=now).node_id == "a"
    assert a.asked[-1] == ("POST", f"/rooms/{meeting}/participants/p/restart")
    a.refuse = Problem("unknown_session", 404, "No such session")
    with pytest.raises(Problem) as unknown:
        actions.restart(meeting, "p", OFFER, now=now)
    a.die()
    with pytest.raises(Problem) as dead:
        actions.restart(meeting, "p", OFFER, now=now)
    assert {caught.value.slug for caught in (nowhere, unknown, dead)} == {"unknown_session"}
    assert {caught.value.status for caught in (nowhere, unknown, dead)} == {404}


def test_pause_disconnect_and_close_reach_the_node_and_bear_its_absence(peer: MakePeer) -> None:
    a, meeting = peer("a"), new_id()
    _connect(meeting)
    actions.pause(meeting, "p", StreamType.MICROPHONE)
    actions.disconnect(meeting, "p")
    room = f"/rooms/{meeting}"
    assert a.asked[1:] == [("POST", f"{room}/participants/p/pause"), ("DELETE", f"{room}/participants/p")]
    assert a.bodies[1] == {"type": "microphone", "revoked": False}
    a.refuse = Problem("unknown_session", 404, "No such session")
    actions.pause(meeting, "p", StreamType.CAMERA)
    actions.close_room(meeting)
    assert a.asked[-1] == ("DELETE", room)
    assert live.placed_on(meeting) is None
    actions.close_room(meeting)

    other = new_id()
    a.refuse = None
    _connect(other)
    a.die()
    actions.pause(other, "p", StreamType.MICROPHONE)
    actions.disconnect(other, "p")
    actions.close_room(other)
    assert live.placed_on(other) is None
