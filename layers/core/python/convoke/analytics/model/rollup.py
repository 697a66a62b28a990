"""The arithmetic of a day: events of one shard in, what they add up to out. Pure; the I/O is in actions.

A shard holds all events of its meetings, so whatever is counted once per meeting is counted within a shard
and the shards are added up. State: the shard's meetings, one small number for each region, device and account
type, and one array of seconds for each of these (the peaks). Sums by user leave at the end of each shard.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from convoke.analytics.model.events import LEAVING, STAYED, began, in_call, midnight
from convoke.analytics.model.usage import ALL, UNKNOWN, DayEvent, Dimension, Metric

DAY_SECONDS = 86_400
# More values than this in one dimension are no regions or device types any more.
MAX_VALUES = 64
OTHER = "other"
COUNTED: dict[str, Metric] = {
    "message.sent": Metric.MESSAGES,
    "call.started": Metric.CALLS,
    "match.made": Metric.MATCHES,
    "recording.started": Metric.RECORDINGS,
}
SECONDS_METRICS = frozenset({Metric.MEETING_MINUTES, Metric.PARTICIPANT_MINUTES})

Key = tuple[Metric, Dimension, str]
UserSum = Callable[[UUID, Metric, int], None]
_Group = tuple[Dimension, str]
_SHARED = (
    (Dimension.REGION, "region"),
    (Dimension.DEVICE, "device_type"),
    (Dimension.ACCOUNT, "account_type"),
)


@dataclass(slots=True)
class _Stay:
    """One participant's time in a meeting on this day, in seconds since midnight."""

    user_id: UUID | None
    groups: tuple[_Group, ...]
    since: float | None = None
    spans: list[tuple[float, float]] = field(default_factory=list)
    came: bool = False


@dataclass(slots=True)
class _Meeting:
    stays: dict[UUID, _Stay] = field(default_factory=dict)
    first: float | None = None
    last: float = 0.0
    started: float | None = None
    is_call: bool = False


