"""A device that was away asks for what came after a number, and gets each message once, as it is now."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from convoke.backends.postgres import System, transaction
from convoke.chat import actions
from convoke.chat.actions.history import CHANGES_BYTES
from convoke.chat.conversation import Changes
from convoke.chat.model import MAX_CONTENT, PAGE_MAX
from convoke.chat.store import messages
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat, Send
from tests.convoke.chat.people import NOW, User, make_group, make_user
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets
from tests.wire import Relay


def _changes(user: User, chat_id: str, after: int, **options: int) -> Changes:
    return actions.changes(user.principal, chat_id, after=after, **options)


def test_each_changed_message_comes_once_in_its_present_state(ada: User, bob: User, group: str) -> None:
    first, second, third = (ada.send(group, text) for text in ("one", "two", "three"))
    since = actions.history(bob.principal, group).seq
    assert since == 4
    assert _changes(bob, group, since).items == []
    ada.edit(first, "uno")
    bob.react(first, "👍")
    ada.delete(third)
    fourth = ada.send(group, "four")
    found = _changes(bob, group, since)
    assert [(item.id, item.changed_seq) for item in found.items] == [
        (first.id, 6),
        (third.id, 7),
        (fourth.id, 8),
    ]
    assert (found.items[0].content, found.items[0].reactions) == ("uno", {"👍": [bob.id]})
    assert (found.seq, found.next_after) == (8, None)
    assert second.id not in {item.id for item in found.items}


def test_many_changes_come_in_pages_without_loss(ada: User, bob: User, group: str) -> None:
    said = [ada.send(group, str(number), client_id=f"c{number}") for number in range(60)]
    ada.edit(said[3], "changed")
    after, found = 0, []
    while True:
        page = _changes(bob, group, after, limit=25)
        found += page.items
        if page.next_after is None:
            break
        after = page.next_after
    numbers = [item.changed_seq for item in found]
    assert numbers == sorted(set(numbers))
    assert {item.id for item in found} >= {item.id for item in said}
    assert numbers[-1] == page.seq == 62


def test_a_page_for_the_socket_ends_by_its_size(ada: User, bob: User, group: str) -> None:
    for number in range(10):
        ada.send(group, "€" * MAX_CONTENT, client_id=f"c{number}")
    page = _changes(bob, group, 1, most_bytes=CHANGES_BYTES)
    assert 0 < len(page.items) < 10
    assert len(page.model_dump_json().encode()) < 128 * 1024
    assert page.next_after == page.items[-1].changed_seq
    assert len(_changes(bob, group, 1, most_bytes=1).items) == 1
    assert len(_changes(bob, group, 1).items) <= PAGE_MAX


def test_marks_come_with_it(ada: User, bob: User, cleo: User, group: str) -> None:
    ada.send(group)
    bob.read(group, 2, at=NOW + timedelta(seconds=2))
    cleo.read(group, 1, at=NOW + timedelta(seconds=3))
    found = _changes(ada, group, 0).marks
    assert [(mark.member_id, mark.read_seq) for mark in found] == [(cleo.id, 1), (bob.id, 2)]


def test_it_costs_one_round_trip(round_trips: Relay, ada: User, bob: User, group: str) -> None:
    ada.send(group)
    with round_trips.counted() as counted:
        _changes(bob, group, 0)
    assert counted.trips == 1


def test_strangers_learn_nothing_and_who_left_no_more_than_then(
    ada: User, bob: User, eve: User, group: str
) -> None:
    assert refused(_changes, eve, group, 0) == "not_found"
    assert refused(_changes, eve, new_id(), 0) == "not_found"
    actions.remove_member_of(ada.principal, group, bob.id, NOW)
    ada.send(group, "later", at=NOW + timedelta(seconds=1))
    assert [item.content for item in _changes(bob, group, 1).items] == ["Ada removed Bob"]


def test_private_messages_are_in_nobody_elses_changes(chat: Chat, send: Send) -> None:
    send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    send(chat.ada, "all")
    contents = {
        member.principal.display_name: [
            item.content for item in actions.changes(member.principal, chat.id, after=0).items
        ]
        for member in (chat.ada, chat.bob, chat.guest)
    }
    assert contents == {"Ada": ["psst", "all"], "Bob": ["all"], "Gus": ["psst", "all"]}
    assert actions.changes(chat.bob.principal, chat.id, after=2).seq == 2


def test_nothing_is_committed_below_what_was_seen(ada: User, bob: User, group: str) -> None:
    """A slow writer has its number only when nobody is before it any more: others wait for its commit."""
    said = ada.send(group, "slow")
    holding, release = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction(System()) as conn:
            messages.touch(conn, group, said.id, NOW)
            messages.one(conn, group, said.id).fetchone()
            holding.set()
            release.wait(120)

    with ThreadPoolExecutor(2) as threads:
        slowly = threads.submit(slow)
        assert holding.wait(120)
        quick = threads.submit(bob.send, group, "quick")
        seen = _changes(bob, group, 2)
        assert (seen.items, seen.seq) == ([], 2)
        assert not quick.done()
        release.set()
        slowly.result()
        assert quick.result().seq == 4
    assert [item.changed_seq for item in _changes(bob, group, seen.seq).items] == [3, 4]


def test_who_follows_while_many_write_misses_nothing(product: Product, sockets: Sockets) -> None:
    writers = [make_user(product, f"User{number}") for number in range(4)]
    chat_id = make_group(*writers)
    reader, done = writers[0], threading.Event()

    def write(user: User) -> None:
        for number in range(15):
            said = user.send(chat_id, str(number))
            if number % 3 == 0:
                user.edit(said, "changed")

    def follow() -> dict[str, str]:
        held: dict[str, str] = {}
        after, last_look = 0, False
        while True:
            page = _changes(reader, chat_id, after, limit=7)
            held |= {item.id: item.content for item in page.items}
            if page.next_after is None and last_look:
                return held
            last_look = page.next_after is None and done.is_set()
            after = page.seq if page.next_after is None else page.next_after

    with ThreadPoolExecutor(6) as threads:
        followers = [threads.submit(follow) for _ in range(2)]
        for each in [threads.submit(write, user) for user in writers]:
            each.result()
        done.set()
        held = [each.result() for each in followers]
    rows = product.rows("SELECT message_id::text AS id, content FROM messages WHERE chat_id = %s", chat_id)
    for seen in held:
        assert seen == {row["id"]: row["content"] for row in rows}
