"""Recurring meetings: the clock stays over both changes of time, exceptions, one moved, all following."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoke.meetings.recurrence import Occurrence, Segment, Series, continued, cut, plan
from convoke.meetings.rrule import BadRule
from convoke.meetings.rule_dates import WORK_LIMIT, Work

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def at(text: str, zone: str = "UTC") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def planned(rule: str, start: str, zone: str = "Europe/Berlin", hours: float = 1, **more: object) -> Segment:
    begin = at(start, zone)
    return plan(rule, zone, start=begin, end=begin + hours * HOUR, **more)  # type: ignore[arg-type]


def firsts(series: Series | Segment, n: int, since: str = "2000-01-01") -> list[datetime]:
    whole = series if isinstance(series, Series) else Series([series])
    found = whole.occurrences(at(since), at("2200-01-01"), Work())
    return [each.start for each in islice(found, n)]


def clocks(starts: list[datetime], zone: str = "Europe/Berlin") -> list[str]:
    return [f"{start.astimezone(ZoneInfo(zone)):%m-%d %H:%M}" for start in starts]


def test_the_clock_stays_when_summer_time_begins() -> None:
    weekly = planned("FREQ=WEEKLY", "2027-03-22T09:00")
    starts = firsts(weekly, 2)
    assert clocks(starts) == ["03-22 09:00", "03-29 09:00"]
    assert starts[1] - starts[0] == timedelta(days=7) - HOUR


def test_the_clock_stays_when_summer_time_ends() -> None:
    starts = firsts(planned("FREQ=DAILY", "2026-10-24T09:00"), 3)
    assert clocks(starts) == ["10-24 09:00", "10-25 09:00", "10-26 09:00"]
    assert starts[1] - starts[0] == timedelta(hours=25)


def test_where_summer_begins_as_it_ends_elsewhere() -> None:
    starts = firsts(planned("FREQ=WEEKLY", "2026-09-29T09:00", "Australia/Sydney"), 2)
    assert clocks(starts, "Australia/Sydney") == ["09-29 09:00", "10-06 09:00"]
    assert starts[1] - starts[0] == timedelta(days=7) - HOUR


def test_a_time_that_the_clock_jumps_over_counts_from_before_the_jump() -> None:
    starts = firsts(planned("FREQ=DAILY", "2027-03-27T02:30"), 3)
    assert clocks(starts) == ["03-27 02:30", "03-28 03:30", "03-29 02:30"]


def test_a_time_that_comes_twice_is_the_first() -> None:
    starts = firsts(planned("FREQ=DAILY", "2026-10-24T02:30"), 2)
    assert starts[1] == at("2026-10-25T00:30")


def test_the_second_of_two_equal_times_cannot_be_a_start() -> None:
    start = at("2026-10-25T01:30")
    with pytest.raises(BadRule, match="comes twice"):
        plan("FREQ=DAILY", "Europe/Berlin", start=start, end=start + HOUR)


@given(
    day=st.integers(0, 2000),
    clock=st.integers(0, 24 * 4 - 1),
    zone=st.sampled_from(
        ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Apia", "UTC"]
    ),
)
def test_every_day_has_its_meeting_on_the_same_clock(day: int, clock: int, zone: str) -> None:
    local = datetime(2024, 1, 1) + timedelta(days=day, minutes=15 * clock)  # noqa: DTZ001 (a clock's face)
    start = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if start.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local:
        return  # a time that is not on that day's clock
    segment = plan("FREQ=DAILY", zone, start=start, end=start + HOUR)
    starts = list(islice(segment.starts(start, Work()), 400))
    faces = [each.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for each in starts]
    assert [face.date() for face in faces] == [local.date() + timedelta(days=n) for n in range(400)]
    assert sum(face.time() != local.time() for face in faces) <= 2  # the jumps of a year and a bit
    assert starts == sorted(set(starts))


def test_exceptions_are_left_out_and_counted() -> None:
    series = planned("FREQ=DAILY;COUNT=3", "2026-11-20T09:00", exceptions=[at("2026-11-21T08:00")])
    assert clocks(firsts(series, 9)) == ["11-20 09:00", "11-22 09:00"]


def test_until_a_day_means_that_whole_day_where_the_meeting_is() -> None:
    assert len(firsts(planned("FREQ=DAILY;UNTIL=20261122", "2026-11-20T23:30"), 9)) == 3


def test_until_a_moment_includes_it() -> None:
    assert len(firsts(planned("FREQ=DAILY;UNTIL=20261122T080000Z", "2026-11-20T09:00"), 9)) == 3
    assert len(firsts(planned("FREQ=DAILY;UNTIL=20261122T075959Z", "2026-11-20T09:00"), 9)) == 2


def test_what_goes_on_now_is_in_a_window_that_begins_now() -> None:
    series = Series([planned("FREQ=DAILY", "2026-11-20T09:00", hours=2)])
    found = series.occurrences(at("2026-11-21T09:30"), at("2026-11-22T08:00"), Work())
    assert clocks([each.start for each in found]) == ["11-21 09:00"]


def test_one_that_was_moved_is_where_it_was_moved_to() -> None:
    original, moved = at("2026-11-21T08:00"), at("2026-11-23T14:00")
    known = {original: Occurrence(original, moved, moved + HOUR, title="Late", changed=True)}
    series = Series([planned("FREQ=DAILY", "2026-11-20T09:00")], known)
    assert clocks(firsts(series, 4)) == ["11-20 09:00", "11-22 09:00", "11-23 09:00", "11-23 15:00"]
    found = series.at(original)
    assert found is not None
    assert found.title == "Late"


def test_the_next_one_passes_over_what_is_cancelled_held_and_going_on() -> None:
    first = at("2026-11-20T08:00")
    known = {
        first: Occurrence(first, first, first + HOUR, status="ended"),
        first + timedelta(days=1): Occurrence(
            first, first + timedelta(days=1), first + timedelta(days=1, hours=1), status="cancelled"
        ),
    }
    series = Series([planned("FREQ=DAILY", "2026-11-20T09:00")], known)
    following = series.next_after(first)
    assert following is not None
    assert clocks([following.start]) == ["11-22 09:00"]
    after = series.next_after(first, besides=following.original_start)
    assert after is not None
    assert clocks([after.start]) == ["11-23 09:00"]


def test_after_the_last_there_is_none() -> None:
    series = Series([planned("FREQ=DAILY;COUNT=2", "2026-11-20T09:00")])
    assert series.next_after(at("2026-11-21T08:30")) is not None
    assert series.next_after(at("2026-11-21T09:00")) is None
    assert series.at(at("2026-11-22T08:00")) is None
    assert series.at(at("2026-11-20T08:01")) is None


def test_this_and_following_goes_on_with_what_was_left() -> None:
    whole = planned("FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6", "2026-11-23T09:00")
    split = at("2026-12-02T08:00")
    left = cut(whole, split)
    assert left is not None
    later = continued(whole, split, start=at("2026-12-03T15:00"), end=at("2026-12-03T16:30"), timezone=None)
    series = Series([left, later])
    assert clocks(firsts(series, 9)) == [
        "11-23 09:00",
        "11-25 09:00",
        "11-30 09:00",
        "12-03 16:00",
        "12-08 16:00",
        "12-10 16:00",
    ]
    assert later.duration == 1.5 * HOUR


def test_a_rule_until_a_date_keeps_its_last_one_when_it_moves_later_in_the_day() -> None:
    whole = planned("FREQ=DAILY;UNTIL=20261125T080000Z", "2026-11-20T09:00")
    split = at("2026-11-22T08:00")
    later = continued(whole, split, start=at("2026-11-22T17:00"), end=at("2026-11-22T18:00"), timezone=None)
    assert len(firsts(later, 9)) == 4


def test_the_first_of_a_series_leaves_nothing_before_it() -> None:
    whole = planned("FREQ=DAILY", "2026-11-20T09:00")
    assert cut(whole, whole.valid_from) is None


@given(
    n=st.integers(1, 29), rule=st.sampled_from(["FREQ=DAILY;COUNT=30", "FREQ=WEEKLY;BYDAY=MO,FR;COUNT=30"])
)
def test_cutting_and_going_on_unchanged_is_the_same_series(n: int, rule: str) -> None:
    whole = planned(rule, "2026-11-23T09:00")
    starts = firsts(whole, 40)
    left = cut(whole, starts[n])
    assert left is not None
    later = continued(whole, starts[n], start=starts[n], end=starts[n] + HOUR, timezone=None)
    assert firsts(Series([left, later]), 40) == starts


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("FREQ=WEEKLY;BYDAY=TU", "first one after it is 2026-11-24"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "must be a date of the rule"),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "too few dates"),
        ("FREQ=DAILY;UNTIL=20261119", "ends before the start"),
        ("FREQ=YEARLY;COUNT=1000", "has not 1000 dates"),
        ("FREQ=DAILY;BYMONTH=11;BYMONTHDAY=23;COUNT=1000", "too few dates"),
    ],
)
def test_a_rule_that_does_not_fit_its_start_is_refused(rule: str, why: str) -> None:
    with pytest.raises(BadRule, match=why):
        planned(rule, "2026-11-23T09:00")


def test_exceptions_may_not_leave_nothing() -> None:
    with pytest.raises(BadRule, match="leave nothing"):
        planned("FREQ=DAILY;COUNT=1", "2026-11-23T09:00", exceptions=[at("2026-11-23T08:00")])


@pytest.mark.parametrize("hours", [0, -1, 25, 0.001])
def test_lengths_have_bounds(hours: float) -> None:
    with pytest.raises(BadRule, match="from a minute to a day"):
        planned("FREQ=DAILY", "2026-11-23T09:00", hours=hours)


def test_a_window_a_century_away_costs_only_itself() -> None:
    work = Work()
    series = Series([planned("FREQ=DAILY", "2026-11-23T09:00")])
    assert len(list(series.occurrences(at("2190-01-01"), at("2190-01-08"), work))) == 7
    assert work.spent <= 12


def test_an_endless_window_ends_at_the_limit_of_work() -> None:
    series, work = Series([planned("FREQ=DAILY", "2026-11-23T09:00")]), Work()
    assert len(list(series.occurrences(at("2026-01-01"), at("2300-01-01"), work))) == WORK_LIMIT
    assert work.spent <= WORK_LIMIT + 1


def test_a_window_costs_only_itself_where_the_rule_has_its_next_date_generations_later() -> None:
    sparse, work = planned("FREQ=YEARLY;BYYEARDAY=366;BYDAY=SU", "2028-12-31T09:00"), Work()
    assert list(Series([sparse]).occurrences(at("2030-03-01"), at("2030-05-01"), work)) == []
    assert work.spent <= 366


def test_a_sparse_rule_of_the_past_leaves_its_successor_all_the_work() -> None:
    sparse = planned("FREQ=DAILY;INTERVAL=4;BYMONTH=2;BYMONTHDAY=29;BYDAY=TU", "2028-02-29T09:00")
    before = cut(sparse, at("2029-01-01"))
    assert before is not None
    later = planned("FREQ=WEEKLY", "2029-01-01T09:00")
    series = Series([before, later])
    assert firsts(series, 2, "2028-03-01") == [at("2029-01-01T08:00"), at("2029-01-08T08:00")]
    following = series.next_after(at("2035-01-01"))
    assert following is not None
    assert following.start == at("2035-01-01T08:00")
