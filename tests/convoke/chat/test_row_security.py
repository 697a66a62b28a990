"""The database itself: what strangers, members and admins can do to rows, whatever a query forgets."""

import psycopg
import pytest

from convoke.backends.postgres import Context, transaction
from convoke.chat import actions
from convoke.chat.model import React
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat, Send
from tests.convoke.chat.people import NOW, User

TABLES = ("chats", "chat_members", "messages", "message_reactions")


def _run(context: Context, query: str, *values: object) -> int:
    """How many rows it has found or changed."""
    with transaction(context) as conn:
        cursor = conn.execute(query.encode(), values)
    return len(cursor.fetchall())


def test_a_stranger_finds_nothing_and_changes_nothing(ada: User, eve: User, group: str) -> None:
    said = ada.send(group)
    ada.react(said, "👍")
    guest = Principal(None, new_id(), new_id(), None, "guest", "basic")
    for context in (eve.principal, guest):
        for table in TABLES:
            assert _run(context, f"SELECT 1 FROM {table}") == 0  # noqa: S608 (a name of the test's own)
        for query in (
            "UPDATE messages SET content = 'x' RETURNING 1",
            "UPDATE chats SET title = 'x' RETURNING 1",
            "UPDATE chat_members SET left_at = now() RETURNING 1",
            "DELETE FROM message_reactions RETURNING 1",
            "DELETE FROM messages RETURNING 1",
            "SELECT 1 FROM chat_people(%s)",
            "SELECT 1 FROM my_chats(%s, NULL, NULL, NULL, 1)",
            "SELECT 1 FROM my_unread(ARRAY[%s]::uuid[], 9)",
            "SELECT 1 FROM unnest(chat_user_ids(%s))",
        ):
            assert _run(context, query, *[group] * query.count("%s")) == 0


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT advance_chat(%(chat)s, NULL, now())", "CV403"),
        ("SELECT touch_message(%(chat)s, %(message)s, now())", "CV404"),
        (
            "INSERT INTO message_reactions VALUES (%(chat)s, %(message)s, '👎', %(me)s, now())",
            "42501",
        ),
        (
            "INSERT INTO chat_members (chat_id, member_id, user_id, display_name, joined_at)"
            " VALUES (%(chat)s, %(me)s, %(me)s, 'Eve', now())",
            "42501",
        ),
    ],
)
def test_a_stranger_gets_into_nothing(ada: User, eve: User, group: str, query: str, code: str) -> None:
    said = ada.send(group)
    with pytest.raises(psycopg.DatabaseError) as caught, transaction(eve.principal) as conn:
        conn.execute(query.encode(), {"chat": group, "message": said.id, "me": eve.id})
    assert caught.value.sqlstate == code


def _violates(context: Context, query: str, *values: object) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _run(context, query, *values)


def test_a_member_changes_the_own_message_alone(ada: User, bob: User, group: str) -> None:
    said = ada.send(group)
    change = "UPDATE messages SET content = 'x' WHERE message_id = %s RETURNING 1"
    assert _run(bob.principal, change, said.id) == 0
    assert _run(ada.principal, change, said.id) == 1
    for column in ("seq", "sender_user_id", "created_at", "chat_id"):
        _violates(ada.principal, f"UPDATE messages SET {column} = {column} RETURNING 1")  # noqa: S608


def test_an_admin_deletes_and_does_not_put_words_into_mouths(ada: User, bob: User, group: str) -> None:
    said = bob.send(group)
    _violates(ada.principal, "UPDATE messages SET content = 'x' WHERE message_id = %s RETURNING 1", said.id)
    deleted = "UPDATE messages SET deleted_at = now() WHERE message_id = %s RETURNING 1"
    assert _run(ada.principal, deleted, said.id) == 1
    _violates(bob.principal, "UPDATE messages SET content = 'x' WHERE message_id = %s RETURNING 1", said.id)


def test_nobody_raises_themselves_or_reads_backwards(bob: User, group: str, product: Product) -> None:
    _violates(bob.principal, "UPDATE chat_members SET role = 'admin' WHERE user_id = %s RETURNING 1", bob.id)
    bob.read(group, 1)
    assert (
        _run(bob.principal, "UPDATE chat_members SET read_seq = 0 WHERE user_id = %s RETURNING 1", bob.id)
        == 1
    )
    [row] = product.rows(
        "SELECT read_seq FROM chat_members WHERE chat_id = %s AND user_id = %s", group, bob.id
    )
    assert row["read_seq"] == 1


def test_who_was_removed_does_not_come_back_by_themselves(ada: User, bob: User, group: str) -> None:
    actions.remove_member_of(ada.principal, group, bob.id, NOW)
    _violates(bob.principal, "UPDATE chat_members SET left_at = NULL WHERE user_id = %s RETURNING 1", bob.id)


def test_a_reaction_is_given_and_taken_in_ones_own_name(ada: User, bob: User, group: str) -> None:
    said = ada.send(group)
    ada.react(said, "👍")
    insert = "INSERT INTO message_reactions VALUES (%s, %s, '👎', %s, now()) RETURNING 1"
    _violates(bob.principal, insert, group, said.id, ada.id)
    assert _run(bob.principal, insert, group, said.id, bob.id) == 1
    assert _run(bob.principal, "DELETE FROM message_reactions WHERE emoji = '👍' RETURNING 1") == 0
    ada.delete(said)
    _violates(bob.principal, insert.replace("👎", "🎉"), group, said.id, bob.id)


def test_private_messages_have_private_reactions(chat: Chat, send: Send) -> None:
    private = send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    request = React(chat_id=chat.id, message_id=private.id, emoji="👍", on=True)
    actions.react(chat.guest.principal, chat.guest.participant_id, request, NOW)
    assert _run(chat.bob.principal, "SELECT 1 FROM message_reactions") == 0
    assert _run(chat.ada.principal, "SELECT 1 FROM message_reactions") == 1
