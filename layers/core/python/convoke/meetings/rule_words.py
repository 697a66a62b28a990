"""A recurrence rule in plain English, for people who would not read RRULE."""

import calendar
from datetime import datetime
from zoneinfo import ZoneInfo

from convoke.meetings.rrule import Rule

_UNITS = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_PLACES = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "second last"}
_WORKDAYS = ((0, 0), (0, 1), (0, 2), (0, 3), (0, 4))


def summary(rule: Rule, local_start: datetime, timezone: str) -> str:
    """ "Every 2 weeks on Monday and Wednesday at 09:00 (Europe/Berlin), 10 times"."""
    unit = _UNITS[rule.freq]
    often = f"Every {unit}" if rule.interval == 1 else f"Every {rule.interval} {unit}s"
    if rule.freq == "WEEKLY" and rule.interval == 1 and rule.by_day == _WORKDAYS:
        often = "Every weekday"
    else:
        often += _days(rule, local_start)
    return f"{often} at {local_start:%H:%M} ({timezone}){_end(rule, timezone)}"


def _days(rule: Rule, start: datetime) -> str:
    words = ""
    chosen = [_PLACES.get(position, f"{position}.") for position in rule.by_position]
    if rule.by_day:
        names = [_weekday(n, day) for n, day in rule.by_day]
        if chosen:
            days = "weekday" if rule.by_day == _WORKDAYS else _joined(names, "or")
            words += f" on the {_joined(chosen)} {days}"
        else:
            words += f" on {_joined(names)}"
    elif rule.freq == "WEEKLY":
        words += f" on {calendar.day_name[start.weekday()]}"
    if rule.by_month_day or (rule.freq == "MONTHLY" and not rule.by_day):
        days = _joined([_month_day(day) for day in rule.by_month_day or (start.day,)])
        words += f" on {days}"
    if rule.by_year_day:
        words += f" on day {_joined([str(day) for day in rule.by_year_day])} of the year"
    if rule.by_month:
        words += f" in {_joined([calendar.month_name[month] for month in rule.by_month])}"
    elif rule.freq == "YEARLY" and not (rule.by_day or rule.by_month_day or rule.by_year_day):
        words += f" on {calendar.month_name[start.month]} {start.day}"
    return words


def _end(rule: Rule, timezone: str) -> str:
    if rule.count is not None:
        return ", once" if rule.count == 1 else f", {rule.count} times"
    until = rule.until_instant(ZoneInfo(timezone))
    if until is None:
        return ""
    last = until.astimezone(ZoneInfo(timezone))
    return f", until {calendar.month_name[last.month]} {last.day}, {last.year}"


def _weekday(n: int, day: int) -> str:
    name = calendar.day_name[day]
    return name if n == 0 else f"the {_PLACES.get(n, f'{n}.')} {name}"


def _month_day(day: int) -> str:
    return (
        f"day {day}" if day > 0 else f"the {'last' if day == -1 else _PLACES.get(day, f'{-day}. last')} day"
    )


def _joined(words: list[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
