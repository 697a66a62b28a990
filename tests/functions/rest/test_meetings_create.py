"""POST /v1/meetings"""

import re
from collections.abc import Callable
from typing import Any

import pytest
from psycopg import sql

from tests.conftest import Person, Product
from tests.gateway import Answer
from tests.killing import kill_while_blocked
from tests.wire import Relay

Call = Callable[..., Answer]
SignUp = Callable[..., Person]
PATH = "/v1/meetings"
LATER = {"scheduled_start_time": "2030-01-01T10:00:00Z", "scheduled_end_time": "2030-01-01T11:00:00+01:00"}


@pytest.fixture
def ada(sign_up: SignUp) -> Person:
    return sign_up("Ada")


def test_an_instant_meeting_has_a_code_and_the_seeds_defaults(call: Call, ada: Person) -> None:
    answer = call("POST", PATH, {}, token=ada.access_token)
    assert answer.status == 201
    meeting = answer.body
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", meeting["code"])
    assert answer.headers["etag"] == '"1"'
    assert answer.headers["location"] == f"/v1/meetings/{meeting['id']}"
    assert meeting["join_url"] == f"https://convoke.test/m/{meeting['code']}"
    assert meeting["title"] == "Ada’s meeting"
    assert (meeting["type"], meeting["status"], meeting["host_user_id"]) == ("instant", "scheduled", ada.id)
    assert meeting["settings"] == {
        "has_password": False,
        "require_auth": False,
        "allow_guests": True,
        "waiting_room": False,
        "max_participants": 100,
        "mute_on_entry": False,
        "allow_screen_share": True,
        "allow_chat": True,
        "allow_reactions": True,
        "allow_recording": False,
        "auto_record": False,
        "e2e_encryption": False,
        "reminder_minutes": 10,
    }


def test_a_scheduled_meeting_keeps_all_it_was_given(call: Call, ada: Person) -> None:
    wanted = {
        "type": "scheduled",
        "title": " Plan\u202e \tB\u0007 ",
        "description": "Two\nlines",
        "scheduled_start_time": "2030-01-01T10:00:00+02:00",
        "scheduled_end_time": "2030-01-01T11:00:00+02:00",
        "slug": "plan-b",
        "tags": ["Work", "work", "Q1"],
        "settings": {"waiting_room": True, "max_participants": 2, "password": "sesame"},
    }
    meeting = call("POST", PATH, wanted, token=ada.access_token).body
    assert meeting["title"] == "Plan B"
    assert meeting["description"] == "Two\nlines"
    assert meeting["slug"] == "plan-b"
    assert meeting["tags"] == ["work", "q1"]
    assert meeting["scheduled_start_time"] == "2030-01-01T08:00:00Z"
    assert meeting["settings"]["waiting_room"] is True
    assert meeting["settings"]["max_participants"] == 2
    assert meeting["settings"]["has_password"] is True
    assert "sesame" not in str(meeting)


def test_the_password_is_stored_as_an_argon2id_hash(call: Call, ada: Person, product: Product) -> None:
    meeting = call("POST", PATH, {"settings": {"password": "sesame"}}, token=ada.access_token).body
    [row] = product.rows("SELECT password_hash FROM meetings WHERE meeting_id = %s", meeting["id"])
    assert row["password_hash"].startswith("$argon2id$v=19$m=19456,t=1,p=1$")


