"""Whatever stands in a field, a query or a header: the answer may be a refusal, never a failure of ours."""

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from functions.actions import ACTIONS
from tests import gateway
from tests.conftest import Product
from tests.room import Room

# Types, lengths that NFC or lower case change, numbers past every limit, times that no calendar reads.
STRANGE: list[Any] = [
    *(None, True, 0, -1, 2**31, 2**63, 10**30, 1.5, 1e308),
    *("", " ", "a" * 5000, "\u202e", "\u2028", "\x7f", "%s", "{0}", "'; --", "<script>", "../x", "UTC", "en"),
    *("\ufb2c" * 100, "\ufb2c" * 200, "\U0001f600" * 60, "e\u0301" * 100, "\u0130" * 50, "\u00df" * 64),
    *("0198a000-0000-7000-8000-000000000000", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"),
    *("9999-12-31T23:59:59-14:00", "2030-02-30T00:00:00Z", "2030-01-01T00:00:00"),
    *([], [None], ["x"] * 30, {}, {"a": 1}),
]
REST: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/v1/auth/register"): {
        "email": "a{n}@example.org",
        "password": "correct horse battery",
        "display_name": "Ada",
        "username": "ada{n}",
        "device": {},
        "cookie": False,
    },
    ("POST", "/v1/auth/login"): {"email": "a@example.org", "password": "x", "device": {}},
    ("POST", "/v1/auth/refresh"): {"refresh_token": None, "cookie": False},
    ("PATCH", "/v1/me"): dict.fromkeys(("display_name", "username", "timezone", "language", "bio"), None),
    ("POST", "/v1/meetings"): {
        "title": "T",
        "description": "D",
        "type": "instant",
        "slug": "slug-{n}",
        "tags": ["a"],
        "settings": {},
        "scheduled_start_time": None,
        "scheduled_end_time": None,
    },
    ("PATCH", "{room}"): dict.fromkeys(("title", "slug", "tags", "settings", "scheduled_start_time"), None),
    ("POST", "{room}/join"): {"display_name": "Gus", "password": None, "client_version": "1"},
    ("POST", "{chat}/messages"): {
        "client_id": "c{n}",
        "content": "Hello",
        "type": "text",
        "reply_to": None,
        "recipient_participant_id": None,
        "formatted_content": "<b>Hello</b>",
        "file_ids": [],
    },
    ("POST", "{chat}/read"): {"seq": 1},
    ("POST", "/v1/chats"): {"kind": "group", "title": "T", "user_ids": [], "user_id": None},
    ("PATCH", "{chat}"): dict.fromkeys(("title", "avatar_url", "muted_until"), None),
    ("POST", "{chat}/members"): {"user_ids": []},
}
HEADERS = ("if-match", "idempotency-key", "authorization", "x-convoke-viewer", "user-agent", "cookie")
_numbers = itertools.count(1)


def _variants(body: dict[str, Any], *, partial: bool) -> Iterator[dict[str, Any]]:
    for field in body:
        for value in STRANGE:
            number = next(_numbers)
            others = {} if partial else body
            made = {
                name: other.format(n=number) if isinstance(other, str) else other
                for name, other in others.items()
            }
            yield {**made, field: value}


def _unlimited(product: Product) -> None:
    """These tests ask more often than anybody may."""
    for key in product.redis.scan_iter("ratelimit:*", count=1000):
        product.redis.delete(key)


@pytest.mark.parametrize("route", sorted(REST), ids=" ".join)
def test_no_value_of_a_body_is_too_strange(route: tuple[str, str], room: Room, product: Product) -> None:
    room.come_host()
    method, pattern = route
    path = pattern.format(room=room.path, chat=f"/v1/chats/{room.id}")
    for number, body in enumerate(_variants(REST[route], partial=method == "PATCH")):
        if number % 20 == 0:
            _unlimited(product)
        answer = gateway.call(method, path, body, token=room.host.access_token)
        assert answer.status < 500, body
        if answer.status >= 400:
            assert answer.problem


def test_no_setting_is_too_strange(room: Room, product: Product) -> None:
    for name in ("password", "require_auth", "max_participants"):
        for value in STRANGE:
            body = {"settings": {name: value}}
            assert gateway.call("PATCH", room.path, body, token=room.host.access_token).status < 500, body
        _unlimited(product)


def test_no_query_is_too_strange(room: Room) -> None:
    values = ("", "0", "-1", "x", "1e3", "9" * 400, "%", "true", "before", "\u0663", "\ud7ff")
    chat = f"/v1/chats/{room.id}"
    meetings = ("/v1/meetings", f"{room.path}/participants")
    paths = (*meetings, "/v1/chats", f"{chat}/messages", f"{chat}/changes")
    names = ("limit", "cursor", "status", "direction", "kind", "after")
    for path, name, value in itertools.product(paths, names, values):
        answer = gateway.call("GET", path, token=room.host.access_token, query={name: value})
        assert answer.status < 500, (path, name, value)


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_is_too_strange(header: str, room: Room, product: Product) -> None:
    token = None if header == "authorization" else room.host.access_token
    for value in (
        "",
        "x" * 9000,
        "\u00e9",
        "\x01",
        'W/"1"',
        '"\u0663"',
        "Bearer",
        "Bearer \u00e9",
        "Bearer a.b.c",
    ):
        for method, path in (("POST", "/v1/meetings"), ("PATCH", room.path), ("POST", f"{room.path}/join")):
            body = {"title": "T"} if path != f"{room.path}/join" else {"display_name": "Gus"}
            answer = gateway.call(method, path, body, token=token, headers={header: value})
            assert answer.status < 500, value
    _unlimited(product)


@pytest.mark.parametrize("action", sorted(set(ACTIONS) - {"leave", "meeting.end"}))
def test_no_value_of_a_message_is_too_strange(action: str, room: Room, product: Product) -> None:
    host = room.come_host()
    fields = [*ACTIONS[action].request.model_fields, "unknown"]
    known = {"participant_id": host.id} if "participant_id" in fields else {}
    if action == "chat.send":
        known = {"chat_id": room.id, "client_id": "c", "content": "Hello"}
    elif action.startswith("chat."):
        said = {"chat_id": room.id, "client_id": "c", "content": "Hello"}
        message_id = host.device.ask("chat.send", said)["message"]["id"]
        values = {"chat_id": room.id, "message_id": message_id, "content": "Hi", "emoji": "👍", "on": True}
        values |= {"seq": 1, "after_seq": 0}
        known = {name: values[name] for name in fields if name in values}
    for field, value in itertools.product(fields, STRANGE):
        reply = host.device.send(action, {**known, field: value})
        assert reply["ok"] or reply["error"]["status"] < 500, reply
        if next(_numbers) % 20 == 0:
            _unlimited(product)
