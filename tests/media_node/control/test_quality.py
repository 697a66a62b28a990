"""What the node files of each participant's media: its own view and the client's, whoever says what."""

import asyncio
import json
import math
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid4

import pytest

from convoke.analytics.model.measures import Forwarded, Measures, QualitySample
from convoke.errors import Problem
from convoke.media.model import NodeSessionRequest
from media_node.control import signalling
from media_node.control.quality import MAX_WAITING, Quality, _Seen, node_measures
from media_node.control.rooms import Rooms
from media_node.forwarding.contract import SlotStats, StreamStats
from media_node.forwarding.plane import Plane
from media_node.transport.dtls import Certificate
from media_node.transport.forwarder import Forwarder
from media_node.transport.peer import Place
from media_node.transport.port import Port
from tests.media_node.wire_client import WireClient

AT = datetime(2026, 11, 20, 10, 42, tzinfo=UTC)
ROOM, ADA, BOB = str(uuid4()), str(uuid4()), str(uuid4())


@dataclass
class Desk:
    """A node's quality with the ends of its wires in hand."""

    rooms: Rooms
    quality: Quality
    recorded: list[QualitySample] = field(default_factory=list)
    forwarded: list[Forwarded] = field(default_factory=list)
    away: bool = False


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    forwarder = Forwarder(Port("127.0.0.1", 0), Plane(Random(1)))
    forwarder.open()
    rooms = Rooms(Place(forwarder, Certificate(), "127.0.0.1"), "node")

    def record(samples: Sequence[QualitySample]) -> None:
        if made.away:
            raise ConnectionError("Cassandra is away")
        made.recorded += samples

    def forwarded(amounts: Sequence[Forwarded]) -> None:
        made.forwarded += amounts

    made = Desk(rooms, Quality(rooms, forwarder, record=record, forwarded=forwarded))
    yield made
    await rooms.stop()
    await made.quality.leave()
    forwarder.close()


def enter(desk: Desk, participant: str, room: str = ROOM) -> None:
    request = NodeSessionRequest.model_validate(WireClient().request())
    desk.rooms.connect(room, participant, request)


def says(desk: Desk, participant: str, message: object) -> None:
    """What the participant's data channel brings."""
    text = message if isinstance(message, str) else json.dumps(message)
    desk.rooms.rooms[ROOM].participants[participant]._receive(text)


def by_client(samples: Sequence[QualitySample]) -> dict[UUID, Measures]:
    return {sample.participant_id: sample.measures for sample in samples if sample.source == "client"}


async def test_a_report_is_filed_under_its_sender_at_the_nodes_time(desk: Desk) -> None:
    enter(desk, ADA)
    enter(desk, BOB)
    report = {
        "op": "report",
        "participant_id": BOB,
        "measures": {"audio_rtt": 31, "participant_id": BOB, "metric_time": "1999-01-01T00:00:00Z"},
    }
    says(desk, ADA, report)
    samples = desk.quality.look(time.monotonic(), AT)
    assert by_client(samples) == {UUID(ADA): Measures(audio_rtt=31)}
    assert {(sample.meeting_id, sample.at) for sample in samples} == {(UUID(ROOM), AT)}


async def test_a_report_is_filed_once_and_the_last_of_several_counts(desk: Desk) -> None:
    enter(desk, ADA)
    for number in range(5):
        says(desk, ADA, {"op": "report", "measures": {"audio_rtt": number}})
    assert by_client(desk.quality.look(1.0, AT)) == {UUID(ADA): Measures(audio_rtt=4)}
    assert by_client(desk.quality.look(2.0, AT)) == {}


@pytest.mark.parametrize(
    "measures",
    [
        '{"audio_rtt": NaN}',
        '{"audio_rtt": -1}',
        '{"audio_rtt": 1e400}',
        '{"audio_rtt": ' + "9" * 300 + "}",
        '{"audio_rtt": null}',
        '{"audio_rtt": "31"}',
        '{"audio_rtt": {"value": 31}}',
        "{}",
    ],
)
async def test_a_report_of_nothing_true_is_filed_as_none(desk: Desk, measures: str) -> None:
    enter(desk, ADA)
    says(desk, ADA, f'{{"op": "report", "measures": {measures}}}')
    assert by_client(desk.quality.look(1.0, AT)) == {}


@pytest.mark.parametrize(
    "text", ['{"op":"report"}', '{"op":"report","measures":[]}', '{"op":"report","measures":1}']
)
def test_what_is_no_report_is_refused(text: str) -> None:
    with pytest.raises(Problem, match="malformed_message"):
        signalling.parse(text)


