"""Rows as the shapes that clients get: one place that decides which columns leave the house."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from convoke.meetings.breakouts import Breakouts
from convoke.meetings.model import (
    Controller,
    EntranceSettings,
    Meeting,
    MeetingEntrance,
    Participant,
    ParticipantRecord,
    ToldSettings,
)
from convoke.meetings.rrule import parse
from convoke.meetings.rule_words import summary
from convoke.meetings.schedule import NextOccurrence, ToldRecurrence
from convoke.settings import settings

Row = Mapping[str, Any]


def meeting_of(row: Row) -> Meeting:
    """From a row of `store.meetings.COLUMNS`."""
    plain = {name: row[name] for name in Meeting.model_fields if name in row}
    plain |= {"recurrence": recurrence_of(row), "next_occurrence": _next_occurrence(row)}
    return Meeting(**plain, settings=ToldSettings(**_settings(row, ToldSettings)), join_url=join_url(row))


def recurrence_of(row: Row) -> ToldRecurrence | None:
    """The rule in force, from a row of `store.meetings.COLUMNS`."""
    found = row["recurrence"]
    if found is None:
        return None
    local_start = datetime.fromisoformat(found["local_start"])
    words = summary(parse(found["rule"]), local_start, found["timezone"])
    return ToldRecurrence(**{**found, "summary": words})


def _next_occurrence(row: Row) -> NextOccurrence | None:
    found = row["recurrence"]
    if found is None or row["status"] not in ("scheduled", "active"):
        return None
    return NextOccurrence(
        original_start=row["occurrence_start"],
        start=row["scheduled_start_time"],
        end=row["scheduled_end_time"],
        status=row["status"],
        title=found["title"] or row["title"],
    )


def entrance_of(row: Row) -> MeetingEntrance:
    """The reduced form, from a row of `find_meeting` or of `store.meetings.COLUMNS`."""
    plain = {name: row[name] for name in MeetingEntrance.model_fields if name in row}
    return MeetingEntrance(
        **plain, settings=EntranceSettings(**_settings(row, EntranceSettings)), join_url=join_url(row)
    )


def _settings(row: Row, shape: type[ToldSettings] | type[EntranceSettings]) -> dict[str, Any]:
    return {name: row[name] for name in shape.model_fields}


def participant_of(row: Row) -> Participant:
    """From a row of `store.participants.COLUMNS`; without address and user agent."""
    return Participant(**{name: row[name] for name in Participant.model_fields})


def breakouts_of(row: Row | None) -> Breakouts | None:
    """From a row of `store.breakouts.whole`; a meeting may have none."""
    return None if row is None else Breakouts.model_validate(dict(row))


def record_of(row: Row, *, in_full: bool) -> ParticipantRecord:
    if not in_full:
        return ParticipantRecord(**participant_of(row).model_dump())
    return ParticipantRecord(**{name: row[name] for name in ParticipantRecord.model_fields})


def join_url(row: Row) -> str:
    return f"{settings().public_url}/m/{row['code']}"


def controller() -> Controller:
    """This deployment, which serves the meetings that are joined through it."""
    here = settings()
    return Controller(id=here.controller_id, endpoint=here.socket_url, region=here.region)
