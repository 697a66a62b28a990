"""GET, PATCH and DELETE /v1/meetings/{meeting}/occurrences/{original_start}"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Person, Product
from tests.gateway import Answer

pytestmark = pytest.mark.usefixtures("in_2028")

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
DAILY = {"rule": "FREQ=DAILY;COUNT=5", "timezone": "Europe/Berlin"}
FIRST, SECOND, THIRD = (f"2030-03-{day}T08:00:00Z" for day in (25, 26, 27))


class Meeting:
    """A daily meeting of five dates, and its host's requests."""

    def __init__(self, call: Call, host: Person) -> None:
        self.call, self.host = call, host
        wanted = {
            "type": "recurring",
            "title": "Standup",
            "scheduled_start_time": FIRST,
            "scheduled_end_time": "2030-03-25T09:00:00Z",
            "recurrence": DAILY,
        }
        self.id = call("POST", "/v1/meetings", wanted, token=host.access_token).body["id"]
        self.path = f"/v1/meetings/{self.id}"

    def ask(self, method: str, start: str = "", body: Any = None, scope: str | None = None) -> Answer:
        path = f"{self.path}/occurrences/{start}" if start else self.path
        query = {"scope": scope} if scope else None
        return self.call(method, path, body, token=self.host.access_token, query=query)

    def listed(self) -> list[tuple[str, str, str]]:
        return [(each["start"], each["status"], each["title"]) for each in self._items()]

    def spans(self) -> list[tuple[str, str]]:
        return [(each["start"][:13], each["end"][:13]) for each in self._items()]

    def _items(self) -> list[dict[str, Any]]:
        query = {"from": "2030-03-01T00:00:00Z", "to": "2030-06-01T00:00:00Z"}
        answer = self.call("GET", f"{self.path}/occurrences", token=self.host.access_token, query=query)
        items: list[dict[str, Any]] = answer.body["items"]
        return items


@pytest.fixture
def meeting(call: Call, sign_up: SignUp) -> Meeting:
    return Meeting(call, sign_up("Ada"))


def days(*numbers: int, hour: int = 8, status: str = "scheduled") -> list[tuple[str, str, str]]:
    return [(f"2030-03-{day:02}T{hour:02}:00:00Z", status, "Standup") for day in numbers]


def test_one_is_moved_and_renamed_and_the_others_stay(meeting: Meeting) -> None:
    change = {"start": "2030-03-26T15:00:00Z", "title": "Standup with cake"}
    answer = meeting.ask("PATCH", SECOND, change)
    assert answer.status == 200, answer.body
    assert (answer.body["start"], answer.body["end"]) == ("2030-03-26T15:00:00Z", "2030-03-26T16:00:00Z")
    assert (answer.body["original_start"], answer.body["changed"]) == (SECOND, True)
    assert meeting.listed() == [
        *days(25),
        ("2030-03-26T15:00:00Z", "scheduled", "Standup with cake"),
        *days(27, 28, 29),
    ]
    again = meeting.ask("PATCH", SECOND, {"description": "Bring forks"}).body
    assert (again["title"], again["description"]) == ("Standup with cake", "Bring forks")


def test_when_the_next_one_moves_the_meeting_shows_it(meeting: Meeting) -> None:
    meeting.ask("PATCH", FIRST, {"start": "2030-03-25T10:00:00Z", "title": "Late"})
    shown = meeting.ask("GET").body
    assert shown["scheduled_start_time"] == "2030-03-25T10:00:00Z"
    assert shown["next_occurrence"]["original_start"] == FIRST
    assert (shown["next_occurrence"]["title"], shown["title"]) == ("Late", "Standup")


def test_when_the_next_one_moves_behind_the_second_that_comes_first(meeting: Meeting) -> None:
    meeting.ask("PATCH", FIRST, {"start": "2030-03-26T12:00:00Z"})
    assert meeting.ask("GET").body["next_occurrence"]["original_start"] == SECOND


def test_this_and_all_following_get_another_time_under_the_same_link(meeting: Meeting) -> None:
    before = meeting.ask("GET").body
    change = {"start": "2030-03-27T10:30:00Z", "end": "2030-03-27T11:00:00Z", "title": "Short"}
    answer = meeting.ask("PATCH", THIRD, change, "following")
    assert answer.status == 200, answer.body
    assert meeting.listed() == [
        *days(25, 26),
        *[(f"2030-03-{day}T10:30:00Z", "scheduled", "Short") for day in (27, 28, 29)],
    ]
    after = meeting.ask("GET").body
    assert (after["join_url"], after["id"]) == (before["join_url"], before["id"])
    assert after["title"] == "Standup"
    assert after["recurrence"]["ends_at"] == "2030-03-27T07:59:59Z"


def test_following_may_bring_another_rule_and_time_zone(meeting: Meeting) -> None:
    change = {"start": "2030-03-27T12:00:00Z", "rule": "FREQ=WEEKLY;COUNT=2", "timezone": "America/New_York"}
    assert meeting.ask("PATCH", THIRD, change, "following").status == 200
    starts = [start for start, _, _ in meeting.listed()]
    assert starts == [FIRST, SECOND, "2030-03-27T12:00:00Z", "2030-04-03T12:00:00Z"]


