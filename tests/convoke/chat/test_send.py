"""Sending: stored once, to everyone who may see it and to nobody else."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import ValidationError

from convoke.backends.postgres import System, transaction
from convoke.chat import actions
from convoke.chat.model import SENDS_PER_MINUTE, Message, SendMessage
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import NOW, Chat, Send, make_chat
from tests.sockets import Sockets
from tests.wire import Relay


def _refused(send: Send, *args: object, **fields: object) -> str:
    with pytest.raises(Problem) as caught:
        send(*args, **fields)
    return caught.value.slug


def _heard(sockets: Sockets, connection: str) -> list[tuple[str, str]]:
    return [(frame["scope"], frame["data"]["message"]["content"]) for frame in sockets.frames[connection]]


def test_a_message_reaches_every_member_with_its_sender(chat: Chat, send: Send, sockets: Sockets) -> None:
    message = send(chat.ada, "Hello")
    assert message.sender.model_dump() == {
        "participant_id": chat.ada.participant_id,
        "user_id": chat.ada.principal.user_id,
        "display_name": "Ada",
    }
    for member in (chat.ada, chat.bob, chat.guest):
        (frame,) = sockets.frames[member.connection]
        assert (frame["scope"], frame["event"]) == (f"chat:{chat.id}", "message.created")
        assert frame["data"]["message"] == message.model_dump(mode="json")


def test_message_and_event_are_stored_together_without_the_content(
    chat: Chat, send: Send, product: Product
) -> None:
    message = send(chat.guest, "a secret")
    (row,) = product.rows("SELECT * FROM messages WHERE chat_id = %s", chat.id)
    assert (str(row["message_id"]), row["content"]) == (message.id, "a secret")
    (event,) = product.rows("SELECT * FROM outbox WHERE meeting_id = %s", chat.id)
    assert event["kind"] == "message.sent"
    assert str(event["participant_id"]) == chat.guest.participant_id
    assert event["data"]["message_id"] == message.id
    assert "secret" not in json.dumps(event["data"])


def test_sending_costs_two_round_trips(round_trips: Relay, chat: Chat, send: Send, sockets: Sockets) -> None:
    send(chat.ada, "connects")
    with round_trips.counted() as counted:
        send(chat.ada, "is counted")
    assert counted.trips == 2


def test_twenty_sends_with_one_client_id_store_one_message(chat: Chat, send: Send, product: Product) -> None:
    with ThreadPoolExecutor(20) as threads:
        sent = list(threads.map(lambda _: send(chat.ada, "once", client_id="c-1"), range(20)))
    assert len({message.id for message in sent}) == 1
    assert len(product.rows("SELECT 1 FROM messages WHERE chat_id = %s", chat.id)) == 1
    assert len(product.rows("SELECT 1 FROM outbox WHERE meeting_id = %s", chat.id)) == 1
    assert [item.id for item in actions.recent(chat.id, chat.bob.principal)] == [sent[0].id]


def test_the_same_client_id_of_two_people_is_two_messages(chat: Chat, send: Send) -> None:
    assert send(chat.ada, "one", client_id="c").id != send(chat.bob, "two", client_id="c").id


def test_a_repeated_send_is_published_again_with_the_same_id(
    chat: Chat, send: Send, sockets: Sockets
) -> None:
    first = send(chat.ada, "hello", client_id="c")
    again = send(chat.ada, "hello", client_id="c", at=NOW + timedelta(seconds=5))
    assert again == first
    heard = [frame["data"]["message"]["id"] for frame in sockets.frames[chat.bob.connection]]
    assert heard == [first.id, first.id]


def test_a_private_message_reaches_the_two_concerned_alone(chat: Chat, send: Send, sockets: Sockets) -> None:
    send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    assert _heard(sockets, chat.ada.connection) == [("user", "psst")]
    assert _heard(sockets, chat.guest.connection) == [("user", "psst")]
    assert sockets.frames[chat.bob.connection] == []


def test_a_reply_names_a_message_of_the_same_chat(chat: Chat, send: Send, product: Product) -> None:
    first = send(chat.ada, "question")
    assert send(chat.bob, "answer", reply_to=first.id).reply_to == first.id
    other = make_chat(product)
    elsewhere = send(other.ada, "elsewhere", chat_id=other.id)
    assert _refused(send, chat.ada, "answer", reply_to=elsewhere.id) == "validation"


def test_nobody_replies_to_a_private_message_of_others(chat: Chat, send: Send) -> None:
    private = send(chat.ada, "psst", recipient_participant_id=chat.bob.participant_id)
    assert _refused(send, chat.guest, "what?", reply_to=private.id) == "validation"
    assert send(chat.bob, "yes?", reply_to=private.id).reply_to == private.id


def test_private_messages_go_to_someone_else_who_is_there(chat: Chat, send: Send) -> None:
    for nobody in (new_id(), chat.ada.participant_id):
        assert _refused(send, chat.ada, "psst", recipient_participant_id=nobody) == "validation"
    with transaction(System()) as conn:
        actions.remove_member(conn, chat.id, chat.bob.participant_id, NOW)
    assert _refused(send, chat.ada, "psst", recipient_participant_id=chat.bob.participant_id) == "validation"


def test_strangers_learn_nothing(chat: Chat, send: Send, product: Product) -> None:
    other = make_chat(product)
    assert _refused(send, chat.ada, "hello", chat_id=other.id) == "not_found"
    assert _refused(send, chat.ada, "hello", chat_id=new_id()) == "not_found"


def test_nobody_speaks_as_somebody_else(chat: Chat) -> None:
    request = SendMessage(chat_id=chat.id, client_id="c", content="I am Bob")
    for principal in (chat.ada.principal, chat.guest.principal):
        with pytest.raises(Problem):
            actions.send(principal, chat.bob.participant_id, request, NOW)
        own = actions.send(principal, None, request, NOW)
        assert own.sender.display_name == principal.display_name


def test_who_left_writes_no_more_until_back(chat: Chat, send: Send) -> None:
    with transaction(System()) as conn:
        actions.remove_member(conn, chat.id, chat.guest.participant_id, NOW)
    assert _refused(send, chat.guest, "still here") == "not_in_chat"
    with transaction(System()) as conn:
        actions.add_member(conn, chat.id, chat.guest.participant_id, None, "Gus II", NOW)
    assert send(chat.guest, "back").sender.display_name == "Gus II"


def test_a_closed_chat_takes_no_messages(chat: Chat, send: Send) -> None:
    with transaction(System()) as conn:
        actions.set_open(conn, chat.id, is_open=False, now=NOW)
    assert _refused(send, chat.ada, "hello") == "chat_closed"
    with transaction(System()) as conn:
        actions.set_open(conn, chat.id, is_open=True, now=NOW)
    assert send(chat.ada, "hello").content == "hello"


def test_whoever_may_write_no_more_still_learns_that_it_was_sent(chat: Chat, send: Send) -> None:
    """The answer got lost, and the chat was closed or left before they asked again."""
    first = send(chat.guest, "hello", client_id="c")
    with transaction(System()) as conn:
        actions.set_open(conn, chat.id, is_open=False, now=NOW)
    assert send(chat.guest, "hello", client_id="c") == first
    with transaction(System()) as conn:
        actions.remove_member(conn, chat.id, chat.guest.participant_id, NOW)
    assert send(chat.guest, "hello", client_id="c") == first
    assert _refused(send, chat.guest, "more") == "not_in_chat"


def test_too_many_messages_a_minute_are_refused_with_a_time_to_wait(chat: Chat, send: Send) -> None:
    for _ in range(SENDS_PER_MINUTE):
        send(chat.ada, "same", client_id="c")
    with pytest.raises(Problem) as caught:
        send(chat.ada, "one more")
    assert caught.value.status == 429
    assert 0 < int(caught.value.headers["retry-after"]) <= 60
    assert send(chat.bob, "others may").content == "others may"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  hello\r\nworld \n", "hello\nworld"),
        ("a\x00b\x07c\x1b[31md", "abc[31md"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u2066left\u2069", "left"),
        ("שלום \u200fعليكم", "שלום \u200fعليكم"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f", "👩\u200d👩\u200d👧 ❤\ufe0f"),
        ("e\u0301", "é"),
        ("z" + "\u0335" * 50, "z" + "\u0335" * 6),
    ],
)
def test_text_is_cleaned_of_what_misleads(typed: str, stored: str) -> None:
    assert SendMessage(chat_id=new_id(), client_id="c", content=typed).content == stored


@pytest.mark.parametrize("content", ["", "   ", "\u202e\u2066", "x" * 4001, "\ud800half"])
def test_empty_too_long_and_broken_texts_are_refused(content: str) -> None:
    with pytest.raises(ValidationError):
        SendMessage(chat_id=new_id(), client_id="c", content=content)


def test_a_user_on_the_participants_own_token_is_the_same_person(chat: Chat) -> None:
    """A signed-in person may come back by the participant's token alone."""
    ada = chat.ada
    principal = Principal(None, ada.participant_id, chat.id, None, "guest", "basic")
    request = SendMessage(chat_id=chat.id, client_id="c", content="hello")
    sent: Message = actions.send(principal, None, request, NOW)
    assert sent.sender.user_id == ada.principal.user_id
