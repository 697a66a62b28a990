"""Recurring meetings over REST: made, read, listed, changed, and what is refused of their rules."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Person, Product
from tests.gateway import Answer

pytestmark = pytest.mark.usefixtures("in_2028")

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
PATH = "/v1/meetings"
WEEKLY = {"rule": "FREQ=WEEKLY;BYDAY=MO,WE", "timezone": "Europe/Berlin"}
# Mondays, a week before and a day after summer time begins.
START, END = "2030-03-25T08:00:00Z", "2030-03-25T09:00:00Z"


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def body(**changes: Any) -> dict[str, Any]:
    return {
        "type": "recurring",
        "title": "Standup",
        "scheduled_start_time": START,
        "scheduled_end_time": END,
        "recurrence": WEEKLY,
        **changes,
    }


def test_a_recurring_meeting_tells_its_rule_and_its_next_occurrence(call: Call, ada: Person) -> None:
    answer = call("POST", PATH, body(), token=ada.access_token)
    assert answer.status == 201, answer.body
    meeting = answer.body
    assert meeting["type"] == "recurring"
    assert meeting["recurrence"] == {
        **WEEKLY,
        "exceptions": [],
        "ends_at": None,
        "summary": "Every week on Monday and Wednesday at 09:00 (Europe/Berlin)",
    }
    assert meeting["next_occurrence"] == {
        "original_start": START,
        "start": START,
        "end": END,
        "status": "scheduled",
        "title": "Standup",
    }
    path = f"{PATH}/{meeting['id']}"
    assert call("GET", path, token=ada.access_token).body == meeting
    [listed] = call("GET", PATH, token=ada.access_token).body["items"]
    assert listed == meeting


def test_one_whose_first_date_is_excepted_begins_with_the_second(call: Call, ada: Person) -> None:
    recurrence = {**WEEKLY, "exceptions": [START]}
    meeting = call("POST", PATH, body(recurrence=recurrence), token=ada.access_token).body
    assert meeting["scheduled_start_time"] == "2030-03-27T08:00:00Z"
    assert meeting["recurrence"]["exceptions"] == ["2030-03-25T08:00:00Z"]


@pytest.mark.parametrize(
    "changes",
    [
        {"recurrence": None},
        {"type": "scheduled"},
        {"type": "instant"},
        {"scheduled_end_time": None},
        {"scheduled_end_time": "2030-03-27T09:00:00Z"},
        {"scheduled_start_time": "2030-03-26T08:00:00Z", "scheduled_end_time": "2030-03-26T09:00:00Z"},
        {"recurrence": {**WEEKLY, "timezone": "Mars/Olympus"}},
        {"recurrence": {**WEEKLY, "rule": "FREQ=SECONDLY"}},
        {"recurrence": {**WEEKLY, "rule": "FREQ=DAILY;COUNT=1000000"}},
        {"recurrence": {**WEEKLY, "rule": "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2,3"}},
        {"recurrence": {**WEEKLY, "rule": "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"}},
        {"recurrence": {**WEEKLY, "rule": "FREQ=WEEKLY;UNTIL=20300324"}},
        {"recurrence": {**WEEKLY, "rule": "x" * 301}},
        {"recurrence": {**WEEKLY, "rule": "FREQ=WEEKLY\r\nDTSTART:20300325T080000Z"}},
        {"recurrence": {**WEEKLY, "exceptions": ["2030-03-25T08:00:00"]}},
        {"recurrence": {**WEEKLY, "exceptions": [START] * 201}},
        {"recurrence": {**WEEKLY, "color": "red"}},
        {"recurrence": "FREQ=WEEKLY"},
    ],
)
def test_what_cannot_recur_is_refused(changes: dict[str, Any], call: Call, ada: Person) -> None:
    answer = call("POST", PATH, body(**changes), token=ada.access_token)
    assert (answer.status, answer.problem) == (422, "validation")
    assert answer.body["errors"]


def test_another_rule_takes_effect_from_the_next_occurrence_on(call: Call, ada: Person) -> None:
    meeting = call("POST", PATH, body(), token=ada.access_token).body
    path = f"{PATH}/{meeting['id']}"
    change = {
        "recurrence": {"rule": "FREQ=DAILY;COUNT=3", "timezone": "Europe/Berlin"},
        "scheduled_start_time": "2030-03-30T09:00:00Z",
        "scheduled_end_time": "2030-03-30T09:30:00Z",
    }
    changed = call("PATCH", path, change, token=ada.access_token)
    assert changed.status == 200, changed.body
    assert changed.body["version"] == 2
    assert (changed.body["code"], changed.body["id"]) == (meeting["code"], meeting["id"])
    assert changed.body["next_occurrence"]["start"] == "2030-03-30T09:00:00Z"
    query = {"from": "2030-03-01T00:00:00Z", "to": "2030-06-01T00:00:00Z"}
    found = call("GET", f"{path}/occurrences", token=ada.access_token, query=query).body["items"]
    assert [each["start"] for each in found] == [
        "2030-03-30T09:00:00Z",
        "2030-03-31T08:00:00Z",
        "2030-04-01T08:00:00Z",
    ]


def test_new_times_move_the_whole_series_and_its_weekdays(call: Call, ada: Person) -> None:
    recurrence = {"rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=2", "timezone": "Europe/Berlin"}
    meeting = call("POST", PATH, body(recurrence=recurrence), token=ada.access_token).body
    path = f"{PATH}/{meeting['id']}"
    change = {"scheduled_start_time": "2030-03-26T13:00:00Z", "scheduled_end_time": "2030-03-26T14:00:00Z"}
    changed = call("PATCH", path, change, token=ada.access_token).body
    assert changed["recurrence"]["rule"] == "FREQ=WEEKLY;COUNT=2;BYDAY=TU"
    query = {"from": START}
    found = call("GET", f"{path}/occurrences", token=ada.access_token, query=query).body["items"]
    assert [each["start"] for each in found] == ["2030-03-26T13:00:00Z", "2030-04-02T12:00:00Z"]


def test_a_scheduled_meeting_becomes_recurring_and_single_again(call: Call, ada: Person) -> None:
    wanted = {"type": "scheduled", "scheduled_start_time": START, "scheduled_end_time": END}
    path = f"{PATH}/{call('POST', PATH, wanted, token=ada.access_token).body['id']}"
    recurring = call("PATCH", path, {"recurrence": WEEKLY}, token=ada.access_token)
    assert recurring.status == 200, recurring.body
    assert recurring.body["type"] == "recurring"
    single = call("PATCH", path, {"recurrence": None}, token=ada.access_token).body
    assert (single["type"], single["recurrence"], single["next_occurrence"]) == ("scheduled", None, None)
    assert single["scheduled_start_time"] == START


def test_an_instant_meeting_does_not_recur(call: Call, ada: Person) -> None:
    path = f"{PATH}/{call('POST', PATH, {}, token=ada.access_token).body['id']}"
    assert call("PATCH", path, {"recurrence": WEEKLY}, token=ada.access_token).status == 422


@pytest.mark.parametrize("minutes", [-1, 1441, "10", 1.5, True])
def test_a_reminder_is_within_a_day(minutes: object, call: Call, ada: Person) -> None:
    answer = call("POST", PATH, body(settings={"reminder_minutes": minutes}), token=ada.access_token)
    assert answer.status == 422


def test_only_what_calendars_show_counts_as_a_change_of_them(
    call: Call, ada: Person, product: Product
) -> None:
    meeting = call("POST", PATH, body(), token=ada.access_token).body
    path = f"{PATH}/{meeting['id']}"

    def sequence() -> int:
        [row] = product.rows("SELECT calendar_sequence FROM meetings WHERE meeting_id = %s", meeting["id"])
        return int(row["calendar_sequence"])

    call("PATCH", path, {"settings": {"mute_on_entry": True}}, token=ada.access_token)
    assert sequence() == 0
    call("PATCH", path, {"title": "Daily"}, token=ada.access_token)
    assert sequence() == 1
    call("DELETE", path, token=ada.access_token)
    assert sequence() == 2


def test_a_preview_says_what_a_rule_means(call: Call, ada: Person) -> None:
    asked = {"rule": "FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "timezone": "Europe/Berlin"}
    times = {"start": "2030-03-29T08:00:00Z", "end": "2030-03-29T09:00:00Z"}
    answer = call("POST", "/v1/recurrence/preview", {**asked, **times}, token=ada.access_token)
    assert answer.status == 200, answer.body
    assert answer.body == {
        "rule": "FREQ=MONTHLY;COUNT=2;BYDAY=-1FR",
        "summary": "Every month on the last Friday at 09:00 (Europe/Berlin), 2 times",
        "items": [
            times,
            # An hour earlier by UTC: the clock stays.
            {"start": "2030-04-26T07:00:00Z", "end": "2030-04-26T08:00:00Z"},
        ],
        "ends_at": "2030-04-26T07:00:00Z",
    }
    assert call("POST", "/v1/recurrence/preview", {**asked, **times}).status == 401
    wrong = {**asked, "rule": "FREQ=HOURLY", **times}
    assert call("POST", "/v1/recurrence/preview", wrong, token=ada.access_token).status == 422


def test_occurrences_come_in_pages_within_a_window(call: Call, ada: Person, sign_up: SignUp) -> None:
    meeting = call("POST", PATH, body(), token=ada.access_token).body
    path = f"{PATH}/{meeting['id']}/occurrences"
    query = {"from": "2030-03-25T08:30:00Z", "to": "2030-04-30T00:00:00Z", "limit": "4"}
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = call("GET", path, token=ada.access_token, query=query | ({"cursor": cursor} if cursor else {}))
        assert page.status == 200, page.body
        seen += [each["start"] for each in page.body["items"]]
        cursor = page.body["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 11
    assert seen[0] == START
    assert seen == sorted(seen)
    for wrong in (
        {"from": START, "to": START},
        {"from": START, "to": "2033-01-01T00:00:00Z"},
        {"from": "today"},
        {"limit": "0"},
        {"limit": "1000"},
    ):
        assert call("GET", path, token=ada.access_token, query=wrong).status == 422
    assert call("GET", path, token=ada.access_token, query={"cursor": "x"}).status == 400
    assert call("GET", path, token=sign_up("Eve").access_token).status == 404
    assert call("GET", path).status == 401


def test_a_meeting_that_does_not_recur_has_no_occurrences(call: Call, ada: Person) -> None:
    path = f"{PATH}/{call('POST', PATH, {}, token=ada.access_token).body['id']}/occurrences"
    assert call("GET", path, token=ada.access_token).body == {"items": [], "next_cursor": None}
    name = datetime.now(UTC) + timedelta(days=1)
    change = call("PATCH", f"{path}/{name:%Y-%m-%dT%H:%M:%SZ}", {"title": "X"}, token=ada.access_token)
    assert change.status == 404