async def test_the_node_adds_its_own_view_from_the_second_look_on(desk: Desk) -> None:
    enter(desk, ADA)
    now = time.monotonic()
    assert desk.quality.look(now, AT) == []
    (sample,) = desk.quality.look(now + 10, AT)
    assert (sample.source, sample.participant_id) == ("node", UUID(ADA))
    assert (sample.measures.uplink_bitrate, sample.measures.downlink_bitrate) == (0, 0)
    assert sample.measures.uplink_packet_loss is None


async def test_rooms_that_are_no_meetings_are_not_filed(desk: Desk) -> None:
    enter(desk, "ada", "room")
    desk.quality.look(1.0, AT)
    assert desk.quality.look(11.0, AT) == []


async def test_what_cannot_be_recorded_waits_and_is_recorded_later(desk: Desk) -> None:
    enter(desk, ADA)
    desk.away = True
    says(desk, ADA, {"op": "report", "measures": {"audio_rtt": 1}})
    desk.quality._waiting.extend(desk.quality.look(1.0, AT))
    await desk.quality._hand_over(desk.quality._octets_to_tell(1.0))
    assert desk.recorded == []
    desk.away = False
    await desk.quality._hand_over(desk.quality._octets_to_tell(2.0))
    assert by_client(desk.recorded) == {UUID(ADA): Measures(audio_rtt=1)}
    assert not desk.quality._waiting


async def test_what_waits_has_a_limit_and_the_newest_stays(desk: Desk) -> None:
    sample = QualitySample(UUID(ROOM), UUID(ADA), AT, "client", Measures())
    desk.quality._waiting.extend(sample for _ in range(MAX_WAITING))
    newest = replace(sample, measures=Measures(audio_rtt=1))
    desk.quality._waiting.append(newest)
    assert len(desk.quality._waiting) == MAX_WAITING
    assert desk.quality._waiting[-1] is newest


async def test_a_slow_store_does_not_hold_up_the_loop(desk: Desk) -> None:
    held = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(_: Sequence[QualitySample]) -> None:
        asyncio.run_coroutine_threadsafe(held.wait(), loop).result()

    desk.quality._record = slow
    desk.quality._waiting.append(QualitySample(UUID(ROOM), UUID(ADA), AT, "client", Measures(audio_rtt=1)))
    handing = asyncio.create_task(desk.quality._hand_over(desk.quality._octets_to_tell(0.0)))
    # The loop runs on while the store does not answer: only the loop itself can release it.
    await asyncio.sleep(0)
    enter(desk, ADA)
    held.set()
    await handing
    assert not desk.quality._waiting


def stream(**more: float) -> StreamStats:
    made = StreamStats("s", ROOM, "VP8", 1_000_000, 1000, 10, 1, 0, 1, False, ("",))
    return replace(made, **more)  # type: ignore[arg-type] # the names of its fields


def slot(**more: float) -> SlotStats:
    made = SlotStats("bob", "1", "s", None, 1000, 0, 0.0, 1_000_000, 0.002)
    return replace(made, **more)  # type: ignore[arg-type] # the names of its fields


def test_what_the_node_sees_is_what_changed_since_the_look_before() -> None:
    before = _Seen("x", 0.0, {"s": stream()}, {"1s": slot()})
    after = _Seen(
        "x",
        10.0,
        {"s": stream(packets=1990, lost=20, jitter=0.0125)},
        {"1s": slot(packets=1500, octets=2_250_000, fraction_lost=0.25)},
    )
    assert node_measures(before, after) == Measures(
        uplink_bitrate=1_000_000,
        uplink_packet_loss=1.0,
        uplink_jitter=12.5,
        downlink_bitrate=1_000_000,
        downlink_packet_loss=25.0,
        downlink_jitter=2.0,
    )


def test_counters_that_went_down_make_no_negative_numbers() -> None:
    before = _Seen("x", 0.0, {"s": stream()}, {"1s": slot()})
    after = _Seen("x", 10.0, {"s": stream(packets=5, lost=0)}, {"1s": slot(packets=3, octets=3000)})
    for value in vars_of(node_measures(before, after)):
        assert value is None or (isinstance(value, int | float) and value >= 0 and math.isfinite(value))


def vars_of(measures: Measures) -> list[object]:
    return [getattr(measures, name) for name in Measures.__dataclass_fields__]


async def test_bytes_of_whoever_has_gone_are_told_once(desk: Desk) -> None:
    enter(desk, ADA)
    desk.quality.look(1.0, AT)
    desk.quality._octets[ROOM, ADA] += 5000
    await desk.quality._hand_over(desk.quality._octets_to_tell(2.0))
    assert desk.forwarded == []  # still there: with everybody else's, every ten minutes
    desk.rooms.disconnect(ROOM, ADA)
    desk.quality.look(3.0, AT)
    for now in (3.0, 4.0):
        await desk.quality._hand_over(desk.quality._octets_to_tell(now))
    assert desk.forwarded == [Forwarded(UUID(ROOM), UUID(ADA), 5000)]
