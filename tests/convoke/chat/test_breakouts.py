"""The chats of breakout rooms: there for who is in the room, and for nobody else by any way."""

import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions, live
from convoke.chat.conversation import UNREAD_MOST
from convoke.chat.model import Breakout, EditMessage, Message, MessageTarget, React, SendMessage
from convoke.chat.store import marks
from convoke.errors import Problem
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import NOW, Chat, Member, Send
from tests.sockets import Sockets

sending = sys.modules["convoke.chat.actions.send"]
RED, BLUE = Breakout(new_id(), "Red"), Breakout(new_id(), "Blue")


def move(chat: Chat, member: Member, room: Breakout | None, minutes: float = 0) -> None:
    with transaction(System()) as conn:
        actions.move_members(conn, chat.id, {member.participant_id: room}, NOW + timedelta(minutes=minutes))


@pytest.fixture
def rooms(chat: Chat) -> None:
    """Ada and Gus in the red room, Bob in the blue one."""
    for member, room in ((chat.ada, RED), (chat.guest, RED), (chat.bob, BLUE)):
        move(chat, member, room)


@pytest.fixture
def said(rooms: None, chat: Chat, send: Send) -> Message:
    return send(chat.ada, "our plan", breakout_id=RED.id)


def texts(chat: Chat, member: Member) -> list[str | None]:
    return [item.content for item in actions.history(member.principal, chat.id).items]


def heard(sockets: Sockets, member: Member) -> list[str]:
    frames = sockets.frames[member.connection]
    return [f["data"]["message"]["content"] for f in frames if f.get("event", "").startswith("message.")]


def refused(problem: pytest.ExceptionInfo[Problem]) -> tuple[str, int]:
    return problem.value.slug, problem.value.status


def test_it_is_brought_to_who_is_in_the_room(said: Message, chat: Chat, sockets: Sockets) -> None:
    assert (said.breakout_id, said.breakout_name) == (RED.id, "Red")
    assert heard(sockets, chat.ada) == heard(sockets, chat.guest) == ["our plan"]
    assert heard(sockets, chat.bob) == []
    assert "our plan" not in str(sockets.frames[chat.bob.connection])


def test_somebody_of_another_room_or_the_main_one_reads_it_in_no_way(
    said: Message, chat: Chat, product: Product
) -> None:
    for room in (BLUE, None):
        move(chat, chat.bob, room)
        assert texts(chat, chat.bob) == []
        assert actions.changes(chat.bob.principal, chat.id, after=0).items == []
        assert actions.search(chat.bob.principal, "plan", NOW).items == []
        assert actions.recent(chat.id, chat.bob.principal, chat.bob.participant_id) == []
        assert actions.read_chat(chat.bob.principal, chat.id).last_message is None
        with pytest.raises(Problem) as caught:
            actions.receipts(chat.bob.principal, chat.id, said.id)
        assert refused(caught) == ("not_found", 404)
        for query in (
            "SELECT 1 FROM messages",
            "SELECT 1 FROM messages_of(ARRAY[%s]::uuid[], ARRAY[%s]::uuid[])",
        ):
            with transaction(chat.bob.principal) as conn:
                found = conn.execute(query.encode(), [chat.id, said.id][: query.count("%s")])
            assert found.fetchall() == []
    assert texts(chat, chat.guest) == ["our plan"]
    assert [found.message.id for found in actions.search(chat.guest.principal, "plan", NOW).items] == [
        said.id
    ]


def test_who_cannot_read_it_does_nothing_with_it(said: Message, chat: Chat, send: Send) -> None:
    me = (chat.bob.principal, chat.bob.participant_id)
    target: dict[str, Any] = {"chat_id": chat.id, "message_id": said.id}
    attempts: tuple[Callable[[], Message], ...] = (
        lambda: actions.react(*me, React(**target, emoji="👍", on=True), NOW),
        lambda: actions.delete(*me, MessageTarget(**target), NOW),
        lambda: actions.edit(*me, EditMessage(**target, content="x"), NOW),
    )
    for attempt in attempts:
        with pytest.raises(Problem) as caught:
            attempt()
        assert refused(caught) == ("not_found", 404)
    with pytest.raises(Problem) as caught:
        send(chat.bob, "Me too", reply_to=said.id)
    assert caught.value.slug == "validation"
    with pytest.raises(Problem) as caught:
        send(chat.bob, "Hello red", breakout_id=RED.id)
    assert refused(caught) == ("not_in_breakout", 403)


