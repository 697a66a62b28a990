"""Reading back: pages both ways, the last messages from Redis, and to each only what is theirs."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions, live
from convoke.chat.model import RECENT_KEPT, Message
from convoke.delivery import actions as delivery
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import NOW, Chat, Member, Send, make_chat
from tests.wire import Relay

LATER = NOW + timedelta(minutes=1)


def _texts(messages: list[Message]) -> list[str]:
    return [message.content for message in messages]


def _fill(chat: Chat, send: Send, count: int, *, start: int = 0) -> None:
    members = (chat.ada, chat.bob, chat.guest)
    for number in range(start, start + count):
        send(members[number % 3], str(number), at=NOW + timedelta(seconds=number))


def _recent(chat: Chat, member: Member, **options: int) -> list[str]:
    return _texts(actions.recent(chat.id, member.principal, member.participant_id, **options))


def test_pages_lead_back_to_the_first_message_and_forward_again(chat: Chat, send: Send) -> None:
    _fill(chat, send, 60)
    ada = chat.ada.principal
    newest = actions.history(ada, chat.id, limit=25)
    middle = actions.history(ada, chat.id, limit=25, cursor=newest.next_cursor)
    oldest = actions.history(ada, chat.id, limit=25, cursor=middle.next_cursor)
    assert _texts(newest.items) == [str(number) for number in range(35, 60)]
    assert _texts(middle.items) == [str(number) for number in range(10, 35)]
    assert _texts(oldest.items) == [str(number) for number in range(10)]
    assert oldest.next_cursor is None

    first = actions.history(ada, chat.id, limit=25, direction="after")
    second = actions.history(ada, chat.id, limit=25, cursor=first.next_cursor, direction="after")
    assert _texts(first.items + second.items) == [str(number) for number in range(50)]


def test_who_was_away_goes_on_from_the_newest_page(chat: Chat, send: Send) -> None:
    _fill(chat, send, 3)
    page = actions.history(chat.bob.principal, chat.id)
    _fill(chat, send, 4, start=3)
    missed = actions.history(chat.bob.principal, chat.id, cursor=page.later_cursor, direction="after")
    assert _texts(missed.items) == ["3", "4", "5", "6"]
    nothing = actions.history(chat.bob.principal, chat.id, cursor=missed.later_cursor, direction="after")
    assert nothing.items == []
    assert nothing.later_cursor == missed.later_cursor


def test_the_cursor_of_another_chat_and_a_made_up_one_are_refused(
    chat: Chat, send: Send, product: Product
) -> None:
    _fill(chat, send, 1)
    cursor = actions.history(chat.ada.principal, chat.id).later_cursor
    assert cursor is not None
    other = make_chat(product)
    for refused in (cursor, "", "AAAA", "ü" * 43, cursor + "A", "=" * 43):
        if not refused:
            continue
        with pytest.raises(Problem) as caught:
            actions.history(other.ada.principal, other.id, cursor=refused)
        assert caught.value.slug == "invalid_cursor"


def test_history_costs_one_round_trip(round_trips: Relay, chat: Chat, send: Send) -> None:
    # Less than 8 KB: more of it PostgreSQL begins to send before it has heard the whole request.
    _fill(chat, send, 10)
    with round_trips.counted() as counted:
        actions.history(chat.ada.principal, chat.id)
    assert counted.trips == 1


def test_private_messages_are_invisible_to_third_parties_everywhere(chat: Chat, send: Send) -> None:
    before = delivery.last_seq(actions.scope_of(chat.id), NOW)
    send(chat.ada, "for all")
    send(chat.ada, "for Gus", recipient_participant_id=chat.guest.participant_id)
    for member, expected in (
        (chat.ada, ["for all", "for Gus"]),
        (chat.guest, ["for all", "for Gus"]),
        (chat.bob, ["for all"]),
    ):
        assert _texts(actions.history(member.principal, chat.id).items) == expected
        assert _recent(chat, member) == expected
    frames = delivery.replay(actions.scope_of(chat.id), before)
    assert frames is not None
    assert [frame["data"]["message"]["content"] for frame in frames] == ["for all"]


def test_the_database_itself_hides_private_messages_and_other_chats(
    chat: Chat, send: Send, product: Product
) -> None:
    send(chat.ada, "for Gus", recipient_participant_id=chat.guest.participant_id)
    send(chat.ada, "for all")
    stranger = make_chat(product).ada.principal
    query = "SELECT content FROM messages ORDER BY message_id"
    seen = {}
    for name, principal in (("Bob", chat.bob.principal), ("Gus", chat.guest.principal), ("-", stranger)):
        with transaction(principal) as conn:
            seen[name] = [row["content"] for row in conn.execute(query).fetchall()]
    assert seen == {"Bob": ["for all"], "Gus": ["for Gus", "for all"], "-": []}


def test_the_partitions_are_closed_to_the_application_even_to_the_system(
    chat: Chat, send: Send, product: Product
) -> None:
    send(chat.ada, "hello")
    readable = product.rows(
        """
        SELECT c.relname FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE i.inhparent = 'messages'::regclass
          AND (has_table_privilege('convoke_app', c.oid, 'SELECT, INSERT, UPDATE, DELETE')
               OR NOT c.relrowsecurity OR NOT c.relforcerowsecurity)
        """
    )
    partitions = product.rows("SELECT 1 FROM pg_inherits WHERE inhparent = 'messages'::regclass")
    assert (readable, len(partitions)) == ([], 16)


def test_who_left_reads_what_was_said_until_then(chat: Chat, send: Send) -> None:
    send(chat.ada, "before", at=NOW)
    with transaction(System()) as conn:
        actions.remove_member(conn, chat.id, chat.guest.participant_id, NOW + timedelta(seconds=5))
    send(chat.ada, "after", at=NOW + timedelta(seconds=10))
    assert _texts(actions.history(chat.guest.principal, chat.id).items) == ["before"]


def test_strangers_get_the_same_answer_for_a_chat_that_is_there_and_one_that_is_not(
    chat: Chat, product: Product
) -> None:
    stranger = make_chat(product).ada.principal
    answers = []
    for chat_id in (chat.id, new_id()):
        with pytest.raises(Problem) as caught:
            actions.history(stranger, chat_id)
        answers.append(caught.value.document())
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


def test_the_last_messages_come_from_redis_without_the_database(
    round_trips: Relay, chat: Chat, send: Send
) -> None:
    actions.recent(chat.id, chat.ada.principal)
    _fill(chat, send, 60)
    with round_trips.counted() as counted:
        assert _recent(chat, chat.ada, limit=50) == [str(number) for number in range(10, 60)]
    assert counted.trips == 0


def test_an_empty_chat_is_remembered_as_empty(round_trips: Relay, chat: Chat) -> None:
    assert _recent(chat, chat.ada) == []
    with round_trips.counted() as counted:
        assert _recent(chat, chat.bob) == []
    assert counted.trips == 0


def test_a_lost_list_is_built_again_whole(chat: Chat, send: Send, product: Product) -> None:
    _fill(chat, send, 5)
    product.redis.flushall()
    send(chat.ada, "5", at=LATER)
    assert _recent(chat, chat.bob) == ["0", "1", "2", "3", "4", "5"]
    send(chat.ada, "6", at=LATER + timedelta(seconds=1))
    assert _recent(chat, chat.bob) == ["0", "1", "2", "3", "4", "5", "6"]
    assert 0 < product.redis.ttl(f"chat:{{{chat.id}}}") <= live.CHAT_SECONDS


def test_the_list_keeps_the_last_hundred(chat: Chat, product: Product, send: Send) -> None:
    _recent(chat, chat.ada)
    _fill(chat, send, RECENT_KEPT + 5)
    kept = product.redis.llen(f"chat:{{{chat.id}}}")
    assert kept == RECENT_KEPT
    assert _recent(chat, chat.ada, limit=2) == ["103", "104"]


def test_a_list_built_while_somebody_wrote_is_not_kept(chat: Chat, send: Send, product: Product) -> None:
    _fill(chat, send, 2)
    seen = live.writes(chat.id)
    with transaction(System()) as conn:
        rows = conn.execute("SELECT 1 FROM messages WHERE chat_id = %s", (chat.id,)).fetchall()
    assert len(rows) == 2
    send(chat.bob, "2", at=LATER)
    assert not live.build(chat.id, [], seen)
    assert _recent(chat, chat.ada) == ["0", "1", "2"]


def test_readers_and_writers_at_once_lose_nothing(chat: Chat, send: Send, product: Product) -> None:
    def write(number: int) -> None:
        send((chat.ada, chat.bob, chat.guest)[number % 3], str(number))

    def read_or_flush(number: int) -> None:
        if number % 5 == 0:
            product.redis.delete(f"chat:{{{chat.id}}}")
        _recent(chat, chat.ada)

    with ThreadPoolExecutor(12) as threads:
        for done in [threads.submit(task, number) for number in range(60) for task in (write, read_or_flush)]:
            done.result()
    assert sorted(_recent(chat, chat.ada, limit=100), key=int) == [str(number) for number in range(60)]


def test_a_user_sees_private_messages_on_a_device_without_the_participants_token(
    chat: Chat, send: Send
) -> None:
    send(chat.guest, "psst", recipient_participant_id=chat.bob.participant_id)
    phone = Principal(chat.bob.principal.user_id, None, None, "other", "user", "basic")
    assert _texts(actions.history(phone, chat.id).items) == ["psst"]
    assert _texts(actions.recent(chat.id, phone)) == ["psst"]
