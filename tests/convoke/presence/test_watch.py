"""Who may see whether somebody is there: now, and at every later change."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.contacts import actions as contacts
from convoke.contacts.actions import Shown
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.presence import actions, model
from convoke.presence.model import WatchRequest
from tests import gateway
from tests.conftest import Product
from tests.convoke.contacts.acquaintance import share_chat
from tests.convoke.presence.conftest import NOW, Meet, Somebody
from tests.wire import Relay

SOON = NOW + timedelta(seconds=1)


def leave(chat_id: str, somebody: Somebody) -> None:
    with transaction(System()) as conn:
        conn.execute(
            "UPDATE chat_members SET left_at = now() WHERE chat_id = %s AND user_id = %s",
            (chat_id, somebody.id),
        )


def test_a_stranger_sees_nothing_at_all(ada: Somebody, meet: Meet) -> None:
    eve = meet("Eve")
    eve.come()
    assert eve.watch(ada) == {}
    ada.come()
    ada.go(SOON)
    assert eve.heard() == []


def test_having_somebody_as_a_contact_shows_nothing_of_them(ada: Somebody, meet: Meet) -> None:
    eve = meet("Eve")
    eve.come()
    eve.adds(ada)
    assert eve.watch(ada) == {}
    # Being in her list does.
    ada.adds(eve)
    assert set(eve.watch(ada)) == {ada.id}


@pytest.mark.parametrize("kind", ["direct", "group", "connection"])
def test_who_shares_a_chat_sees_each_other(kind: str, meet: Meet) -> None:
    ada, bob = meet("Ada"), meet("Bob")
    chat_id = share_chat(kind, ada.person, bob.person)
    bob.come()
    assert ada.watch(bob) == {bob.id: ("online", None)}
    assert set(bob.watch(ada)) == {ada.id}
    leave(chat_id, bob)
    assert ada.watch(bob) == bob.watch(ada) == {}


def test_a_chat_that_was_opened_in_silence_shows_nothing(meet: Meet) -> None:
    eve, bob = meet("Eve"), meet("Bob")
    share_chat("direct", eve.person, bob.person, silent=True)
    share_chat("meeting", eve.person, bob.person)
    assert eve.watch(bob) == {}


def test_a_block_in_either_direction_ends_it(meet: Meet) -> None:
    ada, bob, cleo = meet("Ada"), meet("Bob"), meet("Cleo")
    share_chat("group", ada.person, bob.person, cleo.person)
    ada.blocks(bob)
    assert set(ada.watch(bob, cleo)) == {cleo.id}
    assert set(bob.watch(ada, cleo)) == {cleo.id}


def test_who_is_blocked_while_watching_sees_an_end_at_once(meet: Meet) -> None:
    # The block is asked for over REST, which reads the clock itself.
    ada, eve, now = meet("Ada"), meet("Eve"), datetime.now(UTC)
    share_chat("group", ada.person, eve.person)
    ada.come(now)
    eve.come(now)
    eve.watch(ada, at=now)
    answer = gateway.call("PUT", f"/v1/blocks/{eve.id}", token=ada.person.access_token)
    assert answer.status == 200
    ada.say("away", now + timedelta(seconds=1))
    ada.go(now + timedelta(seconds=1))
    assert [frame["data"]["state"] for frame in eve.frames()] == ["offline"]
    assert [frame["data"]["last_seen_at"] for frame in eve.frames()] == [None]


def test_who_has_left_the_chat_meanwhile_hears_once_more_and_then_nothing(meet: Meet) -> None:
    ada, eve = meet("Ada"), meet("Eve")
    chat_id = share_chat("group", ada.person, eve.person)
    ada.come()
    eve.come()
    eve.watch(ada)
    leave(chat_id, eve)
    ada.say("away", SOON)
    ada.say("online", SOON)
    assert eve.heard() == ["offline"]


def test_who_has_looked_in_vain_sees_as_soon_as_they_may(ada: Somebody, meet: Meet) -> None:
    bob, eve, now = meet("Bob"), meet("Eve"), datetime.now(UTC)
    for somebody in (ada, bob, eve):
        somebody.come(now)
    assert ada.watch(bob, at=now) == {}
    token = bob.person.access_token
    for other in (ada, eve):
        request = {"user_id": other.id}
        assert gateway.call("POST", "/v1/contacts", request, token=token).status == 201
    assert (ada.heard(), eve.heard()) == (["online"], [])
    # Followed from then on.
    bob.say("away", now + timedelta(seconds=30))
    assert (ada.heard(), eve.heard()) == (["online", "away"], [])


def test_who_lets_themselves_be_seen_while_somebody_looks_is_seen(
    meet: Meet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after a look that shows nothing, which has not told its outcome yet."""
    ada, bob = meet("Ada"), meet("Bob")
    ada.come()
    bob.come()
    shown = contacts.presence_shown

    def added_after(*of: Any) -> Iterator[Shown]:
        found = list(shown(*of))
        monkeypatch.setattr(contacts, "presence_shown", shown)
        bob.adds(ada)
        actions.introduce(bob.id, ada.id, NOW)
        return iter(found)

    monkeypatch.setattr(contacts, "presence_shown", added_after)
    assert ada.watch(bob) == {}
    assert ada.heard() == ["online"]