def test_the_database_itself_takes_nothing_into_a_room_from_outside(
    said: Message, chat: Chat, product: Product
) -> None:
    insert = """
        INSERT INTO messages (chat_id, message_id, client_id, sender_id, sender_participant_id,
            sender_user_id, sender_name, content, breakout_id, breakout_name, created_at, seq, changed_seq)
        VALUES (%(chat)s, %(id)s, 'c', %(me)s, %(me)s, %(user)s, 'Bob', 'x', %(room)s, 'Red', %(now)s, 99, 99)
        """
    values = {"chat": chat.id, "id": new_id(), "me": chat.bob.participant_id, "room": RED.id, "now": NOW}
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(chat.bob.principal) as conn:
        conn.execute(insert, values | {"user": chat.bob.principal.user_id})
    with pytest.raises(psycopg.errors.InsufficientPrivilege), transaction(chat.bob.principal) as conn:
        conn.execute(
            "INSERT INTO chat_breakout_members (chat_id, member_id, breakout_id, name)"
            " VALUES (%s, %s, %s, 'Red')",
            (chat.id, chat.bob.participant_id, RED.id),
        )
    with transaction(chat.guest.principal) as conn:
        back = conn.execute("UPDATE chat_breakout_members SET left_at = NULL RETURNING 1")
    assert back.fetchall() == []


def test_who_comes_into_the_room_reads_what_was_said_since_it_was_opened(
    said: Message, chat: Chat, send: Send, sockets: Sockets
) -> None:
    move(chat, chat.bob, RED, 1)
    assert texts(chat, chat.bob) == ["our plan"]
    send(chat.guest, "welcome", breakout_id=RED.id, at=NOW + timedelta(minutes=2))
    assert heard(sockets, chat.bob) == ["welcome"]


def test_who_has_left_the_room_keeps_what_was_said_until_then_and_reads_no_more(
    said: Message, chat: Chat, send: Send, sockets: Sockets
) -> None:
    move(chat, chat.guest, None, 1)
    later = send(chat.ada, "secret", breakout_id=RED.id, at=NOW + timedelta(minutes=2))
    assert texts(chat, chat.guest) == ["our plan"]
    assert heard(sockets, chat.guest) == ["our plan"]
    with pytest.raises(Problem) as caught:
        send(chat.guest, "still there?", breakout_id=RED.id, at=NOW + timedelta(minutes=2))
    assert refused(caught) == ("not_in_breakout", 403)
    # The answer to what one may not read says nothing of it either.
    with pytest.raises(Problem):
        send(chat.guest, "what?", reply_to=later.id)
    move(chat, chat.guest, RED, 3)
    assert texts(chat, chat.guest) == ["our plan", "secret"]


def test_after_the_rooms_are_closed_it_stays_for_who_was_there_and_can_be_taken_back(
    said: Message, chat: Chat, sockets: Sockets
) -> None:
    for member in (chat.ada, chat.guest, chat.bob):
        move(chat, member, None, 1)
    assert texts(chat, chat.ada) == texts(chat, chat.guest) == ["our plan"]
    later = NOW + timedelta(minutes=2)
    target: dict[str, Any] = {"chat_id": chat.id, "message_id": said.id}
    actions.react(
        chat.guest.principal, chat.guest.participant_id, React(**target, emoji="🎉", on=True), later
    )
    assert len(heard(sockets, chat.guest)) == 2
    # What one writes now would be read by who has left the room.
    edit = EditMessage(**target, content="our new plan")
    with pytest.raises(Problem) as caught:
        actions.edit(chat.ada.principal, chat.ada.participant_id, edit, later)
    assert refused(caught) == ("not_in_breakout", 403)
    actions.delete(chat.ada.principal, chat.ada.participant_id, MessageTarget(**target), later)
    assert texts(chat, chat.guest) == [""]
    assert heard(sockets, chat.bob) == []
    assert texts(chat, chat.bob) == []


def test_what_a_message_becomes_after_one_has_left_the_room_is_for_who_is_there(
    said: Message, chat: Chat, sockets: Sockets
) -> None:
    move(chat, chat.guest, None, 1)
    edit = EditMessage(chat_id=chat.id, message_id=said.id, content="without Gus")
    actions.edit(chat.ada.principal, chat.ada.participant_id, edit, NOW + timedelta(minutes=2))
    assert heard(sockets, chat.ada)[-1] == "without Gus"
    assert heard(sockets, chat.guest) == ["our plan"]
    assert texts(chat, chat.guest) == []
    assert actions.search(chat.guest.principal, "without", NOW).items == []
    move(chat, chat.guest, RED, 3)
    assert texts(chat, chat.guest) == ["without Gus"]


