"""What one participant receives: the m-lines of its subscribe connection and their renegotiation.

One offer is outstanding at a time; what changes meanwhile marks the subscription dirty for the next one.
"""

import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from convoke.media.model import StreamType, SubscribeSlot
from media_node.control.stream import Stream
from media_node.forwarding.contract import ForwardingPlane, Slot
from media_node.transport.describe import Line, subscribe_offer
from media_node.transport.peer import Peer
from media_node.transport.sdp import rejected_mids

ANSWER_SECONDS = 10.0
MAX_UNANSWERED = 3
MAX_LINES = 60  # a line is about 900 bytes of SDP, and an offer must stay under 64 KiB
# What is kept when there are more streams than lines: to hear everyone comes before seeing everyone.
IMPORTANCE = {
    StreamType.MICROPHONE: 0,
    StreamType.SCREEN: 1,
    StreamType.SCREEN_AUDIO: 2,
    StreamType.CAMERA: 3,
}


@dataclass(slots=True)
class _Outstanding:
    mids: tuple[str, ...]
    since: float | None  # None while the channel that carries the answer is not open


class Subscription:
    """Slots policy and offer/answer state of one subscribe peer."""

    def __init__(self, peer: Peer, plane: ForwardingPlane) -> None:
        self.peer = peer
        self._plane = plane
        self.lines: list[Line] = []
        self._streams: dict[str, Stream] = {}  # by stream id: those that have an active line
        self._unwanted: set[str] = set()
        self._outstanding: deque[_Outstanding] = deque()
        self._dirty = False
        self._unanswered = 0
        self._session = secrets.randbits(62)
        self._version = 0
        plane.add_subscriber(peer)

    def sync(self, streams: Iterable[Stream], now: float) -> bool:
        """Gives a line to each stream that should have one, takes it from the others; whether any changed."""
        wanted = [s for s in streams if s.stream_id not in self._unwanted and s.wants_slot]
        wanted = sorted(wanted, key=lambda s: IMPORTANCE[s.type])[:MAX_LINES]
        ids = {stream.stream_id for stream in wanted}
        changed = False
        for line in self.lines:
            if line.active and line.slot.stream_id not in ids:
                self._vacate(line)
                changed = True
        for stream in wanted:
            if stream.stream_id not in self._streams:
                changed = self._occupy(stream, now) or changed
        self._dirty = self._dirty or changed
        return changed

    def unsubscribe(self, stream_id: str) -> None:
        self._unwanted.add(stream_id)

    def subscribe(self, stream_id: str) -> None:
        self._unwanted.discard(stream_id)

    def has(self, stream_id: str) -> bool:
        return stream_id in self._streams

    def keep_only(self, stream_ids: set[str]) -> None:
        """Forgets wishes about streams that are gone."""
        self._unwanted &= stream_ids

    def offer(self, now: float | None) -> tuple[str, list[SubscribeSlot]]:
        """A description of all lines, from now on outstanding. `now` is None before the channel is open."""
        self._version += 1
        self._dirty = False
        active = [line for line in self.lines if line.active]
        self._outstanding.append(_Outstanding(tuple(line.mid for line in active), now))
        sdp = subscribe_offer(self.peer.endpoint, self.lines, session=self._session, version=self._version)
        return sdp, [self._described(line) for line in active]

    def due_offer(self, now: float) -> tuple[str, list[SubscribeSlot]] | None:
        """The next offer, if something changed and none is outstanding."""
        return self.offer(now) if self._dirty and not self._outstanding else None

    def answered(self, sdp: str, now: float) -> bool:
        """Takes the answer to the oldest offer; False if none was outstanding. Raises MalformedSdp.

        Lines that the client rejects lose their stream for good: it cannot decode that codec.
        """
        rejected = rejected_mids(sdp)
        if not self._outstanding:
            return False
        mids = self._outstanding.popleft().mids
        if self._outstanding:
            self._outstanding[0].since = now
        self._unanswered = 0
        for line in self.lines:
            if line.mid in rejected and line.mid in mids and line.active:
                self._unwanted.add(line.slot.stream_id)
                self._vacate(line)
                line.rejected = True
        live = [line.mid for line in self.lines if line.active and line.mid in mids]
        self._plane.confirm_slots(self.peer, live)
        return True

    def opened(self, now: float) -> None:
        """The channel is open: time runs for the answers that are to come over it."""
        for outstanding in self._outstanding:
            outstanding.since = now

    def restart_ice(self) -> None:
        """New credentials; an offer on its way with the old ones is followed by one with the new."""
        self.peer.restart_ice()
        self._dirty = True

    def forget_outstanding(self) -> None:
        """A restart over the control API overtakes offers on the dead path: they need no answer any more."""
        self._outstanding.clear()

    def check_answer(self, now: float) -> bool:
        """Gives up an offer unanswered for 10 s so that it is sent anew; False after the third in a row."""
        if self._outstanding:
            since = self._outstanding[0].since
            if since is not None and now - since > ANSWER_SECONDS:
                self._outstanding.clear()
                self._dirty = True
                self._unanswered += 1
        return self._unanswered < MAX_UNANSWERED

    def _occupy(self, stream: Stream, now: float) -> bool:
        kind = stream.media.kind
        free = (line for line in self.lines if not (line.active or line.rejected) and line.slot.kind == kind)
        line = next(free, None)
        if line is None and len(self.lines) >= MAX_LINES:
            return False
        mid = line.mid if line else str(len(self.lines))
        slot: Slot = self._plane.add_slot(self.peer, mid, stream.stream_id, now)
        if line is None:
            self.lines.append(Line(mid, slot, stream.participant_id))
        else:
            line.slot, line.participant_id, line.active = slot, stream.participant_id, True
        self._streams[stream.stream_id] = stream
        return True

    def _vacate(self, line: Line) -> None:
        self._plane.remove_slot(self.peer, line.mid)
        self._streams.pop(line.slot.stream_id, None)
        line.active = False

    def _described(self, line: Line) -> SubscribeSlot:
        stream = self._streams[line.slot.stream_id]
        return SubscribeSlot(
            mid=line.mid,
            stream_id=stream.stream_id,
            participant_id=stream.participant_id,
            type=stream.type,
        )
