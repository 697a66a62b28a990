"""Rooms in this process, with the real plane and port: who is in them, and when sessions end."""

import time
from collections.abc import AsyncIterator
from random import Random

import pytest

from convoke.errors import Problem
from convoke.media.model import NodePause, NodeSessionRequest, StreamType
from media_node.control.rooms import Rooms
from media_node.forwarding.plane import Plane
from media_node.transport.dtls import Certificate
from media_node.transport.forwarder import Forwarder
from media_node.transport.ice import CONSENT_SECONDS
from media_node.transport.peer import Place
from media_node.transport.port import Port
from tests.media_node.wire_client import WireClient


@pytest.fixture
async def rooms() -> AsyncIterator[Rooms]:
    forwarder = Forwarder(Port("127.0.0.1", 0), Plane(Random(1)))
    forwarder.open()
    made = Rooms(Place(forwarder, Certificate(), "127.0.0.1"), "node")
    yield made
    await made.stop()
    forwarder.close()


def request() -> NodeSessionRequest:
    return NodeSessionRequest.model_validate(WireClient().request())


async def test_a_session_without_consent_for_thirty_seconds_ends(rooms: Rooms) -> None:
    rooms.connect("room", "ada", request())
    ada = rooms.rooms["room"].participants["ada"]
    now = time.monotonic()
    ada.check(now + CONSENT_SECONDS - 1)
    assert not rooms.emptied.is_set()
    ada.check(now + CONSENT_SECONDS + 1)
    assert rooms.rooms == {}
    assert rooms.emptied.is_set()


async def test_a_later_session_of_a_participant_is_not_ended_with_the_earlier(rooms: Rooms) -> None:
    first = rooms.connect("room", "ada", request())
    earlier = rooms.rooms["room"].participants["ada"]
    second = rooms.connect("room", "ada", request())
    assert first.session_id != second.session_id
    earlier.check(time.monotonic() + 100)
    assert rooms.rooms["room"].participants["ada"].session_id == second.session_id


async def test_a_refused_offer_leaves_the_session_that_was_there(rooms: Rooms) -> None:
    session = rooms.connect("room", "ada", request())
    bad = NodeSessionRequest.model_validate({"publish": {"sdp": "v=0"}})
    with pytest.raises(Problem, match="malformed_sdp"):
        rooms.connect("room", "ada", bad)
    with pytest.raises(Problem, match="malformed_sdp"):
        rooms.restart("room", "ada", bad)
    assert rooms.rooms["room"].participants["ada"].session_id == session.session_id


async def test_newcomers_get_a_slot_for_each_stream_that_is_there(rooms: Rooms) -> None:
    rooms.connect("room", "ada", request())
    rooms.connect("elsewhere", "eve", request())
    slots = rooms.connect("room", "bob", request()).subscribe.slots
    assert [(slot.participant_id, slot.type) for slot in slots] == [
        ("ada", StreamType.MICROPHONE),
        ("ada", StreamType.CAMERA),
    ]


async def test_a_paused_stream_stays_paused_for_newcomers(rooms: Rooms) -> None:
    rooms.connect("room", "ada", request())
    rooms.pause("room", "ada", NodePause(type=StreamType.CAMERA))
    camera = rooms.rooms["room"].participants["ada"].streams["1"]
    assert camera.described()["active"] is False
    assert len(rooms.connect("room", "bob", request()).subscribe.slots) == 2


async def test_a_draining_node_takes_nobody_and_keeps_whom_it_has(rooms: Rooms) -> None:
    rooms.connect("room", "ada", request())
    rooms.drain()
    with pytest.raises(Problem, match="draining"):
        rooms.connect("room", "bob", request())
    assert list(rooms.rooms["room"].participants) == ["ada"]
    rooms.disconnect("room", "ada")
    assert rooms.emptied.is_set()