def test_who_was_removed_hears_and_reads_no_more_even_when_let_in_again(
    said: Message, chat: Chat, send: Send, sockets: Sockets
) -> None:
    name, one = "Gus", timedelta(minutes=1)
    with transaction(System()) as conn:
        actions.remove_member(conn, chat.id, chat.guest.participant_id, NOW + one)
    send(chat.ada, "now that he is gone", breakout_id=RED.id, at=NOW + 2 * one)
    assert heard(sockets, chat.guest) == ["our plan"]
    assert texts(chat, chat.guest) == ["our plan"]
    with transaction(System()) as conn:
        actions.add_member(conn, chat.id, chat.guest.participant_id, None, name, NOW + 3 * one)
    send(chat.ada, "and now", breakout_id=RED.id, at=NOW + 4 * one)
    assert texts(chat, chat.guest) == ["our plan"]
    assert heard(sockets, chat.guest) == ["our plan"]
    with pytest.raises(Problem) as caught:
        send(chat.guest, "I am back", breakout_id=RED.id, at=NOW + 5 * one)
    assert refused(caught) == ("not_in_breakout", 403)


def test_unread_and_readers_are_those_of_the_room(said: Message, chat: Chat, send: Send) -> None:
    def unread(member: Member) -> int:
        with transaction(member.principal) as conn:
            rows = marks.unread(conn, [chat.id], UNREAD_MOST)
        return int((rows.fetchone() or {})["unread"])

    assert (unread(chat.guest), unread(chat.bob)) == (1, 0)
    for member in (chat.guest, chat.bob):
        actions.mark_read(member.principal, member.participant_id, chat.id, said.seq, NOW)
    receipts = actions.receipts(chat.ada.principal, chat.id, said.id).items
    assert [one.member_id for one in receipts] == [chat.guest.participant_id]


def test_what_is_unread_counts_anew_with_the_room(said: Message, chat: Chat) -> None:
    def listed() -> int:
        return actions.list_chats(chat.bob.principal, kind="meeting").items[0].unread

    assert listed() == 0
    move(chat, chat.bob, RED, 1)
    assert listed() == 1


def test_to_everyone_it_still_goes_to_all_rooms_and_nothing_of_a_room_is_kept_in_redis(
    said: Message, chat: Chat, send: Send, sockets: Sockets
) -> None:
    actions.recent(chat.id, chat.bob.principal)
    send(chat.guest, "also ours", breakout_id=RED.id)
    public = send(chat.guest, "to all")
    assert public.breakout_id is None
    assert heard(sockets, chat.bob) == ["to all"]
    assert [item.content for item in live.recent(chat.id) or []] == ["to all"]
    assert actions.read_chat(chat.ada.principal, chat.id).last_message == public


def test_sent_again_it_is_stored_once_and_after_the_room_is_left_too(
    said: Message, chat: Chat, send: Send
) -> None:
    move(chat, chat.ada, None, 1)
    client_id = said.client_id or ""
    again = send(chat.ada, "our plan", breakout_id=RED.id, client_id=client_id, at=NOW + timedelta(minutes=2))
    assert again == said
    assert texts(chat, chat.guest) == ["our plan"]


def test_who_is_moved_between_the_decision_and_the_storing_sends_nothing(
    rooms: None, chat: Chat, send: Send, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = sending._check

    def decide_and_be_moved(context: dict[str, Any], request: SendMessage) -> None:
        decide(context, request)
        move(chat, chat.ada, BLUE)

    monkeypatch.setattr(sending, "_check", decide_and_be_moved)
    with pytest.raises(Problem) as caught:
        send(chat.ada, "too late", breakout_id=RED.id)
    assert refused(caught) == ("not_in_breakout", 403)
    assert texts(chat, chat.guest) == []


def test_a_message_goes_to_a_room_or_to_a_person(chat: Chat) -> None:
    with pytest.raises(ValueError, match="one person or to a room"):
        SendMessage(
            chat_id=chat.id,
            client_id="c",
            content="x",
            breakout_id=RED.id,
            recipient_participant_id=chat.bob.participant_id,
        )
