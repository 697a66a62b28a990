"""A time zone as iCalendar has it (RFC 5545 section 3.6.5): yearly rules, as far as the zone keeps to any.

Not icalendar's own, which ends in 2038 and tells each change of the clock an hour late.
"""

import calendar
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from convoke.meetings.rrule import WEEKDAYS

if TYPE_CHECKING:
    from icalendar import Timezone
    from icalendar.cal import Component

# A zone that has changed its clock in the same way for so long is taken to go on; another is listed so far.
YEARS = 12


def component(name: str, year: int) -> "Timezone":
    """The zone from the year before `year` on."""
    from icalendar import Timezone  # noqa: PLC0415 (50 ms, for what shows calendars)

    zone, first = ZoneInfo(name), year - 1
    by_year = [_changes(name, each) for each in range(first, first + YEARS)]
    made = Timezone()
    made.add("tzid", name)
    january = datetime(first, 1, 1, tzinfo=UTC)
    made.add_component(_observance(zone, january, january - timedelta(days=1)))
    regular = all(len(changes) == len(by_year[0]) for changes in by_year)
    for group in zip(*by_year, strict=True) if regular else [[each for some in by_year for each in some]]:
        rule = _rule(zone, group) if regular else None
        for instant in group[:1] if rule else group:
            observance = _observance(zone, instant, instant - timedelta(seconds=1))
            if rule:
                observance.add("rrule", rule)
            made.add_component(observance)
    return made


def _observance(zone: ZoneInfo, instant: datetime, before: datetime) -> "Component":
    """What the clock shows from an instant on; its start is told by the clock as it was until then."""
    from icalendar import TimezoneDaylight, TimezoneStandard  # noqa: PLC0415

    now, was = instant.astimezone(zone), before.astimezone(zone)
    offset_was = was.utcoffset() or timedelta()
    made = TimezoneDaylight() if now.dst() else TimezoneStandard()
    made.add("dtstart", (instant + offset_was).replace(tzinfo=None))
    made.add("tzoffsetfrom", offset_was)
    made.add("tzoffsetto", now.utcoffset() or timedelta())
    made.add("tzname", now.tzname() or zone.key)
    return made


@cache
def _changes(name: str, year: int) -> list[datetime]:
    """The instants of a year at which the zone's offset changes."""
    zone = ZoneInfo(name)
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    while day.year == year:
        following = day + timedelta(days=1)
        if _offset(zone, day) != _offset(zone, following):
            found.append(_between(zone, day, following))
        day = following
    return found


def _between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    old = _offset(zone, low)
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
        low, high = (middle, high) if _offset(zone, middle) == old else (low, middle)
    return high


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta | None:
    return instant.astimezone(zone).utcoffset()


def _rule(zone: ZoneInfo, changes: "list[datetime] | tuple[datetime, ...]") -> dict[str, object] | None:
    """The yearly rule that all of them keep to, if there is one."""
    told = [instant + (_offset(zone, instant - timedelta(seconds=1)) or timedelta()) for instant in changes]
    same = {
        (each.month, each.weekday(), each.time(), _offset(zone, instant))
        for each, instant in zip(told, changes, strict=True)
    }
    if len(same) != 1:
        return None
    [(month, weekday, _, _)] = same
    from_start = {(each.day - 1) // 7 + 1 for each in told}
    from_end = {-((calendar.monthrange(each.year, month)[1] - each.day) // 7 + 1) for each in told}
    # Counted from the end first: the last Sunday is the fourth for years at a time.
    for counted in (from_end, from_start):
        if len(counted) == 1:
            return {"freq": "yearly", "bymonth": month, "byday": f"{counted.pop()}{WEEKDAYS[weekday]}"}
    return None
