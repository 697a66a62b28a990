"""The network is gone: whoever is silent in a call is lost, by a clock that is passed in."""

from datetime import UTC, datetime, timedelta

import pytest

from convoke.backends import postgres
from convoke.calls import actions
from convoke.calls.model import CallReference
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.meetings.caller import Caller
from convoke.settings import settings
from tests.calling import Phone, Phones, states
from tests.conftest import Product

# When the first ping of a call came: the time from which a test counts.
_began: dict[str, datetime] = {}


def later(call_id: str, after: float) -> datetime:
    return _began.setdefault(call_id, datetime.now(UTC)) + timedelta(seconds=after)


def ping(phone: Phone, call_id: str, after: float, *, meeting_id: str | None = "") -> bool:
    """Of somebody in the call, so many seconds after its first."""
    principal = Principal(phone.id, None, None, None, "user", "basic")
    bound = call_id if meeting_id == "" else meeting_id
    caller = Caller("connection", principal, None, bound, later(call_id, after))
    return actions.ping(caller, CallReference(call_id=call_id)).open


@pytest.fixture
def pair(phone: Phones) -> tuple[Phone, Phone, str]:
    ada, bob = phone("Ada"), phone("Bob")
    call_id = ada.dial(ada.direct(bob))["call"]["id"]
    bob.answer(call_id)
    return ada, bob, call_id


def test_while_both_speak_up_it_goes_on(pair: tuple[Phone, Phone, str]) -> None:
    ada, bob, call_id = pair
    for second in range(0, 120, 10):
        assert ping(ada, call_id, second)
        assert ping(bob, call_id, second + 5)
    assert ada.call(call_id)["status"] == "answered"


def test_three_pings_missed_end_a_call_of_two_for_the_other(pair: tuple[Phone, Phone, str]) -> None:
    ada, bob, call_id = pair
    assert ping(bob, call_id, 0)
    found = [ping(ada, call_id, second) for second in range(0, 50, 10)]
    assert found == [True, True, True, True, False]
    ended = ada.last("call.ended")
    assert (ended["status"], ended["end_reason"], ended["ended_by"]) == ("ended", "connection_lost", None)
    assert ada.device.events("meeting.ended") == [{"reason": "connection_lost"}]
    assert not ping(bob, call_id, 60)


def test_in_a_group_the_silent_one_is_taken_out_and_may_come_back(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    cy.answer(call_id)
    for who in (ada, bob, cy):
        assert ping(who, call_id, 0)
    assert ping(bob, call_id, 30)
    assert ping(ada, call_id, 40)
    assert states(ada.call(call_id)) == {"Ada": "initiator", "Bob": "answered", "Cy": "ended"}
    left = ada.device.events("participant.left")
    assert [event["reason"] for event in left] == ["connection_lost"]
    assert ada.call(call_id)["events"][-1]["reason"] == "connection_lost"
    cy.enter(cy.device.ask("call.join", {"call_id": call_id})["join"])
    assert states(ada.call(call_id))["Cy"] == "answered"
    assert ping(ada, call_id, 45)
    assert states(ada.call(call_id))["Cy"] == "answered"


def test_who_has_left_is_not_silent(phone: Phones) -> None:
    ada, bob, cy = phone("Ada"), phone("Bob"), phone("Cy")
    call_id = ada.dial(ada.group(bob, cy))["call"]["id"]
    bob.answer(call_id)
    assert ping(bob, call_id, 0)
    bob.device.ask("leave")
    events = len(ada.call(call_id)["events"])
    assert ping(ada, call_id, 60)
    assert len(ada.call(call_id)["events"]) == events


def test_after_a_flush_nobody_is_silent_and_the_truth_is_asked_once(
    pair: tuple[Phone, Phone, str], product: Product
) -> None:
    ada, bob, call_id = pair
    assert ping(bob, call_id, 0)
    product.redis.flushall()
    assert ping(ada, call_id, 90)
    assert bob.call(call_id)["status"] == "answered"


def test_whoever_has_missed_the_end_hears_of_it(pair: tuple[Phone, Phone, str], product: Product) -> None:
    ada, bob, call_id = pair
    assert ping(ada, call_id, 0)
    bob.rest("POST", f"/v1/calls/{call_id}/leave", {})
    assert not ping(ada, call_id, 10)
    assert product.redis.keys(f"call:*{call_id}*") == []


def test_the_sweep_finds_a_call_that_both_have_lost(pair: tuple[Phone, Phone, str]) -> None:
    ada, bob, call_id = pair
    assert ping(ada, call_id, 0)
    assert ping(bob, call_id, 1)
    actions.sweep(later(call_id, 34))
    assert ada.call(call_id)["status"] == "answered"
    actions.sweep(later(call_id, 60))
    ended = bob.last("call.ended")
    assert (ended["status"], ended["end_reason"]) == ("ended", "connection_lost")
    assert ada.call(call_id)["ended_at"] is not None


@pytest.mark.parametrize("bound", [None, "01991b6e-5c00-7a10-8000-000000000000"])
def test_only_who_is_in_the_call_pings_in_it(
    pair: tuple[Phone, Phone, str], phone: Phones, bound: str | None
) -> None:
    _, _, call_id = pair
    with pytest.raises(Problem) as refused:
        ping(phone("Eve"), call_id, 0, meeting_id=bound)
    assert refused.value.slug == "not_in_call"


def test_a_ping_of_the_hot_path_asks_no_database(
    pair: tuple[Phone, Phone, str], product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, call_id = pair
    assert ping(ada, call_id, 0)
    assert ping(bob, call_id, 1)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:9/nothing")
    postgres.close_connections()
    settings.cache_clear()
    assert ping(ada, call_id, 10)
