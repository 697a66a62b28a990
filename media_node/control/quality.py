"""How media fares, per participant every 10 s: what the client reported and what this node sees itself.

Recording blocks (Cassandra, PostgreSQL) and has a thread of its own; what cannot be recorded now waits here,
up to a limit, and the oldest is let go. Times are the node's, whatever a client's clock says.
"""

import asyncio
import logging
import re
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from convoke.analytics.model.measures import REPORT_SECONDS, Forwarded, Measures, QualitySample
from convoke.analytics.model.report import clean
from media_node.control.participant import Participant
from media_node.control.rooms import Rooms
from media_node.forwarding.contract import PlaneStats, SlotStats, StreamStats
from media_node.transport.forwarder import Forwarder

# Ten minutes of 400 participants, two rows each in 10 s: about 20 MB.
MAX_WAITING = 48_000
FORWARDED_SECONDS = 600.0
LEAVE_SECONDS = 5.0
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

logger = logging.getLogger(__name__)

RecordQuality = Callable[[Sequence[QualitySample]], None]
RecordForwarded = Callable[[Sequence[Forwarded]], None]
_Who = tuple[str, str]  # meeting and participant


@dataclass(slots=True)
class _Seen:
    """The counters of a session at the last look, by stream or slot."""

    session_id: str
    at: float
    sent: dict[str, StreamStats] = field(default_factory=dict)
    received: dict[str, SlotStats] = field(default_factory=dict)


class Quality:
    """Looks from `run()`; a record that fails is logged once and tried again with the next."""

    def __init__(
        self, rooms: Rooms, forwarder: Forwarder, *, record: RecordQuality, forwarded: RecordForwarded
    ) -> None:
        self._rooms = rooms
        self._forwarder = forwarder
        self._record = record
        self._tell_forwarded = forwarded
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="quality")
        self._seen: dict[_Who, _Seen] = {}
        self._waiting: deque[QualitySample] = deque(maxlen=MAX_WAITING)
        self._octets: Counter[_Who] = Counter()
        self._octets_due = time.monotonic() + FORWARDED_SECONDS
        self._failing = False

    async def run(self) -> None:
        """Looks and records until cancelled."""
        due = time.monotonic()
        while True:
            due = max(due + REPORT_SECONDS, time.monotonic())
            await asyncio.sleep(due - time.monotonic())
            now = time.monotonic()
            self._waiting.extend(self.look(now, datetime.now(UTC)))
            await self._hand_over(self._octets_to_tell(now))

    async def leave(self) -> None:
        """Hands over what is left; gives up after 5 s."""
        self.look(time.monotonic(), datetime.now(UTC))
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                await self._hand_over(self._octets)
        self._thread.shutdown(wait=False)

    def look(self, now: float, at: datetime) -> list[QualitySample]:
        """One sample of each side for each participant; `now` of the monotonic clock, `at` the moment."""
        plane = self._forwarder.plane.stats(now)
        streams = {stream.stream_id: stream for stream in plane.streams}
        slots = _by_subscriber(plane)
        samples: list[QualitySample] = []
        here: dict[_Who, _Seen] = {}
        for room in self._rooms.rooms.values():
            for participant in room.participants.values():
                who = (participant.meeting_id, participant.participant_id)
                here[who] = seen = _Seen(
                    participant.session_id,
                    now,
                    {s.stream_id: streams[s.stream_id] for s in _published(participant, streams)},
                    {
                        slot.mid + slot.stream_id: slot
                        for slot in slots.get(participant.subscription.peer, ())
                    },
                )
                samples += self._samples(who, participant, seen, at)
        self._seen = here
        return samples

    def _samples(
        self, who: _Who, participant: Participant, seen: _Seen, at: datetime
    ) -> Iterable[QualitySample]:
        said, participant.reported = participant.reported, None
        before = self._seen.get(who)
        if before is None or before.session_id != seen.session_id:
            before = _Seen(seen.session_id, seen.at)
        self._octets[who] += sum(_more(slot, before.received.get(key)) for key, slot in seen.received.items())
        if not _UUID.fullmatch(who[0]) or not _UUID.fullmatch(who[1]):
            return  # a test's room: nothing to file it under
        meeting_id, participant_id = UUID(who[0]), UUID(who[1])
        if said is not None and (measures := clean(said)) != Measures():
            yield QualitySample(meeting_id, participant_id, at, "client", measures)
        if seen.at > before.at:
            yield QualitySample(meeting_id, participant_id, at, "node", node_measures(before, seen))

    def _octets_to_tell(self, now: float) -> Counter[_Who]:
        """Of whoever has gone, and every ten minutes of everybody: an event per person, not per look."""
        if now >= self._octets_due:
            self._octets_due = now + FORWARDED_SECONDS
            return Counter(self._octets)
        return Counter({who: octets for who, octets in self._octets.items() if who not in self._seen})

    async def _hand_over(self, octets: Counter[_Who]) -> None:
        loop = asyncio.get_running_loop()
        batch = list(self._waiting)
        told = [
            Forwarded(UUID(room), UUID(participant), count)
            for (room, participant), count in octets.items()
            if count and _UUID.fullmatch(room) and _UUID.fullmatch(participant)
        ]
        try:
            if told:
                await loop.run_in_executor(self._thread, self._tell_forwarded, told)
            for who, count in octets.items():
                self._octets[who] -= count
            self._octets = +self._octets
            if batch:
                await loop.run_in_executor(self._thread, self._record, batch)
                self._waiting.clear()
            self._failing = False
        except Exception as error:
            # Once, not every ten seconds: without Cassandra everything else goes on.
            log = logger.debug if self._failing else logger.warning
            log("quality is not recorded", extra={"reason": repr(error), "waiting": len(self._waiting)})
            self._failing = True


