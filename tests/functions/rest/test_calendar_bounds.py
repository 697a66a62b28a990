"""Rules too sparse to be searched, and times at the ends of the calendar: no calendar fails for them."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Person
from tests.gateway import Answer

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
# Its dates are generations apart: to know the next, more days would have to be looked at than there is time.
SPARSE = {"rule": "FREQ=YEARLY;INTERVAL=3;BYYEARDAY=366;BYDAY=SU", "timezone": "UTC"}
FIRST, ITS_END = "2056-12-31T08:00:00Z", "2056-12-31T09:00:00Z"
SPRING = {"from": "2058-03-01T00:00:00Z", "to": "2058-04-30T00:00:00Z"}
ENDS = [
    ("9999-12-30T00:00:00Z", "9999-12-31T00:00:00Z"),
    ("9999-12-31T23:00:00-14:00", "9999-12-31T23:59:59-14:00"),
    ("0001-01-01T00:00:00Z", "0001-01-02T00:00:00Z"),
    ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:01+14:00"),
]


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


@pytest.fixture
def path(call: Call, ada: Person) -> str:
    """A meeting with the sparse rule."""
    wanted = {"type": "recurring", "title": "Sparse", "recurrence": SPARSE}
    times = {"scheduled_start_time": FIRST, "scheduled_end_time": ITS_END}
    answer = call("POST", "/v1/meetings", {**wanted, **times}, token=ada.access_token)
    assert answer.status == 201, answer.body
    return f"/v1/meetings/{answer.body['id']}"


def test_a_sparse_rule_breaks_the_calendar_of_nobody_who_is_invited(
    call: Call, ada: Person, path: str, sign_up: SignUp
) -> None:
    bob = sign_up("Bob")
    call("POST", f"{path}/invitations", {"user_ids": [bob.id]}, token=ada.access_token)
    single: dict[str, Any] = {
        "type": "scheduled",
        "title": "Single",
        "scheduled_start_time": "2058-03-25T08:00:00Z",
        "scheduled_end_time": "2058-03-25T09:00:00Z",
    }
    assert call("POST", "/v1/meetings", single, token=bob.access_token).status == 201
    seen = call("GET", "/v1/calendar/events", token=bob.access_token, query=SPRING)
    assert [each["title"] for each in seen.body["items"]] == ["Single"]


def test_a_sparse_rule_is_shown_as_far_as_it_is_known(call: Call, ada: Person, path: str) -> None:
    listed = call("GET", f"{path}/occurrences", token=ada.access_token, query=SPRING)
    assert (listed.status, listed.body) == (200, {"items": [], "next_cursor": None})
    asked = {**SPARSE, "start": FIRST, "end": ITS_END}
    preview = call("POST", "/v1/recurrence/preview", asked, token=ada.access_token)
    assert [each["start"] for each in preview.body["items"]] == [FIRST]


def test_a_sparse_rule_leaves_nothing_when_its_date_is_cancelled(call: Call, ada: Person, path: str) -> None:
    assert call("DELETE", f"{path}/occurrences/{FIRST}", token=ada.access_token).status == 204
    assert call("GET", path, token=ada.access_token).body["status"] == "cancelled"


@pytest.mark.parametrize("place", ["/v1/calendar/events", "{meeting}/occurrences"])
def test_windows_at_the_ends_of_the_calendar_are_refused(
    place: str, call: Call, ada: Person, path: str
) -> None:
    address = place.format(meeting=path)
    for first, last in ENDS:
        answer = call("GET", address, token=ada.access_token, query={"from": first, "to": last})
        assert answer.status == 422, (first, answer.body)
    alone = call("GET", address, token=ada.access_token, query={"from": "9999-12-31T00:00:00Z"})
    assert alone.status == 422


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_occurrence_at_the_end_of_the_calendar_is_none(
    method: str, call: Call, ada: Person, path: str
) -> None:
    body = {"title": "x"} if method == "PATCH" else None
    for first, _ in ENDS:
        assert call(method, f"{path}/occurrences/{first}", body, token=ada.access_token).status == 422
