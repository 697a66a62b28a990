"""What becomes of a call: the rules, with a clock of the test's own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoke.calls import rules
from convoke.calls.model import IN_CALL, OPEN, CallKind, CallState, CallStatus, EndReason
from convoke.calls.rules import Known, Left, Person, Place, Verdict

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(minutes=5)
ADA, BOB, CY = "ada", "bob", "cy"


def person(user_id: str, state: str, *, rings: float = 30, since: datetime = LONG_AGO) -> Person:
    until = NOW + timedelta(seconds=rings) if state == "ringing" else None
    return Person(user_id, CallState(state), until, since)


def joined() -> Place:
    return Place("joined", None, None, None)


def gone(reason: str = "voluntary", at: datetime = NOW) -> Place:
    return Place("left", None, at, reason)


def settle(
    status: str,
    people: list[Person],
    places: dict[str, Place],
    *,
    kind: str = "one_to_one",
    leaving: list[Left] | None = None,
) -> Verdict:
    known = Known(CallKind(kind), CallStatus(status), people)
    return rules.settle(known, places, NOW, leaving=leaving or [])


def test_while_it_rings_nothing_changes() -> None:
    verdict = settle("ringing", [person(ADA, "initiator"), person(BOB, "ringing")], {ADA: joined()})
    assert (verdict.status, verdict.over, dict(verdict.states)) == (CallStatus.RINGING, False, {})


@pytest.mark.parametrize("early", [0.0, 0.9])
def test_who_is_rung_for_too_long_has_missed_it(early: float) -> None:
    people = [person(ADA, "initiator"), person(BOB, "ringing", rings=early)]
    verdict = settle("ringing", people, {ADA: joined()})
    assert (verdict.status, verdict.reason) == (CallStatus.MISSED, EndReason.NO_ANSWER)
    assert verdict.states == {ADA: CallState.ENDED, BOB: CallState.MISSED}


def test_a_timer_that_comes_far_too_early_ends_nothing() -> None:
    people = [person(ADA, "initiator"), person(BOB, "ringing", rings=5)]
    assert not settle("ringing", people, {ADA: joined()}).over


@pytest.mark.parametrize(
    ("states", "status", "reason"),
    [
        (["declined"], "declined", "declined"),
        (["busy"], "busy", "busy"),
        (["missed"], "missed", "no_answer"),
        (["declined", "declined"], "declined", "declined"),
        (["busy", "busy"], "busy", "busy"),
        (["declined", "missed"], "missed", "no_answer"),
        (["declined", "busy"], "missed", "no_answer"),
    ],
)
def test_when_nobody_can_answer_any_more_it_is_over(states: list[str], status: str, reason: str) -> None:
    others = [person(f"user-{number}", state) for number, state in enumerate(states)]
    kind = "one_to_one" if len(states) == 1 else "group"
    verdict = settle("ringing", [person(ADA, "initiator"), *others], {ADA: joined()}, kind=kind)
    assert (verdict.status, verdict.reason) == (CallStatus(status), EndReason(reason))


def test_one_who_declines_in_a_group_leaves_it_ringing_for_the_others() -> None:
    people = [person(ADA, "initiator"), person(BOB, "declined"), person(CY, "ringing")]
    assert not settle("ringing", people, {ADA: joined()}, kind="group").over


@pytest.mark.parametrize("state", ["answered", "ringing"])
def test_who_is_put_out_of_the_chat_is_out_of_the_call_also_when_time_is_up(state: str) -> None:
    bob = replace(person(BOB, state, rings=0, since=NOW), put_out=NOW)
    people = [person(ADA, "initiator"), bob, person(CY, "ringing")]
    verdict = settle("answered", people, {ADA: joined(), BOB: joined()}, kind="group")
    assert (verdict.over, verdict.states) == (False, {BOB: CallState.ENDED})


@pytest.mark.parametrize("state", ["declined", "missed", "busy", "ended"])
def test_who_is_not_in_it_is_not_put_out(state: str) -> None:
    bob = replace(person(BOB, state), put_out=NOW)
    people = [person(ADA, "initiator"), bob, person(CY, "answered")]
    verdict = settle("answered", people, {ADA: joined(), CY: joined()}, kind="group")
    assert (verdict.over, verdict.states, list(verdict.left)) == (False, {}, [])


@pytest.mark.parametrize(
    ("reason", "end", "by"),
    [("voluntary", "cancelled", ADA), ("connection_lost", "connection_lost", None)],
)
def test_a_caller_who_is_gone_before_anybody_answers_has_cancelled(
    reason: str, end: str, by: str | None
) -> None:
    people = [person(ADA, "initiator"), person(BOB, "ringing")]
    verdict = settle("ringing", people, {ADA: gone(reason)})
    assert (verdict.status, verdict.reason, verdict.ended_by) == (CallStatus.CANCELLED, EndReason(end), by)
    assert verdict.states[BOB] is CallState.MISSED


@pytest.mark.parametrize(
    ("reason", "end", "by"), [("voluntary", "hangup", BOB), ("connection_lost", "connection_lost", None)]
)
def test_one_to_one_ends_when_one_leaves(reason: str, end: str, by: str | None) -> None:
    people = [person(ADA, "initiator"), person(BOB, "answered")]
    verdict = settle("answered", people, {ADA: joined(), BOB: gone(reason)})
    assert (verdict.status, verdict.reason, verdict.ended_by) == (CallStatus.ENDED, EndReason(end), by)
    assert verdict.states == {ADA: CallState.ENDED, BOB: CallState.ENDED}


def test_a_group_goes_on_with_one_and_ends_with_none() -> None:
    people = [person(ADA, "initiator"), person(BOB, "answered"), person(CY, "declined")]
    verdict = settle("answered", people, {ADA: gone(), BOB: joined()}, kind="group")
    assert (verdict.over, verdict.states) == (False, {ADA: CallState.ENDED})
    verdict = settle(
        "answered", people, {ADA: gone(at=NOW - timedelta(seconds=9)), BOB: gone()}, kind="group"
    )
    assert (verdict.status, verdict.ended_by) == (CallStatus.ENDED, BOB)


def test_who_has_just_answered_may_be_on_the_way_and_who_never_came_is_lost() -> None:
    for place in ({}, {BOB: Place("invited", NOW - timedelta(seconds=20), None, None)}):
        fresh = [person(ADA, "initiator"), person(BOB, "answered", since=NOW - timedelta(seconds=20))]
        assert not settle("answered", fresh, {ADA: joined(), **place}).over
    late = [person(ADA, "initiator"), person(BOB, "answered", since=NOW - timedelta(seconds=31))]
    verdict = settle("answered", late, {ADA: joined()})
    assert (verdict.reason, verdict.ended_by) == (EndReason.CONNECTION_LOST, None)


def test_who_comes_back_is_not_held_to_have_left_for_the_time_before() -> None:
    back = person(BOB, "answered", since=NOW)
    places = {ADA: joined(), BOB: gone(at=NOW - timedelta(seconds=3))}
    assert not settle("answered", [person(ADA, "initiator"), back], places).over


def test_leaving_counts_also_before_the_room_knows_it() -> None:
    people = [person(ADA, "initiator"), person(BOB, "answered")]
    leaving = [Left(BOB, EndReason.HANGUP, NOW)]
    verdict = settle("answered", people, {ADA: joined(), BOB: joined()}, leaving=leaving)
    assert (verdict.status, verdict.ended_by) == (CallStatus.ENDED, BOB)


places = st.builds(
    Place,
    st.sampled_from(["joined", "invited", "left", "removed"]),
    st.none() | st.just(NOW),
    st.none() | st.sampled_from([LONG_AGO, NOW]),
    st.none() | st.sampled_from(["voluntary", "connection_lost", "meeting_ended"]),
)
people = st.lists(
    st.builds(
        person,
        st.just(""),
        st.sampled_from([state.value for state in CallState]),
        rings=st.sampled_from([-10.0, 0.0, 20.0]),
        since=st.sampled_from([LONG_AGO, NOW]),
    ),
    min_size=1,
    max_size=5,
)


@given(
    st.sampled_from(["ringing", "answered"]),
    st.sampled_from(["one_to_one", "group"]),
    people,
    st.lists(places | st.none(), min_size=5, max_size=5),
    st.sets(st.integers(0, 4)),
)
def test_settling_twice_is_settling_once_and_the_end_leaves_nobody_in(
    status: str, kind: str, drawn: list[Person], rooms: list[Place | None], put_out: set[int]
) -> None:
    named = [
        replace(each, user_id=f"user-{number}", put_out=NOW if number in put_out else None)
        for number, each in enumerate(drawn)
    ]
    room = {f"user-{number}": place for number, place in enumerate(rooms) if place is not None}
    verdict = settle(status, named, room, kind=kind)
    after = [replace(each, state=verdict.states.get(each.user_id, each.state)) for each in named]
    assert verdict.over is (verdict.status not in OPEN)
    if verdict.over:
        assert not any(each.state in IN_CALL or each.state is CallState.RINGING for each in after)
    else:
        again = settle(verdict.status, after, room, kind=kind)
        assert (dict(again.states), again.over) == ({}, False)
