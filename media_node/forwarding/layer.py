"""One incoming RTP stream: its numbering, its gaps and their NACKs, its key frames, its receiver reports."""

from collections import deque
from typing import TYPE_CHECKING

from media_node.forwarding.cache import Cache
from media_node.forwarding.contract import Peer
from media_node.forwarding.outlet import Outlet
from media_node.forwarding.packet import Media
from media_node.forwarding.rtcp import ReportBlock, SenderReport, pack_fir, pack_nack, pack_pli

if TYPE_CHECKING:
    from media_node.forwarding.slot import Branch
    from media_node.forwarding.stream import Stream

MAX_GAP = 500  # packets: more is a new start, not a loss
REORDER_SECONDS = 0.01  # a packet may come this much after its successor without being asked for
RETRY_SECONDS = (
    0.04,
    0.08,
    0.15,
    0.25,
    0.4,
)  # to the next try; Chromium repeats no packet within a round trip
EARLY, EARLY_SECONDS = 8, 0.1  # packets before the first one that are let in if they come so much later
KEY_SECONDS = 0.5  # between key frame requests to one source
KEY_GRACE_SECONDS = 0.15  # that a new source's own key frame may take
KEY_SECONDS_MAX = 4.0  # between repetitions that nobody answers
ALIVE_SECONDS = 1.5


