"""Calendars: a meeting's file, somebody's own feed, and what the calendar page shows."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.errors import invalid, not_found
from convoke.identity.model import Principal, require_user
from convoke.invitations import ics, tokens
from convoke.invitations.model import CalendarEvent, CalendarPage, Feed, require_good
from convoke.invitations.store import feeds
from convoke.invitations.store import invitations as store
from convoke.meetings.actions import agenda
from convoke.meetings.actions.agenda import Entry
from convoke.meetings.actions.read_meeting import require_visible
from convoke.meetings.recurrence import Occurrence
from convoke.meetings.rule_dates import Work
from convoke.meetings.rules import reference_of
from convoke.operations.actions import audit, limit, network_of
from convoke.settings import settings

Conn = psycopg.Connection[DictRow]
MAX_WINDOW = timedelta(days=100)
# More meetings than anybody attends; and more of one than a window of a hundred days has.
MAX_MEETINGS = 500
MAX_EVENTS = 2000
FEED_PAST = timedelta(days=90)
FEED_FUTURE = timedelta(days=400)


def meeting_calendar(visitor: Principal, reference: str, token: str | None, now: datetime) -> bytes:
    """The meeting as a file, for its people and for whoever has an invitation to it. 404 for others."""
    wanted = reference_of(reference)
    if wanted is None:
        raise not_found()
    limit("calendar_file", network_of(visitor.ip), per_minute=120, now=now)
    meeting_id = _invited_to(wanted, token, now) if token else require_visible(visitor, wanted)
    with transaction(System()) as conn:
        entry = agenda.entries(conn, [meeting_id], since=now - FEED_PAST).get(meeting_id)
    if entry is None:
        raise not_found()
    return ics.calendar([entry], method="PUBLISH", now=now)


def open_feed(principal: Principal, now: datetime) -> Feed:
    """A new secret address; the one before is dead. It is told once, and kept as a hash."""
    user_id = require_user(principal)
    limit("calendar_feed", principal.key, per_minute=10, now=now)
    token = f"cal_{secrets.token_urlsafe(32)}"
    with transaction(principal) as conn:
        feeds.put(conn, user_id, tokens.hash_of(token), now)
        _note(conn, principal, "create", now)
    return Feed(url=f"{settings().public_url}/v1/calendar/{token}.ics")


def close_feed(principal: Principal, now: datetime) -> None:
    user_id = require_user(principal)
    with transaction(principal) as conn:
        feeds.drop(conn, user_id)
        _note(conn, principal, "delete", now)


def read_feed(visitor: Principal, name: str, now: datetime) -> bytes:
    """`name` is the token with `.ics`. Everything from three months ago on. Raises 404."""
    limit("calendar_feed_read", network_of(visitor.ip), per_minute=120, now=now)
    token = name.removesuffix(".ics")
    with transaction(System()) as conn:
        owner = feeds.owner(conn, tokens.hash_of(token))
        if owner is None:
            raise not_found()
        since, until = now - FEED_PAST, now + FEED_FUTURE
        hosted = agenda.of_user(conn, owner["id"], since=since, until=until, limit=MAX_MEETINGS)
        invited = _accepted(conn, owner["id"])
        entries = agenda.entries(conn, list(dict.fromkeys([*hosted, *invited])), since=since)
    return ics.calendar(entries.values(), method="PUBLISH", now=now, name=f"Convoke: {owner['name']}")


def list_events(principal: Principal, *, since: datetime, until: datetime, now: datetime) -> CalendarPage:
    """What is in the user's calendar between the two, a hundred days at most, in order."""
    user_id = require_user(principal)
    if not since < until <= since + MAX_WINDOW:
        raise invalid("must be after from, within 100 days of it", field="to")
    limit("calendar_events", principal.key, per_minute=240, now=now)
    # As the system: both queries ask for the user's own; row security shows no meeting before it is entered.
    with transaction(System()) as conn:
        hosted = agenda.of_user(conn, user_id, since=since, until=until, limit=MAX_MEETINGS)
        invited = {row["meeting_id"]: row for row in _received(conn, user_id)}
        entries = agenda.entries(conn, list(dict.fromkeys([*hosted, *invited])), since=since)
    events = [
        _event(entry, each, hosts=hosted.get(entry.id), invitation=invited.get(entry.id))
        for entry in entries.values()
        for each in _within(entry, since, until)
    ]
    events.sort(key=lambda event: (event.start, event.meeting_id))
    return CalendarPage(items=events[:MAX_EVENTS])


def _within(entry: Entry, since: datetime, until: datetime) -> Iterator[Occurrence]:
    if entry.status == "cancelled":
        return iter(())
    if entry.series is None:
        once = entry.once()
        return iter([once] if once and once.start < until and once.end > since else [])
    found = entry.series.occurrences(since, until, Work())
    # One that has ended for good has no dates to come.
    return found if entry.status != "ended" else (each for each in found if each.status != "scheduled")


def _event(
    entry: Entry, each: Occurrence, *, hosts: bool | None, invitation: DictRow | None
) -> CalendarEvent:
    role = "host" if hosts else "invited" if invitation else "participant"
    return CalendarEvent.model_validate(
        {
            "meeting_id": entry.id,
            "code": entry.code,
            "title": each.title or entry.title,
            "type": entry.type,
            "status": each.status,
            "start": each.start,
            "end": each.end,
            "original_start": each.original_start if entry.series else None,
            "role": role,
            "invitation_id": invitation["id"] if invitation else None,
            "answer": invitation["status"] if invitation else None,
            "join_url": entry.join_url,
        }
    )


def _received(conn: Conn, user_id: str) -> list[DictRow]:
    rows = store.of_user(conn, user_id, status=None, before=None, limit=MAX_MEETINGS).fetchall()
    return [row for row in rows if row["status"] != "declined"]


def _accepted(conn: Conn, user_id: str) -> list[str]:
    return [row["meeting_id"] for row in _received(conn, user_id)]


def _invited_to(meeting_reference: str, token: str, now: datetime) -> str:
    with transaction(System()) as conn:
        row = store.to_holder(conn, meeting_reference, tokens.hash_of(token)).fetchone()
    if row is None:
        raise not_found()
    require_good(row, now)
    return str(row["meeting_id"])


def _note(conn: Conn, principal: Principal, action: str, now: datetime) -> None:
    audit(
        conn,
        principal,
        event_type="calendar_feed",
        action=action,
        target_type="user",
        target_id=principal.key,
        now=now,
    )
