"""POST /v1/calls/{id}/answer and /join: one device wins, the others stop, and people come later."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from tests.calling import Phones, states
from tests.conftest import Product


def test_both_are_in_one_room(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    started = ada.dial(ada.direct(bob))
    call_id = started["call"]["id"]
    answer = bob.rest("POST", f"/v1/calls/{call_id}/answer", {})
    assert answer.status == 200, answer
    call = answer.body["call"]
    assert (call["status"], states(call)) == ("answered", {"Ada": "initiator", "Bob": "answered"})
    entered = bob.enter(answer.body["join"])
    assert sorted(p["display_name"] for p in entered["participants"]) == ["Ada", "Bob"]
    assert {p["role"] for p in entered["participants"]} == {"participant"}
    assert (entered["meeting"]["id"], entered["meeting"]["type"]) == (call_id, "call")
    assert ada.last("call.updated")["status"] == "answered"
    assert ada.device.events("participant.joined")[-1]["participant"]["display_name"] == "Bob"


def test_the_other_devices_stop_ringing_and_come_too_late(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    tablet = bob.more()
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    # Also to the device that has it: what is left out of a scope's numbers looks lost.
    for device in (tablet, bob.device):
        assert device.events("call.answered_elsewhere") == [{"call_id": call_id}]
    assert tablet.refused("call.answer", {"call_id": call_id}) == "answered_elsewhere"
    assert bob.device.refused("call.answer", {"call_id": call_id}) == "answered_elsewhere"


def test_of_devices_that_answer_in_one_moment_one_wins(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    devices = [bob.device, *(bob.more() for _ in range(4))]
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    with ThreadPoolExecutor(len(devices)) as pool:
        replies = list(pool.map(lambda d: d.send("call.answer", {"call_id": call_id}), devices))
    assert [reply["ok"] for reply in replies].count(True) == 1
    slugs = {reply["error"]["type"] for reply in replies if not reply["ok"]}
    assert slugs == {"/problems/answered_elsewhere"}


def test_the_message_says_that_it_goes_on(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call = ada.dial(ada.direct(bob))["call"]
    bob.answer(call["id"])
    changed = ada.device.events("message.updated")[-1]["message"]
    assert (changed["id"], changed["call"]["status"]) == (call["message_id"], "answered")


def test_a_group_rings_on_for_those_who_have_not_answered(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "answered", "Cy": "ringing"}
    assert states(cy.answer(call_id)["call"])["Cy"] == "answered"


def test_members_come_later_and_who_has_declined_changes_their_mind(phone: Phones) -> None:
    ada, bob, cy, dee = (phone(name) for name in ("Ada", "Bob", "Cy", "Dee"))
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    bob.answer(call_id)
    cy.device.ask("call.decline", {"call_id": call_id})
    assert ada.rest("POST", f"/v1/chats/{chat_id}/members", {"user_ids": [dee.id]}).status == 200
    for late in (cy, dee):
        join = late.rest("POST", f"/v1/calls/{call_id}/join", {})
        assert join.status == 200, join
        late.enter(join.body["join"])
    assert set(states(ada.call(call_id)).values()) == {"initiator", "answered"}
    assert len(states(ada.call(call_id))) == 4


def test_who_was_put_out_of_the_chat_comes_back_only_when_rung(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    chat_id = ada.group(bob, cy)
    call_id = ada.dial(chat_id)["call"]["id"]
    cy.answer(call_id)
    cy.device.ask("leave")
    assert ada.rest("DELETE", f"/v1/chats/{chat_id}/members/{cy.id}").status == 204
    answer = cy.rest("POST", f"/v1/calls/{call_id}/join", {})
    assert (answer.status, answer.problem) == (404, "not_found")
    ada.device.ask("call.invite", {"call_id": call_id, "user_ids": [cy.id]})
    assert cy.answer(call_id)["call"]["status"] == "answered"


def test_who_comes_back_from_another_device_takes_the_call_there(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    tablet = bob.more()
    join = tablet.ask("call.join", {"call_id": call_id})["join"]
    entered = bob.enter(join, tablet)
    assert len(entered["participants"]) == 2
    assert ada.call(call_id)["status"] == "answered"
    assert bob.device.refused("participant.update", {"muted": True}) == "joined_elsewhere"


def test_answering_makes_one_busy_for_others_who_ring(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    first = ada.dial(ada.direct(bob))["call"]["id"]
    second = cy.dial(cy.direct(bob))["call"]["id"]
    bob.answer(first)
    assert cy.last("call.ended")["status"] == "busy"
    assert bob.call(second)["status"] == "busy"


def test_who_is_in_a_call_cannot_take_another(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    first = cy.dial(cy.group(ada, bob))["call"]["id"]
    ada.rest("POST", f"/v1/calls/{first}/decline", {})
    ada.dial(ada.direct(bob))
    answer = ada.rest("POST", f"/v1/calls/{first}/join", {})
    assert (answer.status, answer.problem) == (409, "in_another_call")


def test_strangers_and_calls_that_are_not_there_are_the_same(phone: Phones) -> None:
    ada, bob, eve = phone("Ada"), phone("Bob"), phone("Eve")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    for wanted in (call_id, str(uuid4())):
        for what in ("answer", "join", "decline", "leave", "cancel"):
            answer = eve.rest("POST", f"/v1/calls/{wanted}/{what}", {})
            assert (answer.status, answer.problem) == (404, "not_found"), what
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "ringing"}
    assert eve.rest("POST", "/v1/calls/nonsense/answer", {}).status in (404, 422)


def test_what_is_over_cannot_be_answered(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    ada.device.ask("call.cancel", {"call_id": call_id})
    for what in ("answer", "join"):
        answer = bob.rest("POST", f"/v1/calls/{call_id}/{what}", {})
        assert (answer.status, answer.problem) == (410, "call_over")


def test_what_was_done_is_on_record(phone: Phones, product: Product) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    rows = product.rows(
        "SELECT action, actor_user_id::text AS who FROM audit_logs"
        " WHERE target_type = 'call' AND target_id = %s ORDER BY created_at",
        call_id,
    )
    assert rows == [{"action": "start", "who": ada.id}, {"action": "answer", "who": bob.id}]