def test_one_tells_the_rule_that_is_in_force_at_its_date(meeting: Meeting) -> None:
    change = {"rule": "FREQ=WEEKLY", "timezone": "America/New_York", "title": "Weekly"}
    assert meeting.ask("PATCH", THIRD, change, "following").status == 200
    assert meeting.ask("PATCH", SECOND, {"start": "2030-03-26T15:00:00Z"}).status == 200
    before = meeting.ask("GET", SECOND)
    assert before.status == 200, before.body
    assert (before.body["start"], before.body["title"]) == ("2030-03-26T15:00:00Z", "Standup")
    assert before.body["recurrence"] == meeting.ask("GET").body["recurrence"]
    words = "Every day at 09:00 (Europe/Berlin), until March 27, 2030"
    assert before.body["recurrence"]["summary"] == words
    later = meeting.ask("GET", "2030-04-03T08:00:00Z").body
    assert (later["start"], later["title"], later["changed"]) == ("2030-04-03T08:00:00Z", "Weekly", False)
    assert later["recurrence"] == {
        "rule": "FREQ=WEEKLY",
        "timezone": "America/New_York",
        "exceptions": [],
        "ends_at": None,
        "summary": "Every week on Wednesday at 04:00 (America/New_York)",
    }


def test_one_is_shown_to_the_meeting_s_people_alone(meeting: Meeting, call: Call, sign_up: SignUp) -> None:
    path = f"{meeting.path}/occurrences/{SECOND}"
    assert call("GET", path).status == 401
    assert call("GET", path, token=sign_up("Eve").access_token).status == 404
    for start in ("2030-03-26T08:00:01Z", "2030-03-24T08:00:00Z", "2030-03-30T08:00:00Z"):
        assert meeting.ask("GET", start).status == 404
    assert meeting.ask("GET", "tomorrow").status == 422


def test_following_from_the_first_changes_all(meeting: Meeting) -> None:
    meeting.ask("PATCH", SECOND, {"title": "Forgotten by the change below"})
    meeting.ask("PATCH", FIRST, {"start": "2030-03-25T12:00:00Z"}, "following")
    assert meeting.listed() == days(25, 26, 27, 28, 29, hour=12)


def test_following_may_be_changed_again_and_again(meeting: Meeting) -> None:
    meeting.ask("PATCH", SECOND, {"start": "2030-03-26T09:00:00Z"}, "following")
    meeting.ask("PATCH", "2030-03-28T09:00:00Z", {"start": "2030-03-28T10:00:00Z"}, "following")
    starts = [start for start, _, _ in meeting.listed()]
    assert starts == [
        FIRST,
        "2030-03-26T09:00:00Z",
        "2030-03-27T09:00:00Z",
        "2030-03-28T10:00:00Z",
        "2030-03-29T10:00:00Z",
    ]


def test_following_before_an_earlier_change_keeps_the_dates_after_it(meeting: Meeting) -> None:
    """Another title only names them; another time is theirs too; another rule takes their place."""
    weekly = {"rule": "FREQ=WEEKLY;COUNT=3", "title": "Weekly"}
    assert meeting.ask("PATCH", "2030-03-28T08:00:00Z", weekly, "following").status == 200
    dates = ["2030-03-28T08:00:00Z", "2030-04-04T07:00:00Z", "2030-04-11T07:00:00Z"]
    assert meeting.ask("DELETE", dates[1]).status == 204
    assert meeting.ask("PATCH", SECOND, {"title": "Renamed"}, "following").status == 200
    states = ["scheduled", "cancelled", "scheduled"]
    assert meeting.listed() == [
        *days(25),
        *[(start, "scheduled", "Renamed") for start in (SECOND, THIRD)],
        *[(start, state, "Renamed") for start, state in zip(dates, states, strict=True)],
    ]
    later = {"start": "2030-03-26T11:00:00Z", "end": "2030-03-26T11:15:00Z"}
    assert meeting.ask("PATCH", SECOND, later, "following").status == 200
    moved = ["2030-03-26T11", "2030-03-27T11", "2030-03-28T11", "2030-04-04T10", "2030-04-11T10"]
    assert [start for start, *_ in meeting.listed()] == [FIRST, *(f"{each}:00:00Z" for each in moved)]
    rule = {"rule": "FREQ=DAILY;COUNT=2"}
    assert meeting.ask("PATCH", "2030-03-26T11:00:00Z", rule, "following").status == 200
    assert [start[:10] for start, *_ in meeting.listed()] == ["2030-03-25", "2030-03-26", "2030-03-27"]


