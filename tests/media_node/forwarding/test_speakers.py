"""Who has the floor."""

from media_node.forwarding.contract import MID, Speakers
from media_node.forwarding.speakers import Floor, Meter
from tests.media_node.forwarding.wire import IDS, MICROPHONE, House, rtp


class Room:
    """People who speak at given levels, heard fifty times a second."""

    def __init__(self, *names: str) -> None:
        self.now = 10.0
        self.meters = {name: Meter() for name in names}
        self.floor = Floor()

    def talk(self, seconds: float, **levels: int) -> Speakers:
        for _ in range(round(seconds * 50)):
            self.now += 0.02
            for name, level in levels.items():
                self.meters[name].hear(127 - level, self.now)
            found = self.floor.hear(self.meters.items(), self.now)
        return found


def test_the_first_to_speak_has_the_floor_at_once() -> None:
    room = Room("a", "b")
    assert room.talk(0.2, a=5, b=5) == Speakers((), None)
    found = room.talk(0.2, a=100, b=5)
    assert found.active == "a"
    assert [name for name, _ in found.levels] == ["a"]
    assert found.levels[0][1] > 80


def test_a_cough_changes_nothing_and_an_answer_does() -> None:
    room = Room("a", "b")
    room.talk(3, a=90, b=0)
    assert room.talk(0.2, a=20, b=120).active == "a"
    assert room.talk(1, a=90, b=0).active == "a"
    assert room.talk(2.5, a=10, b=95).active == "b"


def test_two_who_are_about_as_loud_do_not_take_turns() -> None:
    room = Room("a", "b")
    room.talk(2, a=90, b=0)
    actives = {room.talk(0.1, a=90 + step % 3, b=92 - step % 3).active for step in range(50)}
    assert actives == {"a"}


def test_silence_keeps_the_last_speaker_and_empties_the_levels() -> None:
    room = Room("a", "b")
    room.talk(1, a=100)
    room.now += 1
    assert room.floor.hear(room.meters.items(), room.now) == Speakers((), "a")
    del room.meters["a"]
    assert room.floor.hear(room.meters.items(), room.now).active is None


def test_levels_come_from_the_packets_of_the_room() -> None:
    house = House([MICROPHONE])
    for sequence in range(50):
        elements = [(IDS[MID], b"0"), (1, bytes((0x80 | 20,)))]
        house.push([rtp(109, sequence, sequence * 960, 5, b"x", elements)], after=0.02)
    assert house.plane.speakers("room", house.now) == Speakers((("microphone", 107),), "microphone")
    assert house.plane.speakers("another room", house.now) == Speakers((), None)
    house.plane.pause("microphone", house.now, paused=True)
    assert house.plane.speakers("room", house.now) == Speakers((), None)
