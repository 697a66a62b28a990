"""Rows as the shapes that clients get: one place that decides which columns leave the house."""

from collections.abc import Mapping
from typing import Any

from convoke.meetings.model import (
    Controller,
    EntranceSettings,
    Meeting,
    MeetingEntrance,
    Participant,
    ParticipantRecord,
    ToldSettings,
)
from convoke.settings import settings

Row = Mapping[str, Any]


def meeting_of(row: Row) -> Meeting:
    """From a row of `store.meetings.COLUMNS`."""
    plain = {name: row[name] for name in Meeting.model_fields if name in row}
    return Meeting(**plain, settings=ToldSettings(**_settings(row, ToldSettings)), join_url=join_url(row))


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
