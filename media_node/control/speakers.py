"""Who is heard in a room, told at most four times a second and only when it changed."""

from collections.abc import Mapping

from media_node.control import signalling
from media_node.forwarding.contract import Speakers

INTERVAL_SECONDS = 0.25
MESSAGES_PER_SECOND = 200  # of one room: each goes through SCTP in Python, 0.2 ms with its acknowledgement


class SpeakerBoard:
    """The last `speakers` message of a room."""

    def __init__(self) -> None:
        self.text = ""
        self._next = 0.0

    def due(self, now: float, participants: int) -> bool:
        """Whether a room of this size may be told again; large ones are told more seldom."""
        if now < self._next:
            return False
        self._next = now + max(INTERVAL_SECONDS / 2, participants / MESSAGES_PER_SECOND)
        return True

    def update(self, heard: Speakers, owners: Mapping[str, str]) -> str | None:
        """The message to send, or None when nothing changed. `owners`: participant by stream id."""
        levels = [(owners[stream], level) for stream, level in heard.levels if stream in owners]
        active = owners.get(heard.active) if heard.active else None
        text = signalling.speakers(levels, active)
        if text == self.text or (not self.text and not levels and active is None):
            return None
        self.text = text
        return text
