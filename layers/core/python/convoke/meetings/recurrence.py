"""Recurring meetings: rules on a clock's face, the instants they mean, and what differs from the rule.

The clock stays and the instant moves when summer time begins or ends. A time that the clock jumps over counts
by the offset before the jump, one that comes twice is the first (RFC 5545 section 3.3.5), as calendars do.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from convoke.meetings.rrule import LAST_YEAR, BadRule, Rule, parse
from convoke.meetings.rule_dates import WORK_LIMIT, Work, dates, nth_date

MAX_DURATION = timedelta(days=1)
MIN_DURATION = timedelta(minutes=1)
# To find the end of a rule that has one: a thousand dates of which each is years from the next are too many.
COUNTING_WORK = 3 * WORK_LIMIT


@dataclass(frozen=True)
class Segment:
    """One rule of a series, from its first start to the moment after which none is (None: never ends)."""

    rule: Rule
    timezone: str
    local_start: datetime
    duration: timedelta
    valid_until: datetime | None
    exceptions: frozenset[datetime] = frozenset()
    title: str | None = None
    description: str | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def valid_from(self) -> datetime:
        return instant_of(self.local_start, self.zone)

    def starts(self, since: datetime, work: Work, until: datetime | None = None) -> Iterator[datetime]:
        """Starts from `since` on and not after `until`, in order, without the exceptions. A date that would
        take too much work to find is none: a calendar, and the end of a meeting, must not fail for it."""
        zone, clock = self.zone, self.local_start.time()
        # A day earlier, and one later: instants of two zones differ by up to a day.
        first = (max(since, self.valid_from).astimezone(zone) - timedelta(days=1)).date()
        last = min((each for each in (self.valid_until, until) if each is not None), default=None)
        final = (last.astimezone(zone) + timedelta(days=1)).date() if last is not None else None
        with suppress(BadRule):
            for day in dates(self.rule, self.local_start.date(), since=first, work=work, until=final):
                start = instant_of(datetime.combine(day, clock), zone)
                if last is not None and start > last:
                    return
                if start >= max(since, self.valid_from) and start not in self.exceptions:
                    yield start

    def has(self, start: datetime) -> bool:
        return next(self.starts(start, Work(), start), None) == start


@dataclass(frozen=True)
class Occurrence:
    """One meeting of a series: by its rule, or as it was changed or held."""

    original_start: datetime
    start: datetime
    end: datetime
    status: str = "scheduled"
    title: str | None = None
    description: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration_seconds: int | None = None
    total_participants: int | None = None
    changed: bool = False


@dataclass(frozen=True)
class Series:
    """A recurring meeting's segments, and the occurrences of which more is known than the rule says."""

    segments: Sequence[Segment]
    known: Mapping[datetime, Occurrence] = field(default_factory=dict)

    def occurrences(self, since: datetime, until: datetime, work: Work) -> Iterator[Occurrence]:
        """Those that end after `since` and begin before `until`, in order, cancelled ones too."""
        known = sorted(
            (each for each in self.known.values() if each.end > since and each.start < until),
            key=lambda each: each.start,
        )
        by_rule = takewhile(lambda each: each.start < until, self._by_rule(since, until, work))
        yield from heapq.merge(by_rule, known, key=lambda each: each.start)

    def next_after(self, now: datetime, *, besides: datetime | None = None) -> Occurrence | None:
        """What comes next, or is planned for this moment; not the one that by the rule began at `besides`."""
        horizon = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)
        for each in self.occurrences(now, horizon, Work()):
            if each.status == "scheduled" and each.original_start != besides:
                return each
        return None

    def at(self, original_start: datetime) -> Occurrence | None:
        """The occurrence with that start by its rule."""
        if original_start in self.known:
            return self.known[original_start]
        segment = self.segment_of(original_start)
        if segment is None or not segment.has(original_start):
            return None
        return _plain(segment, original_start)

    def segment_of(self, original_start: datetime) -> Segment | None:
        """The rule that is in force at that moment."""
        return next((each for each in reversed(self.segments) if each.valid_from <= original_start), None)

    def _by_rule(self, since: datetime, until: datetime, work: Work) -> Iterator[Occurrence]:
        for segment in self.segments:
            for start in segment.starts(since - segment.duration, work, until):
                if start + segment.duration > since and start not in self.known:
                    yield _plain(segment, start)


