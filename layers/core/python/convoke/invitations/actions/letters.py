"""Send the letters that are due, each with the meeting as it is at that moment.

A letter is claimed for ten minutes before it is handed to SES: whoever is killed loses none. One that SES has
perhaps taken is not sent again.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.backends import mail
from convoke.backends.postgres import System, transaction
from convoke.identity.actions.keys import signing_keys
from convoke.invitations import ics, tokens
from convoke.invitations.actions import views
from convoke.invitations.ics import Participant
from convoke.invitations.store import invitations as store
from convoke.invitations.store import letters
from convoke.invitations.words import Facts, letter
from convoke.meetings.actions import agenda
from convoke.meetings.actions.agenda import Entry
from convoke.notifications import actions as notifications

Conn = psycopg.Connection[DictRow]
BATCH = 20
CLAIMED_FOR = timedelta(minutes=10)
MAX_ATTEMPTS = 8
_TYPES = {
    "invitation": "invitation",
    "update": "meeting_changed",
    "cancellation": "meeting_cancelled",
    "reminder": "meeting_reminder",
}

logger = logging.getLogger(__name__)


@dataclass
class SentLetters:
    """What a run has done."""

    sent: int = 0
    failed: int = 0
    later: int = 0
    dropped: int = 0


def send_letters(clock: Callable[[], datetime], has_time: Callable[[], bool]) -> SentLetters:
    """Until none is due or the time is up."""
    done = SentLetters()
    while has_time():
        now = clock()
        with transaction(System()) as conn:
            claimed = letters.claim(conn, now=now, again_at=now + CLAIMED_FOR, limit=BATCH).fetchall()
            entries = agenda.entries(conn, list({row["meeting_id"] for row in claimed}), since=now)
            wanting = _wanting(conn, claimed)
        if not claimed:
            return done
        for row in claimed:
            if not has_time():
                _put_back(row, now)
                continue
            wants = row["user_id"] is None or (row["letter"], row["user_id"]) in wanting
            _send(row, entries[row["meeting_id"]], done, clock(), read_at=now, wants=wants)
    return done


def _wanting(conn: Conn, claimed: list[DictRow]) -> set[tuple[str, str]]:
    """Which of the accounts want which kind of letter."""
    found: set[tuple[str, str]] = set()
    for kind, type_name in _TYPES.items():
        users = [row["user_id"] for row in claimed if row["letter"] == kind and row["user_id"]]
        if users:
            found |= {(kind, user) for user in notifications.wanting(conn, users, type_name, "email")}
    return found


def _put_back(row: DictRow, now: datetime) -> None:
    with transaction(System()) as conn:
        letters.later(conn, row["mail_id"], "", now)


def _send(
    row: DictRow, entry: Entry, done: SentLetters, now: datetime, *, read_at: datetime, wants: bool
) -> None:
    """One letter to its end: sent, given up, put off, or not to be sent any more.

    It counts as sent when `entry` was read: what has changed since is told by another letter.
    """
    address = row["email"] or row["user_email"]
    if not wants or row["unwanted"] or address is None or _is_stale(row, entry, now):
        done.dropped += 1
        with transaction(System()) as conn:
            letters.sent(conn, row["mail_id"], row["id"], row["letter"], now)
        return
    try:
        mail.send(_written(row, entry, address, now), to=address)
    except _Unwritten as error:
        logger.exception("a letter could not be written", extra={"mail_id": row["mail_id"]})
        _put_off(row, str(error), done, now)
    except mail.Refused as error:
        done.failed += 1
        _failed(row, f"refused: {error}", now)
    except mail.Uncertain as error:
        done.failed += 1
        _failed(row, f"perhaps sent: {error}", now)
    except mail.Unavailable as error:
        _put_off(row, str(error), done, now)
    else:
        done.sent += 1
        with transaction(System()) as conn:
            letters.sent(conn, row["mail_id"], row["id"], row["letter"], read_at)


def _is_stale(row: DictRow, entry: Entry, now: datetime) -> bool:
    """What was to be told is no longer so: the invitation was answered with no, the meeting is over."""
    if row["letter"] == "cancellation":
        return False
    if row["letter"] == "reminder":
        return datetime.fromisoformat(row["key"]) + timedelta(minutes=15) < now or entry.status == "cancelled"
    return row["status"] in ("declined", "revoked", "expired") or views.is_over(entry)


class _Unwritten(Exception):  # noqa: N818 - reads as what it says
    """A mistake of ours before anything was sent. It is this letter's: the others go out."""


def _written(row: DictRow, entry: Entry, address: str, now: datetime) -> bytes:
    try:
        return _write(row, entry, address, now)
    except (mail.Refused, mail.Unavailable):
        raise
    except Exception as error:
        raise _Unwritten(f"{type(error).__name__}: {error}") from error


def _write(row: DictRow, entry: Entry, address: str, now: datetime) -> bytes:
    gone = row["status"] == "revoked"
    page = None if gone else _page(row, entry)
    inviter = row["inviter_name"] or entry.host_name or "Convoke"
    start = datetime.fromisoformat(row["key"]) if row["letter"] == "reminder" else None
    zone = row["user_timezone"] or row["timezone"]
    words = letter(Facts(row["letter"], entry, inviter, zone, page, row["message"], start))
    cancels = row["letter"] == "cancellation"
    method: ics.Method = "CANCEL" if cancels else "REQUEST"
    calendar = None
    if row["letter"] != "reminder" and entry.start is not None:
        calendar = ics.calendar(
            [entry],
            method=method,
            now=now,
            organizer=Participant(mail.sender_address(), inviter),
            attendee=Participant(address, row["user_name"], _PARTSTAT.get(row["status"], "NEEDS-ACTION")),
        )
    headers = {"Message-ID": f"<{row['mail_id']}@{mail.sender_address().partition('@')[2]}>"}
    if row["user_id"]:
        headers |= notifications.unsubscribe_headers(row["user_id"], _TYPES[row["letter"]], now)
    message = mail.compose(
        to=address,
        to_name=row["user_name"],
        subject=words.subject,
        text=words.text,
        html=words.html,
        from_name=f"{inviter} (Convoke)",
        calendar=calendar,
        method=method,
        headers=headers,
    )
    return mail.raw(message)


_PARTSTAT = {"accepted": "ACCEPTED", "declined": "DECLINED"}


def _page(row: DictRow, entry: Entry) -> str:
    """Where one answers; to a reminder, where one comes in. A token whose key is out of use is made anew."""
    token = views.token_of(row)
    if token is None:
        token = tokens.token_of(row["id"], signing_keys()[0])
        with transaction(System()) as conn:
            store.rehash(conn, row["id"], tokens.hash_of(token))
    if row["letter"] == "reminder":
        return f"{entry.join_url}?invitation={token}"
    return views.page_of(token)


def _failed(row: DictRow, reason: str, now: datetime) -> None:
    logger.warning("letter %s of kind %s failed", row["mail_id"], row["letter"])
    with transaction(System()) as conn:
        letters.failed(conn, row["mail_id"], reason, now)


def _put_off(row: DictRow, reason: str, done: SentLetters, now: datetime) -> None:
    if row["attempts"] >= MAX_ATTEMPTS:
        done.failed += 1
        _failed(row, reason, now)
        return
    done.later += 1
    with transaction(System()) as conn:
        letters.later(conn, row["mail_id"], reason, now + timedelta(minutes=2 ** row["attempts"]))
