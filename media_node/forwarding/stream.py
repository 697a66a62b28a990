"""One published stream: its layers in, its branches out, and which of them goes with which."""

from collections.abc import Callable, Hashable
from random import Random

from media_node.forwarding.codecs import inspector, outgoing
from media_node.forwarding.contract import (
    AUDIO_LEVEL,
    DEPENDENCY_DESCRIPTOR,
    MID,
    OUT_EXTENSIONS,
    Peer,
    PublishedMedia,
)
from media_node.forwarding.layer import Layer
from media_node.forwarding.outlet import Outlet
from media_node.forwarding.packet import Element, Media, pack_elements
from media_node.forwarding.slot import Branch, Viewing
from media_node.forwarding.speakers import Meter

_DESCRIPTOR_OUT = OUT_EXTENSIONS["video"][DEPENDENCY_DESCRIPTOR]


class Stream:
    """`ssrc` and `rtx_ssrc` are what every viewer who sees it for the first time gets."""

    def __init__(
        self, media: PublishedMedia, peer: Peer, room: Hashable, random: Random, outlet: Outlet
    ) -> None:
        self.peer, self.room, self.outlet, self._random = peer, room, outlet, random
        self.paused = media.paused
        self.ssrc, self.rtx_ssrc = random.getrandbits(31) << 1, random.getrandbits(31) << 1 | 1
        self.layers: dict[str | None, Layer] = {}
        self.ladder: list[Layer] = []  # lowest quality first
        self.branches: list[Branch] = []
        self._shared: dict[str | None, Branch] = {}
        self.waiting = False  # somebody waits for a key frame: a start, a switch, a resume
        self.meter = Meter()
        self.bitrate = 0
        self.octets_before = 0
        self.describe(media)

    def describe(self, media: PublishedMedia) -> None:
        """What the (re)answered m-line says; layers that run stay as they are."""
        self.media = media
        self.stream_id, self.video = media.stream_id, media.kind == "video"
        self.clock_rate = media.codec.clock_rate
        self.codec = outgoing(media.codec)
        self.payload_type = media.codec.payload_type
        self.repairable = "nack" in media.codec.rtcp_feedback
        self.fir_only = "ccm fir" in media.codec.rtcp_feedback and "nack pli" not in media.codec.rtcp_feedback
        self._inspect: Callable[[bytes], tuple[bool, int, int]] = inspector(media.codec.name)
        out = OUT_EXTENSIONS[media.kind]
        self._out_ids = {i: out[uri] for uri, i in media.extensions.items() if uri in out and uri != MID}
        self._level_id = media.extensions.get(AUDIO_LEVEL)

    # ------------------------------------------------------------------ layers

    def open_layer(self, rid: str | None, ssrc: int, now: float) -> Layer:
        """A new source, instead of an older one with the same rid: its viewers switch."""
        layer = self.layers[rid] = Layer(self, self.peer, rid, ssrc, self.outlet)
        layer.heard_at = now
        layer.expect_key(now)
        self.ladder = [self.layers[r] for r in sorted(self.layers, key=self._rank)]
        self.steer(now)
        return layer

    def choose(self, rid: str | None, now: float) -> Layer | None:
        """The wanted layer, or the nearest below it that sends; the best one for None."""
        ladder = self.ladder
        if len(ladder) < 2:
            return ladder[0] if ladder else None
        sending = [layer for layer in ladder if layer.alive(now)] or ladder
        if rid not in self.media.rids:
            return sending[-1]
        below = [layer for layer in sending if self._rank(layer.rid) <= self._rank(rid)]
        return below[-1] if below else sending[0]

    def _rank(self, rid: str | None) -> int:
        rids = self.media.rids
        return rids.index(rid) if rid in rids else -1

    def steer(self, now: float) -> None:
        """Set every branch on its way to the layer it should carry."""
        for branch in self.branches:
            best = None if self.paused else self.choose(branch.rid, now)
            target = best if best is not branch.layer else None
            if target is not None and target is not branch.target:
                target.want_key(now)
            branch.target = target
        self.waiting = any(b.target is not None or b.waiting for b in self.branches)

    def _link(self) -> None:
        """Each layer's branches as a tuple: what forwarding goes through."""
        for layer in {*self.layers.values(), *(b.layer for b in self.branches if b.layer is not None)}:
            layer.branches = tuple(b for b in self.branches if b.layer is layer and b.viewings)

    # ------------------------------------------------------------------ viewers

    def add(self, viewing: Viewing, rid: str | None, now: float) -> None:
        if viewing.slot.ssrc == self.ssrc:
            branch = self._shared.get(rid)
            if branch is None:
                branch = self._shared[rid] = self._branch(rid, self.ssrc)
        else:
            branch = self._branch(rid, viewing.slot.ssrc)
        viewing.branch = branch
        branch.waiting.append(viewing)
        self.steer(now)
        source = branch.target or branch.layer
        if source is not None:
            source.want_key(now)

    def _branch(self, rid: str | None, ssrc: int) -> Branch:
        # A start in the lower half leaves 32,768 packets until the SRTP rollover (RFC 3711 section 3.3.1).
        branch = Branch(rid, ssrc, self._random.getrandbits(15), self.clock_rate)
        self.branches.append(branch)
        return branch

    def remove(self, viewing: Viewing) -> None:
        branch = viewing.branch
        viewing.leave()
        if branch is None:
            return
        for members in (branch.viewings, branch.waiting):
            if viewing in members:
                members.remove(viewing)
        branch.regroup()
        if not branch.viewings and not branch.waiting:
            self.branches.remove(branch)
            if self._shared.get(branch.rid) is branch:
                del self._shared[branch.rid]
        self._link()

    def select(self, viewing: Viewing, rid: str | None, now: float) -> None:
        """A viewer's own choice: who has seen packets already goes on under the same numbers, alone."""
        branch = viewing.branch
        if branch is None or branch.rid == rid:
            return
        alone = len(branch.viewings) + len(branch.waiting) == 1 and branch not in self._shared.values()
        if alone:
            branch.rid = rid
        elif not viewing.joined:
            self.remove(viewing)
            self.add(viewing, rid, now)
        else:
            other = branch.fork(rid, viewing.slot.ssrc)
            self.branches.append(other)
            self.remove(viewing)
            viewing.join(other)
            other.viewings.append(viewing)
            other.regroup()
            self._link()
        self.steer(now)

    def pause(self, now: float, *, paused: bool) -> None:
        if paused == self.paused:
            return
        self.paused = paused
        if paused:
            for layer in self.ladder:
                self.outlet.wanting.discard(layer)
            for branch in self.branches:
                branch.stop()
            self._link()
        self.steer(now)

    # ------------------------------------------------------------------ packets

    def take(  # noqa: PLR0917 - hot: keyword arguments would double the call's cost
        self,
        layer: Layer,
        extended: int,
        second: int,
        timestamp: int,
        packet: bytes,
        elements: list[Element],
        payload: bytes,
        now: float,
    ) -> None:
        """Hot, once per ingress packet (5 µs with routing): take it apart, hand it to each branch."""
        kept: list[tuple[int, bytes]] = []
        out_ids = self._out_ids
        level_id = self._level_id
        for ident, start, stop in elements:
            out = out_ids.get(ident)
            if out:
                kept.append((out, packet[start:stop]))
                if ident == level_id and start < stop:
                    self.meter.hear(packet[start], now)
        joined, two_byte = pack_elements(kept) if kept else (b"", False)
        media = Media(
            extended - layer.shift if extended == layer.highest else layer.number(extended),
            second & 0x80 | self.codec.payload_type,
            timestamp,
            joined,
            payload,
            two_byte=two_byte,
        )
        media.arrived = layer.heard_at = now
        # By number: padding that came before it and was left out does not make a packet late.
        if layer.newest is None or media.number > layer.newest.number:
            layer.newest = media
            layer.timed(timestamp, now)
        layer.packets += 1
        layer.octets += len(payload)
        opens = True
        if self.video:
            opens = self._look_inside(layer, media, kept)
        if opens and self.waiting and not self.paused:
            self._open(layer, media)
        rtp = self.outlet.rtp
        for branch in layer.branches:
            branch.forward(media, rtp)

    def _look_inside(self, layer: Layer, media: Media, kept: list[tuple[int, bytes]]) -> bool:
        cache = layer.cache
        if cache is not None:
            cache.put(media)
        at = 0
        for ident, value in kept:
            at += 2 if media.two_byte else 1
            if ident == _DESCRIPTOR_OUT and len(value) >= 3:
                media.frame_at = at + 1  # the frame number follows the first byte
            at += len(value)
        try:
            media.key, media.picture_at, media.tl0_at = self._inspect(media.payload)
        except IndexError:  # shorter than its own descriptor says
            return False
        if media.key:
            layer.key_came(media.timestamp)
        return media.key

    def _open(self, layer: Layer, media: Media) -> None:
        """A key frame starts (or any audio packet came): those who waited for this layer get in."""
        for branch in list(self.branches):
            if branch.target is layer:
                branch.start(layer, media)
                branch.take_in()
            elif branch.layer is layer and branch.waiting:
                if branch.late_for_wrap(media):
                    self._open_afresh(branch, layer, media)
                else:
                    branch.take_in()
        self._link()
        self.waiting = any(b.target is not None or b.waiting for b in self.branches)

    def _open_afresh(self, branch: Branch, layer: Layer, media: Media) -> None:
        """Shortly before the sequence wrap newcomers get numbers of their own, from low ones on."""
        fresh = self._branch(branch.rid, branch.ssrc)
        fresh.waiting, branch.waiting = branch.waiting, []
        fresh.start(layer, media)
        fresh.take_in()
