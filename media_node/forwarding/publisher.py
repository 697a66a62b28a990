"""A publish connection: which packet belongs to which stream and layer, and what it gets told of them."""

from collections.abc import Hashable
from random import Random

from media_node.forwarding.contract import MID, RID, RRID, TRANSPORT_WIDE, Peer, PublishedMedia
from media_node.forwarding.feedback import Recorder
from media_node.forwarding.layer import Layer
from media_node.forwarding.outlet import Outlet
from media_node.forwarding.packet import HEAD, Element, split
from media_node.forwarding.rtcp import MAX_BLOCKS, SenderReport, pack_receiver_report
from media_node.forwarding.stream import Stream


class Publisher:
    """`sources`: SSRC as in the packet → its layer, and whether it carries that layer's retransmissions."""

    def __init__(self, peer: Peer, room: Hashable, outlet: Outlet) -> None:
        self.peer, self.room, self.outlet = peer, room, outlet
        self.streams: dict[str, Stream] = {}
        self.sources: dict[bytes, tuple[Layer, bool]] = {}
        self.recorder = Recorder()
        self.wide_id = 0
        self._mid_ids: frozenset[int] = frozenset()
        self._rid_ids: frozenset[int] = frozenset()
        self._rrid_ids: frozenset[int] = frozenset()

    def describe(
        self, media: list[PublishedMedia], random: Random, now: float
    ) -> tuple[list[Stream], list[Stream]]:
        """Take the m-lines as answered; → the streams that are new, and those that are gone."""
        before, self.streams = self.streams, {}
        added: list[Stream] = []
        for one in media:
            old = before.get(one.mid)
            if old is not None and old.stream_id == one.stream_id:
                old.describe(one)
                old.pause(now, paused=one.paused)
                self.streams[one.mid] = before.pop(one.mid)
                continue
            stream = self.streams[one.mid] = Stream(one, self.peer, self.room, random, self.outlet)
            added.append(stream)
            if old is not None:
                self._move_sources(old, stream, now)
        for old in before.values():
            for layer in old.layers.values():
                self._forget(layer)
        self._learn_ids()
        return added, list(before.values())

    def _move_sources(self, old: Stream, stream: Stream, now: float) -> None:
        """Another codec on the same m-line keeps its SSRCs, and browsers do not name them a second time."""
        for rid, layer in old.layers.items():
            self._forget(layer)
            fresh = stream.open_layer(rid, layer.ssrc, now)
            fresh.repair, layer.repair = layer.repair, None
            self.sources[layer.ssrc.to_bytes(4, "big")] = (fresh, False)
            if fresh.repair is not None:
                self.sources[fresh.repair] = (fresh, True)
        old.layers = {}

    def _learn_ids(self) -> None:
        every = [m.media.extensions for m in self.streams.values()]
        self.wide_id = next((ids[TRANSPORT_WIDE] for ids in every if TRANSPORT_WIDE in ids), 0)
        self._mid_ids, self._rid_ids, self._rrid_ids = (
            frozenset(ids[uri] for ids in every if uri in ids) for uri in (MID, RID, RRID)
        )

    def receive(self, packet: bytes, now: float) -> str:  # noqa: PLR0911 - hot, flat
        """Hot, once per ingress packet; → what was wrong with it, or nothing."""
        parts = split(packet)
        if parts is None:
            return "malformed"
        elements, start, stop = parts
        source = self.sources.get(packet[8:12]) or self.route(packet, elements, now)
        if source is None:
            return "unrouted"
        layer, is_repair = source
        wide_id = self.wide_id
        for ident, at, end in elements:
            if ident == wide_id and end - at == 2:
                self.recorder.record(packet[at] << 8 | packet[at + 1], now)
                break
        _, second, sequence, timestamp, _ = HEAD.unpack_from(packet)
        if is_repair:
            if stop - start < 2:
                return "probes"
            sequence = packet[start] << 8 | packet[start + 1]
            start += 2
            # Chromium probes for bandwidth by repeating old packets: only what is missing counts.
            if layer.highest - (layer.highest - sequence & 0xFFFF) not in layer.missing:
                return "probes"
            layer.recovered += 1
        extended = layer.accept(sequence, now)
        if not extended:
            return "duplicates"
        stream = layer.stream
        foreign = not is_repair and second & 0x7F != stream.payload_type
        if (foreign or start == stop) and layer.leave_out(extended):
            return "foreign" if foreign else "padding"
        payload = b"" if foreign else packet[start:stop]
        stream.take(layer, extended, second, timestamp, packet, elements, payload, now)
        return ""

    def route(self, packet: bytes, elements: list[Element], now: float) -> tuple[Layer, bool] | None:
        """Where a new SSRC belongs: by MID with RID or RRID; else by a payload type of one stream only."""
        mid = self._text(packet, elements, self._mid_ids)
        payload_type = packet[1] & 0x7F
        if mid is not None:
            stream = self.streams.get(mid)
        else:
            fitting = [s for s in self.streams.values() if s.payload_type == payload_type]
            stream = fitting[0] if len(fitting) == 1 else None
        if stream is None:
            return None
        repaired = self._text(packet, elements, self._rrid_ids)
        if repaired is not None or payload_type == stream.media.codec.rtx_payload_type:
            return self._route_repair(packet[8:12], stream, repaired)
        rid = self._text(packet, elements, self._rid_ids) if stream.media.rids else None
        if payload_type != stream.payload_type or (stream.media.rids and rid not in stream.media.rids):
            return None
        self._forget(stream.layers.get(rid))
        layer = stream.open_layer(rid, int.from_bytes(packet[8:12], "big"), now)
        self.sources[packet[8:12]] = (layer, False)
        return layer, False

    def _route_repair(self, ssrc: bytes, stream: Stream, rid: str | None) -> tuple[Layer, bool] | None:
        layer = stream.layers.get(rid if stream.media.rids else None)
        if layer is None:
            return None
        if layer.repair is not None:
            self.sources.pop(layer.repair, None)
        layer.repair = ssrc
        self.sources[ssrc] = (layer, True)
        return layer, True

    def _forget(self, layer: Layer | None) -> None:
        """A layer that was replaced. Without this a publisher could make the node hold SSRCs without end."""
        if layer is not None:
            self.sources.pop(layer.ssrc.to_bytes(4, "big"), None)
            if layer.repair is not None:
                self.sources.pop(layer.repair, None)
            self.outlet.wanting.discard(layer)
            self.outlet.gaps.discard(layer)
            self.outlet.counters["packets_in"] += layer.packets
            self.outlet.counters["bytes_in"] += layer.octets

    def forget_all(self) -> None:
        for stream in self.streams.values():
            for layer in stream.layers.values():
                self._forget(layer)

    @staticmethod
    def _text(packet: bytes, elements: list[Element], idents: frozenset[int]) -> str | None:
        for ident, start, stop in elements:
            if ident in idents:
                return packet[start:stop].rstrip(b"\0").decode("ascii", "replace")
        return None

    def heard_report(self, report: SenderReport, now: float) -> Layer | None:
        source = self.sources.get(report.ssrc.to_bytes(4, "big"))
        if source is None or source[1]:
            return None
        layer = source[0]
        layer.report, layer.reported_at = report, now
        return layer

    def send_feedback(self) -> None:
        if self.recorder.pending and self.sources:
            media = next(iter(self.sources.values()))[0].ssrc
            for packet in self.recorder.build(self.outlet.ssrc, media):
                self.outlet.rtcp.append((packet, self.peer))

    def send_reports(self, now: float) -> None:
        layers = [layer for s in self.streams.values() for layer in s.ladder if layer.alive(now)]
        for at in range(0, len(layers), MAX_BLOCKS):
            blocks = [layer.block(now) for layer in layers[at : at + MAX_BLOCKS]]
            self.outlet.rtcp.append((pack_receiver_report(self.outlet.ssrc, blocks), self.peer))
