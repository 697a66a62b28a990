"""What `GET /rooms` shows to operators and tests."""

from collections import defaultdict
from dataclasses import asdict

from media_node.control.rooms import Rooms
from media_node.forwarding.contract import SlotStats
from media_node.transport.forwarder import Forwarder


def node_statistics(rooms: Rooms, forwarder: Forwarder, now: float) -> dict[str, object]:
    """Rooms by id, in each the participants by id with their connections, streams and slots.

    Bitrates in bit/s, times in ms, losses as fractions.
    """
    plane = forwarder.plane.stats(now)
    streams = {stream.stream_id: stream for stream in plane.streams}
    slots: dict[object, list[SlotStats]] = defaultdict(list)
    for slot in plane.slots:
        slots[slot.subscriber].append(slot)
    described: dict[str, object] = {}
    for room in rooms.rooms.values():
        participants: dict[str, object] = {}
        for participant in room.participants.values():
            peer = participant.subscription.peer
            participants[participant.participant_id] = {
                **participant.statistics(now),
                "published": [
                    {**asdict(stats), "type": stream.type.value}
                    for stream in participant.streams.values()
                    if (stats := streams.get(stream.stream_id))
                ],
                "slots": [_slot(slot) for slot in slots.get(peer, [])],
                "remb": plane.remb.get(peer),
            }
        described[room.room_id] = {"participants": participants}
    return {
        "draining": rooms.draining,
        "port": forwarder.port.statistics(),
        "plane": plane.counters,
        "rooms": described,
    }


def _slot(slot: SlotStats) -> dict[str, object]:
    """Without the subscriber, who is the object it is listed under (and no JSON)."""
    return {
        "mid": slot.mid,
        "stream_id": slot.stream_id,
        "rid": slot.rid,
        "packets": slot.packets,
        "retransmitted": slot.retransmitted,
        "fraction_lost": slot.fraction_lost,
    }
