"""What the plane counts, gathered when somebody asks: nothing here runs per packet."""

from collections import Counter
from collections.abc import Collection

from media_node.forwarding.contract import PlaneStats, SlotStats, StreamStats
from media_node.forwarding.slot import Viewing
from media_node.forwarding.stream import Stream
from media_node.forwarding.subscriber import Subscriber


def statistics(
    counted: Counter[str], streams: Collection[Stream], subscribers: Collection[Subscriber], now: float
) -> PlaneStats:
    """`counted` holds events, and the packets of streams and slots that are gone."""
    counters = Counter(counted)
    viewings = [viewing for subscriber in subscribers for viewing in subscriber.viewings.values()]
    for viewing in viewings:
        packets, octets = viewing.sent()
        counters["packets_out"] += packets
        counters["bytes_out"] += octets
    for stream in streams:
        for layer in stream.layers.values():
            counters["packets_in"] += layer.packets
            counters["bytes_in"] += layer.octets
    viewers = Counter(viewing.slot.stream_id for viewing in viewings)
    return PlaneStats(
        [_stream(stream, viewers[stream.stream_id], now) for stream in streams],
        [_slot(viewing) for viewing in viewings],
        {subscriber.peer: subscriber.remb for subscriber in subscribers if subscriber.remb is not None},
        dict(counters),
    )


def _stream(stream: Stream, viewers: int, now: float) -> StreamStats:
    layers = stream.layers.values()
    return StreamStats(
        stream.stream_id,
        stream.room,
        stream.codec.name,
        stream.bitrate,
        sum(layer.packets for layer in layers),
        sum(layer.lost for layer in layers),
        sum(layer.key_frames for layer in layers),
        sum(layer.key_requests for layer in layers),
        viewers,
        stream.paused,
        tuple(layer.rid or "" for layer in stream.ladder if layer.alive(now)),
        max((layer.jitter for layer in layers if layer.alive(now)), default=0.0),
    )


def _slot(viewing: Viewing) -> SlotStats:
    layer = viewing.branch.layer if viewing.branch is not None else None
    packets, octets = viewing.sent()
    return SlotStats(
        viewing.subscriber,
        viewing.slot.mid,
        viewing.slot.stream_id,
        layer.rid if layer is not None else None,
        packets,
        viewing.retransmitted,
        viewing.fraction_lost,
        octets,
        viewing.jitter / viewing.stream.clock_rate,
    )
