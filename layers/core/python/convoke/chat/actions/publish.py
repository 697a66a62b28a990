"""Tell everybody in a chat what has happened in it, after it is committed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from convoke.backends.postgres import System, transaction
from convoke.chat import model
from convoke.chat.events import MessageEvent
from convoke.chat.model import StoredMessage, Told
from convoke.chat.store import breakouts, chats
from convoke.delivery import actions as delivery


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a chat's events go to: a meeting's to its scope, where its guests are; all others to the users."""

    chat_id: str
    kind: str
    users: tuple[str, ...]


def scope_of(chat_id: str) -> str:
    """The scope in which the events of a meeting's chat are published."""
    return f"chat:{chat_id}"


def audience_of(chat_id: str, row: Mapping[str, Any]) -> Audience:
    return Audience(chat_id, row["kind"], tuple(row["users"]))


def find_audience(chat_id: str) -> Audience | None:
    """For who has only the id. As the system: nobody in particular speaks."""
    with transaction(System()) as conn:
        found = chats.audience(conn, chat_id)
    row = found.fetchone()
    return None if row is None else audience_of(chat_id, row)


def announce(chat_id: str, event: str, data: dict[str, Any], now: datetime) -> None:
    """One event to everybody in a chat; to nobody where there is none."""
    if audience := find_audience(chat_id):
        to_chat(audience, event, data, now)


def to_chat(audience: Audience, event: str, data: dict[str, Any], now: datetime) -> None:
    if audience.kind == "meeting":
        delivery.publish(scope_of(audience.chat_id), event, data, now=now)
    else:
        delivery.publish_to_many(audience.users, event, data, now=now)


def to_users(user_ids: Iterable[str], event: str, data: Told, now: datetime) -> None:
    delivery.publish_to_many(user_ids, event, data.model_dump(mode="json"), now=now)


def message(audience: Audience, event: str, stored: StoredMessage, now: datetime) -> None:
    """A message to all who may see it. What is told is its latest change, whose number is the chat's."""
    data = MessageEvent(message=stored.public(), chat_seq=stored.changed_seq).model_dump(mode="json")
    if stored.breakout_id is not None:
        delivery.publish_to_many(_in_breakout(stored, stored.breakout_id), event, data, now=now)
        return
    if stored.recipient_participant_id is None:
        to_chat(audience, event, data, now)
        return
    concerned = {
        model.owner_key(stored.sender.user_id, stored.sender.participant_id),
        model.owner_key(stored.recipient_user_id, stored.recipient_participant_id),
    }
    delivery.publish_to_many(sorted(key for key in concerned if key), event, data, now=now)


def _in_breakout(stored: StoredMessage, breakout_id: str) -> list[str]:
    """Asked after the commit: who comes into the room from now on reads it there, nobody falls between."""
    with transaction(System()) as conn:
        found = breakouts.readers(conn, stored.chat_id, breakout_id, stored.edited_at or stored.created_at)
    return [row["key"] for row in found.fetchall()]
