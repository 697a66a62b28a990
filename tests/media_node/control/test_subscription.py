"""Offer and answer of a subscribe connection, with the real plane and a socket that nobody writes to."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from random import Random

import pytest

from convoke.media.model import PublishedStream, StreamType
from media_node.control.stream import Stream, plan_publish
from media_node.control.subscription import ANSWER_SECONDS, MAX_LINES, MAX_UNANSWERED, Subscription
from media_node.forwarding.plane import Plane
from media_node.transport.dtls import Certificate, Fingerprint
from media_node.transport.forwarder import Forwarder
from media_node.transport.peer import Events, Peer, Place
from media_node.transport.port import Port
from media_node.transport.sdp import parse_offer
from tests.media_node.wire_client import WireClient

FINGERPRINTS = (Fingerprint("sha-256", ":".join(["00"] * 32)),)
NAMED = WireClient().request()["publish"]["streams"]
Publish = Callable[[str], list[Stream]]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    forwarder = Forwarder(Port("127.0.0.1", 0), Plane(Random(1)))
    yield Place(forwarder, Certificate(), "127.0.0.1")
    forwarder.port.close()


@pytest.fixture
async def new_peer(place: Place) -> AsyncIterator[Callable[[], Peer]]:
    made: list[Peer] = []

    def make() -> Peer:
        made.append(Peer(place, FINGERPRINTS, Events(lambda: None, lambda _: None)))
        return made[-1]

    yield make
    await asyncio.gather(*(task for peer in made if (task := peer.close())))


@pytest.fixture
def publish(place: Place, new_peer: Callable[[], Peer]) -> Publish:
    """`publish("ada")`: her four streams, microphone and camera sending."""

    def make(name: str) -> list[Stream]:
        body = WireClient().request()["publish"]
        plan = plan_publish(
            parse_offer(body["sdp"]),
            [PublishedStream.model_validate(stream) for stream in body["streams"]],
            participant_id=name,
            may_publish=frozenset(StreamType),
            existing={},
        )
        place.forwarder.plane.add_publisher(new_peer(), "room", plan.media)
        return list(plan.streams.values())

    return make


@pytest.fixture
def subscription(place: Place, new_peer: Callable[[], Peer]) -> Subscription:
    return Subscription(new_peer(), place.forwarder.plane)


def answer(sdp: str, *rejected: str) -> str:
    """An answer in the form the node reads: its m-lines, some of them rejected."""
    sections = re.split(r"(?=^m=)", sdp, flags=re.MULTILINE)
    return "".join(
        re.sub(r"^(m=\w+) 9", r"\1 0", part) if any(f"a=mid:{mid}\r" in part for mid in rejected) else part
        for part in sections
    )


def mids(sdp: str, direction: str) -> list[str]:
    parts = sdp.split("m=")[2:]
    return [part.split("a=mid:")[1].split("\r")[0] for part in parts if f"a={direction}\r" in part]


async def test_microphone_and_camera_get_a_line_and_an_idle_screen_none(
    subscription: Subscription, publish: Publish
) -> None:
    assert subscription.sync(publish("ada"), 0.0)
    sdp, slots = subscription.offer(0.0)
    assert [(slot.mid, slot.type) for slot in slots] == [
        ("0", StreamType.MICROPHONE),
        ("1", StreamType.CAMERA),
    ]
    assert sdp.index("m=application") < sdp.index("m=audio") < sdp.index("m=video")
    assert "a=group:BUNDLE d 0 1\r\n" in sdp
    assert "a=msid:ada " in sdp
    assert mids(sdp, "sendonly") == ["0", "1"]


async def test_one_offer_is_outstanding_and_the_next_has_all_that_changed(
    subscription: Subscription, publish: Publish
) -> None:
    ada, bob, cem = publish("ada"), publish("bob"), publish("cem")
    subscription.sync(ada, 0.0)
    first, _ = subscription.offer(0.0)
    subscription.sync(ada + bob, 1.0)
    subscription.sync(ada + bob + cem, 2.0)
    assert subscription.due_offer(2.0) is None
    assert subscription.answered(answer(first), 3.0)
    due = subscription.due_offer(3.0)
    assert due
    assert {slot.participant_id for slot in due[1]} == {"ada", "bob", "cem"}
    assert subscription.due_offer(3.0) is None
    assert not subscription.sync(ada + bob + cem, 4.0)


async def test_a_pause_keeps_the_line_of_a_camera_and_ends_that_of_a_screen(
    subscription: Subscription, publish: Publish
) -> None:
    streams = publish("ada")
    camera, screen = streams[1], streams[2]
    screen.paused = False
    subscription.sync(streams, 0.0)
    assert len(subscription.offer(0.0)[1]) == 3
    camera.paused = screen.paused = True
    assert subscription.sync(streams, 1.0)
    sdp, slots = subscription.offer(1.0)
    assert [slot.type for slot in slots] == [StreamType.MICROPHONE, StreamType.CAMERA]
    assert len(mids(sdp, "inactive")) == 1


async def test_lines_of_who_left_are_reused_and_do_not_grow(
    subscription: Subscription, publish: Publish
) -> None:
    for name in ("ada", "bob", "cem"):
        subscription.sync(publish(name), 0.0)
        sdp, slots = subscription.offer(0.0)
        assert sorted(slot.mid for slot in slots) == ["0", "1"]
        assert sdp.count("m=") == 3


async def test_an_unanswered_offer_is_sent_anew_and_the_third_is_the_last(
    subscription: Subscription, publish: Publish
) -> None:
    subscription.sync(publish("ada"), 0.0)
    subscription.offer(None)
    assert subscription.check_answer(1000.0)  # the channel is not open: nobody can answer
    subscription.opened(1000.0)
    now = 1000.0
    for _ in range(MAX_UNANSWERED - 1):
        assert subscription.check_answer(now + ANSWER_SECONDS)
        assert subscription.due_offer(now) is None
        now += ANSWER_SECONDS + 0.1
        assert subscription.check_answer(now)
        assert subscription.due_offer(now)
    assert not subscription.check_answer(now + ANSWER_SECONDS + 0.1)


async def test_a_rejected_line_is_not_used_again_nor_its_stream_offered(
    subscription: Subscription, publish: Publish
) -> None:
    ada = publish("ada")
    subscription.sync(ada, 0.0)
    sdp, _ = subscription.offer(0.0)
    assert subscription.answered(answer(sdp, "1"), 0.0)
    bob = publish("bob")
    subscription.sync(ada + bob, 1.0)
    sdp, slots = subscription.offer(1.0)
    assert [(slot.mid, slot.participant_id) for slot in slots] == [("0", "ada"), ("2", "bob"), ("3", "bob")]
    assert "a=group:BUNDLE d 0 2 3\r\n" in sdp
    assert "m=video 0 " in sdp


async def test_an_answer_nobody_waits_for_changes_nothing(
    subscription: Subscription, publish: Publish
) -> None:
    subscription.sync(publish("ada"), 0.0)
    sdp, _ = subscription.offer(0.0)
    assert subscription.answered(answer(sdp), 0.0)
    assert not subscription.answered(answer(sdp, "0", "1"), 0.0)
    assert not subscription.lines[0].rejected


async def test_more_streams_than_lines_leave_out_cameras_first(
    subscription: Subscription, publish: Publish
) -> None:
    everyone = [stream for number in range(40) for stream in publish(f"p{number}")]
    subscription.sync(everyone, 0.0)
    sdp, slots = subscription.offer(0.0)
    assert len(slots) == MAX_LINES
    assert sum(slot.type is StreamType.MICROPHONE for slot in slots) == 40
    assert len(sdp) < 64 * 1024
    # Who wants another camera gives up one first.
    shown = next(slot.stream_id for slot in slots if slot.type is StreamType.CAMERA)
    subscription.unsubscribe(shown)
    assert subscription.sync(everyone, 1.0)
    assert shown not in {slot.stream_id for slot in subscription.offer(1.0)[1]}


async def test_a_restart_offers_new_credentials_for_the_same_lines(
    subscription: Subscription, publish: Publish
) -> None:
    subscription.sync(publish("ada"), 0.0)
    before, slots = subscription.offer(0.0)
    subscription.restart_ice()
    after, again = subscription.offer(1.0)
    assert slots == again
    assert re.findall("a=ice-ufrag:(.*)", before)[0] != re.findall("a=ice-ufrag:(.*)", after)[0]
    version = [int(re.findall(r"o=- \d+ (\d+)", sdp)[0]) for sdp in (before, after)]
    assert version[1] > version[0]


async def test_a_stream_whose_codec_changes_is_another_stream(publish: Publish) -> None:
    camera = publish("ada")[1]
    offered = parse_offer(WireClient().request()["publish"]["sdp"].replace("VP8", "VP9"))
    plan = plan_publish(
        offered,
        [PublishedStream.model_validate(stream) for stream in NAMED],
        participant_id="ada",
        may_publish=frozenset(StreamType),
        existing={"1": camera},
    )
    assert plan.streams["1"].stream_id != camera.stream_id
