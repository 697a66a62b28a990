"""Calendar entries as another library than ours reads them, and as RFC 5545 has them on the line."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convoke.invitations.ics import Method, Participant, calendar
from convoke.meetings.actions.agenda import Entry
from convoke.meetings.recurrence import Occurrence, Series, continued, cut, plan
from tests.conftest import Product

HOUR = timedelta(hours=1)
START = datetime(2030, 3, 25, 8, tzinfo=UTC)
NOW = datetime(2030, 3, 1, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def entry(series: Series | None = None, **changes: Any) -> Entry:
    made: dict[str, Any] = {
        "id": "019a0000-0000-7000-8000-000000000001",
        "code": "abc-defg-hij",
        "title": "Standup",
        "description": None,
        "type": "recurring" if series else "scheduled",
        "status": "scheduled",
        "host_user_id": None,
        "host_name": "Ada",
        "start": START,
        "end": START + HOUR,
        "original_start": START if series else None,
        "sequence": 3,
        "created_at": NOW - timedelta(days=1),
        "changed_at": NOW,
        "series": series,
    }
    return Entry(**{**made, **changes})


def weekly(rule: str = "FREQ=WEEKLY;BYDAY=MO,WE;COUNT=6", **more: Any) -> Series:
    return Series([plan(rule, "Europe/Berlin", start=START, end=START + HOUR, **more)])


def lines(raw: bytes) -> list[str]:
    """Unfolded, after a look at how it was folded: RFC 5545 section 3.1."""
    assert raw.endswith(b"\r\n")
    for line in raw.split(b"\r\n"):
        assert b"\n" not in line
        assert b"\r" not in line
        assert len(line) <= 75
        line.decode()  # no character is cut in two
    return raw.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def events(raw: bytes) -> list[Any]:
    found = vobject.readOne(raw.decode())
    return [each for each in found.components() if each.name == "VEVENT"]


def written(*entries: Entry, method: Method = "REQUEST", **people: Participant) -> bytes:
    return calendar(entries, method=method, now=NOW, **people)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def place(product: Product) -> None:
    """The entries name the product's own address."""


def test_a_meeting_that_comes_once() -> None:
    raw = written(
        entry(),
        organizer=Participant("noreply@convoke.test", "Ada"),
        attendee=Participant("bob@example.org", "Bob"),
    )
    found = lines(raw)
    assert {"VERSION:2.0", "METHOD:REQUEST", "SEQUENCE:3", "STATUS:CONFIRMED"} <= set(found)
    [event] = events(raw)
    assert event.uid.value == "019a0000-0000-7000-8000-000000000001@convoke.test"
    assert (event.dtstart.value, event.dtend.value) == (START, START + HOUR)
    assert event.summary.value == "Standup"
    assert event.location.value == "https://convoke.test/m/abc-defg-hij"
    assert event.organizer.value == "mailto:noreply@convoke.test"
    assert event.organizer.params["CN"] == ["Ada"]
    assert event.attendee.value == "mailto:bob@example.org"
    assert event.attendee.params["PARTSTAT"] == ["NEEDS-ACTION"]
    assert event.dtstamp.value == NOW


def test_another_library_finds_the_dates_that_we_find() -> None:
    series = weekly(exceptions=[START + timedelta(days=2)])
    [event] = events(written(entry(series)))
    found = [each.replace(tzinfo=BERLIN).astimezone(UTC) for each in _naive(event)]
    ours = [each.start for each in series.occurrences(NOW, NOW + timedelta(days=90), _work())]
    assert found == ours
    assert len(found) == 5


def test_the_time_zone_is_told_with_both_changes_of_the_clock() -> None:
    raw = written(entry(weekly()))
    assert "TZID:Europe/Berlin" in lines(raw)
    assert "DTSTART;TZID=Europe/Berlin:20300325T090000" in lines(raw)
    [event] = events(raw)
    before, after = event.dtstart.value, event.dtstart.value + timedelta(days=7)
    # By the VTIMEZONE of the file alone: the clock stays, the offset changes.
    assert before.utcoffset() == HOUR
    assert after.utcoffset() == 2 * HOUR


