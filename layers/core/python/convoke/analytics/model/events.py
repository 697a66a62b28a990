"""Events on their way from the outbox to Cassandra."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

SHARDS = 64
"""Partitions of one day in `events_by_day`."""
LONGEST = 1_000_000
"""Characters of data in one event: Keyspaces and the local Cassandra take rows of up to 1 MB."""
KEPT_DAYS = 40
"""As long as `events_by_day` keeps an event: an older day cannot be rolled up again."""
LEAVING = frozenset({"participant.left", "participant.removed"})
STAYED = "participant.stayed"
"""At midnight: in since before this day. Only days have it, to count by; no meeting's story does."""
OF_CALLS = frozenset({"call.started", "call.ended"})
CALL_ROOM = {"meeting_type": "call"}
"""In the data of whatever happens in a call's room: by it every day knows such a room, also one between."""
_json = json.JSONEncoder(separators=(",", ":")).encode
_FIRST_PAUSE = timedelta(seconds=2)
_LONGEST_PAUSE = timedelta(minutes=5)


class Unwritable(ValueError):  # noqa: N818 - reads as what it says
    """No store can take this event; the text says why."""


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the outbox as Cassandra gets it."""

    id: UUID
    kind: str
    at: datetime
    meeting_id: UUID | None
    user_id: UUID | None
    participant_id: UUID | None
    user_name: str | None
    region: str
    device_type: str
    account_type: str
    data: dict[str, str]

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def hour(self) -> datetime:
        return self.at.replace(minute=0, second=0, microsecond=0)

    @property
    def shard(self) -> int:
        return shard_of(self.meeting_id, self.id)

    def stayed(self) -> "list[Event]":
        """What a leave has to tell the whole days between, which have no event of this stay: one for each."""
        since = began(self.kind, self.data)
        if since is None:
            return []
        days = whole_days(since, self.at)[-KEPT_DAYS:]
        data = CALL_ROOM if in_call(self.kind, self.data) else {}
        return [replace(self, kind=STAYED, at=midnight(day), data=data) for day in days]

    @property
    def size(self) -> int:
        """Roughly the bytes of one of its rows: columns, and text that is mostly ASCII."""
        return 150 + sum(len(name) + len(value) + 8 for name, value in self.data.items())


def shard_of(meeting_id: UUID | None, event_id: UUID) -> int:
    """All events of one meeting share a shard, so that a rollup needs no more than one shard in memory."""
    return (meeting_id or event_id).int % SHARDS


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def whole_days(since: datetime, until: datetime) -> list[date]:
    """The UTC days of which no moment is outside."""
    first = since.astimezone(UTC).date() + timedelta(days=1)
    return [first + timedelta(days=n) for n in range((until.astimezone(UTC).date() - first).days)]


def began(kind: str, data: Mapping[str, str]) -> datetime | None:
    """Since when somebody was in who leaves by this event; None: it is no leave, or of nobody who was in."""
    if kind not in LEAVING or data.get("from", "joined") != "joined":
        return None
    try:
        moment = datetime.fromisoformat(data.get("joined_at", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def in_call(kind: str, data: Mapping[str, str]) -> bool:
    """Whether it happened in a call's room."""
    return kind in OF_CALLS or CALL_ROOM.items() <= data.items()


def text_of(data: Any) -> dict[str, str]:
    """`event_data`: text stays, everything else is its JSON, null is left out. Raises Unwritable."""
    if not isinstance(data, Mapping):
        raise Unwritable("the data are not an object")
    made = {
        name: value if isinstance(value, str) else _json(value)
        for name, value in data.items()
        if value is not None
    }
    length = sum(map(len, made)) + sum(map(len, made.values()))
    if length > LONGEST:
        raise Unwritable(f"the data have {length} characters, more than the {LONGEST} of a row")
    return made


def pause_after(attempts: int) -> timedelta:
    """How long an event waits after its `attempts`-th failure: 2, 4, 8 … seconds, at most five minutes."""
    return min(_FIRST_PAUSE * (1 << min(attempts - 1, 10)), _LONGEST_PAUSE)
