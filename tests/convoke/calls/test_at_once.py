"""What happens at the same moment, with real concurrency; and a process that dies between two steps."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from convoke.calls import actions
from convoke.calls.actions import tell
from convoke.meetings import actions as meetings
from tests.calling import Phones, states
from tests.conftest import Product

ROUNDS = 5


def together(*deeds: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(deeds)) as pool:
        return [done.result() for done in [pool.submit(deed) for deed in deeds]]


def test_two_who_call_each_other_at_the_same_moment_are_in_one_call(phone: Phones, product: Product) -> None:
    for number in range(ROUNDS):
        ada, bob = phone("Ada"), phone("Bob")
        # In a chat that they have, and in one that is made by the very same two requests.
        chat = {"chat_id": ada.direct(bob)} if number % 2 else {}
        asks = [
            partial(
                me.device.ask, "call.start", {**(chat or {"user_ids": [other.id]}), "media_type": "audio"}
            )
            for me, other in ((ada, bob), (bob, ada))
        ]
        one, two = together(*asks)
        assert one["call"]["id"] == two["call"]["id"]
        call_id = one["call"]["id"]
        for who, started in ((ada, one), (bob, two)):
            who.enter(started["join"])
        call = ada.call(call_id)
        assert (call["status"], sorted(states(call).values())) == ("answered", ["answered", "initiator"])
        rows = product.rows("SELECT 1 FROM calls WHERE chat_id = %s", call["chat_id"])
        assert len(rows) == 1
        messages = ada.get(f"/v1/chats/{call['chat_id']}/messages")["items"]
        assert [m["call"]["status"] for m in messages if m["type"] == "call"] == ["answered"]


def test_a_group_that_calls_itself_all_at_once_has_one_call(phone: Phones) -> None:
    people = [phone(name) for name in ("Ada", "Bob", "Cy", "Dee")]
    chat_id = people[0].group(*people[1:])
    wanted = {"chat_id": chat_id, "media_type": "audio"}
    started = together(*(partial(who.device.ask, "call.start", wanted) for who in people))
    assert len({each["call"]["id"] for each in started}) == 1
    call = people[0].call(started[0]["call"]["id"])
    assert sorted(states(call).values()) == ["answered", "answered", "answered", "initiator"]


def test_of_two_calls_answered_at_the_same_moment_one_is_had(phone: Phones, product: Product) -> None:
    for _ in range(ROUNDS):
        ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
        tablet = bob.more()
        calls = [who.dial(who.direct(bob))["call"]["id"] for who in (ada, cy)]
        replies = together(
            partial(bob.device.send, "call.answer", {"call_id": calls[0]}),
            partial(tablet.send, "call.answer", {"call_id": calls[1]}),
        )
        good = [reply["ok"] for reply in replies]
        assert good.count(True) == 1, replies
        [other] = [reply["error"]["type"] for reply in replies if not reply["ok"]]
        # Refused for the other call, or that one has heard already that bob is busy.
        assert other in ("/problems/in_another_call", "/problems/call_over")
        rows = product.rows(
            "SELECT call_id::text AS id FROM call_participants WHERE user_id = %s AND state = 'answered'",
            bob.id,
        )
        assert [row["id"] for row in rows] == [calls[good.index(True)]]


def test_answer_and_cancel_at_the_same_moment_agree(phone: Phones) -> None:
    for _ in range(ROUNDS):
        ada, bob = phone("Ada"), phone("Bob")
        call_id = ada.dial(ada.direct(bob))["call"]["id"]
        answer, cancel = together(
            partial(bob.device.send, "call.answer", {"call_id": call_id}),
            partial(ada.device.send, "call.cancel", {"call_id": call_id}),
        )
        assert answer["ok"] != cancel["ok"], (answer, cancel)
        assert ada.call(call_id)["status"] == ("answered" if answer["ok"] else "cancelled")


def test_both_leave_at_the_same_moment_and_it_ends_once(phone: Phones) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    together(partial(ada.device.ask, "leave"), partial(bob.device.ask, "leave"))
    call = ada.call(call_id)
    assert call["status"] == "ended"
    assert [event["type"] for event in call["events"]].count("ended") == 1


class Died(BaseException):
    """A process is killed: no handler of errors runs."""


def test_who_dies_after_the_commit_of_a_start_leaves_a_call_that_ends(
    phone: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    chat_id = ada.direct(bob)

    def die(*_: object, **__: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(tell, "look_again", die)
        with pytest.raises(Died):
            ada.device.ask("call.start", {"chat_id": chat_id, "media_type": "audio"})
    actions.sweep(datetime.now(UTC) + timedelta(seconds=50))
    [call] = ada.get("/v1/calls")["items"]
    assert call["ended_at"] is not None
    assert ada.dial(chat_id)["call"]["id"] != call["id"]
    assert bob.last("call.ringing")["id"] != call["id"]


def test_who_dies_between_leaving_the_room_and_the_end_of_the_call_is_found(
    phone: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    leave = meetings.leave_place

    def leave_and_die(*args: Any) -> None:
        leave(*args)
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(meetings, "leave_place", leave_and_die)
        with pytest.raises(Died):
            bob.device.ask("leave")
    assert ada.call(call_id)["status"] == "answered"
    actions.sweep(datetime.now(UTC) + timedelta(seconds=40))
    assert (ada.last("call.ended")["end_reason"], ada.last("call.ended")["ended_by"]) == ("hangup", bob.id)
