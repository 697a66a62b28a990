"""Devices that take pushes: the key, joining, listing, leaving; and what ends with a session."""

import base64
from collections.abc import Callable
from typing import Any

import pytest

from convoke.ids import new_id
from convoke.notifications.model.push import MAX_SUBSCRIPTIONS
from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.push_service import Device

PATH = "/v1/push/subscriptions"
FCM = "https://fcm.googleapis.com/fcm/send"
Call = Callable[..., Answer]
SignUp = Callable[..., Person]


def browser(name: str | None = None) -> dict[str, Any]:
    return Device(f"{FCM}/{name or new_id()}").subscription()


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def _listed(person: Person, call: Call) -> list[dict[str, Any]]:
    answer = call("GET", PATH, token=person.access_token)
    assert answer.status == 200, answer
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def test_the_key_is_a_point_that_browsers_take(call: Call) -> None:
    answer = call("GET", "/v1/push/key")
    key = base64.urlsafe_b64decode(answer.body["key"] + "=")
    assert (answer.status, len(key), key[0]) == (200, 65, 4)
    assert call("GET", "/v1/push/key").body == answer.body


def test_a_browser_joins_once_and_is_renewed(ada: Person, call: Call) -> None:
    subscription = browser()
    first = call("POST", PATH, {**subscription, "device_name": "Firefox on Linux"}, token=ada.access_token)
    assert first.status == 201
    assert first.body["device_name"] == "Firefox on Linux"
    again = call("POST", PATH, subscription, token=ada.access_token)
    assert (again.status, again.body) == (200, first.body)
    assert _listed(ada, call) == [first.body]
    # Neither the address nor the keys are told: who has them can push.
    assert set(first.body) == {"id", "device_name", "created_at", "last_used_at"}


def test_who_signs_in_on_the_same_browser_takes_it_over(ada: Person, sign_up: SignUp, call: Call) -> None:
    bob, subscription = sign_up("Bob"), browser()
    call("POST", PATH, subscription, token=ada.access_token)
    assert call("POST", PATH, subscription, token=bob.access_token).status == 201
    assert _listed(ada, call) == []
    assert len(_listed(bob, call)) == 1


def test_a_device_leaves_and_nobody_elses_does(ada: Person, sign_up: SignUp, call: Call) -> None:
    made = call("POST", PATH, browser(), token=ada.access_token).body
    eve = sign_up("Eve").access_token
    assert call("DELETE", f"{PATH}/{made['id']}", token=eve).problem == "not_found"
    assert call("DELETE", f"{PATH}/{made['id']}", token=ada.access_token).status == 204
    assert call("DELETE", f"{PATH}/{made['id']}", token=ada.access_token).problem == "not_found"
    assert _listed(ada, call) == []


def test_devices_have_a_limit(ada: Person, call: Call, product: Product) -> None:
    for number in range(MAX_SUBSCRIPTIONS):
        product.redis.flushall()  # the rate limit is not what is looked at
        assert call("POST", PATH, browser(f"d-{number}"), token=ada.access_token).status == 201
    product.redis.flushall()
    assert call("POST", PATH, browser(), token=ada.access_token).problem == "too_many_devices"
    assert call("POST", PATH, browser("d-0"), token=ada.access_token).status == 200
    assert len(_listed(ada, call)) == MAX_SUBSCRIPTIONS


def test_nobody_joins_all_day(ada: Person, call: Call, still_clock: object) -> None:
    subscription = browser()
    statuses = {call("POST", PATH, subscription, token=ada.access_token).status for _ in range(21)}
    assert statuses == {201, 200, 429}


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/x",
        "https://169.254.169.254/latest/meta-data/iam",
        "https://127.0.0.1:8080/v1/me",
        "https://fcm.googleapis.com@10.0.0.1/x",
        "https://internal.example.org/",
        "https://fcm.googleapis.com.evil.example/",
    ],
)
def test_an_address_that_is_no_browsers_is_refused(endpoint: str, ada: Person, call: Call) -> None:
    answer = call("POST", PATH, {**browser(), "endpoint": endpoint}, token=ada.access_token)
    assert (answer.status, answer.problem) == (422, "push_service_unknown")
    assert _listed(ada, call) == []


@pytest.mark.parametrize(
    "change",
    [
        {"endpoint": None},
        {"endpoint": ""},
        {"endpoint": f"{FCM}/{'x' * 2000}"},
        {"keys": None},
        {"keys": {}},
        {"keys": {"p256dh": "x", "auth": "y"}},
        {"keys": {"p256dh": "A" * 87, "auth": "A" * 22}},
        {"keys": {"p256dh": "B" + "A" * 86, "auth": "A" * 22}},
        {"device_name": "\u200b"},
        {"device_name": "x" * 101},
    ],
)
def test_what_is_no_subscription_is_refused(change: dict[str, Any], ada: Person, call: Call) -> None:
    assert call("POST", PATH, {**browser(), **change}, token=ada.access_token).problem == "validation"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/{new_id()}")]
)
def test_nobody_has_no_devices(method: str, path: str, call: Call) -> None:
    assert call(method, path, browser() if method == "POST" else None).status == 401


def test_signing_out_ends_the_pushes_of_that_session_alone(ada: Person, call: Call) -> None:
    login = {"email": ada.email, "password": ada.password}
    phone = call("POST", "/v1/auth/login", login).body
    call("POST", PATH, {**browser(), "device_name": "laptop"}, token=ada.access_token)
    call("POST", PATH, {**browser(), "device_name": "phone"}, token=phone["access_token"])
    sent = {"refresh_token": phone["refresh_token"]}
    assert call("POST", "/v1/auth/logout", sent, token=phone["access_token"]).status == 204
    assert [item["device_name"] for item in _listed(ada, call)] == ["laptop"]


def test_a_device_that_is_signed_out_from_elsewhere_gets_no_more_pushes(ada: Person, call: Call) -> None:
    phone = call("POST", "/v1/auth/login", {"email": ada.email, "password": ada.password}).body
    call("POST", PATH, browser(), token=phone["access_token"])
    sessions = call("GET", "/v1/me/sessions", token=ada.access_token).body["items"]
    [other] = [session for session in sessions if not session["current"]]
    assert call("DELETE", f"/v1/me/sessions/{other['id']}", token=ada.access_token).status == 204
    assert _listed(ada, call) == []
