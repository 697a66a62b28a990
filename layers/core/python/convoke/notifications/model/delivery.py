"""Whether a mail or a push goes out now, later or never, and when to try again. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from convoke.notifications.model.notification import KINDS, Channel, Notification
from convoke.notifications.model.preferences import StoredPreferences

MAX_ATTEMPTS: Final = 6
# A claim older than this belongs to a job that is dead: Lambda ends it after one minute.
INTERRUPTED_AFTER: Final = timedelta(minutes=10)
# A queue that works has brought it to a job by then.
LATE_AFTER: Final = timedelta(seconds=30)
_FIRST_RETRY: Final = timedelta(seconds=30)
# Where a minute later is too late.
_FIRST_RETRY_IN_HASTE: Final = timedelta(seconds=5)


@dataclass(frozen=True)
class Owed:
    """One mail, or one push to one device, with all that decides about it."""

    delivery_id: str
    channel: Channel
    attempts: int
    is_latest: bool
    expires_at: datetime
    notification: Notification
    user_id: str
    is_active: bool
    wishes: StoredPreferences
    zone: ZoneInfo


@dataclass(frozen=True)
class Send:
    """Now."""


@dataclass(frozen=True)
class Wait:
    until: datetime
    reason: str


@dataclass(frozen=True)
class Drop:
    reason: str


Verdict = Send | Wait | Drop


def verdict(owed: Owed, now: datetime) -> Verdict:
    """What was dealt with, is out of date or not wanted (any more) is dropped; quiet hours are waited out."""
    if owed.notification.read_at is not None:
        return Drop("read")
    if not owed.is_latest:
        return Drop("superseded")
    if now >= owed.expires_at:
        return Drop("expired")
    if not owed.is_active or not getattr(owed.wishes.choice(owed.notification.type), owed.channel.value):
        return Drop("unwanted")
    quiet = owed.wishes.quiet_hours
    until = quiet.until(now, owed.zone) if quiet else None
    if until is None:
        return Send()
    return Wait(until, "quiet hours") if until < owed.expires_at else Drop("quiet hours")


def next_attempt(owed: Owed, now: datetime, retry_after: int | None) -> datetime | None:
    """When to try again what was surely not taken; None when it is not worth it any more.

    Each time four times later: 30 s, 2 min, 8 min, 32 min, 2 h; never before the other side has asked for it.
    """
    if owed.attempts >= MAX_ATTEMPTS:
        return None
    in_haste = KINDS[owed.notification.type].lifetime < timedelta(minutes=5)
    first = _FIRST_RETRY_IN_HASTE if in_haste else _FIRST_RETRY
    at_least = timedelta(seconds=min(retry_after or 0, 24 * 3600))
    then = now + max(first * 4 ** (owed.attempts - 1), at_least)
    return then if then < owed.expires_at else None
