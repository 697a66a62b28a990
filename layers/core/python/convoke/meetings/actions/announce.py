"""Tell people in a meeting what has happened, after it is committed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from convoke.delivery import actions as delivery
from convoke.meetings import views
from convoke.meetings.caller import Caller, joined_elsewhere
from convoke.meetings.messages import LobbyNote, LobbyWaiting, MeetingChanged, ParticipantChanged
from convoke.meetings.model import Told, told
from convoke.presence import actions as presence
from convoke.presence.model import Engagement

Row = Mapping[str, Any]


def meeting_scope(meeting_id: str) -> str:
    return f"meeting:{meeting_id}"


def chat_scope(meeting_id: str) -> str:
    """A meeting's chat has the meeting's id."""
    return f"chat:{meeting_id}"


def owner_of(row: Row) -> str:
    """Whose `user` scope a participant's own events go to."""
    return str(row["user_id"] or row["id"])


def to_meeting(meeting_id: str, event: str, data: Told, now: datetime) -> None:
    delivery.publish(meeting_scope(meeting_id), event, told(data), now=now)


def participant_changed(event: str, row: Row, now: datetime) -> None:
    to_meeting(row["meeting_id"], event, ParticipantChanged(participant=views.participant_of(row)), now)


def meeting_changed(row: Row, now: datetime) -> None:
    to_meeting(row["id"], "meeting.updated", MeetingChanged(meeting=views.meeting_of(row)), now)


def to_person(row: Row, event: str, now: datetime, reason: str | None = None) -> None:
    """A note to one participant, on all their devices."""
    note = LobbyNote(meeting_id=row["meeting_id"], participant_id=row["id"], reason=reason)
    delivery.publish_to_principal(owner_of(row), event, told(note), now=now)


def lobby_waiting(keys: Iterable[str], row: Row, now: datetime) -> None:
    data = told(LobbyWaiting(meeting_id=row["meeting_id"], participant=views.participant_of(row)))
    for key in keys:
        delivery.publish_to_principal(key, "lobby.waiting", data, now=now)


def lobby_left(keys: Iterable[str], row: Row, now: datetime) -> None:
    note = told(LobbyNote(meeting_id=row["meeting_id"], participant_id=row["id"]))
    for key in keys:
        delivery.publish_to_principal(key, "lobby.left", note, now=now)


def taken_over(connection_id: str | None, row: Row, now: datetime) -> None:
    """Another window or device has taken the place: the one before hears so, and no more of the meeting."""
    if connection_id is not None:
        take_off(connection_id, row["meeting_id"])
        presence.release([(row["user_id"], connection_id)], now)
        delivery.tell(connection_id, joined_elsewhere())


def engaged(row: Row, meeting: Row, caller: Caller) -> None:
    """Those who follow a user see that they are in a meeting or a call, not in which."""
    what: Engagement = "in_call" if meeting["type"] == "call" else "in_meeting"
    presence.engage(row["user_id"], caller.connection_id, what, caller.now)


def take_off(connection_id: str | None, meeting_id: str) -> None:
    """A connection hears no more of a meeting and its chat."""
    if connection_id is not None:
        delivery.unsubscribe(connection_id, meeting_scope(meeting_id))
        delivery.unsubscribe(connection_id, chat_scope(meeting_id))
