"""Change when a recurring meeting is: all of it from now on, one occurrence, or one and all that follow."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import DictRow

from convoke.errors import conflict, invalid
from convoke.meetings.model import MeetingChange
from convoke.meetings.recurrence import Occurrence, Segment, continued, cut, instant_of, joined, plan
from convoke.meetings.rrule import BadRule
from convoke.meetings.rule_dates import Work
from convoke.meetings.schedule import OccurrenceChange, Recurrence
from convoke.meetings.store import occurrences

Conn = psycopg.Connection[DictRow]
# Each split is one more; a meeting that is split every day wants another rule.
MAX_SEGMENTS = 50


def first_of(segment: Segment) -> Occurrence:
    start = next(segment.starts(segment.valid_from, Work()))
    return Occurrence(start, start, start + segment.duration)


def times_of(each: Occurrence) -> dict[str, Any]:
    """What a meeting's row says of its next occurrence."""
    return {
        "occurrence_start": each.original_start,
        "scheduled_start_time": each.start,
        "scheduled_end_time": each.end,
    }


def of_meeting(
    conn: Conn, row: DictRow, change: MeetingChange, changes: dict[str, Any], now: datetime
) -> dict[str, Any]:
    """The changes to a meeting's row when its recurrence changes, or the times of one that has one."""
    timed = {"scheduled_start_time", "scheduled_end_time", "recurrence"} & change.model_fields_set
    if not timed or (row["type"] != "recurring" and change.recurrence is None):
        return {name: value for name, value in changes.items() if name != "recurrence"}
    if row["type"] == "instant":
        raise invalid("an instant meeting does not come again", field="recurrence")
    if row["status"] == "active":
        raise conflict("meeting_active", "Change its times when it is over.", title="The meeting is going on")
    changes = {name: value for name, value in changes.items() if name not in timed}
    if "recurrence" in change.model_fields_set and change.recurrence is None:
        return changes | _once(conn, row, change)
    return changes | {"type": "recurring"} | times_of(_planned(conn, row, change, now))


def _once(conn: Conn, row: DictRow, change: MeetingChange) -> dict[str, Any]:
    occurrences.drop_all(conn, row["id"])
    start = change.scheduled_start_time or row["scheduled_start_time"]
    length = row["scheduled_end_time"] - row["scheduled_start_time"]
    return {
        "type": "scheduled",
        "occurrence_start": None,
        "scheduled_start_time": start,
        "scheduled_end_time": change.scheduled_end_time or start + length,
    }


def _planned(conn: Conn, row: DictRow, change: MeetingChange, now: datetime) -> Occurrence:
    """A new rule for a meeting, from its next occurrence on."""
    try:
        if row["type"] != "recurring":
            start = change.scheduled_start_time or row["scheduled_start_time"]
            end = change.scheduled_end_time or row["scheduled_end_time"]
            if end is None or change.recurrence is None:
                raise BadRule("a recurring meeting needs an end")
            segment = change.recurrence.planned(start, end)
            occurrences.put_segment(conn, row["id"], segment)
            return first_of(segment)
        at = row["occurrence_start"]
        wanted = OccurrenceChange.model_construct(
            {"start"}, start=change.scheduled_start_time, end=change.scheduled_end_time
        )
        return follow(conn, row, at, wanted, recurrence=change.recurrence, now=now)
    except BadRule as error:
        raise invalid(str(error), field="recurrence") from error


def follow(
    conn: Conn,
    row: DictRow,
    at: datetime,
    change: OccurrenceChange,
    *,
    recurrence: Recurrence | None,
    now: datetime,
) -> Occurrence:
    """End the rule before the occurrence `at` and go on from it with another; the meeting's next occurrence.

    Rules that began later keep their dates and take over what is named here, unless another rule is: that one
    takes their place. Raises BadRule.
    """
    series = occurrences.series(conn, row["id"], since=now)
    segment = series.segment_of(at)
    if segment is None or not segment.has(at):
        raise BadRule("there is no occurrence at that time")
    if len(series.segments) >= MAX_SEGMENTS:
        raise BadRule("it was changed too often: make a new meeting")
    start = change.start or at
    left = cut(segment, at)
    if left is not None and next(left.starts(start, Work()), None) is not None:
        raise BadRule("it would come before the one before it")
    rules = [_going_on(segment, at, change, recurrence)]
    if recurrence is None and change.rule is None:
        later = [each for each in series.segments if each.valid_from > segment.valid_from]
        rules = joined([*rules, *(_taking_over(each, segment, at, change) for each in later)])
    occurrences.drop_rules_from(conn, row["id"], at)
    for each in (left, *rules):
        if each is not None:
            occurrences.put_segment(conn, row["id"], each)
    if recurrence is not None or change.moves:
        occurrences.drop_changes_from(conn, row["id"], at)
    else:
        words = {"title": change.title, "description": change.description}
        occurrences.reword_from(conn, row["id"], at, **words, now=now)
    found = occurrences.series(conn, row["id"], since=now).next_after(now)
    if found is None:
        raise BadRule("nothing of it would be left to come")
    return found


def _taking_over(later: Segment, segment: Segment, at: datetime, change: OccurrenceChange) -> Segment:
    """A later rule as it is when that of `segment` changes from `at` on. A new start sets its clock, and as
    many days earlier or later; a new end is its length; what is not named stays."""
    if not change.moves:
        return _named(later, change)
    begin = later.valid_from
    if change.start is not None:
        zone = ZoneInfo(change.timezone or segment.timezone)
        days = change.start.astimezone(zone).date() - at.astimezone(segment.zone).date()
        local = datetime.combine(later.local_start.date() + days, change.start.astimezone(zone).time())
        begin = instant_of(local, zone)
    length = change.end - (change.start or at) if change.end else later.duration
    zone_name = change.timezone or (later if change.start is None else segment).timezone
    made = continued(later, later.valid_from, start=begin, end=begin + length, timezone=zone_name)
    return _named(made, change)


def _named(segment: Segment, change: OccurrenceChange) -> Segment:
    return replace(
        segment,
        title=change.title or segment.title,
        description=change.description or segment.description,
    )


def _going_on(
    segment: Segment, at: datetime, change: OccurrenceChange, recurrence: Recurrence | None
) -> Segment:
    start = change.start or at
    end = change.end or start + segment.duration
    if recurrence is not None:
        new = recurrence.planned(start, end)
    elif change.rule is not None:
        new = plan(change.rule, change.timezone or segment.timezone, start=start, end=end)
    else:
        new = continued(segment, at, start=start, end=end, timezone=change.timezone)
    return _named(replace(new, title=segment.title, description=segment.description), change)
