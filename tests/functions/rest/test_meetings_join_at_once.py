"""POST /v1/meetings/{meeting}/join, by many at once and in the middle of other things."""

import importlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

import pytest

from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.meetings import actions
from convoke.meetings.messages import EnterRequest
from convoke.meetings.model import JoinRequest
from tests.conftest import Person, Product
from tests.room import PUBLISH, Guest, Room

SignUp = Callable[..., Person]
NewRoom = Callable[..., Room]


def _visitor(ip: str = "192.0.2.1") -> Principal:
    return Principal(None, None, None, None, "guest", "basic", None, ip, "pytest")


def test_fifty_at_once_fill_exactly_the_seats_there_are(new_room: NewRoom, product: Product) -> None:
    room = new_room(max_participants=10)
    together = Barrier(50)

    def join(number: int) -> str:
        together.wait()
        try:
            request = JoinRequest(display_name=f"Guest {number}")
            actions.join_meeting(_visitor(f"198.51.100.{number}"), room.id, request, datetime.now(UTC))
        except Problem as problem:
            return problem.slug
        return "in"

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(join, range(50)))
    assert answers.count("in") == 10
    assert answers.count("meeting_full") == 40
    [row] = product.rows("SELECT count(*) AS n FROM meeting_participants WHERE meeting_id = %s", room.id)
    assert row["n"] == 10


def test_late_ones_who_enter_at_once_take_only_the_seats_there_are(
    new_room: NewRoom, product: Product
) -> None:
    """Twenty admitted people whose minute is over, and three seats."""
    room = new_room(max_participants=3)
    late = []
    for number in range(20):
        late.append(room.arrive(f"Guest {number}"))
        product.owner.execute(
            "UPDATE meeting_participants SET admitted_at = admitted_at - interval '61 s'"
            " WHERE meeting_id = %s",
            (room.id,),
        )
    together = Barrier(20)

    def enter(guest: Guest) -> str:
        together.wait()
        now = datetime.now(UTC)
        request = EnterRequest.model_validate({"publish": PUBLISH})
        try:
            actions.enter_meeting(actions.caller_of(guest.device.connection_id, now), request)
        except Problem as problem:
            return problem.slug
        return "in"

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(enter, late))
    assert (answers.count("in"), answers.count("meeting_full")) == (3, 17)
    assert room.get()["participant_count"] == 3


def test_an_office_of_fifty_behind_one_address_comes_in_at_once(new_room: NewRoom) -> None:
    room = new_room(password="sesame")
    together = Barrier(50)

    def join(number: int) -> str:
        together.wait()
        request = JoinRequest(display_name=f"Guest {number}", password="sesame")
        return actions.join_meeting(_visitor(), room.id, request, datetime.now(UTC)).status

    with ThreadPoolExecutor(50) as pool:
        assert list(pool.map(join, range(50))) == ["admitted"] * 50


@pytest.mark.parametrize("meanwhile", ["removed", "left", "joined"])
def test_who_is_put_out_while_joining_does_not_slip_back_in(
    room: Room, product: Product, monkeypatch: pytest.MonkeyPatch, meanwhile: str
) -> None:
    room.come_host()
    guest = room.come("Gus")
    # By its name: in the package the name is the action's.
    joining = importlib.import_module("convoke.meetings.actions.join_meeting")
    decide = joining._decide
    decisions: list[tuple[str, str]] = []

    def decide_and_wait(visitor: Principal, row: Any, *more: Any, **named: Any) -> Any:
        decision = decide(visitor, row, *more, **named)
        if not decisions:
            # Committed by somebody else between the look at the door and the seat.
            product.owner.execute(
                "UPDATE meeting_participants SET status = %s, must_wait = %s, connection_id = NULL"
                " WHERE participant_id = %s",
                (meanwhile, meanwhile == "removed", guest.id),
            )
        decisions.append((row["my_status"], decision.status))
        return decision

    monkeypatch.setattr(joining, "_decide", decide_and_wait)
    joined = room.join("Gus", token=guest.joined["participant_token"]).body
    assert (joined["participant_id"], joined["status"]) == (
        guest.id,
        "waiting" if meanwhile == "removed" else "admitted",
    )
    expected = {"removed": ("removed", "waiting"), "left": ("left", "invited")}
    assert decisions == [("joined", "joined"), *([expected[meanwhile]] if meanwhile in expected else [])]
    audited = product.rows(
        "SELECT 1 FROM audit_logs WHERE action = 'join' AND actor_participant_id = %s", guest.id
    )
    assert len(audited) == 1


def test_the_last_one_leaves_while_another_joins(new_room: NewRoom) -> None:
    outcomes = set()
    for _ in range(12):
        room = new_room()
        host = room.come_host()
        together = Barrier(2)

        def join(room: Room = room, together: Barrier = together) -> str:
            together.wait()
            try:
                request = JoinRequest(display_name="Gus")
                return actions.join_meeting(_visitor(), room.id, request, datetime.now(UTC)).status
            except Problem as problem:
                return problem.slug

        with ThreadPoolExecutor(2) as pool:
            coming = pool.submit(join)
            together.wait()
            host.device.ask("leave")
            outcomes.add((coming.result(), room.get()["status"]))
    # Let in where it goes on, told so where it is over: never let in to what has ended.
    assert outcomes <= {("admitted", "active"), ("meeting_ended", "ended")}