def node_measures(before: _Seen, after: _Seen) -> Measures:
    """What the node sees between two looks: uplink from what came in, downlink from what went out."""
    seconds = after.at - before.at
    packets = lost = 0
    for key, stream in after.sent.items():
        old = before.sent.get(key)
        packets += max(0, stream.packets - (old.packets if old else 0))
        lost += max(0, stream.lost - (old.lost if old else 0))
    slots = [(slot, before.received.get(key)) for key, slot in after.received.items()]
    # Weighed by packets: a silent camera's line must not hide a lossy voice, nor the other way round.
    flowing = [
        (slot, count) for slot, old in slots if (count := slot.packets - (old.packets if old else 0)) > 0
    ]
    sent = sum(count for _, count in flowing)
    return Measures(
        uplink_bitrate=sum(stream.bitrate for stream in after.sent.values()),
        uplink_packet_loss=round(100 * lost / (packets + lost), 2) if packets + lost else None,
        uplink_jitter=_milliseconds([stream.jitter for stream in after.sent.values()]) if packets else None,
        downlink_bitrate=round(8 * sum(_more(slot, old) for slot, old in slots) / seconds),
        downlink_packet_loss=(
            round(100 * sum(slot.fraction_lost * count for slot, count in flowing) / sent, 2)
            if sent
            else None
        ),
        downlink_jitter=_milliseconds([slot.jitter for slot, _ in flowing]) if sent else None,
    )


def _by_subscriber(plane: PlaneStats) -> dict[object, list[SlotStats]]:
    slots: dict[object, list[SlotStats]] = defaultdict(list)
    for slot in plane.slots:
        slots[slot.subscriber].append(slot)
    return slots


def _published(participant: Participant, streams: dict[str, StreamStats]) -> list[StreamStats]:
    return [streams[s.stream_id] for s in participant.streams.values() if s.stream_id in streams]


def _more(slot: SlotStats, before: SlotStats | None) -> int:
    """Bytes since the look before; a count that went down belongs to a new slot."""
    more = slot.octets - (before.octets if before else 0)
    return more if more >= 0 else slot.octets


def _milliseconds(seconds: Sequence[float]) -> float:
    return round(1000 * max(seconds, default=0.0), 2)
