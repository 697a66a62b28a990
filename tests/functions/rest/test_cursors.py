"""Cursors that nobody was given: refused, or a place like any other, and never a failure of ours."""

import base64
import json
from collections.abc import Callable

import pytest

from tests.conftest import Person
from tests.gateway import Answer

Call = Callable[..., Answer]
LISTS = [
    "/v1/chats",
    "/v1/contacts",
    "/v1/blocks",
    "/v1/calls",
    "/v1/invitations",
    "/v1/meetings",
    "/v1/notifications",
    "/v1/messages/search",
]
ID = "0198a000-0000-7000-8000-000000000000"
MADE_UP: list[object] = [
    ["\ud800", ID],
    ["a\0b", ID],
    ["a", "\ud800"],
    ["2026-11-20T12:00:00+00:00:00.5", ID],
    ["2026-11-20T12:00:00+23:59:59.999999", ID],
    ["0001-01-01T00:00:00+14:00", ID],
    ["9999-12-31T23:59:59-14:00", ID],
    ["2026-11-20T12:00:00", ID],
    ["2026-11-20T12:00:00Z", f"{ID}\n"],
    {"a": 1, "b": 2},
    {"0": 1},
    [1, 2],
    None,
]
RAW = [b"[" * 140, b"[" * 1400, b'"' * 20, b"\xff" * 24, b"\xff" * 16, b"\0" * 24, b"NaN", b"1e999"]


@pytest.fixture
def ada(sign_up: Callable[..., Person]) -> Person:
    return sign_up("Ada")


@pytest.mark.parametrize("path", LISTS)
def test_no_cursor_is_too_strange(path: str, call: Call, ada: Person) -> None:
    made = [json.dumps(each).encode() for each in MADE_UP] + RAW
    for raw in made:
        cursor = base64.urlsafe_b64encode(raw).decode()
        for each in (cursor, cursor.rstrip("=")):
            answer = call("GET", path, token=ada.access_token, query={"cursor": each, "q": "word"})
            assert answer.status < 500, (raw, answer.body)