class Layer:
    """A publisher's SSRC. `missing`: extended number → [next try, tries so far; -1: only waited for]."""

    def __init__(self, stream: "Stream", peer: Peer, rid: str | None, ssrc: int, outlet: Outlet) -> None:
        self.stream, self.peer, self.rid, self.ssrc, self.outlet = stream, peer, rid, ssrc, outlet
        self.repair: bytes | None = None  # SSRC of its retransmissions, as in the packet
        self.highest = self.first = -1
        self.shift = 0  # packets left out so far
        self._left_out: deque[tuple[int, int]] = deque(maxlen=MAX_GAP)  # where, and the shift before
        self._restart = -1
        self.missing: dict[int, list[float]] = {}
        self.newest: Media | None = None
        self.heard_at = float("-inf")
        self.cache = Cache() if stream.video else None
        self.branches: tuple[Branch, ...] = ()
        self.packets = self.octets = self.received = self.recovered = self.lost = 0
        self.key_frames = self.key_requests = 0
        self._key_timestamp = -1
        self._key_asked_at = float("-inf")
        self._key_tries = 0
        self._jitter = 0.0
        self._transit: int | None = None
        self._reported = (0, 0)
        self.report: SenderReport | None = None
        self.reported_at = 0.0

    # ------------------------------------------------------------------ numbers

    def accept(self, sequence: int, now: float) -> int:
        """The extended sequence number; 0 for a packet that was there already or comes far too late."""
        highest = self.highest
        if highest < 0:
            highest = self._begin(sequence, now)
        step = sequence - highest & 0xFFFF
        if step == 1:
            self.highest = extended = highest + 1
        elif step == 0:
            return 0
        elif step <= MAX_GAP:
            self.highest = extended = highest + step
            due = now + REORDER_SECONDS
            for absent in range(highest + 1, extended):
                self.missing[absent] = [due, 0]
            self.outlet.gaps.add(self)
            self.outlet.due(due)
        else:
            extended = highest - (0x10000 - step)
            if self.missing.pop(extended, None) is None and not (
                extended := self._begin_anew(sequence, step)
            ):
                return 0
            self.first = min(self.first, extended)
        self.received += 1
        return extended

    def _begin(self, sequence: int, now: float) -> int:
        """The first packet to arrive need not be the first: a key frame's start may come just after it."""
        highest = self.highest = sequence + 0xFFFF
        self.first = highest + 1
        for early in range(self.first - EARLY, self.first):
            self.missing[early] = [now + EARLY_SECONDS, -1]
        self.outlet.gaps.add(self)
        self.outlet.due(now + EARLY_SECONDS)
        return highest

    def _begin_anew(self, sequence: int, step: int) -> int:
        """A far jump counts only when its successor follows (RFC 3550 A.1); viewers see no gap then."""
        if 0x10000 - step <= MAX_GAP:
            return 0
        if sequence != self._restart:
            self._restart = sequence + 1 & 0xFFFF
            return 0
        self._left_out.append((self.highest + step, self.shift))
        self.highest += step
        self.shift += step - 1
        self.first += step - 1
        self.missing.clear()
        return self.highest

    def number(self, extended: int) -> int:
        """The packet's number among those not left out."""
        shift = self.shift
        if extended != self.highest:
            for where, before in reversed(self._left_out):
                if extended >= where:
                    break
                shift = before
        return extended - shift

    def leave_out(self, extended: int) -> bool:
        """Whether this packet can vanish without a gap: only when none after it has been numbered."""
        if extended != self.highest:
            return False
        self._left_out.append((extended, self.shift))
        self.shift += 1
        return True

    def timed(self, timestamp: int, now: float) -> None:
        """Interarrival jitter (RFC 3550 A.8)."""
        transit = int(now * self.stream.clock_rate) - timestamp & 0xFFFFFFFF
        if self._transit is not None:
            difference = (transit - self._transit + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            self._jitter += (abs(difference) - self._jitter) / 16
        self._transit = transit

    @property
    def jitter(self) -> float:
        """In seconds."""
        return self._jitter / self.stream.clock_rate

    # ------------------------------------------------------------------ gaps

    def ask_again(self, now: float) -> float:
        """NACK what is missing and due; → when the next one is due. What never came costs a key frame."""
        wanted: list[int] = []
        over: list[int] = []
        next_due = float("inf")
        retry = self.stream.repairable
        for number, entry in self.missing.items():
            if entry[0] <= now:
                tries = int(entry[1])
                if not 0 <= tries < len(RETRY_SECONDS):
                    over.append(number)
                    continue
                if retry:
                    wanted.append(number)
                entry[0], entry[1] = now + RETRY_SECONDS[tries], tries + 1
            next_due = min(next_due, entry[0])
        if wanted:
            packet = pack_nack(self.outlet.ssrc, self.ssrc, sorted(wanted))
            self.outlet.rtcp.append((packet, self.peer))
            self.outlet.counters["nacks_sent"] += len(wanted)
        lost = sum(1 for number in over if self.missing.pop(number)[1] > 0)
        if lost:
            self.lost += lost
            self.want_key(now)
        return next_due

    def is_awaited(self, number: int) -> bool:
        """Whether the packet with this number may still come from the publisher."""
        return any(self.number(extended) == number for extended in self.missing)

    # ------------------------------------------------------------------ key frames

    def want_key(self, now: float) -> None:
        """Somebody needs a key frame: ask now, or as soon as the last request is half a second old."""
        if self.stream.video and not self.stream.paused:
            self.outlet.wanting.add(self)
            self._key_tries = 0
            self.outlet.due(self.ask_key(now))

    def ask_key(self, now: float) -> float:
        """Send the request if it is due; → when it is due next. Repetitions double up to four seconds."""
        wait = min(KEY_SECONDS * (1 << max(0, self._key_tries - 1)), KEY_SECONDS_MAX)
        if now >= self._key_asked_at + wait:
            self._key_asked_at = now
            self._key_tries = min(self._key_tries + 1, 8)
            self.key_requests += 1
            node = self.outlet.ssrc
            if self.stream.fir_only:
                packet = pack_fir(node, self.ssrc, self.key_requests)
            else:
                packet = pack_pli(node, self.ssrc)
            self.outlet.rtcp.append((packet, self.peer))
            wait = min(KEY_SECONDS * (1 << self._key_tries - 1), KEY_SECONDS_MAX)
        return self._key_asked_at + wait

    def expect_key(self, now: float) -> None:
        """A new source begins with a key frame by itself; asking at once would cost a second one."""
        self._key_asked_at = now + KEY_GRACE_SECONDS - KEY_SECONDS

    def key_came(self, timestamp: int) -> None:
        if timestamp != self._key_timestamp:
            self._key_timestamp = timestamp
            self.key_frames += 1
            self._key_tries = 0
            self.outlet.wanting.discard(self)

    def alive(self, now: float) -> bool:
        return now - self.heard_at < ALIVE_SECONDS

    # ------------------------------------------------------------------ reports

    def block(self, now: float) -> ReportBlock:
        """Its reception report; what only RTX brought counts as lost: the publisher's estimate wants that."""
        expected = self.highest - self.first + 1
        arrived = self.received - self.recovered
        before_expected, before_arrived = self._reported
        self._reported = (expected, arrived)
        recent = expected - before_expected
        lost = max(0, recent - (arrived - before_arrived))
        last = delay = 0
        if self.report is not None:
            last = self.report.ntp >> 16 & 0xFFFFFFFF
            delay = min(int((now - self.reported_at) * 65536), 0xFFFFFFFF)
        return ReportBlock(
            self.ssrc,
            min(255, lost * 256 // recent) if recent > 0 else 0,
            expected - arrived,
            self.highest - 0x10000 & 0xFFFFFFFF,
            int(self._jitter),
            last,
            delay,
        )
