"""Messages that other nouns cause: calls, and files that were checked."""

from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions
from convoke.chat.model import StoredMessage
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.people import NOW, User
from tests.sockets import Sockets


def _call(status: str) -> dict[str, Any]:
    return {"call_id": new_id(), "media_type": "video", "status": status, "duration_seconds": None}


def _post(user: User, chat_id: str, status: str) -> StoredMessage:
    with transaction(System()) as conn:
        return actions.post_call(
            conn, chat_id, sender_user_id=user.id, content="Video call", call=_call(status), now=NOW
        )


def test_a_call_stands_in_its_chat_and_changes_with_what_becomes_of_it(
    ada: User, bob: User, sockets: Sockets
) -> None:
    chat_id = actions.direct_chat(ada.principal, bob.id, NOW)
    actions.recent(chat_id, ada.principal)
    posted = _post(ada, chat_id, "ringing")
    actions.announce_message(posted, NOW)
    assert bob.unread(chat_id) == 1
    with transaction(System()) as conn:
        changed = actions.update_call(conn, chat_id, posted.id, _call("missed"), NOW)
    actions.announce_message(changed, NOW)
    [item] = actions.history(bob.principal, chat_id).items
    assert item.call is not None
    assert (item.type, item.content, item.call["status"]) == ("call", "Video call", "missed")
    assert (item.seq, item.changed_seq, item.sender.display_name) == (1, 2, "Ada")
    assert actions.recent(chat_id, bob.principal) == [item]
    told = [(data["message"]["call"]["status"], data["chat_seq"]) for data in bob.heard(sockets)]
    assert told == [("ringing", 1), ("missed", 2)]


def test_a_file_that_was_checked_changes_its_message(
    ada: User, bob: User, group: str, sockets: Sockets, product: Product
) -> None:
    file_id = new_id()
    product.owner.execute(
        "INSERT INTO files (file_id, owner_id, name, size, content_type, kind, status, created_at)"
        " VALUES (%s, %s, 'a.png', 9, 'image/png', 'image', 'checking', %s)",
        (file_id, ada.id, NOW),
    )
    said = ada.send(group, "", file_ids=[file_id])
    assert (said.type, said.content, [file.status for file in said.files]) == ("image", "", ["checking"])
    actions.recent(group, bob.principal)
    product.owner.execute("UPDATE files SET status = 'ready' WHERE file_id = %s", (file_id,))
    actions.file_changed(group, said.id, NOW)
    [told] = bob.heard(sockets, "message.updated")
    assert (told["chat_seq"], told["message"]["files"][0]["status"]) == (3, "ready")
    for messages in (
        actions.history(bob.principal, group).items,
        actions.changes(bob.principal, group, after=2).items,
        actions.recent(group, bob.principal),
    ):
        assert messages[-1].files[0].status == "ready"
    [chat] = actions.list_chats(bob.principal).items
    assert chat.last_message is not None
    assert chat.last_message.files[0].name == "a.png"
    [missed] = [each for each in actions.missed(group, NOW) if each.user_id == bob.id]
    assert missed.preview == "Photo"
    assert ada.send(group, "", file_ids=[file_id], client_id=said.client_id).files == messages[-1].files
    assert ada.delete(said).files == []
    # A check that ends after that has nothing to add, but its number.
    actions.file_changed(group, said.id, NOW)
    assert bob.heard(sockets, "message.updated")[-1]["message"]["files"] == []


def test_a_file_of_a_message_that_is_gone_is_nobodys_news(group: str, ada: User, sockets: Sockets) -> None:
    before = len(ada.heard(sockets))
    for chat_id in (group, new_id()):
        actions.file_changed(chat_id, new_id(), NOW)
    assert len(ada.heard(sockets)) == before


@pytest.mark.parametrize("there", [True, False])
def test_anything_can_be_told_to_everybody_in_a_chat(
    ada: User, bob: User, group: str, sockets: Sockets, there: bool
) -> None:
    actions.announce(group if there else new_id(), "chat.updated", {"chat_id": group}, NOW)
    assert bob.heard(sockets, "chat.updated") == ([{"chat_id": group}] if there else [])


def test_who_is_in_a_chat_can_be_asked(ada: User, bob: User, cleo: User, eve: User, group: str) -> None:
    with transaction(System()) as conn:
        assert set(actions.member_ids(conn, group)) == {ada.id, bob.id, cleo.id}
        assert actions.member_ids(conn, new_id()) == []
        assert actions.require_member(conn, ada.principal, group)["role"] == "admin"
    with transaction(eve.principal) as conn:
        assert actions.member_ids(conn, group) == []
