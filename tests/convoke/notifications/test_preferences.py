"""Wishes and quiet hours: by the clock on the wall, over midnight, over changes of the clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from convoke.notifications.model.notification import KINDS, Channel, NotificationType
from convoke.notifications.model.preferences import (
    Choice,
    PreferencesUpdate,
    QuietHours,
    StoredPreferences,
    preferences,
    usual,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours.model_validate({"start": "22:00", "end": "07:00"})


def _local(text: str, zone: ZoneInfo = BERLIN, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-20T21:59:59", None),
        ("2026-11-20T22:00:00", "2026-11-21T07:00:00"),
        ("2026-11-20T23:59:59", "2026-11-21T07:00:00"),
        ("2026-11-21T00:00:00", "2026-11-21T07:00:00"),
        ("2026-11-21T06:59:59", "2026-11-21T07:00:00"),
        ("2026-11-21T07:00:00", None),
        ("2026-12-31T23:30:00", "2027-01-01T07:00:00"),
    ],
)
def test_a_night_goes_over_midnight(now: str, until: str | None) -> None:
    assert NIGHT.until(_local(now), BERLIN) == (until and _local(until))


def test_hours_within_a_day_are_quiet_on_that_day_only() -> None:
    noon = QuietHours.model_validate({"start": "12:00", "end": "13:30"})
    assert noon.until(_local("2026-11-20T12:15:00"), BERLIN) == _local("2026-11-20T13:30:00")
    assert noon.until(_local("2026-11-20T13:30:00"), BERLIN) is None
    assert noon.until(_local("2026-11-20T00:15:00"), BERLIN) is None


def test_they_go_by_the_accounts_zone_and_not_by_utc() -> None:
    now = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
    assert NIGHT.until(now, BERLIN) is not None
    assert NIGHT.until(now, ZoneInfo("America/New_York")) is None
    assert NIGHT.until(now, ZoneInfo("Asia/Kathmandu")) == datetime(2026, 11, 21, 1, 15, tzinfo=UTC)


def test_the_night_when_clocks_go_forward_is_an_hour_shorter() -> None:
    # 29 March 2026: 02:00 is 03:00.
    until = NIGHT.until(_local("2026-03-28T22:00:00"), BERLIN)
    assert until == datetime(2026, 3, 29, 5, 0, tzinfo=UTC)
    assert until - _local("2026-03-28T22:00:00") == timedelta(hours=8)


def test_the_night_when_clocks_go_back_is_an_hour_longer() -> None:
    until = NIGHT.until(_local("2026-10-24T22:00:00"), BERLIN)
    assert until == datetime(2026, 10, 25, 6, 0, tzinfo=UTC)
    assert until - _local("2026-10-24T22:00:00") == timedelta(hours=10)


def test_an_end_that_comes_twice_is_waited_for_again_when_it_is_quiet_again() -> None:
    early = QuietHours.model_validate({"start": "22:00", "end": "02:30"})
    first, second = (_local("2026-10-25T02:30:00", fold=fold) for fold in (0, 1))
    assert second - first == timedelta(hours=1)
    assert early.until(first - timedelta(minutes=1), BERLIN) == first
    assert early.until(first, BERLIN) is None
    # At 02:00 for the second time.
    assert early.until(first + timedelta(minutes=30), BERLIN) == second


def test_an_end_that_the_clock_leaps_over_does_not_stop_anything_for_a_day() -> None:
    early = QuietHours.model_validate({"start": "22:00", "end": "02:30"})
    until = early.until(_local("2026-03-29T01:59:00"), BERLIN)
    assert until is not None
    assert until <= _local("2026-03-29T03:30:00")
    assert early.until(until, BERLIN) is None


@settings(deadline=None)
@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 (made aware below)
    st.times(),
    st.times(),
    st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca", "UTC"]),
)
def test_they_always_end_within_a_day_and_an_hour(
    now: datetime, start: object, end: object, name: str
) -> None:
    assume_start, assume_end = f"{start:%H:%M}", f"{end:%H:%M}"
    if assume_start == assume_end:
        return
    quiet = QuietHours.model_validate({"start": assume_start, "end": assume_end})
    instant, zone = now.replace(tzinfo=UTC), ZoneInfo(name)
    until = quiet.until(instant, zone)
    if until is not None:
        assert instant < until <= instant + timedelta(hours=25)


@pytest.mark.parametrize(
    "value", ["24:00", "7:00", "07:00:00", "0700", "٠٧:٠٠", "", None, 7, "-1:00", "07:60"]
)
def test_a_time_of_day_is_written_as_clocks_show_it(value: object) -> None:
    with pytest.raises(ValidationError):
        QuietHours.model_validate({"start": value, "end": "08:00"})


def test_quiet_hours_of_no_length_are_refused() -> None:
    with pytest.raises(ValidationError, match="differ"):
        QuietHours.model_validate({"start": "08:00", "end": "08:00"})


def test_without_a_choice_a_type_comes_as_usual_and_never_by_an_impossible_way() -> None:
    stored = StoredPreferences.read(
        {"channels": {"incoming_call": {"in_app": True, "email": True, "push": True}, "no_such_type": {}}}
    )
    assert stored.choice(NotificationType.INCOMING_CALL) == Choice(in_app=False, email=False, push=True)
    assert stored.choice(NotificationType.SYSTEM) == usual(NotificationType.SYSTEM)
    assert StoredPreferences.read({}) == StoredPreferences()


def test_every_type_can_come_by_the_ways_it_usually_does() -> None:
    assert set(KINDS) == set(NotificationType)
    for kind, rule in KINDS.items():
        assert rule.usual <= rule.possible, kind
    shown = preferences(StoredPreferences(), "UTC")
    assert set(shown.channels) == set(shown.possible) == set(NotificationType)
    assert shown.possible[NotificationType.INCOMING_CALL] == [Channel.PUSH]


@pytest.mark.parametrize(
    "body",
    [
        {"channels": {"no_such_type": {"in_app": True, "email": True, "push": True}}},
        {"channels": {"system": {"in_app": True}}},
        {"channels": {"system": {"in_app": True, "email": True, "push": True, "fax": True}}},
        {"quiet_hours": {"start": "22:00"}},
        {"timezone": "UTC"},
    ],
)
def test_what_is_no_wish_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        PreferencesUpdate.model_validate(body)
