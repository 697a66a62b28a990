"""What was read: marks that only move forward, receipts, and counts of the unread that are never wrong."""

import random
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions, live
from convoke.chat.actions import marks
from convoke.chat.conversation import ChatChange
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat, Send
from tests.convoke.chat.people import NOW, User, make_group, make_user, open_socket
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets
from tests.wire import Relay

SECOND = timedelta(seconds=1)


def truth(product: Product, user: User, chat_id: str) -> int:
    """Counted by hand: messages of others after the mark, that are there and are not the product's own."""
    [row] = product.rows(
        """
        SELECT count(*) AS unread FROM messages x JOIN chat_members m ON m.chat_id = x.chat_id
        WHERE x.chat_id = %s AND m.user_id = %s AND x.seq > m.read_seq AND x.deleted_at IS NULL
            AND x.type <> 'system' AND x.sender_user_id IS DISTINCT FROM m.user_id
        """,
        chat_id,
        user.id,
    )
    return int(row["unread"])


def test_a_mark_moves_forward_and_never_back(ada: User, bob: User, group: str) -> None:
    for _ in range(3):
        ada.send(group)
    assert bob.unread(group) == 3
    mark = actions.mark_read(bob.principal, None, group, 3, NOW)
    assert (mark.member_id, mark.read_seq, mark.read_at, mark.unread) == (bob.id, 3, NOW, 1)
    back = actions.mark_read(bob.principal, None, group, 2, NOW + SECOND)
    assert (back.read_seq, back.read_at) == (3, NOW)
    assert bob.read(group, 10**9) == 4
    assert bob.unread(group) == 0


def test_everybodys_devices_hear_of_a_mark_that_moved(
    ada: User, bob: User, cleo: User, group: str, sockets: Sockets
) -> None:
    open_socket(bob, "phone")
    ada.send(group)
    bob.read(group, 2)
    bob.read(group, 2)
    told = {"chat_id": group, "member_id": bob.id, "read_seq": 2, "read_at": "2026-11-20T12:00:00Z"}
    for user in (ada, bob, cleo):
        assert user.heard(sockets, "chat.read") == [told]
    assert [frame["data"] for frame in sockets.frames["phone"] if frame["event"] == "chat.read"] == [told]


def test_in_a_large_chat_only_the_own_devices_hear_of_it(
    ada: User, bob: User, group: str, sockets: Sockets, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "READ_BY_MOST", 2)
    ada.send(group)
    bob.read(group, 2)
    assert len(bob.heard(sockets, "chat.read")) == 1
    assert ada.heard(sockets, "chat.read") == []


def test_reading_costs_one_round_trip(round_trips: Relay, ada: User, bob: User, group: str) -> None:
    ada.send(group)
    with round_trips.counted() as counted:
        bob.read(group, 2)
    assert counted.trips == 1


def test_strangers_have_no_mark(ada: User, bob: User, eve: User, group: str) -> None:
    assert refused(eve.read, group, 1) == "not_found"
    assert refused(eve.read, new_id(), 1) == "not_found"
    actions.remove_member_of(ada.principal, group, bob.id, NOW)
    assert refused(bob.read, group, 1) == "not_found"


def test_receipts_say_who_has_read_and_by_when(
    ada: User, bob: User, cleo: User, eve: User, group: str
) -> None:
    said = ada.send(group)
    assert actions.receipts(ada.principal, group, said.id).items == []
    bob.read(group, said.seq, at=NOW + SECOND)
    cleo.read(group, said.seq - 1, at=NOW + SECOND)
    [read] = actions.receipts(ada.principal, group, said.id).items
    assert (read.member_id, read.display_name, read.read_at) == (bob.id, "Bob", NOW + SECOND)
    ada.read(group, said.seq)
    cleo.read(group, said.seq, at=NOW + 2 * SECOND)
    found = actions.receipts(bob.principal, group, said.id).items
    assert [item.display_name for item in found] == ["Bob", "Cleo"]
    assert refused(actions.receipts, eve.principal, group, said.id) == "not_found"
    assert refused(actions.receipts, ada.principal, group, new_id()) == "not_found"


def test_a_private_message_is_read_by_its_recipient_alone(chat: Chat, send: Send) -> None:
    private = send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    for member in (chat.bob, chat.guest):
        actions.mark_read(member.principal, member.participant_id, chat.id, 10, NOW)
    found = actions.receipts(chat.ada.principal, chat.id, private.id).items
    assert [item.participant_id for item in found] == [chat.guest.participant_id]
    assert refused(actions.receipts, chat.bob.principal, chat.id, private.id) == "not_found"


def test_what_does_not_count_as_unread(ada: User, bob: User, eve: User, group: str) -> None:
    """One's own, what the product says, what was deleted."""
    bob.send(group, "my own")
    actions.add_members(ada.principal, group, [eve.id], NOW)
    gone = ada.send(group, "gone")
    assert bob.unread(group) == 1
    ada.delete(gone)
    assert bob.unread(group) == 0
    edited = ada.send(group, "there")
    ada.edit(edited, "there, changed")
    assert bob.unread(group) == 1


def test_private_messages_of_others_are_not_unread(chat: Chat, send: Send) -> None:
    send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    assert [item.unread for item in actions.list_chats(chat.bob.principal, kind="meeting").items] == [0]
    assert actions.mark_read(chat.guest.principal, None, chat.id, 0, NOW).unread == 1


