"""Messages that other nouns cause: a call stands in its chat, a file that was checked is shown as it is."""

from datetime import datetime
from typing import Any

import psycopg

from convoke.backends.postgres import System, transaction
from convoke.chat import live
from convoke.chat.actions import publish
from convoke.chat.actions.history import complete
from convoke.chat.actions.publish import find_audience
from convoke.chat.model import MessageType, Sender, StoredMessage
from convoke.chat.store import chats, messages
from convoke.chat.store.messages import Connection
from convoke.errors import not_found
from convoke.ids import new_id


def post_call(
    conn: Connection,
    chat_id: str,
    *,
    sender_user_id: str,
    content: str,
    call: dict[str, Any],
    now: datetime,
) -> StoredMessage:
    """Put a call into a chat, in the caller's transaction as the system; then `announce_message` after it.

    The chat's row is locked from here to the commit: let this be the last thing before it.
    """
    [account] = chats.accounts(conn, [sender_user_id], asked_by=sender_user_id)
    message = StoredMessage(
        id=new_id(now),
        chat_id=chat_id,
        seq=0,
        changed_seq=0,
        type=MessageType.CALL,
        sender=Sender(participant_id=None, user_id=sender_user_id, display_name=account["display_name"]),
        content=content,
        call=call,
        client_id=new_id(now),
        created_at=now,
    )
    seq = (messages.insert(conn, message, sender_user_id).fetchone() or {})["seq"]
    return message.model_copy(update={"seq": seq, "changed_seq": seq})


def update_call(
    conn: Connection, chat_id: str, message_id: str, call: dict[str, Any], now: datetime
) -> StoredMessage:
    """What has become of the call; as `post_call`."""
    messages.touch(conn, chat_id, message_id, now)
    messages.set_call(conn, chat_id, message_id, call)
    row = messages.one(conn, chat_id, message_id).fetchone()
    if row is None:
        raise not_found()
    return messages.stored_message(row)


def announce_message(stored: StoredMessage, now: datetime) -> None:
    """To everybody in its chat: a new message, or one that has changed."""
    is_new = stored.changed_seq == stored.seq
    (live.push if is_new else live.change)(stored)
    if audience := find_audience(stored.chat_id):
        publish.message(audience, "message.created" if is_new else "message.updated", stored, now)


def file_changed(chat_id: str, message_id: str, now: datetime) -> None:
    """A file of this message has passed its check, or has not: the message is another one now. As the system:
    no person has done this. Nothing where the message is gone."""
    try:
        with transaction(System()) as conn:
            messages.touch(conn, chat_id, message_id, now)
            changed = messages.one(conn, chat_id, message_id)
    except psycopg.DatabaseError as error:
        if error.sqlstate != "CV404":
            raise
        return
    if (row := changed.fetchone()) is not None:
        [stored] = complete(System(), [messages.stored_message(row)])
        announce_message(stored, now)
