"""Meetings say who is in their chats; other nouns ask who is in any. In the transactions of whoever calls."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from convoke.chat.model import Breakout
from convoke.chat.store import breakouts, chats
from convoke.chat.store.messages import Connection
from convoke.errors import not_found
from convoke.identity.model import Principal


def open_meeting_chat(conn: Connection, meeting_id: str, now: datetime) -> None:
    """Make a meeting's chat, in the transaction that makes the meeting."""
    chats.insert_chat(conn, meeting_id, "meeting", now)


def add_member(  # noqa: PLR0917 (a row)
    conn: Connection,
    chat_id: str,
    participant_id: str,
    user_id: str | None,
    display_name: str,
    now: datetime,
) -> None:
    """Let a participant in, again or under a new name too."""
    chats.upsert_member(conn, chat_id, participant_id, user_id, display_name, now)


def rename_member(conn: Connection, chat_id: str, participant_id: str, display_name: str) -> None:
    """Whose name stands on what a participant writes from now on; nothing for who is not in the chat."""
    chats.update_name(conn, chat_id, participant_id, display_name)


def remove_member(conn: Connection, chat_id: str, participant_id: str, now: datetime) -> None:
    """A participant has left or was removed: reads what was said until now, and sends no more."""
    chats.mark_left(conn, chat_id, participant_id, now)


def move_members(
    conn: Connection, chat_id: str, places: Mapping[str, Breakout | None], now: datetime
) -> None:
    """Participants have gone into breakout rooms, or back into the main one (None): they read and write in
    the chat of that room. Who leaves the chat leaves the room with it."""
    breakouts.move(conn, chat_id, places, now)


def set_open(conn: Connection, chat_id: str, *, is_open: bool, now: datetime) -> None:
    """Whether messages may be sent: not when the host has switched chat off or the meeting is over."""
    chats.update_open(conn, chat_id, is_open=is_open, now=now)


def require_member(conn: Connection, principal: Principal, chat_id: str) -> dict[str, Any]:
    """The principal's own membership: member_id, user_id, participant_id, display_name, role, and the chat's
    kind. 404 for who is not in the chat."""
    row = chats.own_membership(
        conn, chat_id, user_id=principal.user_id, participant_id=principal.participant_id
    )
    if row is None:
        raise not_found()
    return row


def member_ids(conn: Connection, chat_id: str) -> list[str]:
    """The users who are in a chat, for who is in it and for the system."""
    row = chats.audience(conn, chat_id).fetchone()
    return [] if row is None else row["users"]
