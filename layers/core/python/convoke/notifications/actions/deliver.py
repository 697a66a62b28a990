"""Send what notifications still owe: each mail and each push by whoever claims it first, and by nobody after.

The claim is committed before anything is sent. A job that dies in between leaves it claimed, which means:
perhaps sent, never again (docs/decisions/0013-web-push-and-mail.md).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.notifications.actions.channels import Gone, Outcome, Refused, Retry, Taken, mail_to, push_to
from convoke.notifications.actions.notify import announce, hand_over
from convoke.notifications.model.delivery import Drop, Owed, Send, Wait, next_attempt, verdict
from convoke.notifications.model.notification import Channel, Notification
from convoke.notifications.model.preferences import StoredPreferences
from convoke.notifications.model.push import MAX_FAILURES
from convoke.notifications.store import deliveries, notifications, subscriptions

# SQS delays no longer; what is due later is found by the minute's job.
LONGEST_DELAY_SECONDS = 900

logger = logging.getLogger(__name__)


@dataclass
class Delivered:
    """What a run has done with what was owed."""

    sent: int = 0
    dropped: int = 0
    waiting: int = 0
    failed: int = 0
    left: int = 0


def deliver(
    notification_ids: Sequence[str],
    *,
    announce_them: bool,
    clock: Callable[[], datetime],
    has_time: Callable[[], bool] = lambda: True,
) -> Delivered:
    """Send what these notifications owe and is due; what there is no time for goes back into the queue."""
    done = Delivered()
    # As the system: it sends for everybody.
    with transaction(System()) as conn:
        due = deliveries.due(conn, notification_ids, clock())
        told = notifications.as_told(conn, notification_ids) if announce_them else None
    announce(told.fetchall() if told else [], clock())
    owed = due.fetchall()
    while owed and has_time():
        _deliver(owed.pop(0)["id"], done, clock)
    done.left = len(owed)
    hand_over(dict.fromkeys(row["notification_id"] for row in owed))
    return done


def _deliver(delivery_id: str, done: Delivered, clock: Callable[[], datetime]) -> None:
    taken = _take(delivery_id, done, clock())
    if taken is None:
        return
    row, owed = taken
    try:
        send = mail_to if owed.channel is Channel.EMAIL else push_to
        outcome = send(row, owed, clock())
    except Exception:
        # A mistake of ours, before or after it went out: perhaps sent.
        logger.exception("a delivery failed", extra={"delivery_id": delivery_id})
        outcome = Refused("unexpected")
    _record(row, owed, outcome, done, clock())


def _take(delivery_id: str, done: Delivered, now: datetime) -> tuple[DictRow, Owed] | None:
    """Claim it if it is to be sent now; what is not, is settled on the way."""
    with transaction(System()) as conn:
        row = deliveries.lock(conn, delivery_id, now).fetchone()
        if row is None:
            return None
        owed = _owed(row)
        match verdict(owed, now):
            case Send():
                deliveries.claim(conn, delivery_id, now)
            case Wait(until, reason):
                deliveries.postpone(conn, delivery_id, until, reason, now)
                done.waiting += 1
                return None
            case Drop(reason):
                deliveries.conclude(conn, delivery_id, "suppressed", reason, now)
                done.dropped += 1
                return None
    return row, owed


def _record(row: DictRow, owed: Owed, outcome: Outcome, done: Delivered, now: datetime) -> None:
    again: datetime | None = None
    with transaction(System()) as conn:
        match outcome:
            case Taken():
                deliveries.conclude(conn, owed.delivery_id, "sent", None, now)
                if owed.channel is Channel.PUSH:
                    subscriptions.note_success(conn, row["subscription_id"], now)
                done.sent += 1
            case Retry(reason, retry_after):
                again = next_attempt(owed, now, retry_after)
                if again is None:
                    deliveries.conclude(conn, owed.delivery_id, "failed", reason, now)
                    done.failed += 1
                else:
                    deliveries.postpone(conn, owed.delivery_id, again, reason, now)
                    done.waiting += 1
            case Refused(reason):
                deliveries.conclude(conn, owed.delivery_id, "failed", reason, now)
                done.failed += 1
                if owed.channel is Channel.PUSH:
                    subscriptions.note_failure(conn, row["subscription_id"], MAX_FAILURES)
            case Gone():
                # Its deliveries go with it.
                subscriptions.forget(conn, row["subscription_id"])
                done.dropped += 1
    if again is not None:
        seconds = int((again - now).total_seconds()) + 1
        if seconds <= LONGEST_DELAY_SECONDS:
            hand_over([owed.notification.id], delay_seconds=seconds)


def _owed(row: DictRow) -> Owed:
    return Owed(
        delivery_id=row["delivery_id"],
        channel=Channel(row["channel"]),
        # With the one that is about to be made.
        attempts=row["attempts"] + 1,
        is_latest=row["delivery_revision"] == row["revision"],
        expires_at=row["expires_at"],
        notification=Notification.model_validate({name: row[name] for name in Notification.model_fields}),
        user_id=row["user_id"],
        is_active=row["status"] == "active",
        wishes=StoredPreferences.read(row["notification_preferences"]),
        zone=ZoneInfo(row["timezone"]),
    )
