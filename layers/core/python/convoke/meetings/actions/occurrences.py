"""A recurring meeting's single occurrences: list them, change or cancel one, or it and all that follow."""

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import dropwhile, islice

import psycopg
from psycopg.rows import DictRow

from convoke.backends.postgres import System, transaction
from convoke.cursors import invalid_cursor
from convoke.errors import Problem, conflict, invalid, not_found
from convoke.identity.model import Principal
from convoke.meetings import rules
from convoke.meetings.actions import announce, reschedule
from convoke.meetings.actions.change_meeting import held, note
from convoke.meetings.actions.end_meeting import announce_end, finish
from convoke.meetings.recurrence import MAX_DURATION, Occurrence, Series, cut
from convoke.meetings.rrule import BadRule
from convoke.meetings.rule_dates import Work
from convoke.meetings.rule_words import summary
from convoke.meetings.schedule import (
    MAX_WINDOW,
    OccurrenceChange,
    OccurrenceDetail,
    OccurrencePage,
    Preview,
    PreviewedOccurrence,
    PreviewRequest,
    Scope,
    ToldOccurrence,
    told_occurrence,
    told_recurrence,
)
from convoke.meetings.store import meetings
from convoke.meetings.store import occurrences as store
from convoke.operations.actions import limit as limit_rate

Conn = psycopg.Connection[DictRow]
DEFAULT_WINDOW = timedelta(days=92)
MAX_CHANGED = 500
PREVIEWED = 8
# A meeting that nobody came to may still be joined as itself for so long.
GRACE = timedelta(minutes=15)
PAGE = 200

logger = logging.getLogger(__name__)


def list_occurrences(
    principal: Principal,
    reference: str,
    *,
    since: datetime | None,
    until: datetime | None,
    cursor: str | None,
    limit: int,
    now: datetime,
) -> OccurrencePage:
    """Those of a window, two years at most; for the meeting's people. Raises 404, 422."""
    since = since or now
    until = until or since + DEFAULT_WINDOW
    if not since < until <= since + MAX_WINDOW:
        raise invalid("must be after from, within two years of it", field="to")
    after = _after(cursor)
    with transaction(principal) as conn:
        row = _visible(conn, reference)
        series = store.series(conn, row["id"], since=since, until=until)
    found = dropwhile(lambda each: _key(each) < after, series.occurrences(since, until, Work()))
    page = list(islice(found, limit + 1))
    items = [told_occurrence(each, title=row["title"], description=row["description"]) for each in page]
    return OccurrencePage(
        items=items[:limit], next_cursor=_cursor(page[limit]) if len(page) > limit else None
    )


def read_occurrence(principal: Principal, reference: str, original_start: datetime) -> OccurrenceDetail:
    """One of them with its rule, for the meeting's people. Raises 404."""
    with transaction(principal) as conn:
        row = _visible(conn, reference)
        until = original_start + timedelta(seconds=1)
        series = store.series(conn, row["id"], since=original_start, until=until)
    found, segment = series.at(original_start), series.segment_of(original_start)
    if found is None or segment is None:
        raise _no_such()
    told = told_occurrence(found, title=row["title"], description=row["description"])
    return OccurrenceDetail(**dict(told), recurrence=told_recurrence(segment))


def preview(principal: Principal, request: PreviewRequest, now: datetime) -> Preview:
    """What a rule means: in words, and its first dates. Raises Problem `validation`."""
    limit_rate("recurrence_preview", principal.key, per_minute=240, now=now)
    try:
        segment = request.planned(request.start, request.end)
    except BadRule as error:
        raise invalid(str(error), field="rule") from error
    starts = islice(segment.starts(segment.valid_from, Work()), PREVIEWED)
    return Preview(
        rule=segment.rule.text(),
        summary=summary(segment.rule, segment.local_start, segment.timezone),
        items=[PreviewedOccurrence(start=start, end=start + segment.duration) for start in starts],
        ends_at=segment.valid_until,
    )


def change_occurrence(
    principal: Principal,
    reference: str,
    original_start: datetime,
    change: OccurrenceChange,
    *,
    scope: Scope,
    now: datetime,
) -> ToldOccurrence:
    """Move or rename. Raises 404, 403, 409 `occurrence_over`, 422 for what the rule cannot be."""
    limit_rate("meetings_change", principal.key, per_minute=120, now=now)
    if scope == "one" and (change.rule or change.timezone):
        raise invalid("a rule is for all that follow", field="rule")
    with transaction(principal) as conn:
        row, series, found = _held(conn, principal, reference, original_start, now)
        if scope == "one":
            told = _moved(found, change)
            _require_few(conn, row["id"])
            store.save(conn, row["id"], told, now)
            following = Series(series.segments, {**series.known, original_start: told}).next_after(now)
        else:
            try:
                following = reschedule.follow(conn, row, original_start, change, recurrence=None, now=now)
            except BadRule as error:
                raise invalid(str(error), field="rule") from error
            told = _moved(replace(found, original_start=change.start or original_start), change)
        changed = _go_on(conn, principal, row, following, now, action=f"change_{scope}")
    after = changed.fetchone() or row
    announce.meeting_changed(after, now)
    return told_occurrence(told, title=after["title"], description=after["description"])


