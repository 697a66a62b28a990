"""What calls cost: in PostgreSQL's round trips, and what meetings pay for them."""

from tests.calling import Phones
from tests.room import Room
from tests.wire import Relay


def test_leaving_a_meeting_costs_nothing_more(room: Room, round_trips: Relay) -> None:
    room.come_host()
    first, second = room.come("Gus"), room.come("Ida")
    first.device.ask("leave")
    with round_trips.counted() as counted:
        second.device.ask("leave")
    assert counted.trips <= 2


def test_a_call_is_started_answered_and_left_in_few(phone: Phones, round_trips: Relay) -> None:
    ada, bob = phone("Ada"), phone("Bob")
    chat_id = ada.direct(bob)
    call_id = ada.dial(chat_id)["call"]["id"]
    ada.device.ask("call.cancel", {"call_id": call_id})
    with round_trips.counted() as starting:
        started = ada.device.ask("call.start", {"chat_id": chat_id, "media_type": "audio"})
    ada.enter(started["join"])
    with round_trips.counted() as answering:
        taken = bob.device.ask("call.answer", {"call_id": started["call"]["id"]})
    bob.enter(taken["join"])
    with round_trips.counted() as pinging:
        ada.device.ask("call.ping", {"call_id": started["call"]["id"]})
        bob.device.ask("call.ping", {"call_id": started["call"]["id"]})
        ada.device.ask("call.ping", {"call_id": started["call"]["id"]})
    with round_trips.counted() as leaving:
        bob.device.ask("leave")
    found = (starting.trips, answering.trips, pinging.trips, leaving.trips)
    # The first ping of a call asks once whether it goes on.
    assert all(trips <= most for trips, most in zip(found, (10, 8, 1, 8), strict=True)), found
