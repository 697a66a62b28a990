"""The forwarding plane in Python: the front of it all, and what falls due.

Per ingress packet everything is done once; per viewer nothing is left but to protect and to send.
"""

from collections.abc import Hashable, Iterable
from itertools import chain
from random import Random

from media_node.forwarding import rtcp
from media_node.forwarding.contract import (
    OUT_EXTENSIONS,
    Outgoing,
    Peer,
    PlaneStats,
    PublishedMedia,
    Slot,
    Speakers,
)
from media_node.forwarding.feedback import INTERVAL
from media_node.forwarding.layer import Layer
from media_node.forwarding.outlet import Outlet
from media_node.forwarding.publisher import Publisher
from media_node.forwarding.slot import Viewing
from media_node.forwarding.speakers import Floor
from media_node.forwarding.statistics import statistics
from media_node.forwarding.stream import Stream
from media_node.forwarding.subscriber import Subscriber

REPORT_SECONDS = 1.0


class Room:
    """Who may speak in it, and who has the floor."""

    def __init__(self) -> None:
        self.voices: dict[str, Stream] = {}
        self.floor = Floor()


class Plane:
    """`contract.ForwardingPlane`. `random` chooses SSRCs and first numbers: seeded in tests."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._outlet = Outlet(random.getrandbits(32) | 1)
        self._publishers: dict[Peer, Publisher] = {}
        self._subscribers: dict[Peer, Subscriber] = {}
        self._streams: dict[str, Stream] = {}
        self._rooms: dict[Hashable, Room] = {}
        self._feedback_due = self._report_due = self._ticked_at = 0.0

    @property
    def deadline(self) -> float:
        return self._outlet.deadline

    # ------------------------------------------------------------------ peers and slots

    def add_publisher(self, peer: Peer, room: Hashable, media: Iterable[PublishedMedia]) -> None:
        if peer in self._publishers:
            self.remove_peer(peer)
        self._publishers[peer] = Publisher(peer, room, self._outlet)
        self._rooms.setdefault(room, Room())
        self.update_media(peer, media)

    def update_media(self, peer: Peer, media: Iterable[PublishedMedia]) -> None:
        added, gone = self._publishers[peer].describe(list(media), self._random, self._ticked_at)
        for stream in gone:
            self._drop(stream)
        for stream in added:
            self._streams[stream.stream_id] = stream
            if stream.media.voice and not stream.video:
                self._rooms[stream.room].voices[stream.stream_id] = stream

    def _drop(self, stream: Stream) -> None:
        self._streams.pop(stream.stream_id, None)
        self._rooms[stream.room].voices.pop(stream.stream_id, None)
        every = chain.from_iterable(s.viewings.values() for s in self._subscribers.values())
        for viewing in [viewing for viewing in every if viewing.stream is stream]:
            self.remove_slot(viewing.subscriber, viewing.slot.mid)

    def add_subscriber(self, peer: Peer) -> None:
        self._subscribers[peer] = Subscriber(peer)

    def open_subscriber(self, peer: Peer, now: float) -> None:
        self._subscribers[peer].open(now)

    def add_slot(self, subscriber: Peer, mid: str, stream_id: str, now: float) -> Slot:
        viewer, stream = self._subscribers[subscriber], self._streams[stream_id]
        self.remove_slot(subscriber, mid)
        ssrc, rtx_ssrc = stream.ssrc, stream.rtx_ssrc
        while ssrc in viewer.used or rtx_ssrc in viewer.used:
            # Back again: the SRTP rollover counter of the old SSRC on this connection cannot be known.
            ssrc, rtx_ssrc = self._random.getrandbits(31) << 1, self._random.getrandbits(31) << 1 | 1
        extensions = OUT_EXTENSIONS[stream.media.kind]
        slot = Slot(
            mid,
            stream_id,
            stream.media.kind,
            ssrc,
            rtx_ssrc if stream.codec.rtx_payload_type is not None else None,
            stream.codec,
            extensions,
        )
        viewer.add(Viewing(slot, subscriber, stream, self._random.getrandbits(15)), now)
        return slot

    def confirm_slots(self, subscriber: Peer, mids: Iterable[str]) -> None:
        viewer = self._subscribers[subscriber]
        for viewing in [viewer.viewings[mid] for mid in mids if mid in viewer.viewings]:
            viewing.confirmed = True
            if viewing.branch is not None:
                viewing.branch.regroup()

    def remove_slot(self, subscriber: Peer, mid: str) -> None:
        viewer = self._subscribers.get(subscriber)
        if viewer is not None:
            packets, octets = viewer.remove(mid)
            self._outlet.counters["packets_out"] += packets
            self._outlet.counters["bytes_out"] += octets

    def remove_peer(self, peer: Peer) -> None:
        publisher = self._publishers.pop(peer, None)
        if publisher is not None:
            publisher.forget_all()
            for stream in publisher.streams.values():
                self._drop(stream)
            if not any(p.room == publisher.room for p in self._publishers.values()):
                del self._rooms[publisher.room]
        viewer = self._subscribers.get(peer)
        if viewer is not None:
            for mid in list(viewer.viewings):
                self.remove_slot(peer, mid)
            del self._subscribers[peer]

    def pause(self, stream_id: str, now: float, *, paused: bool) -> None:
        self._streams[stream_id].pause(now, paused=paused)

    def select_layer(self, subscriber: Peer, stream_id: str, rid: str | None, now: float) -> None:
        stream = self._streams[stream_id]
        for viewing in self._subscribers[subscriber].viewings.values():
            if viewing.stream is stream:
                viewing.rid = rid
                stream.select(viewing, rid, now)

    # ------------------------------------------------------------------ packets in

    def receive(self, peer: Peer, packet: bytes, now: float) -> None:
        """Anything at all may come in here; what is wrong is counted and forgotten."""
        if len(packet) > 1 and 192 <= packet[1] <= 223:  # RFC 5761 section 4
            self._receive_rtcp(peer, packet, now)
            return
        publisher = self._publishers.get(peer)
        if publisher is None:
            self._outlet.counters["unrouted"] += 1
        else:
            problem = publisher.receive(packet, now)
            if problem:
                self._outlet.counters[problem] += 1

    def _receive_rtcp(self, peer: Peer, packet: bytes, now: float) -> None:
        pieces, whole = rtcp.split_compound(packet)
        if not whole:
            self._outlet.counters["malformed"] += 1
        publisher, viewer = self._publishers.get(peer), self._subscribers.get(peer)
        for piece in pieces:
            if publisher is not None and piece.kind == rtcp.SR:
                report = rtcp.sender_report(piece.body)
                layer = publisher.heard_report(report, now) if report is not None else None
                if report is not None and layer is not None:
                    self._forward_report(layer, report)
            elif viewer is not None:
                viewer.hear(piece, self._outlet, now)

    def _forward_report(self, layer: Layer, report: rtcp.SenderReport) -> None:
        """To each viewer with its own SSRC, time and counts; the wall clock stays the publisher's."""
        for branch in layer.branches:
            numbering = branch.numbering
            if numbering is None:
                continue
            stamp = report.timestamp + numbering.timestamp
            for viewing in branch.viewings:
                theirs = rtcp.SenderReport(branch.ssrc, report.ntp, stamp, *viewing.sent())
                self._outlet.rtcp.append((rtcp.pack_sender_report(theirs), viewing.subscriber))

    # ------------------------------------------------------------------ time

    def tick(self, now: float) -> float:
        """Whatever is due: feedback ten times a second, reports every second, NACKs and key requests."""
        self._ticked_at = now
        if now >= self._feedback_due:
            self._feedback_due = now + INTERVAL
            for publisher in self._publishers.values():
                publisher.send_feedback()
            for stream in self._streams.values():
                if len(stream.ladder) > 1:
                    stream.steer(now)
        if now >= self._report_due:
            self._report_due = now + REPORT_SECONDS
            self._report(now)
        self._outlet.deadline = min(self._feedback_due, self._report_due, self._ask_publishers(now))
        return self._outlet.deadline

    def _ask_publishers(self, now: float) -> float:
        outlet, deadline = self._outlet, float("inf")
        for layer in list(outlet.gaps):
            deadline = min(deadline, layer.ask_again(now))
            if not layer.missing:
                outlet.gaps.discard(layer)
        for layer in list(outlet.wanting):
            if layer.stream.layers.get(layer.rid) is not layer:
                outlet.wanting.discard(layer)
            elif layer.alive(now):
                deadline = min(deadline, layer.ask_key(now))
        return deadline

    def _report(self, now: float) -> None:
        for publisher in self._publishers.values():
            publisher.send_reports(now)
        for stream in self._streams.values():
            octets = sum(layer.octets for layer in stream.layers.values())
            stream.bitrate = max(0, octets - stream.octets_before) * 8
            stream.octets_before = octets

    # ------------------------------------------------------------------ out

    def drain(self) -> Outgoing:
        outlet = self._outlet
        out = Outgoing(outlet.rtp, outlet.rtcp)
        outlet.rtp, outlet.rtcp = [], []
        return out

    def speakers(self, room: Hashable, now: float) -> Speakers:
        if room not in self._rooms:
            return Speakers((), None)
        voices = self._rooms[room].voices
        heard = [(stream_id, stream.meter) for stream_id, stream in voices.items() if not stream.paused]
        return self._rooms[room].floor.hear(heard, now)

    def stats(self, now: float) -> PlaneStats:
        subscribers = self._subscribers.values()
        return statistics(self._outlet.counters, self._streams.values(), subscribers, now)
