"""Every minute: who has to hear that a meeting has changed, is cancelled, or begins soon."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.invitations.store import invitations as store
from convoke.invitations.store import letters
from convoke.meetings.actions import agenda
from convoke.meetings.actions.agenda import Entry
from convoke.notifications import actions as notifications

Conn = psycopg.Connection[DictRow]
# Who moves a meeting often moves it twice: a moment later there is one letter to write and not two.
SETTLED = timedelta(seconds=20)
# A job that has stood still for longer has other worries than changes of last week.
LOOKS_BACK = timedelta(days=3)


@dataclass(frozen=True)
class Planned:
    changes: int
    reminders: int


def plan_letters(now: datetime) -> Planned:
    """Each change and each start is told once, whoever runs this, how often, and wherever it is killed."""
    with transaction(System()) as conn:
        changes, pending = _changes(conn, now)
    _dispatch(pending, now)
    with transaction(System()) as conn:
        starts, reminders = _reminders(conn, now)
    _dispatch(reminders, now)
    return Planned(changes, len(starts))


def _dispatch(pending: list[notifications.Pending], now: datetime) -> None:
    for each in pending:
        notifications.dispatch(each, now)


def _changes(conn: Conn, now: datetime) -> tuple[int, list[notifications.Pending]]:
    planned = letters.plan_changes(conn, now=now, since=now - LOOKS_BACK, settled=now - SETTLED).fetchall()
    if not planned:
        return 0, []
    rows = store.by_ids(conn, [each["invitation_id"] for each in planned]).fetchall()
    people: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["user_id"]:
            people[row["meeting_id"]].append(row["user_id"])
    entries = agenda.entries(conn, list(people), since=now)
    return len(planned), [
        _tell_change(conn, entries[meeting_id], user_ids, now) for meeting_id, user_ids in people.items()
    ]


def _tell_change(conn: Conn, entry: Entry, user_ids: list[str], now: datetime) -> notifications.Pending:
    cancelled = entry.status == "cancelled"
    return notifications.notify(
        conn,
        user_ids=user_ids,
        type="meeting_cancelled" if cancelled else "meeting_changed",
        title=f"{entry.title} is cancelled" if cancelled else f"{entry.title} has changed",
        data=_data(entry),
        action_url="/calendar",
        event_key=f"meeting_changed:{entry.id}:{entry.sequence}",
        subject=f"meeting:{entry.id}",
        channels={"in_app", "push"},
        now=now,
    )


def _reminders(conn: Conn, now: datetime) -> tuple[list[tuple[str, datetime]], list[notifications.Pending]]:
    starts = agenda.about_to_start(conn, now)
    if not starts:
        return [], []
    invited = letters.plan_reminders(
        conn, [meeting_id for meeting_id, _ in starts], [start for _, start in starts], now
    ).fetchall()
    people: dict[str, list[str]] = defaultdict(list)
    for row in invited:
        people[row["meeting_id"]].append(row["user_id"])
    entries = agenda.entries(conn, [meeting_id for meeting_id, _ in starts], since=now)
    return starts, [_remind(conn, entries[meeting_id], start, people, now) for meeting_id, start in starts]


def _remind(
    conn: Conn, entry: Entry, start: datetime, people: Mapping[str, list[str]], now: datetime
) -> notifications.Pending:
    host = [entry.host_user_id] if entry.host_user_id else []
    return notifications.notify(
        conn,
        user_ids=[*host, *people.get(entry.id, ())],
        type="meeting_reminder",
        title=f"{entry.title} begins soon",
        data={**_data(entry), "starts_at": start.isoformat()},
        action_url=f"/m/{entry.code}",
        event_key=f"meeting_reminder:{entry.id}:{start.isoformat()}",
        subject=f"meeting:{entry.id}",
        expires_at=start + timedelta(minutes=15),
        now=now,
    )


def _data(entry: Entry) -> dict[str, str]:
    times = {"starts_at": entry.start, "ends_at": entry.end}
    told = {name: instant.isoformat() for name, instant in times.items() if instant}
    return {"meeting_id": entry.id, "meeting_code": entry.code, **told}