def test_an_end_by_date_is_an_instant() -> None:
    raw = written(entry(weekly("FREQ=DAILY;UNTIL=20300327")))
    assert "RRULE:FREQ=DAILY;UNTIL=20300327T225959Z" in lines(raw)


def test_one_that_was_moved_and_one_that_was_cancelled() -> None:
    second, third = START + timedelta(days=2), START + timedelta(days=7) - HOUR
    moved = Occurrence(second, second + HOUR, second + 3 * HOUR, title="Long one", changed=True)
    gone = Occurrence(third, third, third + HOUR, status="cancelled", changed=True)
    series = Series(weekly().segments, {second: moved, third: gone})
    raw = written(entry(series))
    whole, single = events(raw)
    assert whole.uid.value == single.uid.value
    assert single.recurrence_id.value.astimezone(UTC) == second
    assert single.dtstart.value.astimezone(UTC) == second + HOUR
    assert single.summary.value == "Long one"
    assert "EXDATE;TZID=Europe/Berlin:20300401T090000" in lines(raw)


def test_this_and_following_is_an_entry_of_its_own() -> None:
    [first] = weekly("FREQ=DAILY;COUNT=4").segments
    at = START + timedelta(days=2)
    left = cut(first, at)
    assert left is not None
    later = continued(first, at, start=at + HOUR, end=at + 2 * HOUR, timezone=None)
    series = Series([left, later])
    raw = written(entry(series))
    one, other = events(raw)
    assert one.uid.value == "019a0000-0000-7000-8000-000000000001@convoke.test"
    assert other.uid.value.startswith("019a0000-0000-7000-8000-000000000001-20300327T090000Z@")
    starts = [each.replace(tzinfo=BERLIN).astimezone(UTC) for event in (one, other) for each in _naive(event)]
    assert starts == [each.start for each in series.occurrences(NOW, NOW + timedelta(days=90), _work())]


def test_a_cancelled_one_is_taken_out_of_calendars() -> None:
    raw = written(entry(status="cancelled", sequence=4), method="CANCEL")
    assert {"METHOD:CANCEL", "STATUS:CANCELLED", "SEQUENCE:4"} <= set(lines(raw))


def test_a_meeting_without_an_end_takes_an_hour_and_one_without_a_start_is_no_entry() -> None:
    [event] = events(written(entry(end=None)))
    assert event.dtend.value == START + HOUR
    assert "BEGIN:VEVENT" not in lines(written(entry(start=None, end=None)))


EVIL = [
    "Lunch\r\nATTENDEE:mailto:eve@example.org",
    "Lunch\nEND:VEVENT",
    "a,b;c\\d:e\"f'g",
    "Ümläute " * 40,
    "🧁" * 80,
    "\\n\\,",
]


@pytest.mark.parametrize("text", EVIL)
def test_no_title_name_or_description_becomes_a_line_of_its_own(text: str) -> None:
    # Names are lines already when they come here.
    attendee = Participant("bob@example.org", " ".join(text.split()))
    raw = written(entry(title=text, description=text), attendee=attendee)
    names = [line.split(":")[0].split(";")[0] for line in lines(raw)]
    assert names.count("ATTENDEE") == 1
    assert names.count("END") == names.count("BEGIN") == 2
    [event] = events(raw)
    assert event.summary.value.splitlines() == text.splitlines()


@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=120))
def test_any_visible_title_survives_the_way_there_and_back(text: str) -> None:
    raw = written(entry(title=text))
    lines(raw)
    [event] = events(raw)
    assert event.summary.value == text


def _naive(event: Any) -> list[datetime]:
    return [each.replace(tzinfo=None) for each in event.getrruleset(addRDate=True)]


def _work() -> Any:
    from convoke.meetings.rule_dates import Work  # noqa: PLC0415

    return Work()
