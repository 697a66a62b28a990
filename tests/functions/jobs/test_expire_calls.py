"""The timer of a call: 45 seconds of ringing, and 30 to arrive, each looked at when its message comes."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.calls import actions
from functions.jobs.expire_calls import handler
from functions.jobs.expire_departures import handler as expire_departures
from tests import gateway
from tests.calling import Phones, states
from tests.conftest import Product


def _handle(*bodies: Any) -> list[str]:
    """Ids of the messages that the function gives back."""
    records = [{"messageId": f"message-{n}", "body": json.dumps(body)} for n, body in enumerate(bodies)]
    answer = handler({"Records": records}, gateway.CONTEXT)
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def _later(product: Product, call_id: str, seconds: float) -> None:
    """As if everything in the call had happened so much earlier."""
    past = timedelta(seconds=seconds)
    product.owner.execute(
        "UPDATE call_participants SET rings_until = rings_until - %s, updated_at = updated_at - %s"
        " WHERE call_id = %s",
        (past, past, call_id),
    )
    product.owner.execute(
        "UPDATE meeting_participants SET admitted_at = admitted_at - %s WHERE meeting_id = %s",
        (past, call_id),
    )


def _timers(product: Product) -> int:
    """How many timers have been set: in tests nobody takes one out of the queue."""
    kinds = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
    found = product.stores.aws.client("sqs").get_queue_attributes(
        QueueUrl=product.stores.calls_queue_url, AttributeNames=kinds
    )
    return sum(int(found["Attributes"][kind]) for kind in kinds)


def test_a_timer_is_set_when_it_begins_to_ring(phone: Phones, product: Product) -> None:
    before = _timers(product)
    ada, bob = phone("Ada"), phone("Bob")
    ada.dial(ada.direct(bob))
    assert _timers(product) == before + 1


def test_who_has_not_answered_by_then_has_missed_it(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    tablet = bob.more()
    call = ada.dial(ada.direct(bob), "video")["call"]
    _later(product, call["id"], 45)
    assert _handle({"call_id": call["id"]}) == []
    for device in (ada.device, bob.device, tablet):
        ended = device.events("call.ended")[-1]["call"]
        assert (ended["status"], ended["end_reason"], ended["ended_by"]) == ("missed", "no_answer", None)
    assert states(ended) == {"Ada": "ended", "Bob": "missed"}
    [missed] = bob.get("/v1/notifications")["items"]
    assert (missed["type"], missed["title"]) == ("missed_call", "Missed video call from Ada")
    assert ada.get("/v1/notifications")["items"] == []
    message = bob.get(f"/v1/chats/{call['chat_id']}/messages")["items"][-1]
    assert message["call"]["status"] == "missed"


def test_a_message_seen_twice_changes_nothing(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    _later(product, call_id, 45)
    assert _handle({"call_id": call_id}, {"call_id": call_id}) == []
    assert _handle({"call_id": call_id}) == []
    assert len(bob.device.events("call.ended")) == 1
    assert len(bob.get("/v1/notifications")["items"]) == 1
    assert len([event for event in bob.call(call_id)["events"] if event["type"] == "missed"]) == 1


def test_a_message_that_comes_early_lets_it_ring(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    _later(product, call_id, 30)
    assert _handle({"call_id": call_id}) == []
    assert bob.answer(call_id)["call"]["status"] == "answered"


def test_answered_before_it_changes_nothing(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    _later(product, call_id, 45)
    assert _handle({"call_id": call_id}) == []
    assert ada.call(call_id)["status"] == "answered"


def test_in_a_group_only_who_has_not_answered_has_missed_it(phone: Phones, product: Product) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    _later(product, call_id, 45)
    assert _handle({"call_id": call_id}) == []
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "answered", "Cy": "missed"}
    assert states(cy.last("call.updated"))["Cy"] == "missed"
    assert cy.get("/v1/notifications")["items"][0]["type"] == "missed_call"


def test_who_answers_and_never_arrives_ends_it(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.device.ask("call.answer", {"call_id": call_id})
    _later(product, call_id, 29)
    assert _handle({"call_id": call_id}) == []
    assert ada.call(call_id)["status"] == "answered"
    _later(product, call_id, 2)
    assert _handle({"call_id": call_id}) == []
    ended = ada.last("call.ended")
    assert (ended["status"], ended["end_reason"]) == ("ended", "connection_lost")


def test_one_bad_message_does_not_hold_up_the_others(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    _later(product, call_id, 45)
    assert _handle({}, {"call_id": "x"}, {"call_id": call_id}) == ["message-0", "message-1"]
    assert ada.call(call_id)["status"] == "missed"


def test_a_call_that_is_not_there_is_nobodys_fault(product: Product) -> None:
    assert _handle({"call_id": "01991b6e-5c00-7a10-8000-000000000000"}) == []


@pytest.mark.parametrize("lost", ["caller", "called"])
def test_who_is_lost_and_does_not_come_back_ends_a_call_of_two(phone: Phones, lost: str) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    gone, left = (ada, bob) if lost == "caller" else (bob, ada)
    gone.device.disconnect()
    updated = left.device.events("participant.updated")[-1]["participant"]
    assert updated["connection"] == "reconnecting"
    assert updated["user_id"] == gone.id
    body = {
        "participant_id": updated["id"],
        "meeting_id": call_id,
        "connection_id": gone.device.connection_id,
    }
    record = {"messageId": "message", "body": json.dumps(body)}
    assert expire_departures({"Records": [record]}, gateway.CONTEXT) == {"batchItemFailures": []}
    ended = left.last("call.ended")
    assert (ended["status"], ended["end_reason"], ended["ended_by"]) == ("ended", "connection_lost", None)


def test_the_minutes_sweep_finds_what_no_message_told(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    actions.sweep(datetime.now(UTC))
    assert ada.call(call_id)["status"] == "ringing"
    swept = actions.sweep(datetime.now(UTC) + timedelta(seconds=46))
    assert swept["calls"] > 0
    assert swept["failed"] == 0
    assert bob.last("call.ended")["status"] == "missed"
    assert ada.call(call_id)["status"] == "missed"
