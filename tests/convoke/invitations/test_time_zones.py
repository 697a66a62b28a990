"""VTIMEZONE: read by dateutil, it says of every hour what the time zone database says."""

import io
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical

from convoke.invitations.time_zones import component


def differing(name: str, first: int, last: int) -> list[datetime]:
    """Instants, three hours apart, at which the two disagree."""
    text = "BEGIN:VCALENDAR\r\n" + component(name, first).to_ical().decode() + "END:VCALENDAR\r\n"
    read = tzical(io.StringIO(text.replace("\r\n ", ""))).get(name)
    assert read is not None
    instant, found = datetime(first, 1, 2, tzinfo=UTC), []
    while instant.year < last:
        known = instant.astimezone(ZoneInfo(name)).replace(tzinfo=None)
        # It is read as a clock is: by what it shows. The hours around a change are told apart by nobody.
        if known.replace(tzinfo=read).utcoffset() != instant.astimezone(ZoneInfo(name)).utcoffset():
            found.append(instant)
        instant += timedelta(hours=3)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "Europe/Berlin",
        "Europe/Dublin",
        "America/New_York",
        "America/Sao_Paulo",
        "Australia/Sydney",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Asia/Jerusalem",
        "Pacific/Chatham",
        "UTC",
    ],
)
def test_it_says_what_the_database_says(name: str) -> None:
    found = differing(name, 2027, 2030)
    changes = {f"{each:%Y-%m-%d}" for each in found}
    # At most the hour that comes twice, on the day of the change.
    assert len(found) <= 6, found
    assert len(changes) == len(found)


def test_a_zone_with_a_rule_has_it_for_ever() -> None:
    text = component("Europe/Berlin", 2027).to_ical().decode()
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in text
    assert "DTSTART:20260329T020000" in text
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in text
    assert "DTSTART:20261025T030000" in text
    assert len(differing("Europe/Berlin", 2090, 2092)) <= 4


def test_a_zone_that_keeps_to_no_rule_is_listed() -> None:
    text = component("Africa/Casablanca", 2027).to_ical().decode()
    assert "RRULE" not in text
    assert text.count("BEGIN:DAYLIGHT") + text.count("BEGIN:STANDARD") > 20


def test_a_zone_without_summer_time_is_one_observance() -> None:
    text = component("Asia/Tokyo", 2027).to_ical().decode()
    assert text.count("BEGIN:STANDARD") == 1
    assert "BEGIN:DAYLIGHT" not in text
