"""Messages that somebody misses: sending costs one look at Redis, the job finds out who wants to be told."""

import logging
from collections.abc import Sequence
from datetime import datetime

from convoke.backends import queues
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.notifications import live
from convoke.notifications.actions.notify import Note, dispatch, tell
from convoke.notifications.model.missed import (
    GATHER_SECONDS,
    LOOK_AFTER_SECONDS,
    LOOK_AGAIN_SECONDS,
    Missed,
    event_key,
    type_of,
    words_of,
)
from convoke.notifications.model.notification import NotificationType
from convoke.settings import settings

logger = logging.getLogger(__name__)


def message_sent(chat_id: str) -> None:
    """After the commit of a message: have somebody look soon who has missed it. However large the chat is and
    however fast people write, this is one small request, and one message of the queue in five seconds."""
    if not live.first_of_burst(chat_id, GATHER_SECONDS):
        return
    try:
        _look(chat_id, again=False, seconds=LOOK_AFTER_SECONDS)
    except Exception:
        # The message is sent: that nobody is pushed must not make its sender send it again.
        logger.exception("nobody will look who has missed messages", extra={"chat_id": chat_id})
        live.forget_burst(chat_id)


def tell_missed(chat_id: str, missed: Sequence[Missed], *, again: bool, now: datetime) -> int:
    """Tell those who have not read a chat; how many were new to it, or had more to hear.

    Who has a page open is given some seconds to read it there: the second look (`again`) tells them too.
    """
    concerned = [each for each in missed if type_of(each) is not None]
    if not again:
        open_pages = delivery.connected(each.user_id for each in concerned)
        if open_pages:
            _look(chat_id, again=True, seconds=LOOK_AGAIN_SECONDS)
        concerned = [each for each in concerned if each.user_id not in open_pages]
    told = 0
    for kind in (NotificationType.MENTION, NotificationType.MESSAGE):
        told += _tell(chat_id, kind, [each for each in concerned if type_of(each) is kind], now)
    return told


def _look(chat_id: str, *, again: bool, seconds: int) -> None:
    queues.send(settings().notifications_queue_url, {"chat": chat_id, "again": again}, seconds)


def _tell(chat_id: str, kind: NotificationType, missed: Sequence[Missed], now: datetime) -> int:
    notes = [_note(chat_id, kind, each) for each in missed]
    # As the system: nobody asks for this, and it is told to many.
    with transaction(System()) as conn:
        pending = tell(conn, notes, kind, action_url=f"/chats/{chat_id}", subject=f"chat:{chat_id}", now=now)
    return dispatch(pending, now)


def _note(chat_id: str, kind: NotificationType, missed: Missed) -> Note:
    title, message = words_of(missed)
    return Note(
        user_id=missed.user_id,
        event_key=event_key(missed, chat_id, kind),
        title=title,
        message=message,
        data={"chat_id": chat_id, "message_id": missed.message_id, "unread": missed.unread},
        revision=missed.last_seq,
    )