def test_meeting_audit_row_event_and_chat_are_there_together(
    call: Call, ada: Person, product: Product
) -> None:
    meeting_id = call("POST", PATH, {}, token=ada.access_token).body["id"]
    [event] = product.rows("SELECT kind, user_id::text FROM outbox WHERE meeting_id = %s", meeting_id)
    assert event == {"kind": "meeting.created", "user_id": ada.id}
    [entry] = product.rows(
        "SELECT action, actor_user_id::text AS who FROM audit_logs WHERE target_id = %s", meeting_id
    )
    assert entry == {"action": "create", "who": ada.id}
    assert product.rows("SELECT 1 FROM chats WHERE chat_id = %s", meeting_id)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "recurring"},
        {"title": ""},
        {"title": "\u200b\u202e"},
        {"title": "x" * 201},
        {"title": 7},
        {"description": "x" * 5001},
        {"unknown": 1},
        {"type": "scheduled"},
        {"scheduled_start_time": "2030-01-01T10:00:00Z"},
        {"type": "scheduled", "scheduled_start_time": "2030-01-01T10:00:00"},
        {"type": "scheduled", "scheduled_start_time": "tomorrow"},
        {"type": "scheduled", **LATER, "scheduled_end_time": "2030-01-01T10:00:00Z"},
        {"slug": "ab"},
        {"slug": "Has Spaces"},
        {"slug": "-dash"},
        {"slug": "abc-defg-hij"},
        {"slug": "0198a000-0000-7000-8000-000000000000"},
        {"tags": ["x"] * 21},
        {"tags": "work"},
        {"tags": [""]},
        {"settings": {"max_participants": 1}},
        {"settings": {"max_participants": 501}},
        {"settings": {"max_participants": "9"}},
        {"settings": {"waiting_room": "yes"}},
        {"settings": {"waiting_room": 1}},
        {"settings": {"password": "abc"}},
        {"settings": {"password": "x" * 129}},
        {"settings": []},
        [],
    ],
)
def test_bad_bodies_are_told_where_they_are_bad(call: Call, ada: Person, body: Any) -> None:
    answer = call("POST", PATH, body, token=ada.access_token)
    assert answer.status == 422
    assert answer.problem == "validation"


def test_malformed_json_and_oversized_bodies_are_refused(call: Call, ada: Person) -> None:
    assert call("POST", PATH, raw="{", token=ada.access_token).problem == "malformed_json"
    assert call("POST", PATH, {"title": "x" * 300_000}, token=ada.access_token).problem == "too_large"


def test_a_slug_is_given_once(call: Call, ada: Person, sign_up: SignUp) -> None:
    assert call("POST", PATH, {"slug": "standup"}, token=ada.access_token).status == 201
    answer = call("POST", PATH, {"slug": "standup"}, token=sign_up("Bob").access_token)
    assert (answer.status, answer.problem) == (409, "slug_taken")


def test_a_repeated_request_makes_one_meeting(call: Call, ada: Person) -> None:
    headers = {"idempotency-key": "k1"}
    first = call("POST", PATH, {"title": "Once"}, token=ada.access_token, headers=headers)
    again = call("POST", PATH, {"title": "Once"}, token=ada.access_token, headers=headers)
    assert again.body["id"] == first.body["id"]
    other = call("POST", PATH, {"title": "Twice"}, token=ada.access_token, headers=headers)
    assert other.problem == "idempotency_key_reused"


def test_nobody_and_guests_create_nothing(call: Call, ada: Person) -> None:
    assert call("POST", PATH, {}).status == 401
    assert call("POST", PATH, {}, token="forged.token.here").status == 401
    meeting = call("POST", PATH, {}, token=ada.access_token).body
    guest = call("POST", f"{PATH}/{meeting['id']}/join", {"display_name": "Gus"}).body["participant_token"]
    assert call("POST", PATH, {}, token=guest).status == 401


def test_a_function_killed_in_the_middle_leaves_all_of_it_or_nothing(
    call: Call, ada: Person, product: Product
) -> None:
    # Meeting, names, chat and event are sent; the audit row waits for this lock while the function is killed.
    lock = sql.SQL("LOCK TABLE audit_logs IN EXCLUSIVE MODE")
    kill_while_blocked(product, lock, "POST", "/v1/meetings", {"slug": "half"}, ada.access_token)
    found = product.rows("SELECT meeting_id::text AS id FROM meeting_slugs WHERE slug = 'half'")
    for [meeting_id] in [list(row.values()) for row in found]:
        assert product.rows("SELECT 1 FROM meetings WHERE meeting_id = %s", meeting_id)
        assert product.rows("SELECT 1 FROM outbox WHERE meeting_id = %s", meeting_id)
        assert product.rows("SELECT 1 FROM audit_logs WHERE target_id = %s", meeting_id)
        assert product.rows("SELECT 1 FROM chats WHERE chat_id = %s", meeting_id)
    assert call("POST", PATH, {"slug": "half"}, token=ada.access_token).status == (409 if found else 201)


def test_creating_takes_two_round_trips_at_most(call: Call, ada: Person, round_trips: Relay) -> None:
    call("POST", PATH, {}, token=ada.access_token)
    with round_trips.counted() as counted:
        call("POST", PATH, {"slug": "two-trips"}, token=ada.access_token)
    assert counted.trips <= 2
