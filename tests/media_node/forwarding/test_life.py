"""A random life of a stream: whatever is done in whatever order, no viewer gets a sequence number twice.

SRTP would refuse to protect such a packet, and a receiver would throw it away (RFC 3711 section 3.3.2).
"""

from random import Random

import pytest

from media_node.forwarding.contract import Slot
from tests.media_node.forwarding.wire import SIMULCAST, House, Source, steps


class Life:
    """One simulcast publisher, viewers who come and go, and a lossy, reordering way in."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.house = House([SIMULCAST])
        self.slots: dict[str, Slot] = {}
        self.names = 0
        self.paused = False
        self.sources = [self.source(rid) for rid in "qhf"]
        self.held: list[bytes] = []

    def source(self, rid: str) -> Source:
        random = self.random
        return Source(
            random.getrandbits(31) << 1,
            SIMULCAST,
            rid,
            sequence=random.getrandbits(16),
            timestamp=random.getrandbits(32),
            picture=random.getrandbits(15),
        )

    def send(self) -> None:
        random = self.random
        for source in self.sources:
            if random.random() < 0.1:
                continue
            packets = source.frame(key=random.random() < 0.1)
            if random.random() < 0.2:
                packets.append(source.packet(b"", padding=50))
            for packet in packets + self.held:
                self.held = []
                fate = random.random()
                if fate < 0.05:
                    continue
                if fate < 0.1:
                    self.held.append(packet)
                    continue
                self.house.push([packet], after=0.001)
            if random.random() < 0.2:
                self.house.push([source.repeat(random.choice(list(source.sent)[-20:]))])
        self.house.wait(random.choice((0.01, 0.03, 0.03, 0.3)))

    def act(self) -> None:
        random, plane, now = self.random, self.house.plane, self.house.now
        name = random.choice([*self.slots, ""])
        match random.randrange(8):
            case 0 if len(self.slots) < 6:
                self.names += 1
                fresh = f"V{self.names}"
                self.slots[fresh] = self.house.viewer(fresh, confirmed=random.random() < 0.5)
            case 1 | 2 if name:
                plane.select_layer(name, "camera", random.choice(("q", "h", "f", None)), now)
            case 3 if name:
                self.slots[name] = plane.add_slot(name, "3", "camera", now)
            case 4 if name and random.random() < 0.3:
                plane.remove_peer(name)
                del self.slots[name]
            case 5 if random.random() < 0.5 or self.paused:
                self.paused = not self.paused
                plane.pause("camera", now, paused=self.paused)
            case 6 if random.random() < 0.2:
                at = random.randrange(3)
                self.sources[at] = self.source("qhf"[at])
            case _:
                plane.confirm_slots(name, ["3"]) if name else None


@pytest.mark.parametrize("seed", range(25))
def test_no_sequence_number_goes_out_twice(seed: int) -> None:
    life = Life(seed)
    for _ in range(250):
        life.send()
        if life.random.random() < 0.5:
            life.act()
    checked = 0
    for packets in life.house.out.values():
        for ssrc in {seen.ssrc for seen in packets}:
            seen = [s for s in packets if s.ssrc == ssrc]
            unwrapped = [0]
            for step in steps([s.sequence for s in seen], 16):
                unwrapped.append(unwrapped[-1] + step)
            assert len(set(unwrapped)) == len(unwrapped)
            assert max(unwrapped) - min(unwrapped) < len(unwrapped) * 1.5 + 50
            checked += len(seen)
    assert checked > 100
