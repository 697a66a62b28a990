"""The list of chats: by latest activity, in pages, each as its reader may see it."""

from datetime import timedelta

import pytest

from convoke.chat import actions
from convoke.chat.conversation import encode_place
from convoke.errors import Problem
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat, Send
from tests.convoke.chat.people import NOW, User, make_group
from tests.convoke.chat.refusals import refused


def _ids(user: User, **options: object) -> list[str]:
    return [chat.id for chat in actions.list_chats(user.principal, **options).items]  # type: ignore[arg-type]


def test_what_was_said_last_comes_first(ada: User, bob: User, cleo: User) -> None:
    chats = [make_group(ada, bob, at=NOW + timedelta(seconds=number)) for number in range(3)]
    assert _ids(bob) == chats[::-1]
    bob.send(chats[0], at=NOW + timedelta(minutes=1))
    direct = actions.direct_chat(ada.principal, bob.id, NOW)
    ada.send(direct, "Hi Bob", at=NOW + timedelta(minutes=2))
    assert _ids(bob) == [direct, chats[0], chats[2], chats[1]]
    assert _ids(cleo) == []
    first = actions.list_chats(bob.principal).items[0]
    assert first.peer is not None
    assert (first.peer.user_id, first.unread, first.member_count) == (ada.id, 1, 2)
    assert first.last_message is not None
    assert (first.last_message.content, first.last_activity_at) == ("Hi Bob", NOW + timedelta(minutes=2))


def test_edits_and_reactions_are_no_activity(ada: User, bob: User) -> None:
    older, newer = (make_group(ada, bob, at=NOW + timedelta(seconds=number)) for number in range(2))
    said = ada.send(older, at=NOW)
    ada.edit(said, "changed", at=NOW + timedelta(hours=1))
    bob.react(said, "👍", at=NOW + timedelta(hours=1))
    assert _ids(bob) == [newer, older]


def test_pages_go_on_where_the_last_one_ended(ada: User, bob: User) -> None:
    # Three at one moment, which the id tells apart.
    chats = {make_group(ada, bob, at=NOW + timedelta(seconds=number // 3)) for number in range(7)}
    found, cursor = [], None
    for _ in range(4):
        page = actions.list_chats(bob.principal, cursor=cursor, limit=2)
        found += [chat.id for chat in page.items]
        cursor = page.next_cursor
    assert cursor is None
    assert len(found) == 7
    assert set(found) == chats


def test_kinds_are_asked_for(ada: User, bob: User, group: str, chat: Chat, send: Send) -> None:
    direct = actions.direct_chat(ada.principal, bob.id, NOW)
    assert set(_ids(ada)) == {group, direct}
    assert _ids(ada, kind="direct") == [direct]
    assert _ids(ada, kind="group") == [group]
    assert _ids(ada, kind="meeting") == []
    send(chat.ada, "hello")
    page = actions.list_chats(chat.bob.principal, kind="meeting")
    assert [(item.id, item.kind, item.unread) for item in page.items] == [(chat.id, "meeting", 1)]
    assert actions.list_chats(chat.bob.principal).items == []


def test_a_private_message_is_nobodys_last(chat: Chat, send: Send) -> None:
    send(chat.ada, "all")
    send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    [item] = actions.list_chats(chat.bob.principal, kind="meeting").items
    assert item.last_message is not None
    assert (item.last_message.content, item.seq) == ("all", 2)


def test_names_are_those_of_today(ada: User, bob: User, group: str, product: Product) -> None:
    product.owner.execute("UPDATE users SET display_name = 'Robert' WHERE user_id = %s", (bob.id,))
    names = [member.display_name for member in actions.read_chat(ada.principal, group).members]
    assert "Robert" in names
    assert bob.send(group).sender.display_name == "Robert"


def test_a_guest_sees_the_chat_of_their_meeting(chat: Chat, send: Send) -> None:
    send(chat.ada, "hello")
    detail = actions.read_chat(chat.guest.principal, chat.id)
    assert (detail.kind, detail.unread, detail.member_count) == ("meeting", 1, 3)
    assert {member.display_name for member in detail.members} == {"Ada", "Bob", "Gus"}


@pytest.mark.parametrize("cursor", ["x", "ü", "AAAA", "=" * 9, "bnVsbA", "WzEsMl0", "W10", "W251bGwsbnVsbF0"])
def test_a_cursor_that_is_none_is_refused(ada: User, cursor: str) -> None:
    assert refused(actions.list_chats, ada.principal, cursor=cursor) == "invalid_cursor"


def test_a_cursor_without_a_time_zone_or_an_id_is_refused(ada: User) -> None:
    for cursor in (
        encode_place(NOW.replace(tzinfo=None), ada.id),
        encode_place(NOW, "x"),
        encode_place(NOW, ada.id.upper()),
    ):
        with pytest.raises(Problem):
            actions.list_chats(ada.principal, cursor=cursor)
