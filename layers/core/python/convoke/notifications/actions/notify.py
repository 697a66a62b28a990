"""Tell people something: a row each in the transaction of what happened, then the events and the queue."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import DictRow

from convoke.backends import queues
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.ids import new_id
from convoke.notifications.model.notification import (
    KINDS,
    Channel,
    Notification,
    NotificationType,
    action_of,
    message_of,
    title_of,
)
from convoke.notifications.store import notifications
from convoke.settings import settings

Connection = psycopg.Connection[DictRow]
Rows = psycopg.Cursor[DictRow]

MAX_DATA_BYTES = 4_096
# Told at once by who has made it happen; a larger crowd is told by the job, so that nobody waits for it.
TOLD_AT_ONCE = 25
# PostgreSQL does not know how many there are in a document, and joins as if they were few: 10,000 at once
# take minutes, in such parts a second.
TOLD_IN_A_STATEMENT = 200
# What one message of the queue hands over: a job's batch of five of them must end within its minute.
IDS_IN_A_MESSAGE = 20

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Pending:
    """What a transaction is about to tell; `dispatch` it after the commit. Read only then, at no wait."""

    rows: Sequence[Rows]


@dataclass(frozen=True)
class Settled:
    """Whose list a transaction has changed; `announce_settled` it after the commit."""

    rows: Rows | None


@dataclass(frozen=True)
class Note:
    """What one person is told. `revision` above 0: it takes the place of what this event told before."""

    user_id: str
    event_key: str
    title: str
    message: str = ""
    data: Mapping[str, Any] | None = None
    revision: int = 0


def notify(
    conn: Connection,
    *,
    user_ids: Iterable[str],
    type: NotificationType | str,  # noqa: A002 (its name everywhere)
    title: str,
    message: str = "",
    data: Mapping[str, Any] | None = None,
    action_url: str | None = None,
    event_key: str,
    subject: str | None = None,
    now: datetime,
    channels: Collection[Channel | str] | None = None,
    expires_at: datetime | None = None,
) -> Pending:
    """Tell each of `user_ids` once that `event_key` has happened, by the ways that it has and they want.

    In the caller's transaction, whoever that speaks for; nothing is asked but the reader's wishes, so the
    caller has checked that these people are concerned. `channels` narrows the ways; after `expires_at` no
    mail and no push goes out any more.
    """
    notes = [Note(user_id, event_key, title, message, data) for user_id in dict.fromkeys(user_ids)]
    return tell(
        conn,
        notes,
        NotificationType(type),
        action_url=action_url,
        subject=subject,
        channels=channels,
        expires_at=expires_at,
        now=now,
    )


def tell(
    conn: Connection,
    notes: Sequence[Note],
    kind: NotificationType,
    *,
    action_url: str | None,
    subject: str | None,
    now: datetime,
    channels: Collection[Channel | str] | None = None,
    expires_at: datetime | None = None,
) -> Pending:
    """As `notify`, with other words for each."""
    rule = KINDS[kind]
    may = rule.possible if channels is None else rule.possible & {Channel(channel) for channel in channels}
    if settings().mail_from is None:
        # A deployment without a domain of its own writes no letters.
        may -= {Channel.EMAIL}
    event: dict[str, Any] = {
        "type": kind.value,
        "action_url": action_of(action_url),
        "subject": subject,
        "expires_at": expires_at or now + rule.lifetime,
        "path": ["channels", kind.value],
        "now": now,
    }
    for channel in Channel:
        event |= {f"may_{channel.value}": channel in may, channel.value: channel in rule.usual}
    items = [_item(note, kind, now) for note in notes]
    parts = (
        items[start : start + TOLD_IN_A_STATEMENT] for start in range(0, len(items), TOLD_IN_A_STATEMENT)
    )
    return Pending([notifications.tell(conn, part, event) for part in parts])


def dispatch(pending: Pending, now: datetime) -> int:
    """After the commit: to open pages at once, mails and pushes by the queue. How many have something new.

    A process that dies in between loses no mail and no push: their rows are committed, and the minute's job
    finds those that are late. An open page that missed the event sees it with its next look.
    """
    told = [row for rows in pending.rows for row in rows.fetchall()]
    crowd = len(told) > TOLD_AT_ONCE
    if not crowd:
        announce(told, now)
    handed = [row["id"] for row in told if row["goes_out"] or (crowd and row["in_app"])]
    hand_over(handed, announce_them=crowd)
    return len(told)


def announce(told: Iterable[DictRow], now: datetime) -> None:
    """`notification.created` to each reader's devices, after the commit of what they are told."""
    listed = [row for row in told if row["in_app"]]
    unread = _unread(row["user_id"] for row in listed)
    for row in listed:
        data = {"notification": public(row).model_dump(mode="json"), "unread": unread[row["user_id"]]}
        delivery.publish_to_many([row["user_id"]], "notification.created", data, now=now)


def hand_over(ids: Iterable[str], *, announce_them: bool = False, delay_seconds: int = 0) -> None:
    """Have the job deliver what these notifications still owe. A queue that is away only makes it later."""
    wanted = list(ids)
    bodies = [
        {"notifications": wanted[start : start + IDS_IN_A_MESSAGE], "announce": announce_them}
        for start in range(0, len(wanted), IDS_IN_A_MESSAGE)
    ]
    try:
        queues.send_all(settings().notifications_queue_url, bodies, delay_seconds)
    except Exception:
        logger.exception("notifications were not handed over: the minute's job will find them")


def settle(conn: Connection, *, user_ids: Iterable[str], subject: str, now: datetime) -> Settled:
    """These people have dealt with `subject` (read the chat, answered the call): what is unread about it is
    read now, and its mails and pushes that still wait are not sent. In the caller's transaction, as `notify`.
    """
    concerned = list(dict.fromkeys(user_ids))
    return Settled(notifications.settle(conn, concerned, subject, now) if concerned else None)


def announce_settled(settled: Settled, now: datetime) -> None:
    """After the commit: `notification.read` to the devices of those whose list has changed."""
    rows = settled.rows.fetchall() if settled.rows else []
    unread = _unread(row["user_id"] for row in rows)
    for row in rows:
        data = {"ids": row["ids"], "unread": unread[row["user_id"]]}
        delivery.publish_to_many([row["user_id"]], "notification.read", data, now=now)


def public(row: DictRow) -> Notification:
    return Notification.model_validate({name: row[name] for name in Notification.model_fields})


def _unread(user_ids: Iterable[str]) -> dict[str, int]:
    """Counted after the commit: two transactions of one moment do not see each other, and would both tell a
    count without the other's. Whichever commits last counts all."""
    readers = sorted(set(user_ids))
    if not readers:
        return {}
    with transaction(System()) as conn:
        counted = notifications.unread_of(conn, readers)
    return {row["user_id"]: row["unread"] for row in counted.fetchall()}


def _item(note: Note, kind: NotificationType, now: datetime) -> dict[str, Any]:
    data = dict(note.data or {})
    if len(json.dumps(data)) > MAX_DATA_BYTES:
        raise ValueError(f"data of a notification has at most {MAX_DATA_BYTES} bytes")
    return {
        "user_id": note.user_id,
        "id": new_id(now),
        "event_key": note.event_key,
        "title": title_of(note.title, kind),
        "message": message_of(note.message),
        "data": data,
        "revision": note.revision,
    }
