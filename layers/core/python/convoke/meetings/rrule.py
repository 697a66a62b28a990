"""RFC 5545's recurrence rules as meetings have them: whole days, no part that could explode."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
MAX_LENGTH = 300
# One that is ended by "this and all following" has an UNTIL more than what was asked for.
MAX_KEPT_LENGTH = 400
MAX_COUNT = 1000
MAX_INTERVAL = 366
LAST_YEAR = 2200

_NUMBERS = re.compile(r"[+-]?\d{1,3}(,[+-]?\d{1,3})*")
_BYDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"\d{8}(T\d{6}Z?)?")


class BadRule(ValueError):  # noqa: N818 - reads as what it says
    """Not a rule that a meeting can have; the text is for whoever wrote it."""


@dataclass(frozen=True)
class Rule:
    """A parsed rule. `by_day` holds (n, weekday): n is 0 for "every", else the nth or nth last."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: str | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_year_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    by_position: tuple[int, ...] = ()
    week_start: int = 0

    def text(self) -> str:
        """In RFC 5545's form, always the same for the same rule."""
        parts = [f"FREQ={self.freq}"]
        if self.interval != 1:
            parts.append(f"INTERVAL={self.interval}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            parts.append(f"UNTIL={self.until}")
        lists = {
            "BYMONTH": self.by_month,
            "BYYEARDAY": self.by_year_day,
            "BYMONTHDAY": self.by_month_day,
            "BYDAY": [f"{n or ''}{WEEKDAYS[day]}" for n, day in self.by_day],
            "BYSETPOS": self.by_position,
        }
        parts += [f"{name}={','.join(map(str, values))}" for name, values in lists.items() if values]
        if self.week_start:
            parts.append(f"WKST={WEEKDAYS[self.week_start]}")
        return ";".join(parts)

    def until_instant(self, zone: ZoneInfo) -> datetime | None:
        """The last moment at which a start may be. A date alone is that whole day in the meeting's zone."""
        if self.until is None:
            return None
        if len(self.until) == 8:
            day = datetime.strptime(self.until, "%Y%m%d").date()  # noqa: DTZ007 (its zone comes next)
            return datetime.combine(day, time(23, 59, 59), zone).astimezone(UTC)
        read = datetime.strptime(self.until.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007
        return read.replace(tzinfo=UTC if self.until.endswith("Z") else zone).astimezone(UTC)

    def ending(self, last: datetime | None, count: int | None = None) -> "Rule":
        """The same, with another end."""
        until = None if last is None else f"{last.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        return replace(self, until=until, count=count)

    def moved(self, days: int) -> "Rule":
        """For a start that many days later: a weekly rule's weekdays go along with it."""
        if self.freq != "WEEKLY":
            return self
        return replace(self, by_day=tuple(sorted((n, (day + days) % 7) for n, day in self.by_day)))


def parse(text: str) -> Rule:
    """A rule from its text. Raises BadRule for what is no rule, or none that meetings have."""
    text = text.strip().removeprefix("RRULE:")
    if not 0 < len(text) <= MAX_KEPT_LENGTH:
        raise BadRule(f"must have 1 to {MAX_KEPT_LENGTH} characters")
    parts: dict[str, str] = {}
    for part in text.upper().split(";"):
        name, _, value = part.partition("=")
        if not value or name in parts:
            raise BadRule(f"cannot be read at {part[:40]!r}")
        parts[name] = value
    rule = _read(parts)
    _check(rule)
    return rule


def _read(parts: dict[str, str]) -> Rule:
    freq = parts.pop("FREQ", "")
    if freq not in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        raise BadRule("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    rule = Rule(
        freq=freq,
        interval=_number(parts.pop("INTERVAL", "1"), "INTERVAL", MAX_INTERVAL),
        count=_number(parts.pop("COUNT"), "COUNT", MAX_COUNT) if "COUNT" in parts else None,
        until=_until(parts.pop("UNTIL")) if "UNTIL" in parts else None,
        by_day=_days(parts.pop("BYDAY", "")),
        by_month_day=_numbers(parts.pop("BYMONTHDAY", ""), "BYMONTHDAY", 31),
        by_year_day=_numbers(parts.pop("BYYEARDAY", ""), "BYYEARDAY", 366),
        by_month=_numbers(parts.pop("BYMONTH", ""), "BYMONTH", 12),
        by_position=_numbers(parts.pop("BYSETPOS", ""), "BYSETPOS", 366),
        week_start=_weekday(parts.pop("WKST", "MO")),
    )
    if parts:
        raise BadRule(f"{next(iter(parts))[:40]} is not for meetings: the time of day is the start's")
    return rule


def _check(rule: Rule) -> None:
    """What RFC 5545 section 3.3.10 does not allow together."""
    numbered = any(n for n, _ in rule.by_day)
    most = 5 if rule.freq == "MONTHLY" or rule.by_month else 53
    wrong = {
        "COUNT and UNTIL exclude each other": rule.count is not None and rule.until is not None,
        "BYDAY has numbers in monthly and yearly rules only": numbered
        and rule.freq not in ("MONTHLY", "YEARLY"),
        f"BYDAY counts to {most} here": any(abs(n) > most for n, _ in rule.by_day),
        "BYDAY is numbered for all days or for none": numbered and not all(n for n, _ in rule.by_day),
        "BYMONTHDAY is not for weekly rules": bool(rule.by_month_day) and rule.freq == "WEEKLY",
        "BYYEARDAY is for yearly rules only": bool(rule.by_year_day) and rule.freq != "YEARLY",
        "BYMONTH must be 1 to 12": any(month < 1 for month in rule.by_month),
        "BYSETPOS chooses among days that another BY part names": bool(rule.by_position)
        and not (rule.by_day or rule.by_month_day or rule.by_year_day or rule.by_month),
    }
    for reason, holds in wrong.items():
        if holds:
            raise BadRule(reason)


def _number(text: str, name: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= len(text) <= 9 or not 1 <= int(text) <= most:
        raise BadRule(f"{name} must be 1 to {most}")
    return int(text)


def _numbers(text: str, name: str, most: int) -> tuple[int, ...]:
    if not text:
        return ()
    if not _NUMBERS.fullmatch(text):
        raise BadRule(f"{name} must be a list of numbers")
    values = sorted({int(value) for value in text.split(",")})
    if not all(1 <= abs(value) <= most for value in values):
        raise BadRule(f"{name} must be within {most}")
    return tuple(values)


def _days(text: str) -> tuple[tuple[int, int], ...]:
    found = set()
    for part in text.split(",") if text else ():
        match = _BYDAY.fullmatch(part)
        if match is None or (match[1] and int(match[1]) == 0):
            raise BadRule("BYDAY must be a list like MO,WE or 2TU or -1FR")
        found.add((int(match[1] or 0), _weekday(match[2])))
    return tuple(sorted(found))


def _weekday(text: str) -> int:
    if text not in WEEKDAYS:
        raise BadRule("a weekday is one of MO, TU, WE, TH, FR, SA, SU")
    return WEEKDAYS.index(text)


def _until(text: str) -> str:
    if not _UNTIL.fullmatch(text):
        raise BadRule("UNTIL must be like 20271231 or 20271231T220000Z")
    try:
        instant = Rule("DAILY", until=text).until_instant(ZoneInfo("UTC"))
    except ValueError as error:
        raise BadRule("UNTIL is not a date") from error
    if instant is None or not 2000 <= instant.year <= LAST_YEAR:
        raise BadRule(f"UNTIL must be between the years 2000 and {LAST_YEAR}")
    return text