def _plain(segment: Segment, start: datetime) -> Occurrence:
    return Occurrence(
        start, start, start + segment.duration, title=segment.title, description=segment.description
    )


def instant_of(local: datetime, zone: ZoneInfo) -> datetime:
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def plan(
    rule_text: str,
    timezone: str,
    *,
    start: datetime,
    end: datetime,
    exceptions: Sequence[datetime] = (),
) -> Segment:
    """A checked segment. Raises BadRule for a rule, a start or a length that a meeting cannot have."""
    duration = end - start
    if not MIN_DURATION <= duration <= MAX_DURATION:
        raise BadRule("a recurring meeting lasts from a minute to a day")
    if start.second or start.microsecond:
        raise BadRule("a recurring meeting starts at a full minute")
    rule, zone = parse(rule_text), ZoneInfo(timezone)
    local = start.astimezone(zone).replace(tzinfo=None, fold=0)
    if instant_of(local, zone) != start.astimezone(UTC):
        raise BadRule("the start is in the hour that comes twice when summer time ends: take another")
    segment = Segment(
        rule,
        timezone,
        local,
        duration,
        valid_until=_last_moment(rule, local, zone),
        exceptions=frozenset(each.astimezone(UTC) for each in exceptions),
    )
    _require_first(segment)
    return segment


def _require_first(segment: Segment) -> None:
    first = next(
        dates(segment.rule, segment.local_start.date(), since=segment.local_start.date(), work=Work()), None
    )
    if first != segment.local_start.date():
        hint = f": the first one after it is {first}" if first else ""
        raise BadRule(f"the start must be a date of the rule{hint}")
    if segment.valid_until is not None and segment.valid_until < segment.valid_from:
        raise BadRule("the rule ends before the start")
    if next(segment.starts(segment.valid_from, Work()), None) is None:
        raise BadRule("the exceptions leave nothing of the rule")


def _last_moment(rule: Rule, local: datetime, zone: ZoneInfo) -> datetime | None:
    if rule.count is None:
        return rule.until_instant(zone)
    last = nth_date(rule, local.date(), rule.count, work=Work(COUNTING_WORK))
    if last is None:
        raise BadRule(f"the rule has not {rule.count} dates until {LAST_YEAR}")
    return instant_of(datetime.combine(last, local.time()), zone)


def cut(segment: Segment, at: datetime) -> Segment | None:
    """What is left of a segment before the occurrence `at`; None when that is its first."""
    if at <= segment.valid_from:
        return None
    last = at - timedelta(seconds=1)
    return replace(segment, rule=segment.rule.ending(last), valid_until=last)


def joined(segments: Sequence[Segment]) -> list[Segment]:
    """Each ends before the next one begins, or earlier; one of which nothing is left falls away."""
    parts = [
        each
        if each.valid_until is not None and each.valid_until < after.valid_from
        else cut(each, after.valid_from)
        for each, after in pairwise(segments)
    ]
    return [each for each in (*parts, segments[-1]) if each is not None]


def continued(
    segment: Segment, at: datetime, *, start: datetime, end: datetime, timezone: str | None
) -> Segment:
    """The same rule from the occurrence `at` on, which now is at `start`: as many dates as were left."""
    zone_name = timezone or segment.timezone
    days = (start.astimezone(ZoneInfo(zone_name)).date() - at.astimezone(segment.zone).date()).days
    rule = segment.rule.moved(days)
    if rule.count is not None:
        passed = _passed(segment, at)
        rule = rule.ending(None, rule.count - passed)
    elif segment.valid_until is not None:
        rule = rule.ending(segment.valid_until + (start - at))
    later = frozenset(each for each in segment.exceptions if each >= at) if start == at else frozenset()
    made = plan(rule.text(), zone_name, start=start, end=end, exceptions=sorted(later))
    return replace(made, title=segment.title, description=segment.description)


def _passed(segment: Segment, at: datetime) -> int:
    """How many dates of the rule lie before `at`; exceptions count, as in COUNT."""
    whole = replace(segment, exceptions=frozenset())
    begun = whole.starts(segment.valid_from, Work(COUNTING_WORK))
    return sum(1 for _ in takewhile(lambda start: start < at, begun))