def cancel_occurrence(
    principal: Principal, reference: str, original_start: datetime, *, scope: Scope, now: datetime
) -> None:
    """Cancel one, or it and all that follow. When none is left to come, the meeting is cancelled."""
    limit_rate("meetings_change", principal.key, per_minute=120, now=now)
    over = None
    with transaction(principal) as conn:
        row, series, found = _held(conn, principal, reference, original_start, now)
        if scope == "one":
            _require_few(conn, row["id"])
            gone = replace(found, status="cancelled")
            store.save(conn, row["id"], gone, now)
            series = Series(series.segments, {**series.known, original_start: gone})
        else:
            series = _cut_off(conn, row["id"], series, original_start)
        following = series.next_after(now)
        changed = _go_on(conn, principal, row, following, now, action=f"cancel_{scope}")
        if following is None:
            over = finish(conn, row["id"], status="cancelled", reason="cancelled", now=now)
    if over is not None:
        announce_end(over, reason="cancelled", now=now)
    else:
        announce.meeting_changed(changed.fetchone() or row, now)


def advance_recurring(now: datetime) -> int:
    """Let meetings that nobody came to wait for their next occurrence; how many did. Once a minute."""
    with transaction(System()) as conn:
        passed = store.passed(conn, before=now - GRACE, limit=PAGE)
    return sum(_advance_alone(meeting_id, now) for meeting_id in passed)


def _advance_alone(meeting_id: str, now: datetime) -> bool:
    """One that fails is in nobody's way, and is tried again in a minute."""
    try:
        return _advance(meeting_id, now)
    except Exception:
        logger.exception("a recurring meeting could not go on", extra={"meeting_id": meeting_id})
        return False


def _advance(meeting_id: str, now: datetime) -> bool:
    over = None
    with transaction(System()) as conn:
        row = meetings.by_id(conn, meeting_id, lock=True).fetchone()
        if row is None or row["status"] != "scheduled" or row["scheduled_end_time"] > now - GRACE:
            return False
        following = store.series(conn, meeting_id, since=now).next_after(now, besides=row["occurrence_start"])
        if following is None:
            over = finish(conn, row["id"], status="ended", reason="over", now=now)
        else:
            store.go_on_to(conn, meeting_id, following, now)
    if over is not None:
        announce_end(over, reason="over", now=now)
    return True


def _visible(conn: Conn, reference: str) -> DictRow:
    wanted = rules.reference_of(reference)
    row = meetings.visible(conn, wanted).fetchone() if wanted else None
    if row is None:
        raise not_found()
    return row


def _no_such() -> Problem:
    return not_found("There is no such occurrence.")


def _held(
    conn: Conn, principal: Principal, reference: str, original_start: datetime, now: datetime
) -> tuple[DictRow, Series, Occurrence]:
    """The meeting, held until commit, and an occurrence of it that is still to come."""
    row = held(conn, reference)
    rules.require_open(row["status"])
    series = store.series(conn, row["id"], since=min(now, original_start))
    found = series.at(original_start)
    if row["type"] != "recurring" or found is None:
        raise _no_such()
    if found.status != "scheduled" or found.end <= now:
        raise conflict("occurrence_over", f"It is {found.status}.", title="This occurrence cannot be changed")
    return row, series, found


def _require_few(conn: Conn, meeting_id: str) -> None:
    counted = store.count_changed(conn, meeting_id).fetchone()
    if counted is not None and counted["changed"] >= MAX_CHANGED:
        raise conflict("too_many_changes", "Change the rule instead.", title="Too many changed occurrences")


def _moved(found: Occurrence, change: OccurrenceChange) -> Occurrence:
    start = change.start or found.start
    end = change.end or start + (found.end - found.start)
    if not timedelta() < end - start <= MAX_DURATION:
        raise invalid("an occurrence ends after its start, within a day", field="end")
    return replace(
        found,
        start=start,
        end=end,
        title=change.title or found.title,
        description=change.description or found.description,
        changed=True,
    )


def _cut_off(conn: Conn, meeting_id: str, series: Series, at: datetime) -> Series:
    segment = series.segment_of(at)
    left = None if segment is None else cut(segment, at)
    store.drop_rules_from(conn, meeting_id, at)
    store.drop_changes_from(conn, meeting_id, at)
    if left is not None:
        store.put_segment(conn, meeting_id, left)
    kept = [each for each in series.segments if segment is not None and each.valid_from < segment.valid_from]
    known = {name: each for name, each in series.known.items() if name < at or each.status == "ended"}
    return Series([*kept, *filter(None, [left])], known)


def _go_on(
    conn: Conn,
    principal: Principal,
    row: DictRow,
    following: Occurrence | None,
    now: datetime,
    *,
    action: str,
) -> psycopg.Cursor[DictRow]:
    """The meeting's row at the times of what comes next now; the event and the audit entry."""
    waits = following is not None and row["status"] == "scheduled"
    changes = reschedule.times_of(following) if following is not None and waits else {}
    changed = meetings.change(conn, row["id"], changes, now, shown=True)
    note(conn, principal, row["id"], kind="meeting.updated", action=action, now=now)
    return changed


def _key(each: Occurrence) -> tuple[datetime, datetime]:
    return each.start, each.original_start


def _cursor(each: Occurrence) -> str:
    return "~".join(f"{instant:%Y%m%dT%H%M%SZ}" for instant in _key(each))


def _after(cursor: str | None) -> tuple[datetime, ...]:
    if cursor is None:
        return ()
    try:
        read = [datetime.strptime(part, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC) for part in cursor.split("~")]
    except ValueError as error:
        raise invalid_cursor() from error
    return tuple(read)
