"""Meetings as calendars and letters see them, for `convoke.invitations`, which asks who may know of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import DictRow

from convoke.meetings.recurrence import Occurrence, Series
from convoke.meetings.rule_words import summary
from convoke.meetings.store import agenda, occurrences
from convoke.settings import settings

Conn = psycopg.Connection[DictRow]
# A meeting without an end is shown with this length.
USUAL_LENGTH = timedelta(hours=1)


@dataclass(frozen=True)
class Entry:
    """A planned meeting. `series`: of one that recurs; `original_start` names its next occurrence."""

    id: str
    code: str
    title: str
    description: str | None
    type: str
    status: str
    host_user_id: str | None
    host_name: str | None
    start: datetime | None
    end: datetime | None
    original_start: datetime | None
    sequence: int
    created_at: datetime
    changed_at: datetime
    series: Series | None

    @property
    def join_url(self) -> str:
        return f"{settings().public_url}/m/{self.code}"

    @property
    def rule_in_words(self) -> str | None:
        """The rule in force."""
        at = self.original_start
        segment = self.series.segment_of(at) if self.series and at else None
        return summary(segment.rule, segment.local_start, segment.timezone) if segment else None

    @property
    def timezone(self) -> str | None:
        return self.series.segments[-1].timezone if self.series and self.series.segments else None

    def once(self) -> Occurrence | None:
        """The whole of a meeting that comes once."""
        if self.start is None:
            return None
        return Occurrence(self.start, self.start, self.end or self.start + USUAL_LENGTH, status=self.status)


def entries(conn: Conn, meeting_ids: Sequence[str], *, since: datetime) -> dict[str, Entry]:
    """The meetings by id, with what is known of their occurrences from `since` on. One round trip."""
    if not meeting_ids:
        return {}
    rows = agenda.meetings(conn, meeting_ids)
    rules, differing = agenda.segments(conn, meeting_ids), agenda.known(conn, meeting_ids, since)
    by_meeting: dict[str, tuple[list[DictRow], list[DictRow]]] = defaultdict(lambda: ([], []))
    for kind, found in enumerate((rules.fetchall(), differing.fetchall())):
        for row in found:
            by_meeting[row.pop("meeting_id")][kind].append(row)
    return {row["id"]: _entry(row, *by_meeting[row["id"]]) for row in rows.fetchall()}


def of_user(conn: Conn, user_id: str, *, since: datetime, until: datetime, limit: int) -> dict[str, bool]:
    """The planned meetings that a user hosts (True) or took part in."""
    found = agenda.of_user(conn, user_id, since=since, until=until, limit=limit)
    return {row["id"]: bool(row["hosts"]) for row in found.fetchall()}


def about_to_start(conn: Conn, now: datetime) -> list[tuple[str, datetime]]:
    """Meetings of which people are to be reminded now, each start once: committing says that they were."""
    return [(row["meeting_id"], row["starts_at"]) for row in agenda.about_to_start(conn, now).fetchall()]


def forget_reminders(conn: Conn, before: datetime, *, limit: int) -> int:
    """Of starts before that; how many, at most `limit`."""
    return agenda.forget_reminders(conn, before, limit=limit)


def _entry(row: DictRow, rules: list[DictRow], differing: list[DictRow]) -> Entry:
    return Entry(
        **{name: row[name] for name in ("id", "code", "title", "description", "type", "status")},
        host_user_id=row["host_user_id"],
        host_name=row["host_name"],
        start=row["scheduled_start_time"],
        end=row["scheduled_end_time"],
        original_start=row["occurrence_start"],
        sequence=row["sequence"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
        series=occurrences.series_of(rules, differing) if rules else None,
    )
