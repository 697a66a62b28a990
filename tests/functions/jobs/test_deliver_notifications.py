"""The queue's orders: what is owed goes out, who missed messages is told, a bad order holds up no other."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from convoke.backends import web_push
from convoke.backends.postgres import System, transaction
from convoke.ids import new_id
from convoke.notifications import actions
from convoke.settings import settings
from functions.jobs.deliver_notifications import handler
from functions.jobs.sweep_notifications import handler as sweep
from tests import gateway
from tests.conftest import Person, Product
from tests.mailbox import Letters
from tests.push_service import Device, PushService
from tests.sockets import Sockets

Call = Callable[..., gateway.Answer]
SignUp = Callable[..., Person]


@pytest.fixture
def service(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    with PushService() as running:
        monkeypatch.setenv("PUSH_SERVICES", running.origin)
        settings.cache_clear()
        yield running
    web_push.forget()


def _handle(*orders: Any) -> list[str]:
    """Ids of the messages that the function gives back."""
    records = [
        {"messageId": f"m-{number}", "body": order if isinstance(order, str) else json.dumps(order)}
        for number, order in enumerate(orders)
    ]
    answer = handler({"Records": records}, gateway.CONTEXT)
    return [failed["itemIdentifier"] for failed in answer["batchItemFailures"]]


def _tell(*people: Person, kind: str = "system") -> list[str]:
    """The ids of what they are told."""
    now = datetime.now(UTC)
    ids = [person.id for person in people]
    with transaction(System()) as conn:
        actions.notify(conn, user_ids=ids, type=kind, title="News", event_key=new_id(), now=now)
        rows = conn.execute(
            "SELECT notification_id::text AS id FROM notifications WHERE created_at = %s ORDER BY user_id",
            (now,),
        ).fetchall()
    return [row["id"] for row in rows]


def _subscribe(person: Person, device: Device, call: Call) -> None:
    answer = call("POST", "/v1/push/subscriptions", device.subscription(), token=person.access_token)
    assert answer.status == 201, answer


def test_what_is_owed_goes_out_and_a_bad_order_holds_up_no_other(
    sign_up: SignUp, mailbox: Letters, sockets: Sockets
) -> None:
    ada, bob = sign_up("Ada"), sign_up("Bob")
    ids = _tell(ada, bob)
    bad = ["{", "[]", {"notifications": "x"}, {"notifications": ["no-uuid"]}]
    assert _handle(*bad, {"notifications": ids, "announce": False}) == ["m-0", "m-1", "m-2", "m-3"]
    assert sorted(letter["To"].addresses[0].addr_spec for letter in mailbox.messages()) == sorted(
        [ada.email, bob.email]
    )
    # Seen twice, or of what is gone: nothing more.
    assert _handle({"notifications": [*ids, new_id()]}, {"notifications": ids}, {}) == []
    assert len(mailbox.messages()) == 2


def test_who_has_missed_messages_is_pushed_by_what_the_chat_knows(
    sign_up: SignUp, call: Call, service: PushService, sockets: Sockets, product: Product
) -> None:
    ada, bob, device = sign_up("Ada"), sign_up("Bob"), service.device()
    _subscribe(ada, device, call)
    chat = call("POST", "/v1/chats", {"kind": "direct", "user_id": ada.id}, token=bob.access_token).body
    path = f"/v1/chats/{chat['id']}"
    for number in range(2):
        said = {"client_id": f"c-{number}", "content": f"Lunch {number}?"}
        assert call("POST", f"{path}/messages", said, token=bob.access_token).status == 201
    assert _handle({"chat": chat["id"], "again": False}) == []
    [row] = product.rows("SELECT notification_id::text AS id FROM notifications WHERE user_id = %s", ada.id)
    assert _handle({"notifications": [row["id"]]}) == []
    [push] = device.got(service)
    assert (push["title"], push["body"]) == ("Bob", "2 new messages\nLunch 1?")
    # The sender has missed nothing.
    assert product.rows("SELECT 1 FROM notifications WHERE user_id = %s", bob.id) == []
    assert _handle({"chat": chat["id"], "again": True}) == []
    assert _handle({"notifications": [row["id"]]}) == []
    assert len(device.got(service)) == 1


def test_who_reads_the_chat_in_time_is_not_pushed(
    sign_up: SignUp, call: Call, service: PushService, sockets: Sockets, product: Product
) -> None:
    ada, bob, device = sign_up("Ada"), sign_up("Bob"), service.device()
    _subscribe(ada, device, call)
    chat = call("POST", "/v1/chats", {"kind": "direct", "user_id": ada.id}, token=bob.access_token).body
    said = {"client_id": "c", "content": "Lunch?"}
    call("POST", f"/v1/chats/{chat['id']}/messages", said, token=bob.access_token)
    _handle({"chat": chat["id"]})
    [row] = product.rows("SELECT notification_id::text AS id FROM notifications WHERE user_id = %s", ada.id)
    read = call("POST", f"/v1/chats/{chat['id']}/read", {"seq": 1_000}, token=ada.access_token)
    assert read.status == 200, read
    _handle({"notifications": [row["id"]]}, {"chat": chat["id"], "again": True})
    assert device.got(service) == []


def test_a_chat_that_is_gone_has_nobody_to_tell(product: Product) -> None:
    assert _handle({"chat": new_id()}) == []


def test_the_minutes_sweep_says_what_it_found(product: Product) -> None:
    assert sweep({}, gateway.CONTEXT) == {"late": 0, "interrupted": 0, "removed": 0, "devices_removed": 0}
