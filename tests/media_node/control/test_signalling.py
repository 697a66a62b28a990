"""The limits on what a client may say, and how often a room is told who speaks."""

import json

from media_node.control.signalling import BURST, PER_SECOND, FloodLimit
from media_node.control.speakers import INTERVAL_SECONDS, MESSAGES_PER_SECOND, SpeakerBoard
from media_node.forwarding.contract import Speakers


def allowed(limit: FloodLimit, messages: int, now: float) -> int:
    return sum(limit.allows(now) for _ in range(messages))


def test_a_burst_and_then_a_rate_are_allowed() -> None:
    limit = FloodLimit(0.0)
    assert allowed(limit, 1000, 0.0) == BURST
    assert allowed(limit, 1000, 1.0) == PER_SECOND
    assert allowed(limit, 1000, 1000.0) == BURST


def test_each_offer_of_the_node_allows_its_answer() -> None:
    limit = FloodLimit(0.0)
    allowed(limit, 1000, 0.0)
    for _ in range(30):
        limit.grant()
    assert allowed(limit, 1000, 0.0) == 30


def test_a_flood_is_told_once_a_second() -> None:
    limit = FloodLimit(0.0)
    assert [limit.worth_telling(at) for at in (0.0, 0.5, 0.99, 1.0, 1.5)] == [True, False, False, True, False]


def test_a_room_is_told_only_what_changed() -> None:
    board, owners = SpeakerBoard(), {"s1": "ada", "s2": "bob"}
    assert board.update(Speakers((), None), owners) is None
    text = board.update(Speakers((("s1", 90), ("gone", 80)), "s1"), owners)
    assert text
    assert json.loads(text) == {
        "op": "speakers",
        "speakers": [{"participant_id": "ada", "level": 90}],
        "active": "ada",
    }
    assert board.update(Speakers((("s1", 90),), "s1"), owners) is None
    assert board.update(Speakers((("s2", 70),), "s2"), owners)
    silence = board.update(Speakers((), None), owners)
    assert silence
    assert json.loads(silence)["active"] is None


def test_large_rooms_are_told_more_seldom() -> None:
    def told(participants: int) -> int:
        board = SpeakerBoard()
        ticks = int(60 / INTERVAL_SECONDS)
        return sum(board.due(tick * INTERVAL_SECONDS, participants) for tick in range(ticks))

    assert told(2) == 240
    assert 500 * told(500) <= MESSAGES_PER_SECOND * 60 + 500