class DayCount:
    """Feed each shard's events in time order to `add_shard`; then `sums` are the day's.

    Who came on an earlier day is known by `participant.stayed` at midnight, or by leaving on this day.

    `until`: the moment up to which somebody who has not left is counted, now or the end of the day.
    """

    def __init__(self, day: date, until: datetime, by_user: UserSum) -> None:
        self._midnight = midnight(day)
        self._until = min(float(DAY_SECONDS), (until - self._midnight).total_seconds())
        self._by_user = by_user
        self._sums: Counter[Key] = Counter()
        self._changes: dict[_Group, array[int]] = {}
        self._values: dict[Dimension, set[str]] = {dimension: set() for dimension, _ in _SHARED}

    def add_shard(self, events: Iterable[DayEvent]) -> int:
        """→ how many events there were."""
        meetings: dict[UUID, _Meeting] = {}
        count = 0
        for event in events:
            count += 1
            at = (event.at - self._midnight).total_seconds()
            # The room of a call counts as a call, and as nothing else.
            if event.meeting_id is not None and in_call(event.kind, event.data):
                meetings.setdefault(event.meeting_id, _Meeting()).is_call = True
            if event.kind in COUNTED:
                self._add(COUNTED[event.kind], 1, self._groups(event), event.user_id)
            elif event.kind == "media.forwarded":
                octets = _whole(event.data.get("bytes"))
                self._add(Metric.BYTES, octets, self._groups(event), event.user_id)
            elif event.meeting_id is not None:
                self._follow(meetings.setdefault(event.meeting_id, _Meeting()), event, at)
        for meeting in meetings.values():
            self._finish(meeting)
        return count

    def sums(self) -> dict[Key, int]:
        """All but those by user. Minutes are rounded from the day's seconds, here and nowhere before."""
        found = {key: in_minutes(key[0], value) for key, value in self._sums.items()}
        for (dimension, value), changes in self._changes.items():
            found[Metric.PEAK, dimension, value] = _highest(changes)
        return {key: value for key, value in found.items() if value}

    def _follow(self, meeting: _Meeting, event: DayEvent, at: float) -> None:
        if event.kind == "participant.joined" and event.participant_id is not None:
            self._come(meeting, self._stay(meeting, event), at)
        elif event.kind == STAYED and event.participant_id is not None:
            self._come(meeting, self._stay(meeting, event), 0.0)
        elif event.kind in LEAVING and event.participant_id is not None:
            if event.data.get("from", "joined") == "joined":
                self._leave(meeting, self._stay(meeting, event), event, at)
        elif event.kind == "meeting.started":
            meeting.started = at
        elif event.kind in ("meeting.ended", "meeting.cancelled"):
            for stay in meeting.stays.values():
                self._close(meeting, stay, at)
            if meeting.first is not None:
                meeting.last = max(meeting.last, at)

    def _come(self, meeting: _Meeting, stay: _Stay, at: float) -> None:
        if stay.since is None:
            stay.since, stay.came = at, True
            meeting.first = at if meeting.first is None else min(meeting.first, at)

    def _leave(self, meeting: _Meeting, stay: _Stay, event: DayEvent, at: float) -> None:
        if stay.since is None and not stay.came:
            # In since the day before: the event says since when, and the day counts from midnight.
            since = began(event.kind, event.data)
            if since is None or since >= self._midnight:
                return  # the join of this day is still on its way; the next rollup has it
            self._come(meeting, stay, 0.0)
        self._close(meeting, stay, at)

    def _close(self, meeting: _Meeting, stay: _Stay, at: float) -> None:
        if stay.since is None:
            return
        stay.spans.append((stay.since, max(at, stay.since)))
        stay.since = None
        meeting.last = max(meeting.last, at)

    def _finish(self, meeting: _Meeting) -> None:
        if meeting.is_call:
            return
        for stay in meeting.stays.values():
            self._close(meeting, stay, max(self._until, stay.since or 0.0))
        people = [stay for stay in meeting.stays.values() if stay.came]
        if not people or meeting.first is None:
            return
        began = meeting.first if meeting.started is None else min(meeting.first, meeting.started)
        lasted = round(max(0.0, meeting.last - began))
        here = tuple({group: None for stay in people for group in stay.groups})
        self._add(Metric.MEETINGS, 1, here, None)
        self._add(Metric.MEETING_MINUTES, lasted, here, None)
        for user in {stay.user_id for stay in people if stay.user_id is not None}:
            self._by_user(user, Metric.MEETINGS, 1)
            self._by_user(user, Metric.MEETING_MINUTES, lasted)
        for stay in people:
            self._add(Metric.PARTICIPANTS, 1, stay.groups, stay.user_id)
            seconds = sum(until - since for since, until in stay.spans)
            self._add(Metric.PARTICIPANT_MINUTES, round(seconds), stay.groups, stay.user_id)
            for since, until in stay.spans:
                self._mark(stay, since, until)

    def _stay(self, meeting: _Meeting, event: DayEvent) -> _Stay:
        assert event.participant_id is not None  # noqa: S101 (both callers have looked)
        stay = meeting.stays.get(event.participant_id)
        if stay is None:
            stay = meeting.stays[event.participant_id] = _Stay(event.user_id, self._groups(event))
        return stay

    def _groups(self, event: DayEvent) -> tuple[_Group, ...]:
        """What an event counts for besides its user."""
        groups: list[_Group] = [(Dimension.TOTAL, ALL)]
        for dimension, name in _SHARED:
            value = getattr(event, name) or UNKNOWN
            known = self._values[dimension]
            if value not in known:
                if len(known) >= MAX_VALUES:
                    value = OTHER
                known.add(value)
            groups.append((dimension, value))
        return tuple(groups)

    def _add(self, metric: Metric, amount: int, groups: Iterable[_Group], user_id: UUID | None) -> None:
        for dimension, value in groups:
            self._sums[metric, dimension, value] += amount
        if user_id is not None and amount:
            self._by_user(user_id, metric, amount)

    def _mark(self, stay: _Stay, since: float, until: float) -> None:
        """One more from the second of coming to that of leaving; less than one counts as one."""
        first = min(int(since), DAY_SECONDS - 1)
        last = min(max(int(until), first + 1), DAY_SECONDS)
        for group in stay.groups:
            changes = self._changes.get(group)
            if changes is None:
                changes = self._changes[group] = array("i", bytes(4 * (DAY_SECONDS + 1)))
            changes[first] += 1
            changes[last] -= 1


def in_minutes(metric: Metric, value: int) -> int:
    """What is summed in seconds, as it is told: whole minutes, half of one rounded up."""
    return (value + 30) // 60 if metric in SECONDS_METRICS else value


def days_to_roll(now: datetime, *, days: int) -> list[date]:
    """Today and the `days - 1` before it, oldest first."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in range(days - 1, -1, -1)]


def _highest(changes: "array[int]") -> int:
    highest = running = 0
    for change in changes:
        running += change
        highest = max(highest, running)
    return highest


def _whole(text: str | None) -> int:
    """A count as events carry it; what is none counts nothing."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
