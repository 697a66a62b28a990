"""The dates of a recurrence rule, with bounded work for any rule.

Not python-dateutil's, which walks to the year 9999 for a rule without dates (docs/decisions/0012); tests
compare the two. What it costs is counted in days looked at, so that a test can tell.
"""

import calendar
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import islice

from convoke.meetings.rrule import LAST_YEAR, BadRule, Rule

# Days looked at in one go: thirty years of any rule that has a date in each of them.
WORK_LIMIT = 12_000


class Work:
    """Days that may still be looked at. Raises BadRule when none is left."""

    def __init__(self, limit: int = WORK_LIMIT) -> None:
        self.limit = limit
        self.spent = 0

    def spend(self, days: int) -> None:
        self.spent += days
        if self.spent > self.limit:
            raise BadRule("the rule has too few dates to be searched for them")


def dates(rule: Rule, start: date, *, since: date, work: Work, until: date | None = None) -> Iterator[date]:
    """The dates of a rule that began at `start`, from `since` on, whatever its COUNT and UNTIL; no day is
    looked at in periods that begin after `until`.

    Goes straight to `since`: to read this week of a rule of twenty years costs this week.
    """
    anchored = _anchored(rule, start)
    first = max(since, start)
    for number in range(_period_of(rule, start, first), 1 << 30):
        days = _period(anchored, start, number)
        if not days or days[0].year > LAST_YEAR or (until is not None and days[0] > until):
            return
        work.spend(len(days))
        kept = [day for day in days if _keeps(anchored, day)]
        if rule.by_position:
            kept = _chosen(kept, rule.by_position)
        yield from (day for day in kept if day >= first)


def nth_date(rule: Rule, start: date, n: int, *, work: Work) -> date | None:
    """The date with that number, counted from 1; None when the rule has not so many."""
    return next(islice(dates(rule, start, since=start, work=work), n - 1, None), None)


def _anchored(rule: Rule, start: date) -> Rule:
    """What the rule leaves open is taken from its start."""
    if rule.by_day or rule.by_month_day or rule.by_year_day or rule.freq == "DAILY":
        return rule
    if rule.freq == "WEEKLY":
        return replace(rule, by_day=((0, start.weekday()),))
    if rule.freq == "MONTHLY":
        return replace(rule, by_month_day=(start.day,))
    return replace(rule, by_month=rule.by_month or (start.month,), by_month_day=(start.day,))


def _period_of(rule: Rule, start: date, day: date) -> int:
    """How many steps of the rule lie between the periods of its start and of `day`, which is not earlier."""
    match rule.freq:
        case "DAILY":
            away = (day - start).days
        case "WEEKLY":
            away = (_week(rule, day) - _week(rule, start)).days // 7
        case "MONTHLY":
            away = (day.year - start.year) * 12 + day.month - start.month
        case _:
            away = day.year - start.year
    return away // rule.interval


def _week(rule: Rule, day: date) -> date:
    return day - timedelta(days=(day.weekday() - rule.week_start) % 7)


def _period(rule: Rule, start: date, number: int) -> list[date]:
    """All days of a period that could be meant; none beyond the last year."""
    step = number * rule.interval
    match rule.freq:
        case "DAILY" | "WEEKLY":
            size = 1 if rule.freq == "DAILY" else 7
            first = (start if size == 1 else _week(rule, start)).toordinal() + step * size
            if first > date(LAST_YEAR, 12, 31).toordinal():
                return []
            return [date.fromordinal(first + offset) for offset in range(size)]
        case "MONTHLY":
            year, month = divmod(start.year * 12 + start.month - 1 + step, 12)
            return _months(year, (month + 1,))
        case _:
            return _months(start.year + step, rule.by_month or tuple(range(1, 13)))


def _months(year: int, months: tuple[int, ...]) -> list[date]:
    if year > LAST_YEAR:
        return []
    return [
        date(year, month, day)
        for month in months
        for day in range(1, calendar.monthrange(year, month)[1] + 1)
    ]


def _keeps(rule: Rule, day: date) -> bool:
    if rule.by_month and day.month not in rule.by_month:
        return False
    in_month = calendar.monthrange(day.year, day.month)[1]
    if rule.by_month_day and not {day.day, day.day - in_month - 1} & set(rule.by_month_day):
        return False
    of_year, in_year = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    if rule.by_year_day and not {of_year, of_year - in_year - 1} & set(rule.by_year_day):
        return False
    if not rule.by_day:
        return True
    if rule.freq == "MONTHLY" or rule.by_month:
        number, size = day.day, in_month
    else:
        number, size = of_year, in_year
    names = {0, (number - 1) // 7 + 1, -((size - number) // 7 + 1)}
    return any(weekday == day.weekday() and n in names for n, weekday in rule.by_day)


def _chosen(days: list[date], positions: tuple[int, ...]) -> list[date]:
    at = {position - 1 if position > 0 else len(days) + position for position in positions}
    return [day for index, day in enumerate(days) if index in at]
