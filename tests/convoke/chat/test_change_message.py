"""Edit and delete: by whom, how often, and what everybody is shown then."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from convoke.backends.postgres import System, transaction
from convoke.chat import actions, live
from convoke.chat.model import (
    CHANGES_PER_MINUTE,
    EditMessage,
    Message,
    MessageTarget,
    SendMessage,
    StoredMessage,
)
from convoke.errors import Problem
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat, Member, Send
from tests.convoke.chat.people import NOW, User
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets
from tests.wire import Relay

LATER = NOW + timedelta(minutes=1)


def test_an_edit_is_shown_to_all_with_its_time(ada: User, bob: User, group: str, sockets: Sockets) -> None:
    said = ada.send(group, "Helo", formatted_content="<b>Helo</b>")
    changed = ada.edit(said, "Hello", at=LATER, formatted_content="<i>Hello</i>")
    assert (changed.content, changed.formatted_content) == ("Hello", "<i>Hello</i>")
    assert (changed.edited_at, changed.created_at) == (LATER, NOW)
    assert (changed.seq, changed.changed_seq) == (2, 3)
    assert actions.history(bob.principal, group).items[-1] == changed
    [told] = bob.heard(sockets, "message.updated")
    assert told == {"message": changed.model_dump(mode="json"), "chat_seq": 3}
    assert ada.edit(changed, "plain").formatted_content is None


def test_only_its_sender_edits_a_message(ada: User, bob: User, eve: User, group: str) -> None:
    said = bob.send(group)
    assert refused(ada.edit, said, "x") == "not_sender"
    assert refused(eve.edit, said, "x") == "not_found"
    actions.remove_member_of(ada.principal, group, bob.id, LATER)
    assert refused(bob.edit, said, "x") == "not_in_chat"


def test_a_message_of_another_chat_is_not_there(ada: User, bob: User, group: str) -> None:
    other = actions.direct_chat(ada.principal, bob.id, NOW)
    said = ada.send(other)
    target: dict[str, Any] = {"chat_id": group, "message_id": said.id}
    assert refused(actions.edit, ada.principal, None, EditMessage(content="x", **target), NOW) == "not_found"
    assert refused(actions.delete, ada.principal, None, MessageTarget(**target), NOW) == "not_found"


def test_what_was_deleted_says_nothing_and_stays_so(
    ada: User, bob: User, group: str, sockets: Sockets, product: Product
) -> None:
    said = ada.send(group, "a secret", formatted_content="<b>a secret</b>")
    bob.react(said, "👍")
    gone = ada.delete(said, at=LATER)
    assert (gone.content, gone.formatted_content, gone.reactions) == ("", None, {})
    assert (gone.deleted_at, gone.deleted_by) == (LATER, ada.id)
    assert ada.delete(said) == gone
    assert refused(ada.edit, said, "again") == "message_deleted"
    assert refused(bob.react, said, "👍") == "message_deleted"
    assert refused(bob.react, said, "👎") == "message_deleted"
    for user in (ada, bob):
        assert "secret" not in actions.history(user.principal, group).model_dump_json()
        assert "secret" not in actions.changes(user.principal, group, after=0).model_dump_json()
        assert "secret" not in actions.list_chats(user.principal).model_dump_json()
    assert "secret" not in str(actions.recent(group, ada.principal))
    assert "secret" not in str(bob.heard(sockets, "message.updated")[-1])


def test_who_neither_wrote_it_nor_leads_the_group_deletes_nothing(
    bob: User, cleo: User, eve: User, group: str
) -> None:
    said = bob.send(group)
    assert refused(cleo.delete, said) == "not_sender"
    assert refused(eve.delete, said) == "not_found"


def test_an_admin_deletes_what_others_wrote_and_that_is_on_record(
    ada: User, bob: User, group: str, product: Product
) -> None:
    said = bob.send(group)
    assert ada.delete(said).deleted_by == ada.id
    [row] = product.rows("SELECT * FROM audit_logs WHERE target_id = %s", said.id)
    assert (row["action"], row["metadata"]["sender_id"]) == ("delete", bob.id)


def test_what_the_product_says_is_nobodys_to_change(ada: User, group: str) -> None:
    [system] = actions.history(ada.principal, group).items
    assert refused(ada.edit, system, "x") == "not_sender"
    assert refused(ada.delete, system) == "not_sender"
    with transaction(System()) as conn:
        call = actions.post_call(
            conn, group, sender_user_id=ada.id, content="A call", call={"status": "ended"}, now=NOW
        )
    assert refused(ada.edit, call, "x") == "not_editable"
    assert ada.delete(call).call is None


def test_edit_after_deletion_loses_also_at_the_same_moment(ada: User, group: str) -> None:
    def change(said: Message, number: int) -> str:
        if number == 4:
            return ada.delete(said).content
        try:
            return ada.edit(said, f"edit {number}").content
        except Problem as problem:
            return problem.slug

    for _ in range(5):
        said = ada.send(group, "first", client_id=new_id())
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(partial(change, said), range(8)))
        assert set(answers) <= {"", "message_deleted", *(f"edit {number}" for number in range(8))}
        [last] = [item for item in actions.history(ada.principal, group).items if item.id == said.id]
        assert (last.content, last.deleted_by) == ("", ada.id)


def test_changes_cost_two_round_trips(round_trips: Relay, ada: User, bob: User, group: str) -> None:
    said = ada.send(group)
    for act in (partial(ada.edit, said, "x"), partial(bob.react, said, "👍"), partial(ada.delete, said)):
        with round_trips.counted() as counted:
            act()
        assert counted.trips == 2


def _as_member(member: Member, chat: Chat, message_id: str, content: str | None) -> str:
    """Edit, or delete where there is no content."""
    target: dict[str, Any] = {"chat_id": chat.id, "message_id": message_id}
    if content is None:
        done = actions.delete(member.principal, member.participant_id, MessageTarget(**target), LATER)
    else:
        request = EditMessage(content=content, **target)
        done = actions.edit(member.principal, member.participant_id, request, LATER)
    return done.content


def test_in_a_meeting_guests_change_their_own_and_the_scope_hears(
    chat: Chat, send: Send, sockets: Sockets
) -> None:
    said = send(chat.guest, "Hi")
    assert _as_member(chat.guest, chat, said.id, "Hello") == "Hello"
    assert refused(_as_member, chat.bob, chat, said.id, "x") == "not_sender"
    assert refused(_as_member, chat.bob, chat, said.id, None) == "not_sender"
    assert _as_member(chat.guest, chat, said.id, None) == ""
    frames = sockets.frames[chat.bob.connection]
    assert [(frame["scope"], frame["event"]) for frame in frames[1:]] == [
        (f"chat:{chat.id}", "message.updated")
    ] * 2
    assert frames[-1]["data"]["message"]["deleted_by"] == chat.guest.participant_id


def test_who_leads_the_meeting_deletes_what_was_said_to_all(chat: Chat, send: Send, product: Product) -> None:
    product.owner.execute(
        "INSERT INTO meetings (meeting_id, host_user_id, code, title, meeting_type, created_at, updated_at)"
        " VALUES (%s, %s, 'abc-defg-hij', 'T', 'instant', %s, %s)",
        (chat.id, chat.ada.principal.user_id, NOW, NOW),
    )
    said = send(chat.guest, "rude")
    assert refused(_as_member, chat.ada, chat, said.id, "kind") == "not_sender"
    assert _as_member(chat.ada, chat, said.id, None) == ""
    private = send(
        chat.guest, "to Bob", recipient_participant_id=chat.bob.participant_id, client_id="private"
    )
    assert refused(_as_member, chat.ada, chat, private.id, None) == "not_found"


def test_changes_of_a_private_message_reach_the_two_alone(chat: Chat, send: Send, sockets: Sockets) -> None:
    private = send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    assert refused(_as_member, chat.bob, chat, private.id, "x") == "not_found"
    _as_member(chat.ada, chat, private.id, "pssst")
    assert sockets.frames[chat.bob.connection] == []
    frame = sockets.frames[chat.guest.connection][-1]
    assert (frame["scope"], frame["data"]["message"]["content"]) == ("user", "pssst")


def test_a_closed_chat_takes_no_edits_but_deletions(chat: Chat, send: Send) -> None:
    said = send(chat.ada, "Hi")
    with transaction(System()) as conn:
        actions.set_open(conn, chat.id, is_open=False, now=NOW)
    assert refused(_as_member, chat.ada, chat, said.id, "x") == "chat_closed"
    assert _as_member(chat.ada, chat, said.id, None) == ""


def test_the_last_messages_in_redis_follow_every_change(chat: Chat, send: Send, product: Product) -> None:
    actions.recent(chat.id, chat.ada.principal)
    said = [send(chat.ada, str(number)) for number in range(3)]
    _as_member(chat.ada, chat, said[1].id, "changed")
    _as_member(chat.ada, chat, said[2].id, None)
    kept = product.redis.llen(f"chat:{{{chat.id}}}")
    assert kept == 4
    shown = [item.content for item in actions.recent(chat.id, chat.bob.principal)]
    assert shown == ["0", "changed", ""]


def test_a_change_that_comes_before_its_message_is_not_lost(
    chat: Chat, send: Send, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The function that stored the message is slower than the one that changed it."""
    actions.recent(chat.id, chat.ada.principal)
    held: list[StoredMessage] = []
    with monkeypatch.context() as patch:
        patch.setattr(live, "push", held.append)
        said = send(chat.ada, "early")
    _as_member(chat.ada, chat, said.id, "late")
    assert [item.content for item in actions.recent(chat.id, chat.bob.principal)] == ["late"]
    live.push(held[0])
    assert [item.content for item in actions.recent(chat.id, chat.bob.principal)] == ["late"]


def test_a_repeated_send_tells_the_message_as_it_is_now(ada: User, group: str) -> None:
    said = ada.send(group, "one", client_id="c")
    changed = ada.edit(said, "two")
    assert ada.send(group, "one", client_id="c") == changed


def test_too_many_changes_a_minute_are_refused(ada: User, group: str) -> None:
    request = SendMessage(chat_id=group, client_id="c", content="x")
    said = actions.send(ada.principal, None, request, NOW)
    for number in range(CHANGES_PER_MINUTE):
        ada.edit(said, str(number))
    assert refused(ada.edit, said, "one more") == "rate_limited"