def test_following_with_another_length_leaves_the_clock_of_later_rules(meeting: Meeting) -> None:
    meeting.ask("PATCH", "2030-03-28T08:00:00Z", {"start": "2030-03-28T20:00:00Z"}, "following")
    longer = {"end": "2030-03-26T10:00:00Z"}
    assert meeting.ask("PATCH", SECOND, longer, "following").status == 200
    assert meeting.spans() == [
        ("2030-03-25T08", "2030-03-25T09"),
        ("2030-03-26T08", "2030-03-26T10"),
        ("2030-03-27T08", "2030-03-27T10"),
        ("2030-03-28T20", "2030-03-28T22"),
        ("2030-03-29T20", "2030-03-29T22"),
    ]


def test_following_on_another_day_lets_no_two_rules_overlap(meeting: Meeting) -> None:
    meeting.ask("PATCH", "2030-03-28T08:00:00Z", {"start": "2030-03-28T20:00:00Z"}, "following")
    meeting.ask("PATCH", SECOND, {"start": "2030-03-27T06:00:00Z"}, "following")
    assert [start[:13] for start, *_ in meeting.listed()] == [
        "2030-03-25T08",
        "2030-03-27T06",
        "2030-03-28T06",
        "2030-03-29T06",
        "2030-03-30T06",
    ]


def test_one_is_cancelled_and_the_meeting_goes_on_without_it(meeting: Meeting) -> None:
    assert meeting.ask("DELETE", FIRST).status == 204
    assert meeting.listed() == [*days(25, status="cancelled"), *days(26, 27, 28, 29)]
    assert meeting.ask("GET").body["next_occurrence"]["start"] == SECOND
    assert meeting.ask("DELETE", FIRST).problem == "occurrence_over"
    assert meeting.ask("PATCH", FIRST, {"title": "Back"}).problem == "occurrence_over"


def test_this_and_all_following_are_cancelled(meeting: Meeting) -> None:
    assert meeting.ask("DELETE", THIRD, scope="following").status == 204
    assert meeting.listed() == days(25, 26)
    assert meeting.ask("GET").body["status"] == "scheduled"


def test_where_nothing_is_left_the_meeting_is_cancelled(meeting: Meeting) -> None:
    assert meeting.ask("DELETE", FIRST, scope="following").status == 204
    assert meeting.ask("GET").body["status"] == "cancelled"
    assert meeting.ask("PATCH", SECOND, {"title": "X"}).status == 410


def test_one_after_the_other_is_cancelled_until_the_meeting_is(meeting: Meeting) -> None:
    for start, _, _ in meeting.listed():
        assert meeting.ask("DELETE", start).status == 204
    assert meeting.ask("GET").body["status"] == "cancelled"


@pytest.mark.parametrize(
    ("start", "body", "scope", "status"),
    [
        ("2030-03-25T08:01:00Z", {"title": "X"}, "one", 404),
        ("2030-03-30T08:00:00Z", {"title": "X"}, "one", 404),
        ("2030-03-25T08:00:00", {"title": "X"}, "one", 422),
        ("tomorrow", {"title": "X"}, "one", 422),
        (SECOND, {}, "one", 422),
        (SECOND, {"title": ""}, "one", 422),
        (SECOND, {"title": "X"}, "all", 422),
        (SECOND, {"end": "2030-03-26T08:00:00Z"}, "one", 422),
        (SECOND, {"end": "2030-03-28T08:00:00Z"}, "one", 422),
        (SECOND, {"start": "2030-03-26T12:00:00Z", "end": "2030-03-26T11:00:00Z"}, "one", 422),
        (SECOND, {"rule": "FREQ=WEEKLY"}, "one", 422),
        (SECOND, {"rule": "FREQ=HOURLY"}, "following", 422),
        (SECOND, {"rule": "FREQ=WEEKLY;BYDAY=SU"}, "following", 422),
        (THIRD, {"start": "2030-03-26T07:00:00Z"}, "following", 422),
        (SECOND, {"status": "ended"}, "one", 422),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    start: str, body: dict[str, Any], scope: str, status: int, meeting: Meeting
) -> None:
    assert meeting.ask("PATCH", start, body, scope).status == status
    assert meeting.listed() == days(25, 26, 27, 28, 29)
    assert meeting.ask("GET").body["version"] == 1


def test_strangers_change_and_cancel_nothing(call: Call, meeting: Meeting, sign_up: SignUp) -> None:
    eve = sign_up("Eve").access_token
    path = f"{meeting.path}/occurrences/{SECOND}"
    assert call("PATCH", path, {"title": "Mine"}, token=eve).status == 404
    assert call("DELETE", path, token=eve).status == 404
    assert call("DELETE", path).status == 401
    assert meeting.listed() == days(25, 26, 27, 28, 29)


def test_what_was_done_is_on_record(meeting: Meeting, product: Product) -> None:
    meeting.ask("PATCH", SECOND, {"title": "X"})
    meeting.ask("DELETE", SECOND, scope="following")
    rows = product.rows(
        "SELECT action FROM audit_logs WHERE target_id = %s ORDER BY created_at, audit_id", meeting.id
    )
    assert [row["action"] for row in rows] == ["create", "change_one", "cancel_following"]
