"""Dates of rules: those that python-dateutil finds, and work that a hostile rule cannot make grow."""

from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st

from convoke.meetings.rrule import MAX_COUNT, WEEKDAYS, BadRule, parse
from convoke.meetings.rule_dates import WORK_LIMIT, Work, dates, nth_date

starts = st.dates(date(2020, 1, 1), date(2030, 12, 31))
plain_days = st.lists(st.sampled_from(WEEKDAYS), max_size=4, unique=True)
month_days = st.lists(st.integers(-31, 31).filter(bool), max_size=3, unique=True)
months = st.lists(st.integers(1, 12), max_size=3, unique=True)


def _part(name: str, values: list[str] | list[int]) -> str:
    return f";{name}={','.join(map(str, values))}" if values else ""


@st.composite
def rules(draw: st.DrawFn) -> str:
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    text = f"FREQ={freq};INTERVAL={draw(st.integers(1, 5))}"
    if freq in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        numbered = draw(
            st.lists(st.sampled_from(["1MO", "2TU", "-1FR", "5SU", "-2WE"]), max_size=2, unique=True)
        )
        text += _part("BYDAY", numbered)
    else:
        text += _part("BYDAY", draw(plain_days))
    if freq != "WEEKLY":
        text += _part("BYMONTHDAY", draw(month_days))
    if freq == "YEARLY" and draw(st.booleans()):
        text += _part(
            "BYYEARDAY", draw(st.lists(st.sampled_from([1, 59, 60, 100, -1, -306]), max_size=2, unique=True))
        )
    text += _part("BYMONTH", draw(months))
    has_by = any(f"BY{part}=" in text for part in ("DAY", "MONTHDAY", "YEARDAY", "MONTH"))
    # A weekly one's first week is whole here, as the RFC has it; dateutil begins it at the start.
    if has_by and freq not in ("DAILY", "WEEKLY"):
        text += _part("BYSETPOS", draw(st.lists(st.sampled_from([1, 2, -1]), max_size=2, unique=True)))
    return text + f";WKST={draw(st.sampled_from(['MO', 'SU', 'WE']))}"


@settings(max_examples=400, deadline=None)
@given(text=rules(), start=starts, later=st.integers(0, 900))
def test_dates_are_those_of_dateutil(text: str, start: date, later: int) -> None:
    """From the start, and from any day after it: going there directly skips and adds nothing."""
    midnight = datetime(start.year, start.month, start.day)  # noqa: DTZ001 (the library's naive form)
    since, until = start + timedelta(days=later), start + timedelta(days=later + 800)
    # With an end: without one it searches a rule without dates to the year 9999.
    theirs = rrulestr(f"{text};UNTIL={until:%Y%m%d}T000000", dtstart=midnight)
    expected = [found.date() for found in theirs if found.date() >= since]
    found = []
    for day in dates(parse(text), start, since=since, work=Work(1_000_000)):
        if day > until:
            break
        found.append(day)
    assert found == expected


@given(text=rules())
def test_a_rule_written_again_is_the_same(text: str) -> None:
    assert parse(parse(text).text()) == parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=TU",
        "FREQ=MONTHLY;INTERVAL=12;BYMONTHDAY=31",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
        "FREQ=YEARLY;INTERVAL=366;BYMONTHDAY=31;BYMONTH=4",
        "FREQ=WEEKLY;INTERVAL=366;BYDAY=MO;BYSETPOS=5",
    ],
)
def test_a_rule_without_dates_costs_no_more_than_the_limit(text: str) -> None:
    work = Work()
    monday_in_april = date(2024, 4, 1)
    try:
        found = next(dates(parse(text), monday_in_april, since=monday_in_april, work=work), None)
    except BadRule:
        found = None
    assert found is None
    assert work.spent <= WORK_LIMIT + 366


def test_a_rule_of_long_ago_is_read_where_one_looks() -> None:
    work = Work()
    rule, start = parse("FREQ=WEEKLY;BYDAY=MO,TH"), date(2001, 1, 1)
    found = list(islice(dates(rule, start, since=date(2199, 12, 20), work=work), 2))
    assert found == [date(2199, 12, 23), date(2199, 12, 26)]
    assert work.spent <= 14


