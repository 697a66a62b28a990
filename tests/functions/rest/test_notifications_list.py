"""GET /v1/notifications and its count: newest first, by pages, one's own alone; marking and taking off."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.ids import new_id
from convoke.notifications import actions
from convoke.notifications.model.notification import MAX_UNREAD
from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.room import Device
from tests.sockets import Sockets
from tests.wire import Relay

PATH = "/v1/notifications"
START = datetime(2026, 11, 1, tzinfo=UTC)
Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def tell(person: Person, number: int = 0, **wanted: Any) -> None:
    asked = {"type": "contact", "title": f"N{number}", "event_key": new_id(), **wanted}
    now = START + timedelta(minutes=number)
    with transaction(System()) as conn:
        pending = actions.notify(conn, user_ids=[person.id], now=now, **asked)
    actions.dispatch(pending, now)


OpenDevice = Callable[[Person], Device]


@pytest.fixture
def open_device(sockets: Sockets, call: Call) -> OpenDevice:
    """`open_device(ada)`: one of her devices, with its socket."""

    def open_it(person: Person) -> Device:
        device = Device(sockets, new_id())
        ticket = call("POST", "/v1/socket-tickets", token=person.access_token).body["ticket"]
        assert device.connect(ticket) == 200
        return device

    return open_it


@pytest.fixture
def ada(sign_up: SignUp, sockets: Sockets) -> Person:
    return sign_up("Ada")


def _titles(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [item["title"] for item in answer.body["items"]]


def test_the_newest_come_first_page_by_page(ada: Person, call: Call) -> None:
    for number in range(7):
        tell(ada, number)
    seen: list[str] = []
    cursor = None
    while True:
        query = {"limit": "3", **({"cursor": cursor} if cursor else {})}
        answer = call("GET", PATH, query=query, token=ada.access_token)
        assert answer.body["unread"] == 7
        seen += _titles(answer)
        cursor = answer.body["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"N{number}" for number in range(6, -1, -1)]


def test_what_was_told_at_the_same_moment_is_on_one_page_only(ada: Person, call: Call) -> None:
    for key in range(5):
        tell(ada, 0, title=f"K{key}")
    first = call("GET", PATH, query={"limit": "2"}, token=ada.access_token)
    query = {"limit": "10", "cursor": first.body["next_cursor"]}
    second = call("GET", PATH, query=query, token=ada.access_token)
    assert sorted(_titles(first) + _titles(second)) == [f"K{key}" for key in range(5)]


def test_the_list_is_narrowed_by_what_is_unread_and_by_type(ada: Person, call: Call) -> None:
    tell(ada, 0)
    tell(ada, 1, type="missed_call")
    [item] = call("GET", PATH, query={"type": "missed_call"}, token=ada.access_token).body["items"]
    call("POST", f"{PATH}/{item['id']}/read", token=ada.access_token)
    assert _titles(call("GET", PATH, query={"unread": "true"}, token=ada.access_token)) == ["N0"]
    assert _titles(call("GET", PATH, query={"unread": "false"}, token=ada.access_token)) == ["N1"]
    both = {"unread": "true", "type": "missed_call"}
    assert _titles(call("GET", PATH, query=both, token=ada.access_token)) == []


def test_an_empty_list_is_an_empty_list(ada: Person, call: Call) -> None:
    answer = call("GET", PATH, token=ada.access_token)
    assert (answer.status, answer.body) == (200, {"items": [], "next_cursor": None, "unread": 0})
    assert call("GET", f"{PATH}/count", token=ada.access_token).body == {"unread": 0}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"cursor": "x"}, 400),
        ({"cursor": "A" * 32}, 200),
        ({"cursor": "_" * 32}, 400),
        ({"cursor": "A" * 65}, 422),
        ({"limit": "0"}, 422),
        ({"limit": "101"}, 422),
        ({"type": "no such"}, 422),
        ({"unread": "perhaps"}, 422),
    ],
)
def test_what_cannot_be_asked(query: dict[str, str], status: int, ada: Person, call: Call) -> None:
    assert call("GET", PATH, query=query, token=ada.access_token).status == status


def test_a_page_costs_one_round_trip_and_so_does_the_count(
    ada: Person, call: Call, round_trips: Relay
) -> None:
    for path in (PATH, f"{PATH}/count"):
        call("GET", path, token=ada.access_token)
        with round_trips.counted() as counted:
            assert call("GET", path, token=ada.access_token).status == 200
        assert counted.trips == 1


def test_a_count_has_an_end(ada: Person, call: Call, product: Product) -> None:
    product.owner.execute(
        "INSERT INTO notifications (notification_id, user_id, event_key, type, title, in_app, expires_at,"
        " created_at) SELECT gen_random_uuid(), %s, 'e' || n, 'system', 'x', true, now(), now()"
        " FROM generate_series(1, %s) n",
        (ada.id, MAX_UNREAD + 50),
    )
    assert call("GET", f"{PATH}/count", token=ada.access_token).body == {"unread": MAX_UNREAD}
    assert call("GET", PATH, token=ada.access_token).body["unread"] == MAX_UNREAD


def test_the_badge_is_counted_and_the_page_read_by_an_index(ada: Person, product: Product) -> None:
    """Ada has read all of hers; others, who are many, half of theirs."""
    product.owner.execute(
        "INSERT INTO notifications (notification_id, user_id, event_key, type, title, in_app, expires_at,"
        " created_at, read_at)"
        " SELECT gen_random_uuid(), %s, 'e' || n, 'system', 'x', true, now(), now(), now()"
        " FROM generate_series(1, 200) n",
        (ada.id,),
    )
    product.owner.execute(
        "WITH others AS (INSERT INTO users (user_id, email, display_name, created_at, updated_at)"
        " SELECT gen_random_uuid(), 'other-' || n || '@example.org', 'O', now(), now()"
        " FROM generate_series(1, 500) n RETURNING user_id)"
        " INSERT INTO notifications (notification_id, user_id, event_key, type, title, in_app, expires_at,"
        " created_at, read_at)"
        " SELECT gen_random_uuid(), user_id, 'e' || n, 'system', 'x', true, now(), now(),"
        " CASE WHEN n > 20 THEN now() END FROM others, generate_series(1, 40) n"
    )
    product.owner.execute("ANALYZE notifications")
    for query, index in (
        (
            "SELECT 1 FROM notifications WHERE user_id = %s AND in_app AND read_at IS NULL",
            "notifications_unread",
        ),
        (
            "SELECT * FROM notifications WHERE user_id = %s AND in_app"
            " ORDER BY created_at DESC, notification_id DESC LIMIT 30",
            "notifications_list",
        ),
    ):
        plan = "\n".join(row["QUERY PLAN"] for row in product.rows(f"EXPLAIN {query}", ada.id))
        assert index in plan, plan


def test_reading_one_reaches_the_other_devices(ada: Person, call: Call, open_device: OpenDevice) -> None:
    device = open_device(ada)
    tell(ada, 0)
    tell(ada, 1)
    [newest, _] = call("GET", PATH, token=ada.access_token).body["items"]
    answer = call("POST", f"{PATH}/{newest['id']}/read", token=ada.access_token)
    assert answer.body == {"ids": [newest["id"]], "until": None, "unread": 1}
    assert device.events("notification.read") == [answer.body]
    # Once more changes nothing and tells nobody.
    again = call("POST", f"{PATH}/{newest['id']}/read", token=ada.access_token)
    assert again.body == {"ids": [], "until": None, "unread": 1}
    assert len(device.events("notification.read")) == 1


def test_reading_all_reaches_the_other_devices_and_leaves_what_came_since(
    ada: Person, call: Call, open_device: OpenDevice
) -> None:
    device = open_device(ada)
    for number in range(3):
        tell(ada, number)
    until = (START + timedelta(minutes=1)).isoformat()
    answer = call("POST", f"{PATH}/read-all", {"until": until}, token=ada.access_token)
    assert (answer.body["ids"], answer.body["unread"]) == ("all", 1)
    assert datetime.fromisoformat(answer.body["until"]) == START + timedelta(minutes=1)
    assert device.events("notification.read") == [answer.body]
    assert _titles(call("GET", PATH, query={"unread": "true"}, token=ada.access_token)) == ["N2"]
    assert call("POST", f"{PATH}/read-all", token=ada.access_token).body["unread"] == 0


def test_what_is_taken_off_is_gone_everywhere_and_is_not_told_again(
    ada: Person, call: Call, open_device: OpenDevice
) -> None:
    device = open_device(ada)
    tell(ada, event_key="e-1")
    [item] = call("GET", PATH, token=ada.access_token).body["items"]
    assert call("DELETE", f"{PATH}/{item['id']}", token=ada.access_token).status == 204
    assert device.events("notification.deleted") == [{"ids": [item["id"]], "unread": 0}]
    tell(ada, event_key="e-1")
    assert call("GET", PATH, token=ada.access_token).body["items"] == []
    assert call("DELETE", f"{PATH}/{item['id']}", token=ada.access_token).status == 404


def test_a_stranger_neither_sees_nor_marks_nor_takes_off(ada: Person, sign_up: SignUp, call: Call) -> None:
    tell(ada)
    [item] = call("GET", PATH, token=ada.access_token).body["items"]
    eve = sign_up("Eve").access_token
    assert call("GET", PATH, token=eve).body["items"] == []
    assert call("POST", f"{PATH}/{item['id']}/read", token=eve).problem == "not_found"
    assert call("DELETE", f"{PATH}/{item['id']}", token=eve).problem == "not_found"
    assert call("POST", f"{PATH}/read-all", token=eve).status == 200
    assert call("GET", f"{PATH}/count", token=ada.access_token).body == {"unread": 1}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("GET", f"{PATH}/count"),
        ("POST", f"{PATH}/read-all"),
        ("POST", f"{PATH}/{new_id()}/read"),
        ("DELETE", f"{PATH}/{new_id()}"),
    ],
)
def test_nobody_has_no_notifications(method: str, path: str, call: Call) -> None:
    assert call(method, path).status == 401


@pytest.mark.parametrize("wrong", ["x", "0", "01991b6e-5c00-7a10-8000-00000000000G", "%00"])
def test_what_is_no_id_is_none_of_ours(wrong: str, ada: Person, call: Call) -> None:
    assert call("POST", f"{PATH}/{wrong}/read", token=ada.access_token).status in (400, 404, 422)