def test_a_lifted_block_shows_again_what_it_had_hidden(meet: Meet) -> None:
    ada, bob, now = meet("Ada"), meet("Bob"), datetime.now(UTC)
    share_chat("group", ada.person, bob.person)
    for somebody in (ada, bob):
        somebody.come(now)
    for somebody, other in ((ada, bob), (bob, ada)):
        somebody.watch(other, at=now)
    path, token = f"/v1/blocks/{bob.id}", ada.person.access_token
    gateway.call("PUT", path, token=token)
    gateway.call("DELETE", path, token=token)
    assert (ada.heard(), bob.heard()) == (["offline", "online"], ["offline", "online"])


def test_last_seen_is_ones_own_to_hide(
    ada: Somebody, bob: Somebody, call: Callable[..., gateway.Answer]
) -> None:
    ada.watch(bob)
    bob.come()
    hidden = call("PATCH", "/v1/me", {"shows_last_seen": False}, token=bob.person.access_token)
    assert hidden.body["shows_last_seen"] is False
    bob.go(SOON)
    assert ada.frames()[-1]["data"]["last_seen_at"] is None
    assert ada.watch(bob, at=SOON) == {bob.id: ("offline", None)}


def test_unwatching_one_device_leaves_the_other(ada: Somebody, bob: Somebody) -> None:
    phone = ada.come(connection="phone=")
    ada.watch(bob)
    actions.watch(ada.principal, phone, WatchRequest(user_ids=[bob.id]), NOW)
    ada.unwatch(bob)
    bob.come()
    assert ada.heard(phone) == ["online"]
    actions.unwatch(ada.principal, phone, WatchRequest(user_ids=[bob.id]))
    bob.go(SOON)
    assert ada.heard(phone) == ["online"]


def test_a_watch_that_is_not_renewed_ends(ada: Somebody, bob: Somebody, product: Product) -> None:
    ada.watch(bob)
    assert 0 < int(product.redis.ttl(f"watchers:{{{bob.id}}}")) <= model.WATCH_SECONDS
    bob.come(NOW + timedelta(seconds=model.WATCH_SECONDS + 1))
    assert ada.heard() == []


def test_watching_twice_is_told_once(ada: Somebody, bob: Somebody) -> None:
    ada.watch(bob, bob)
    ada.watch(bob)
    bob.come()
    assert ada.heard() == ["online"]


def test_nobody_watches_themselves_or_who_is_nobody(ada: Somebody, product: Product) -> None:
    request = WatchRequest(user_ids=[ada.id, new_id()])
    assert actions.watch(ada.principal, ada.connection, request, NOW).items == []
    assert list(product.redis.scan_iter("watchers:*")) == []


def test_two_hundred_take_one_round_trip(ada: Somebody, bob: Somebody, round_trips: Relay) -> None:
    request = WatchRequest(user_ids=[bob.id, *(new_id() for _ in range(199))])
    actions.watch(ada.principal, ada.connection, request, NOW)
    with round_trips.counted() as counted:
        found = actions.watch(ada.principal, ada.connection, request, NOW)
    assert (counted.trips, len(found.items)) == (1, 1)


def test_guests_watch_nobody(bob: Somebody) -> None:
    guest = Principal(None, new_id(), new_id(), None, "guest", "basic")
    with pytest.raises(Problem, match="unauthorized"):
        actions.watch(guest, "connection=", WatchRequest(user_ids=[bob.id]), NOW)


def test_trying_out_ids_has_a_limit(ada: Somebody, bob: Somebody) -> None:
    for _ in range(60):
        ada.watch(bob)
    with pytest.raises(Problem, match="rate_limited"):
        ada.watch(bob)
