"""Who may do what: decisions over plain values."""

import random
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from convoke.errors import Problem
from convoke.meetings import rules
from convoke.meetings.rules import Comer, Door, Entry, entry

OPEN = Door(
    status="scheduled",
    host_user_id="ada",
    has_password=False,
    require_auth=False,
    allow_guests=True,
    waiting_room=False,
    locked=False,
    guests_wait=False,
)
HOST, USER, GUEST = Comer("ada"), Comer("bob"), Comer(None)


def _slug(door: Door, comer: Comer) -> str:
    try:
        rules.require_welcome(door, comer)
        entry(door, comer)
    except Problem as problem:
        return problem.slug
    return "welcome"


@pytest.mark.parametrize("status", ["ended", "cancelled"])
def test_nobody_comes_to_what_is_over(status: str) -> None:
    assert _slug(replace(OPEN, status=status), HOST) == "meeting_ended"


def test_an_open_door_lets_everybody_in_and_knows_the_host() -> None:
    assert entry(OPEN, HOST) == Entry("host", "invited")
    assert entry(OPEN, USER) == Entry("participant", "invited")
    assert entry(OPEN, GUEST) == Entry("participant", "invited")


@pytest.mark.parametrize("door", [replace(OPEN, require_auth=True), replace(OPEN, allow_guests=False)])
def test_guests_are_refused_where_accounts_are_needed(door: Door) -> None:
    assert _slug(door, GUEST) == "auth_required"
    rules.require_welcome(door, USER)


def test_the_waiting_room_holds_all_but_leaders_and_those_already_let_in() -> None:
    door = replace(OPEN, waiting_room=True)
    assert entry(door, USER).status == "waiting"
    assert entry(door, HOST).status == "invited"
    assert entry(door, Comer("bob", "co-host", "left")).status == "invited"
    assert entry(door, Comer("bob", "participant", "invited")).status == "invited"
    assert entry(door, Comer("bob", "participant", "joined")).status == "joined"
    assert entry(door, Comer("bob", "participant", "left")).status == "waiting"
    assert entry(door, Comer("bob", "participant", "left", connection_lost=True)).status == "invited"


def test_the_removed_wait_also_where_there_is_no_waiting_room() -> None:
    for status in ("removed", "waiting", "left"):
        assert entry(OPEN, Comer("bob", "participant", status, must_wait=True)) == Entry(
            "participant", "waiting"
        )
    lost = Comer("bob", "participant", "left", must_wait=True, connection_lost=True)
    assert entry(OPEN, lost).status == "waiting"
    assert entry(OPEN, Comer("bob", "co-host", "waiting", must_wait=True)).status == "waiting"
    assert entry(OPEN, Comer("ada", "host", "left", must_wait=True)) == Entry("host", "invited")


def test_after_a_guest_was_removed_only_new_guests_wait() -> None:
    door = replace(OPEN, guests_wait=True)
    assert entry(door, GUEST).status == "waiting"
    assert entry(door, Comer(None, "participant", "left")).status == "invited"
    assert entry(door, USER).status == "invited"


def test_a_lock_keeps_out_all_but_leaders_and_those_inside() -> None:
    door = replace(OPEN, locked=True)
    assert _slug(door, USER) == "meeting_locked"
    assert _slug(door, Comer("bob", "participant", "waiting")) == "meeting_locked"
    assert entry(door, HOST).status == "invited"
    assert entry(door, Comer("bob", "participant", "joined")).status == "joined"
    lost = Comer("bob", "participant", "left", connection_lost=True)
    assert entry(door, lost).status == "invited"
    assert _slug(door, replace(lost, must_wait=True)) == "meeting_locked"
    assert _slug(door, replace(lost, connection_lost=False)) == "meeting_locked"


def test_who_has_given_the_password_or_leads_is_not_asked() -> None:
    door = replace(OPEN, has_password=True)
    assert rules.needs_password(door, GUEST)
    assert rules.needs_password(door, Comer("bob", "participant", "left"))
    assert rules.needs_password(door, Comer("bob", "co-host", "removed", must_wait=True))
    assert not rules.needs_password(door, HOST)
    assert not rules.needs_password(door, Comer("bob", "participant", "joined"))
    assert not rules.needs_password(OPEN, GUEST)


def test_codes_have_one_form_and_come_from_the_given_choice() -> None:
    seeded = random.Random(7)
    codes = {rules.new_code(seeded.choice) for _ in range(1000)}
    assert len(codes) == 1000
    assert all(re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", code) for code in codes)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ABC-defg-hij", "abc-defg-hij"),
        (" weekly ", "weekly"),
        ("0198A000-0000-7000-8000-000000000000", "0198a000-0000-7000-8000-000000000000"),
        ("", None),
        ("a b", None),
        ("a--b", None),
        ("ä", None),
        ("x" * 65, None),
        ("'; DROP", None),
    ],
)
def test_what_can_be_no_name_of_a_meeting_is_not_looked_up(text: str, expected: str | None) -> None:
    assert rules.reference_of(text) == expected


def test_events_tell_what_changed_and_nothing_else() -> None:
    quiet = {"muted": True, "video_on": False, "screen_sharing": False, "hand_raised": False}
    assert rules.state_events(quiet, quiet) == []
    assert rules.state_events(quiet, {**quiet, "muted": False}) == ["participant.unmuted"]
    loud = dict.fromkeys(quiet, True)
    assert rules.state_events(quiet, loud) == [
        "participant.video_started",
        "participant.screen_share_started",
        "participant.hand_raised",
    ]


@pytest.mark.parametrize(("taken", "expected"), [(0, ["a", "b"]), (1, ["a"]), (2, []), (9, [])])
def test_the_longest_waiting_get_the_seats_there_are(taken: int, expected: list[str]) -> None:
    assert rules.within_capacity(["a", "b", "c"][:2], taken=taken, capacity=2) == expected


def test_a_missing_one_is_gone_only_after_the_limit() -> None:
    now = datetime(2026, 11, 20, tzinfo=UTC)
    assert not rules.is_gone(now - timedelta(seconds=90), now)
    assert rules.is_gone(now - timedelta(seconds=91), now)


def test_viewers_publish_nothing_and_screens_are_the_hosts_to_allow() -> None:
    assert rules.may_publish("viewer", allow_screen_share=True) == []
    assert rules.may_publish("participant", allow_screen_share=False) == ["microphone", "camera"]
    assert "screen" in rules.may_publish("co-host", allow_screen_share=False)
