"""Calendars over REST: a meeting's file, the secret feed, and what the calendar page shows."""

from collections.abc import Callable
from typing import Any

import pytest
import vobject

from convoke.invitations.tokens import token_of
from tests.conftest import TOKEN_SECRET, Person, Product
from tests.gateway import Answer

pytestmark = pytest.mark.usefixtures("in_2028")

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
RULE = {"rule": "FREQ=WEEKLY;COUNT=3", "timezone": "Europe/Berlin"}
MARCH = {"from": "2030-03-01T00:00:00Z", "to": "2030-04-30T00:00:00Z"}


def make(call: Call, person: Person, title: str = "Standup", **changes: Any) -> dict[str, Any]:
    wanted = {
        "type": "recurring",
        "title": title,
        "scheduled_start_time": "2030-03-25T08:00:00Z",
        "scheduled_end_time": "2030-03-25T09:00:00Z",
        "recurrence": RULE,
        **changes,
    }
    answer = call("POST", "/v1/meetings", wanted, token=person.access_token)
    assert answer.status == 201, answer.body
    meeting: dict[str, Any] = answer.body
    return meeting


def titles(calendar: str) -> list[str]:
    return sorted(event.summary.value for event in getattr(vobject.readOne(calendar), "vevent_list", []))


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def test_a_meeting_is_a_file_for_its_people_and_for_who_is_invited(
    call: Call, ada: Person, sign_up: SignUp
) -> None:
    meeting = make(call, ada)
    path = f"/v1/meetings/{meeting['id']}/calendar.ics"
    answer = call("GET", path, token=ada.access_token)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/calendar")
    assert titles(answer.body) == ["Standup"]
    assert "\r\n" in answer.body
    assert call("GET", path).status == 404
    assert call("GET", path, token=sign_up("Eve").access_token).status == 404
    body = {"emails": ["cy@example.org"]}
    [made] = call("POST", f"/v1/meetings/{meeting['id']}/invitations", body, token=ada.access_token).body[
        "items"
    ]
    token = token_of(made["id"], str(TOKEN_SECRET["jwt"]))
    assert titles(call("GET", path, query={"invitation": token}).body) == ["Standup"]
    other = make(call, ada)
    foreign = f"/v1/meetings/{other['id']}/calendar.ics"
    assert call("GET", foreign, query={"invitation": token}).status == 404
    assert call("GET", path, query={"invitation": "inv_" + "x" * 43}).status == 404
    assert call("GET", path, query={"invitation": "x"}).status == 422


def test_a_file_is_found_by_every_name_of_its_meeting(call: Call, ada: Person) -> None:
    meeting = make(call, ada, slug="the-standup")
    path = f"/v1/meetings/{meeting['id']}/invitations"
    [made] = call("POST", path, {"link": {}}, token=ada.access_token).body["items"]
    by_token = {"invitation": made["url"].rsplit("/", 1)[1]}
    for name in (meeting["id"], meeting["code"], "the-standup", "The-Standup"):
        path = f"/v1/meetings/{name}/calendar.ics"
        for found in (call("GET", path, query=by_token), call("GET", path, token=ada.access_token)):
            assert (found.status, titles(found.body)) == (200, ["Standup"])


def test_a_feed_has_one_s_meetings_and_accepted_or_open_invitations(
    call: Call, ada: Person, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    make(call, bob, "Own")
    hosted, declined = make(call, ada, "Invited"), make(call, ada, "Declined")
    make(call, ada, "Foreign")
    for meeting in (hosted, declined):
        body = {"user_ids": [bob.id]}
        call("POST", f"/v1/meetings/{meeting['id']}/invitations", body, token=ada.access_token)
    [open_one] = [
        each
        for each in call("GET", "/v1/invitations", token=bob.access_token).body["items"]
        if each["meeting"]["title"] == "Declined"
    ]
    call("POST", f"/v1/invitations/{open_one['id']}/decline", token=bob.access_token)
    feed = call("POST", "/v1/me/calendar-feed", token=bob.access_token)
    assert feed.status == 201
    path = feed.body["url"].removeprefix("https://convoke.test")
    answer = call("GET", path)
    assert answer.status == 200, answer.body
    assert titles(answer.body) == ["Invited", "Own"]


def test_a_feed_is_secret_and_can_be_ended(call: Call, ada: Person, product: Product) -> None:
    first = call("POST", "/v1/me/calendar-feed", token=ada.access_token).body["url"]
    second = call("POST", "/v1/me/calendar-feed", token=ada.access_token).body["url"]
    old, new = (url.removeprefix("https://convoke.test") for url in (first, second))
    assert call("GET", old).status == 404
    assert call("GET", new).status == 200
    assert new.rsplit("/", 1)[1].removesuffix(".ics") not in str(product.rows("SELECT * FROM calendar_feeds"))
    assert call("DELETE", "/v1/me/calendar-feed", token=ada.access_token).status == 204
    assert call("GET", new).status == 404
    assert call("GET", "/v1/calendar/cal_made_up.ics").status == 404
    for method in ("POST", "DELETE"):
        assert call(method, "/v1/me/calendar-feed").status == 401


def test_the_calendar_page_sees_every_date_and_who_one_is_in_it(
    call: Call, ada: Person, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    meeting = make(call, ada)
    make(call, bob, "Single", type="scheduled", recurrence=None)
    path = f"/v1/meetings/{meeting['id']}"
    call("DELETE", f"{path}/occurrences/2030-04-01T07:00:00Z", token=ada.access_token)
    call("POST", f"{path}/invitations", {"user_ids": [bob.id]}, token=ada.access_token)
    answer = call("GET", "/v1/calendar/events", token=bob.access_token, query=MARCH)
    assert answer.status == 200, answer.body
    seen = [(each["title"], each["start"], each["status"], each["role"]) for each in answer.body["items"]]
    assert sorted(seen) == [
        ("Single", "2030-03-25T08:00:00Z", "scheduled", "host"),
        ("Standup", "2030-03-25T08:00:00Z", "scheduled", "invited"),
        ("Standup", "2030-04-01T07:00:00Z", "cancelled", "invited"),
        ("Standup", "2030-04-08T07:00:00Z", "scheduled", "invited"),
    ]
    assert {each["answer"] for each in answer.body["items"]} == {None, "pending"}
    own = call("GET", "/v1/calendar/events", token=ada.access_token, query=MARCH).body["items"]
    assert {each["role"] for each in own} == {"host"}
    eve = sign_up("Eve").access_token
    assert call("GET", "/v1/calendar/events", token=eve, query=MARCH).body["items"] == []


def test_the_calendar_page_has_bounds(call: Call, ada: Person) -> None:
    for query in (
        {},
        {"from": MARCH["from"]},
        {"from": MARCH["to"], "to": MARCH["from"]},
        {"from": MARCH["from"], "to": "2031-03-01T00:00:00Z"},
        {"from": "yesterday", "to": "today"},
    ):
        assert call("GET", "/v1/calendar/events", token=ada.access_token, query=query).status == 422
    assert call("GET", "/v1/calendar/events", query=MARCH).status == 401


def test_a_cancelled_meeting_is_in_nobody_s_calendar(call: Call, ada: Person) -> None:
    meeting = make(call, ada)
    call("DELETE", f"/v1/meetings/{meeting['id']}", token=ada.access_token)
    assert call("GET", "/v1/calendar/events", token=ada.access_token, query=MARCH).body["items"] == []
