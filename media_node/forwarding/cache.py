"""The last second of a layer's packets, kept once for all its viewers, to answer their NACKs."""

from media_node.forwarding.packet import Media

CAPACITY = 1024  # a power of two; 8 Mbit/s of 1,100-byte packets are 900 a second
KEEP_SECONDS = 1.0


class Cache:
    """A ring by packet number. What is older than a second goes as new packets come, two at a time."""

    __slots__ = ("_ring", "_tail")

    def __init__(self) -> None:
        self._ring: list[Media | None] = [None] * CAPACITY
        self._tail = 0

    def put(self, media: Media) -> None:
        ring = self._ring
        ring[media.number & (CAPACITY - 1)] = media
        tail = self._tail
        oldest = media.arrived - KEEP_SECONDS
        for _ in range(2):
            held = ring[tail]
            if held is not None and held.arrived > oldest:
                break
            ring[tail] = None
            tail = (tail + 1) & (CAPACITY - 1)
        self._tail = tail

    def get(self, number: int) -> Media | None:
        media = self._ring[number & (CAPACITY - 1)]
        return media if media is not None and media.number == number else None

    def clear(self) -> None:
        self._ring = [None] * CAPACITY
