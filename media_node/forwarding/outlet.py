"""What every part of the plane writes to: packets going out, timers falling due, and counts."""

from collections import Counter
from typing import TYPE_CHECKING

from media_node.forwarding.contract import Peer

if TYPE_CHECKING:
    from media_node.forwarding.layer import Layer


class Outlet:
    """One per plane. `ssrc` is the node's own, as sender of feedback."""

    __slots__ = ("counters", "deadline", "gaps", "rtcp", "rtp", "ssrc", "wanting")

    def __init__(self, ssrc: int) -> None:
        self.ssrc = ssrc
        self.rtp: list[tuple[bytes, tuple[Peer, ...]]] = []
        self.rtcp: list[tuple[bytes, Peer]] = []
        self.counters: Counter[str] = Counter()
        self.gaps: set[Layer] = set()  # layers that miss packets which can still be asked for
        self.wanting: set[Layer] = set()  # layers of which a key frame is awaited
        self.deadline = 0.0

    def due(self, moment: float) -> None:
        self.deadline = min(self.deadline, moment)