def test_what_redis_keeps_is_used_only_for_the_state_it_was_counted_in(
    ada: User, bob: User, group: str, product: Product
) -> None:
    ada.send(group)
    assert bob.unread(group) == 1
    assert live.unread(bob.id, {group: (2, 0)}) == {group: 1}
    key = f"unread:{{{bob.id}}}:{group}"
    assert 0 < product.redis.ttl(key) <= live.UNREAD_SECONDS
    # Whatever a process that died half-way or an old copy has left there.
    product.redis.set(key, "1 1 77")
    assert bob.unread(group) == 1
    product.redis.set(key, "nonsense")
    assert bob.unread(group) == 1
    product.redis.flushall()
    assert bob.unread(group) == 1


def test_the_list_is_one_round_trip_where_redis_knows(
    round_trips: Relay, ada: User, bob: User, group: str
) -> None:
    ada.send(group)
    bob.unread(group)
    with round_trips.counted() as counted:
        assert bob.unread(group) == 1
    assert counted.trips == 1


def test_counts_never_drift_under_senders_readers_and_a_flush(product: Product, sockets: Sockets) -> None:
    """Many write and read at once, Redis is flushed in the middle; at every end all counts are true."""
    users = [make_user(product, f"User{number}") for number in range(5)]
    chat_id = make_group(*users)
    chance = random.Random(4)
    stop = threading.Event()

    def send(user: User) -> None:
        for number in range(12):
            said = user.send(chat_id, str(number))
            if number % 4 == 0:
                user.delete(said)

    def read(user: User) -> None:
        for _ in range(12):
            user.read(chat_id, chance.randrange(70))
            user.unread(chat_id)

    def flush() -> None:
        while not stop.wait(0.05):
            product.redis.flushall()

    with ThreadPoolExecutor(12) as threads:
        flushing = threads.submit(flush)
        done = [threads.submit(task, user) for user in users for task in (send, read)]
        for each in done:
            each.result()
        stop.set()
        flushing.result()
    for user in users:
        expected = truth(product, user, chat_id)
        assert user.unread(chat_id) == expected
        assert user.unread(chat_id) == expected
        assert actions.read_chat(user.principal, chat_id).unread == expected


def test_who_has_missed_what_is_known_with_the_newest_words(
    ada: User, bob: User, cleo: User, group: str, product: Product
) -> None:
    [row] = product.rows("SELECT username FROM users WHERE user_id = %s", cleo.id)
    actions.change_chat(
        cleo.principal,
        group,
        ChatChange(muted_until=NOW + timedelta(hours=1)),
        NOW,
    )
    ada.send(group, f"Ask @{row['username']}.")
    ada.send(group, "x" * 500)
    bob.read(group, 2)
    found = {each.user_id: each for each in actions.missed(group, NOW)}
    assert found.keys() == {bob.id, cleo.id}
    assert (found[bob.id].unread, found[bob.id].mentioned, found[bob.id].muted) == (1, False, False)
    assert (found[cleo.id].unread, found[cleo.id].mentioned, found[cleo.id].muted) == (2, True, True)
    assert (found[cleo.id].chat_title, found[cleo.id].sender_name) == ("Friends", "Ada")
    assert found[cleo.id].preview == "x" * 200
    assert actions.missed(new_id(), NOW) == []


def test_a_longer_name_is_no_mention(ada: User, bob: User, product: Product) -> None:
    chat_id = actions.direct_chat(ada.principal, bob.id, NOW)
    product.owner.execute("UPDATE users SET username = 'b.ob' WHERE user_id = %s", (bob.id,))
    for content, mentioned in (
        ("@b.obby", False),
        ("mail x@b.ob", False),
        ("@bxob", False),
        ("@b.ob.uk", False),
        ("hi (@B.ob)", True),
        ("@b.ob, hi", True),
    ):
        said = ada.send(chat_id, content)
        [missed] = actions.missed(chat_id, NOW)
        assert (content, missed.mentioned) == (content, mentioned)
        assert missed.chat_title is None
        bob.read(chat_id, said.seq)


def test_meetings_have_their_own_ways_to_tell(chat: Chat, send: Send) -> None:
    send(chat.ada, "hello")
    assert actions.missed(chat.id, NOW) == []


def test_who_has_come_later_has_nothing_to_catch_up_in_a_meeting(chat: Chat, send: Send) -> None:
    send(chat.ada, "early")
    with transaction(System()) as conn:
        late = new_id()
        actions.add_member(conn, chat.id, late, None, "Late", NOW)
    rows = {
        member.member_id: member.read_seq for member in actions.read_chat(chat.ada.principal, chat.id).members
    }
    assert rows[late] == 1


def test_a_list_says_up_to_which_number_it_has_counted(
    ada: User, bob: User, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody writes between the look at the chats and the count: the summary is of the later moment."""
    ada.send(group)
    looked_up = live.unread

    def meanwhile(key: str, states: Mapping[str, tuple[int, int]]) -> dict[str, int]:
        ada.send(group, "meanwhile")
        return looked_up(key, states)

    monkeypatch.setattr(live, "unread", meanwhile)
    [chat] = actions.list_chats(bob.principal).items
    assert (chat.seq, chat.unread) == (3, 2)
