"""Messages one misses: one thing to tell for each chat, at once to who is away, later to who may look."""

from dataclasses import replace

import pytest

from convoke.backends import queues
from convoke.ids import new_id
from convoke.notifications import actions
from convoke.notifications.model.missed import GATHER_SECONDS, Missed
from tests.conftest import Product
from tests.convoke.notifications.conftest import NOW, NewReader, Reader, Tell, Waiting
from tests.push_service import PushService
from tests.sockets import Sockets


def _missed(reader: Reader, *, unread: int = 1, read_seq: int = 4, **changes: object) -> Missed:
    found = Missed(
        user_id=reader.id,
        unread=unread,
        read_seq=read_seq,
        last_seq=read_seq + unread,
        muted=False,
        mentioned=False,
        chat_title=None,
        sender_name="Bob",
        preview="Lunch?",
        message_id=new_id(),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.fixture
def away(new_reader: NewReader, service: PushService) -> Reader:
    """Ada, with a phone and no page open."""
    reader = new_reader("Ada", is_online=False)
    reader.subscribe(service.device(reader.id))
    return reader


def _pushed(reader: Reader, service: PushService, waiting: Waiting) -> list[tuple[str, str]]:
    waiting.work_off(NOW)
    endpoint = f"/push/{reader.id}"
    return [(push.headers["topic"], push.path) for push in service.pushes if push.path == endpoint]


def test_a_thousand_messages_are_one_order_in_five_seconds(
    product: Product, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert GATHER_SECONDS == 5
    monkeypatch.setattr("convoke.notifications.actions.messages.GATHER_SECONDS", 600)  # by Redis's clock
    chat_id = new_id()
    for _ in range(100):
        actions.message_sent(chat_id)
    assert waiting.delayed() == 1
    assert 0 < product.redis.ttl(f"gather:{{{chat_id}}}") <= 600
    product.redis.delete(f"gather:{{{chat_id}}}")
    actions.message_sent(chat_id)
    assert waiting.delayed() == 2


def test_sending_does_not_fail_with_the_queue_and_the_next_message_tries_again(
    product: Product, waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat_id = new_id()
    with monkeypatch.context() as patched:
        patched.setattr(queues, "send", lambda *_: (_ for _ in ()).throw(OSError("no queue")))
        actions.message_sent(chat_id)
    actions.message_sent(chat_id)
    assert waiting.delayed() == 1


def test_who_has_no_page_open_is_pushed_at_once(
    away: Reader, service: PushService, waiting: Waiting, product: Product
) -> None:
    assert actions.tell_missed("c", [_missed(away)], again=False, now=NOW) == 1
    waiting.work_off(NOW)
    [push] = service.pushes
    assert push.headers["urgency"] == "normal"
    assert waiting.delayed() == 0
    # Not in the list: the chat itself counts what is unread.
    assert actions.count_unread(away.principal).unread == 0


def test_who_has_a_page_open_gets_some_seconds_to_read(
    away: Reader, service: PushService, waiting: Waiting
) -> None:
    away.open_device("laptop")
    assert actions.tell_missed("c", [_missed(away)], again=False, now=NOW) == 0
    assert waiting.delayed() == 1
    # Still unread at the second look.
    assert actions.tell_missed("c", [_missed(away)], again=True, now=NOW) == 1
    assert len(_pushed(away, service, waiting)) == 1


def test_messages_of_a_chat_are_one_thing_that_says_more(
    new_reader: NewReader, service: PushService, waiting: Waiting, product: Product
) -> None:
    ada = new_reader("Ada", is_online=False)
    device = service.device()
    ada.subscribe(device)
    for unread in (1, 3, 3, 2):
        actions.tell_missed("c", [_missed(ada, unread=unread, chat_title="Team")], again=True, now=NOW)
        waiting.work_off(NOW)
    # What says no more than before, or less, is not told.
    assert [(push["title"], push["body"]) for push in device.got(service)] == [
        ("Team", "Bob: Lunch?"),
        ("Team", "3 new messages\nBob: Lunch?"),
    ]
    assert {push["tag"] for push in device.got(service)} == {"chat:c"}
    assert {push["url"] for push in device.got(service)} == {"/chats/c"}
    assert len({push.headers["topic"] for push in service.pushes}) == 1
    [row] = product.rows("SELECT revision FROM notifications WHERE user_id = %s", ada.id)
    assert row["revision"] == 7
    # Read, and something new: another run.
    actions.tell_missed("c", [_missed(ada, read_seq=7)], again=True, now=NOW)
    assert len(product.rows("SELECT 1 FROM notifications WHERE user_id = %s", ada.id)) == 2


def test_what_waits_is_overtaken_by_what_says_more(
    away: Reader, service: PushService, waiting: Waiting
) -> None:
    actions.tell_missed("c", [_missed(away, unread=1)], again=True, now=NOW)
    actions.tell_missed("c", [_missed(away, unread=2)], again=True, now=NOW)
    assert len(_pushed(away, service, waiting)) == 1


def test_a_muted_chat_is_silent_unless_one_is_named(
    away: Reader, service: PushService, waiting: Waiting, product: Product
) -> None:
    assert actions.tell_missed("c", [_missed(away, muted=True)], again=True, now=NOW) == 0
    assert actions.tell_missed("c", [_missed(away, muted=True, mentioned=True)], again=True, now=NOW) == 1
    [row] = product.rows("SELECT type, in_app FROM notifications WHERE user_id = %s", away.id)
    assert row == {"type": "mention", "in_app": True}


def test_who_wants_nothing_of_messages_leaves_no_rows(
    new_reader: NewReader, service: PushService, product: Product
) -> None:
    without_device = new_reader("Bob", is_online=False)
    unwilling = new_reader("Eve", is_online=False)
    unwilling.subscribe(service.device())
    unwilling.wish("message")
    both = [_missed(reader) for reader in (without_device, unwilling)]
    assert actions.tell_missed("c", both, again=True, now=NOW) == 0
    ids = [without_device.id, unwilling.id]
    assert product.rows("SELECT 1 FROM notifications WHERE user_id = ANY (%s::uuid[])", ids) == []


def test_a_message_in_the_list_is_renewed_and_unread_again(
    ada: Reader, sockets: Sockets, waiting: Waiting
) -> None:
    ada.wish("message", in_app=True)
    actions.tell_missed("c", [_missed(ada, unread=1)], again=True, now=NOW)
    actions.tell_missed("c", [_missed(ada, unread=2)], again=True, now=NOW)
    first, second = ada.events(sockets, "notification.created")
    assert first["notification"]["id"] == second["notification"]["id"]
    assert (first["unread"], second["unread"]) == (1, 1)
    assert second["notification"]["data"]["unread"] == 2


def test_nobody_hears_of_anothers_chat(away: Reader, tell: Tell, product: Product) -> None:
    assert actions.tell_missed("c", [], again=False, now=NOW) == 0
    assert product.rows("SELECT 1 FROM notifications WHERE user_id = %s", away.id) == []
