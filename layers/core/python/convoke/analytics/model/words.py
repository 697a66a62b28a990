"""What events are called when a person reads them."""

from collections.abc import Mapping

_LEFT = {
    "voluntary": "left",
    "connection_lost": "lost the connection and did not come back",
    "meeting_ended": "left as the meeting ended",
    "kicked": "was removed",
    "denied": "was not let in",
}
_ENDED = {"empty": "The meeting ended: everybody had left", "ended_by_host": "The host ended the meeting"}
# Of a person, by their name; of the meeting, a whole sentence.
_OF_PERSON = {
    "participant.joined": "joined",
    "participant.waiting": "waits to be let in",
    "participant.admitted": "was admitted",
    "participant.denied": "was not let in",
    "participant.removed": "was removed",
    "participant.muted": "muted the microphone",
    "participant.unmuted": "unmuted the microphone",
    "participant.video_started": "turned the camera on",
    "participant.video_stopped": "turned the camera off",
    "participant.screen_share_started": "began to share a screen",
    "participant.screen_share_stopped": "stopped sharing",
    "participant.hand_raised": "raised a hand",
    "participant.hand_lowered": "lowered the hand",
    "participant.renamed": "changed the name",
    "participant.connection_lost": "lost the connection",
    "participant.reconnected": "came back",
    "participant.promoted": "became {role}",
    "participant.reacted": "reacted with {emoji}",
    "participant.moved": "went into a breakout room",
    "breakouts.opened": "opened the breakout rooms",
    "breakouts.broadcast": "spoke to all breakout rooms",
    "breakouts.closed": "closed the breakout rooms",
    "invitation.created": "invited somebody",
    "invitation.revoked": "took an invitation back",
    "invitation.accepted": "accepted the invitation",
    "invitation.declined": "declined the invitation",
    "message.sent": "wrote in the chat",
    "message.reacted": "reacted to a message",
    "message.edited": "changed a message",
    "message.deleted": "deleted a message",
    "meeting.host_changed": "became the host",
}
_OF_MEETING = {
    "meeting.created": "The meeting was created",
    "meeting.started": "The meeting began",
    "meeting.updated": "The settings were changed",
    "meeting.locked": "The meeting was locked",
    "meeting.unlocked": "The meeting was unlocked",
    "meeting.cancelled": "The meeting was cancelled",
}
HIDDEN = frozenset({"media.forwarded", "participant.stayed"})
"""Bookkeeping, of no interest to whoever reads a meeting's story."""


def is_told(kind: str, data: Mapping[str, str]) -> bool:
    """Private messages are between two people; not even that there was one is told to others."""
    return kind not in HIDDEN and not (kind == "message.sent" and data.get("private") in ("true", "True"))


def sentence(kind: str, name: str | None, data: Mapping[str, str]) -> str:
    """One line of a meeting's timeline."""
    who = name or "Somebody"
    if kind == "participant.left":
        if data.get("from") in ("waiting", "invited"):
            return f"{who} went away before entering"
        return f"{who} {_LEFT.get(data.get('reason', ''), 'left')}"
    if kind == "meeting.ended":
        return _ENDED.get(data.get("reason", ""), "The meeting ended")
    if kind in _OF_PERSON:
        return f"{who} {_of_person(kind, data)}"
    # A kind that is newer than this table: better its plain name than nothing.
    return _OF_MEETING.get(kind) or f"{name + ': ' if name else ''}{kind.replace('.', ' ').replace('_', ' ')}"


def _of_person(kind: str, data: Mapping[str, str]) -> str:
    if kind == "participant.muted" and data.get("by"):
        return "was muted by a host"
    if kind == "participant.moved" and not data.get("to"):
        return "came back to the main room"
    words = _OF_PERSON[kind]
    for name in ("role", "emoji"):
        words = words.replace(f"{{{name}}}", data.get(name, "something else"))
    return words
