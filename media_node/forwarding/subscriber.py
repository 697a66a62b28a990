"""A subscribe connection: its slots, and what its feedback asks of the node."""

from media_node.forwarding import rtcp
from media_node.forwarding.contract import Peer
from media_node.forwarding.layer import KEY_SECONDS
from media_node.forwarding.outlet import Outlet
from media_node.forwarding.slot import Viewing

# A viewer may have this many packets repeated: a fifth of 8 Mbit/s, and a burst of a third of a second of it.
REPAIRS_PER_SECOND, REPAIRS_AT_ONCE = 200.0, 300.0


class Subscriber:
    """`used`: SSRCs that were ever its slots'. `open`: its keys are known, packets may go out."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.is_open = False
        self.viewings: dict[str, Viewing] = {}
        self.used: set[int] = set()
        self.remb: int | None = None
        self._by_ssrc: dict[int, Viewing] = {}

    def open(self, now: float) -> None:
        if not self.is_open:
            self.is_open = True
            for viewing in self.viewings.values():
                viewing.stream.add(viewing, viewing.rid, now)

    def add(self, viewing: Viewing, now: float) -> None:
        slot = viewing.slot
        self.viewings[slot.mid] = self._by_ssrc[slot.ssrc] = viewing
        self.used.add(slot.ssrc)
        if slot.rtx_ssrc is not None:
            self.used.add(slot.rtx_ssrc)
        if self.is_open:
            viewing.stream.add(viewing, viewing.rid, now)

    def remove(self, mid: str) -> tuple[int, int]:
        """→ the packets and payload octets that it was sent."""
        viewing = self.viewings.pop(mid, None)
        if viewing is None:
            return 0, 0
        del self._by_ssrc[viewing.slot.ssrc]
        sent = viewing.sent()
        viewing.stream.remove(viewing)
        return sent

    def hear(self, piece: rtcp.Piece, outlet: Outlet, now: float) -> None:
        """One packet of its RTCP."""
        kind, fmt, body = piece
        if kind in (rtcp.SR, rtcp.RR):
            self._note_loss(rtcp.report_blocks(piece))
        elif kind == rtcp.RTPFB and fmt == rtcp.NACK:
            viewing = self._by_ssrc.get(rtcp.media_ssrc(body))
            for sequence in rtcp.nack_numbers(body) if viewing is not None else ():
                self._repeat(viewing, sequence, outlet, now)
        elif kind == rtcp.PSFB and fmt in (rtcp.PLI, rtcp.FIR):
            for ssrc in [rtcp.media_ssrc(body)] if fmt == rtcp.PLI else rtcp.fir_ssrcs(body):
                self._ask_key(self._by_ssrc.get(ssrc), outlet, now)
        elif kind == rtcp.PSFB and fmt == rtcp.APPLICATION:
            self.remb = rtcp.remb_bitrate(body) or self.remb

    def _note_loss(self, blocks: list[rtcp.ReportBlock]) -> None:
        for block in blocks:
            viewing = self._by_ssrc.get(block.ssrc)
            if viewing is not None:
                viewing.fraction_lost, viewing.jitter = block.fraction / 256, block.jitter

    @staticmethod
    def _ask_key(viewing: Viewing | None, outlet: Outlet, now: float) -> None:
        """A viewer without the key of an encrypted stream asks without end: twice a second is heard."""
        outlet.counters["key_requests_heard"] += 1
        if viewing is None or viewing.branch is None or now - viewing.key_asked_at < KEY_SECONDS:
            return
        layer = viewing.branch.target or viewing.branch.layer
        if layer is not None:
            viewing.key_asked_at = now
            layer.want_key(now)

    @staticmethod
    def _repeat(viewing: Viewing | None, sequence: int, outlet: Outlet, now: float) -> None:
        """Answer a NACK from the cache. A miss costs a key frame: Chromium asks for one after 3 s only."""
        if viewing is None or viewing.slot.rtx_ssrc is None or viewing.branch is None or not viewing.joined:
            return
        rtx_ssrc, branch = viewing.slot.rtx_ssrc, viewing.branch
        found = branch.find(sequence)
        if found is None:
            return
        numbering, media, number = found
        layer = numbering.layer
        if media is None:
            if not layer.is_awaited(number):  # else it will be forwarded when the publisher repeats it
                outlet.counters["cache_misses"] += 1
                (branch.target or branch.layer or layer).want_key(now)
            return
        if not viewing.may_repeat(now, REPAIRS_PER_SECOND, REPAIRS_AT_ONCE):
            return
        viewing.rtx_sequence = viewing.rtx_sequence + 1 & 0xFFFF
        mid = b"" if viewing.confirmed else viewing.mid
        packet = numbering.repair(media, viewing.rtx_sequence, rtx_ssrc, mid)
        viewing.retransmitted += 1
        outlet.counters["retransmitted"] += 1
        outlet.rtp.append((packet, (viewing.subscriber,)))
