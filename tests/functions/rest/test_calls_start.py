"""POST /v1/calls: it rings everywhere, stands in the chat, and is refused where it must be."""

from uuid import uuid4

import pytest

from tests import gateway
from tests.calling import Phones, states
from tests.conftest import Product


def test_all_devices_of_who_is_called_ring(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    tablet = bob.more()
    chat_id = ada.direct(bob)
    answer = ada.rest("POST", "/v1/calls", {"chat_id": chat_id, "media_type": "video"})
    assert answer.status == 201, answer
    call, join = answer.body["call"], answer.body["join"]
    assert answer.headers["location"] == f"/v1/calls/{call['id']}"
    assert (call["status"], call["kind"], call["media_type"]) == ("ringing", "one_to_one", "video")
    assert call["initiator"]["user_id"] == ada.id
    assert states(call) == {"Ada": "initiator", "Bob": "ringing"}
    assert (call["chat_id"], call["chat_title"], call["duration_seconds"]) == (chat_id, None, None)
    assert (join["status"], join["role"], join["meeting"]["id"]) == ("admitted", "participant", call["id"])
    for device in (bob.device, tablet):
        assert [ring["call"]["id"] for ring in device.events("call.ringing")] == [call["id"]]
    assert ada.device.events("call.ringing") == []
    assert ada.device.events("call.updated")[-1]["call"]["id"] == call["id"]
    assert product.rows("SELECT kind FROM outbox WHERE kind = 'call.started'") == [{"kind": "call.started"}]


def test_the_call_stands_in_its_chat(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    chat_id = ada.direct(bob)
    call = ada.dial(chat_id)["call"]
    [message] = [m for m in bob.get(f"/v1/chats/{chat_id}/messages")["items"] if m["type"] == "call"]
    assert message["id"] == call["message_id"]
    assert message["sender"]["user_id"] == ada.id
    assert message["call"] == {
        "call_id": call["id"],
        "media_type": "audio",
        "status": "ringing",
        "duration_seconds": None,
        "initiator_id": ada.id,
    }
    assert bob.device.events("message.created")[-1]["message"]["id"] == message["id"]


def test_people_are_called_in_the_chat_they_have(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    direct = ada.direct(bob)
    body = {"user_ids": [bob.id], "media_type": "audio"}
    answer = ada.rest("POST", "/v1/calls", body)
    assert (answer.status, answer.body["call"]["chat_id"]) == (201, direct)
    ada.rest("POST", f"/v1/calls/{answer.body['call']['id']}/cancel", {})
    several = {"user_ids": [bob.id, cy.id], "media_type": "audio"}
    first = ada.rest("POST", "/v1/calls", several)
    assert first.status == 201, first
    assert (first.body["call"]["kind"], first.body["call"]["chat_title"]) == ("group", "Ada, Bob, Cy")
    ada.rest("POST", f"/v1/calls/{first.body['call']['id']}/cancel", {})
    again = cy.rest("POST", "/v1/calls", {"user_ids": [ada.id, bob.id], "media_type": "audio"})
    assert again.body["call"]["chat_id"] == first.body["call"]["chat_id"]


def test_the_same_key_starts_one_call(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    body = {"chat_id": ada.direct(bob), "media_type": "audio"}
    answers = [ada.rest("POST", "/v1/calls", body, headers={"idempotency-key": "one"}) for _ in range(2)]
    assert answers[0].body["call"]["id"] == answers[1].body["call"]["id"]
    assert product.rows("SELECT count(*) AS calls FROM calls WHERE initiator_user_id = %s", ada.id) == [
        {"calls": 1}
    ]


def test_who_is_in_another_call_is_busy(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    first = ada.dial(ada.direct(bob))["call"]
    bob.answer(first["id"])
    started = cy.dial(cy.direct(bob))
    assert started["join"] is None
    assert (started["call"]["status"], started["call"]["end_reason"]) == ("busy", "busy")
    assert states(started["call"]) == {"Cy": "ended", "Bob": "busy"}
    assert bob.device.events("call.ringing")[-1]["call"]["id"] == first["id"]
    assert bob.last("call.ended")["id"] == started["call"]["id"]
    assert bob.get("/v1/notifications")["items"][0]["type"] == "missed_call"
    chat_id = started["call"]["chat_id"]
    assert cy.get(f"/v1/chats/{chat_id}/messages")["items"][-1]["call"]["status"] == "busy"
    assert cy.dial(cy.direct(ada))["call"]["status"] == "busy"


def test_in_a_group_the_busy_are_left_out_and_the_others_ring(phone: Phones) -> None:
    ada, bob, cy, dee = (phone(name) for name in ("Ada", "Bob", "Cy", "Dee"))
    bob.answer(ada.dial(ada.direct(bob))["call"]["id"])
    started = cy.dial(cy.group(bob, dee))
    assert started["call"]["status"] == "ringing"
    assert states(started["call"]) == {"Cy": "initiator", "Bob": "busy", "Dee": "ringing"}


def test_nobody_is_in_two_calls(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    ada.dial(ada.direct(bob))
    answer = ada.rest("POST", "/v1/calls", {"chat_id": ada.direct(cy), "media_type": "audio"})
    assert (answer.status, answer.problem) == (409, "in_another_call")
    assert cy.device.events("call.ringing") == []


@pytest.mark.parametrize("blocker", ["caller", "called"])
def test_who_has_blocked_or_is_blocked_is_not_called(phone: Phones, blocker: str) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    chat_id = ada.direct(bob)
    one, other = (ada, bob) if blocker == "caller" else (bob, ada)
    assert one.rest("PUT", f"/v1/blocks/{other.id}").status == 200
    for whom in ({"chat_id": chat_id}, {"user_ids": [bob.id]}):
        answer = ada.rest("POST", "/v1/calls", {**whom, "media_type": "audio"})
        assert (answer.status, answer.problem) == (403, "blocked")
    assert bob.device.events("call.ringing") == []


def test_in_a_group_those_who_block_each_other_do_not_ring_each_other(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    chat_id = ada.group(bob, cy)
    assert bob.rest("PUT", f"/v1/blocks/{ada.id}").status == 200
    call = ada.dial(chat_id)["call"]
    assert states(call) == {"Ada": "initiator", "Cy": "ringing"}


def test_a_strangers_chat_is_not_there(phone: Phones) -> None:
    ada, bob, eve = phone("Ada"), phone("Bob"), phone("Eve")
    chat_id = ada.direct(bob)
    for wanted in (chat_id, str(uuid4())):
        answer = eve.rest("POST", "/v1/calls", {"chat_id": wanted, "media_type": "audio"})
        assert (answer.status, answer.problem) == (404, "not_found")


def test_in_a_meetings_chat_nobody_is_called(phone: Phones) -> None:
    ada = phone("Ada")
    meeting = ada.rest("POST", "/v1/meetings", {}).body
    join = ada.rest("POST", f"/v1/meetings/{meeting['id']}/join", {}).body
    ada.enter(join)
    answer = ada.rest("POST", "/v1/calls", {"chat_id": meeting["id"], "media_type": "audio"})
    assert (answer.status, answer.problem) == (409, "not_callable")


def test_oneself_cannot_be_called(phone: Phones) -> None:
    ada = phone("Ada")
    answer = ada.rest("POST", "/v1/calls", {"user_ids": [ada.id], "media_type": "audio"})
    assert (answer.status, answer.problem) == (409, "nobody_to_call")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"media_type": "audio"},
        {"chat_id": "x", "media_type": "audio"},
        {"chat_id": str(uuid4()), "user_ids": [str(uuid4())], "media_type": "audio"},
        {"user_ids": [], "media_type": "audio"},
        {"user_ids": [str(uuid4()) for _ in range(32)], "media_type": "audio"},
        {"chat_id": str(uuid4()), "media_type": "smell"},
        {"chat_id": str(uuid4()), "media_type": "audio", "more": 1},
    ],
)
def test_what_is_no_request_is_refused(phone: Phones, body: dict[str, object]) -> None:
    assert phone("Ada").rest("POST", "/v1/calls", body).status == 422


def test_nobody_calls_without_an_account(phone: Phones) -> None:
    assert gateway.call("POST", "/v1/calls", {"chat_id": str(uuid4())}).status == 401


def test_too_many_starts_in_a_minute_are_refused(phone: Phones, still_clock: object) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    body = {"chat_id": ada.direct(bob), "media_type": "audio"}
    found = [ada.rest("POST", "/v1/calls", body).status for _ in range(21)]
    assert found[-1] == 429
    assert set(found[:-1]) == {201}


def test_the_room_of_a_call_is_no_meeting_for_anybody(phone: Phones) -> None:
    ada, bob, eve = phone("Ada"), phone("Bob"), phone("Eve")
    call = ada.dial(ada.direct(bob))["call"]
    path = f"/v1/meetings/{call['id']}"
    for person in (ada, bob, eve):
        assert person.get("/v1/meetings")["items"] == []
        assert person.rest("GET", path).status == 404
        assert person.rest("POST", f"{path}/join", {}).status == 404
        assert person.rest("POST", f"{path}/end").status == 404
        assert person.rest("GET", f"{path}/participants").status == 404
        assert person.rest("PATCH", path, {"title": "Mine"}).status == 404
    assert gateway.call("POST", f"{path}/join", {"display_name": "Eve"}).status == 404
