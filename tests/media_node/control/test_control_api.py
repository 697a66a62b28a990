"""The control API: who may call it, and what it says to what cannot be done."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.media_node.node_process import Answer, NodeProcess, node_token
from tests.media_node.wire_client import WireClient

PATH = "/rooms/room/participants/ada"


def slug(answer: Answer) -> str:
    assert answer.content_type == "application/problem+json"
    assert answer.body["status"] == answer.status
    return str(answer.body["type"].removeprefix("/problems/"))


def test_health_needs_no_token(node: NodeProcess) -> None:
    answer = node.call("GET", "/healthz", token="")
    assert (answer.status, answer.body) == (200, {"status": "serving"})


@pytest.mark.parametrize(
    "token",
    [
        "",
        "garbage",
        node_token(secret="another-key-of-at-least-32-bytes-length"),
        node_token(datetime.now(UTC) - timedelta(minutes=5)),
    ],
)
def test_without_a_fresh_token_of_ours_nothing_is_done(node: NodeProcess, token: str) -> None:
    for method, path in (("GET", "/rooms"), ("PUT", PATH), ("DELETE", "/rooms/room"), ("POST", "/drain")):
        assert node.call(method, path, token=token).status == 401
    assert node.call("GET", "/healthz").body == {"status": "serving"}


def offer(**replaced: str) -> dict[str, Any]:
    return WireClient().request(**replaced)


def mangled(old: str, new: str) -> dict[str, Any]:
    body = offer()
    assert old in body["publish"]["sdp"]
    body["publish"]["sdp"] = body["publish"]["sdp"].replace(old, new)
    return body


@pytest.mark.parametrize(
    "body",
    [
        {"publish": {"sdp": ""}},
        {"publish": {"sdp": "x" * 70_000}},
        {"publish": {"sdp": "v=0\r\nnonsense"}},
        {"publish": {"sdp": "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\n"}},
        mangled("a=mid:1", "a=mid:0"),
        mangled("a=rtcp-mux\r\n", ""),
        mangled("a=setup:actpass", "a=setup:passive"),
        mangled("a=group:BUNDLE 0 1 2 3", "a=group:BUNDLE 0 1"),
        mangled("m=video 9", "m=video nine"),
        mangled("rtpmap:96", "rtpmap:960000"),
        offer(fingerprint="sha-1 00:11"),
        offer(fingerprint="sha-256 00:11"),
        offer(ufrag="a"),
        offer(password="too-short"),
    ],
)
def test_a_malformed_offer_is_a_400(node: NodeProcess, body: dict[str, Any]) -> None:
    answer = node.call("PUT", PATH, body)
    assert (answer.status, slug(answer)) == (400, "malformed_sdp")
    assert node.statistics()["rooms"] == {}


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff\xfe", {"publish": {}}, {"sdp": 1}])
def test_a_body_of_another_shape_is_a_400(node: NodeProcess, body: object) -> None:
    answer = node.call("PUT", PATH, body)
    assert (answer.status, slug(answer)) in ((400, "validation"), (400, "malformed_sdp"))


def test_too_large_a_body_and_unknown_paths_are_problems(node: NodeProcess) -> None:
    assert slug(node.call("PUT", PATH, b"x" * 300_000)) == "request_entity_too_large"
    assert slug(node.call("GET", "/nowhere")) == "not_found"
    assert slug(node.call("PUT", "/rooms/a%20b/participants/c", offer())) == "validation"
    assert slug(node.call("PATCH", PATH)) == "method_not_allowed"


def test_a_session_that_is_not_there_is_a_404_and_its_end_a_204(node: NodeProcess) -> None:
    assert slug(node.call("POST", PATH + "/restart", offer())) == "unknown_session"
    assert slug(node.call("POST", PATH + "/pause", {"type": "microphone"})) == "unknown_session"
    assert node.call("DELETE", PATH).status == 204
    assert node.call("DELETE", "/rooms/room").status == 204


def test_a_session_is_described_and_ended(node: NodeProcess) -> None:
    session = node.call("PUT", PATH, offer()).body
    assert session["node_id"] == "node-test"
    publish, subscribe = session["publish"]["sdp"], session["subscribe"]["sdp"]
    assert publish.count("a=recvonly") == 4
    assert "a=ice-lite" in publish
    assert "a=setup:passive" in publish
    assert "a=setup:actpass" in subscribe
    assert f" 127.0.0.1 {node.media_port} typ host" in publish
    assert session["subscribe"]["slots"] == []
    assert list(node.statistics()["rooms"]["room"]["participants"]) == ["ada"]
    assert node.call("DELETE", PATH).status == 204
    assert node.statistics()["rooms"] == {}
    assert node.statistics()["port"]["ufrags"] == 0


def test_who_may_not_publish_is_answered_inactive(node: NodeProcess) -> None:
    session = node.call("PUT", PATH, {**offer(), "may_publish": ["microphone"]}).body
    assert session["publish"]["sdp"].count("a=recvonly") == 1
    assert session["publish"]["sdp"].count("a=inactive") == 3
    streams = node.statistics()["rooms"]["room"]["participants"]["ada"]["streams"]
    assert [stream["type"] for stream in streams] == ["microphone"]
    node.call("DELETE", "/rooms/room")


def test_kinds_the_node_does_not_know_are_rejected(node: NodeProcess) -> None:
    body = mangled("m=video 9 UDP/TLS/RTP/SAVPF 96 97", "m=text 9 UDP/TLS/RTP/SAVPF 96 97")
    body["publish"]["streams"] = [{"mid": "0", "type": "microphone"}]
    answer = node.call("PUT", PATH, body)
    assert answer.status == 200, answer
    assert answer.body["publish"]["sdp"].count("m=text 0 ") == 2
    assert "a=group:BUNDLE 0 3\r\n" in answer.body["publish"]["sdp"]
    node.call("DELETE", "/rooms/room")