def test_the_hundredth_year_is_the_last() -> None:
    rule = parse("FREQ=YEARLY;INTERVAL=100")
    assert list(dates(rule, date(2000, 3, 1), since=date(2000, 3, 1), work=Work())) == [
        date(2000, 3, 1),
        date(2100, 3, 1),
        date(2200, 3, 1),
    ]


def test_nth_dates_are_counted_from_the_first() -> None:
    rule = parse("FREQ=DAILY;INTERVAL=2")
    assert nth_date(rule, date(2026, 1, 1), 1, work=Work()) == date(2026, 1, 1)
    assert nth_date(rule, date(2026, 1, 1), MAX_COUNT, work=Work()) == date(2031, 6, 22)
    assert nth_date(parse("FREQ=YEARLY"), date(2000, 2, 29), 1000, work=Work()) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "FREQ",
        "FREQ=",
        "DAILY",
        "INTERVAL=1",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY",
        "FREQ=HOURLY",
        "FREQ=DAILY;BYHOUR=1,2,3",
        "FREQ=DAILY;BYMINUTE=1",
        "FREQ=DAILY;BYSECOND=1",
        "FREQ=YEARLY;BYWEEKNO=20",
        "FREQ=DAILY;FREQ=WEEKLY",
        "FREQ=DAILY;COUNT=0",
        "FREQ=DAILY;COUNT=1000000",
        "FREQ=DAILY;COUNT=1001",
        "FREQ=DAILY;COUNT=-1",
        "FREQ=DAILY;COUNT=１",
        "FREQ=DAILY;COUNT=99999999999999999999999",
        "FREQ=DAILY;INTERVAL=0",
        "FREQ=DAILY;INTERVAL=367",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101",
        "FREQ=DAILY;UNTIL=20271332",
        "FREQ=DAILY;UNTIL=99991231",
        "FREQ=DAILY;UNTIL=00000000",
        "FREQ=DAILY;UNTIL=soon",
        "FREQ=WEEKLY;BYDAY=2MO",
        "FREQ=WEEKLY;BYMONTHDAY=1",
        "FREQ=MONTHLY;BYYEARDAY=1",
        "FREQ=MONTHLY;BYDAY=6MO",
        "FREQ=MONTHLY;BYDAY=0MO",
        "FREQ=MONTHLY;BYDAY=MO,2TU",
        "FREQ=MONTHLY;BYDAY=MONDAY",
        "FREQ=MONTHLY;BYMONTHDAY=32",
        "FREQ=MONTHLY;BYMONTHDAY=0",
        "FREQ=YEARLY;BYMONTH=13",
        "FREQ=YEARLY;BYMONTH=-1",
        "FREQ=YEARLY;BYSETPOS=1",
        "FREQ=YEARLY;BYYEARDAY=367",
        "FREQ=DAILY;X=1",
        "FREQ=DAILY;WKST=XX",
        "FREQ=DAILY;BYDAY=" + ",".join(["MO"] * 200),
        "FREQ=DAILY\r\nATTENDEE:mailto:x@example.org",
        "RRULE:RRULE:FREQ=DAILY",
    ],
)
def test_what_is_no_rule_for_a_meeting_is_refused(text: str) -> None:
    with pytest.raises(BadRule):
        parse(text)


@given(text=st.text(max_size=400))
def test_no_text_at_all_breaks_the_parser(text: str) -> None:
    try:
        parse(text)
    except BadRule:
        return


@given(
    text=st.lists(
        st.sampled_from(
            ["FREQ=DAILY", "COUNT=5", "BYDAY=MO", "UNTIL=20270101", ";", "=", ",", "-1", "BYMONTH=2"]
        ),
        max_size=8,
    )
)
def test_no_jumble_of_parts_breaks_the_parser(text: list[str]) -> None:
    try:
        rule = parse(";".join(text))
    except BadRule:
        return
    assert rule.freq == "DAILY"
