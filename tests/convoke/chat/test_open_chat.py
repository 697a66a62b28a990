"""Direct chats, one a pair; groups, with who may be in them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pydantic import ValidationError

from convoke.chat import actions
from convoke.chat.conversation import MEMBERS_MOST, ChatDetail, DirectRequest, GroupRequest
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.people import NOW, User, block, make_group
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets


def _direct(one: User, other: User) -> tuple[ChatDetail, bool]:
    return actions.open_chat(one.principal, DirectRequest(kind="direct", user_id=other.id), NOW)


def test_two_people_have_one_chat_whoever_asks(ada: User, bob: User) -> None:
    chat, made = _direct(ada, bob)
    again, made_again = _direct(bob, ada)
    assert (made, made_again) == (True, False)
    assert chat.id == again.id == actions.direct_chat(ada.principal, bob.id, NOW)
    assert chat.peer is not None
    assert again.peer is not None
    assert (chat.peer.display_name, again.peer.display_name) == ("Bob", "Ada")
    assert sorted(member.display_name for member in chat.members) == ["Ada", "Bob"]
    assert (chat.kind, chat.title, chat.writable, chat.unread) == ("direct", None, True, 0)


def test_both_at_the_same_moment_get_the_same_chat(ada: User, bob: User, product: Product) -> None:
    pairs = [(ada, bob), (bob, ada)] * 8
    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(lambda pair: actions.direct_chat(pair[0].principal, pair[1].id, NOW), pairs))
    assert len(found) == 1
    assert len(product.rows("SELECT 1 FROM chat_members WHERE chat_id = %s", found.pop())) == 2


def test_only_who_opened_an_empty_chat_sees_it(ada: User, bob: User, sockets: Sockets) -> None:
    chat, _ = _direct(ada, bob)
    assert [item.id for item in actions.list_chats(ada.principal).items] == [chat.id]
    assert actions.list_chats(bob.principal).items == []
    assert [data["chat"]["id"] for data in ada.heard(sockets, "chat.created")] == [chat.id]
    assert bob.heard(sockets) == []
    ada.send(chat.id, "Hi")
    assert [item.id for item in actions.list_chats(bob.principal).items] == [chat.id]
    assert [data["message"]["content"] for data in bob.heard(sockets, "message.created")] == ["Hi"]


@pytest.mark.parametrize("blocker_is_caller", [True, False])
def test_who_blocks_whom_makes_no_difference(
    ada: User, bob: User, product: Product, blocker_is_caller: bool
) -> None:
    block(product, *((ada, bob) if blocker_is_caller else (bob, ada)))
    assert refused(_direct, ada, bob) == "blocked"
    request = GroupRequest(kind="group", title="All", user_ids=[bob.id])
    assert refused(actions.create_group, ada.principal, request, NOW) == "blocked"


def test_a_block_ends_writing_and_nothing_else(ada: User, bob: User, product: Product) -> None:
    chat_id = actions.direct_chat(ada.principal, bob.id, NOW)
    said = ada.send(chat_id, "before")
    block(product, bob, ada)
    assert refused(ada.send, chat_id, "after") == "blocked"
    assert refused(bob.send, chat_id, "after") == "blocked"
    assert refused(bob.react, said, "👍") == "blocked"
    assert refused(ada.edit, said, "changed") == "blocked"
    assert not actions.read_chat(ada.principal, chat_id).writable
    assert [item.content for item in actions.history(ada.principal, chat_id).items] == ["before"]
    assert ada.delete(said).deleted_at == NOW


def test_nobody_talks_to_nobody_or_to_oneself(ada: User) -> None:
    for user_id, slug in ((new_id(), "not_found"), (ada.id, "validation")):
        assert refused(actions.direct_chat, ada.principal, user_id, NOW) == slug


def test_a_group_has_its_maker_as_admin_and_tells_its_members(
    ada: User, bob: User, cleo: User, sockets: Sockets
) -> None:
    chat_id = make_group(ada, bob, cleo, ada, title="Trip")
    chat = actions.read_chat(bob.principal, chat_id)
    assert (chat.kind, chat.title, chat.role, chat.member_count, chat.unread) == (
        "group",
        "Trip",
        "member",
        3,
        0,
    )
    assert {member.display_name: member.role for member in chat.members} == {
        "Ada": "admin",
        "Bob": "member",
        "Cleo": "member",
    }
    assert chat.last_message is not None
    assert (chat.last_message.type, chat.last_message.content) == ("system", "Ada created the group")
    for user, role in ((ada, "admin"), (bob, "member"), (cleo, "member")):
        [data] = user.heard(sockets, "chat.created")
        assert (data["chat"]["id"], data["chat"]["role"], data["chat"]["seq"]) == (chat_id, role, 1)


def test_a_group_is_made_of_people_that_are_there(ada: User, bob: User, product: Product) -> None:
    request = GroupRequest(kind="group", title="T", user_ids=[bob.id, new_id()])
    assert refused(actions.create_group, ada.principal, request, NOW) == "validation"
    product.owner.execute("UPDATE users SET status = 'suspended' WHERE user_id = %s", (bob.id,))
    request = GroupRequest(kind="group", title="T", user_ids=[bob.id])
    assert refused(actions.create_group, ada.principal, request, NOW) == "validation"


def test_a_group_has_a_title_and_not_too_many_members() -> None:
    for wrong in (
        {"title": ""},
        {"title": "\u202e"},
        {"title": "x" * 201},
        {"user_ids": [new_id()] * MEMBERS_MOST},
    ):
        with pytest.raises(ValidationError):
            GroupRequest.model_validate({"kind": "group", "title": "T", **wrong})


def test_a_group_of_exactly_these_people_is_found_again(ada: User, bob: User, cleo: User, eve: User) -> None:
    make_group(ada, bob, cleo, eve)
    found = actions.group_of(ada.principal, [bob.id, cleo.id], NOW)
    assert actions.group_of(cleo.principal, [ada.id, bob.id], NOW + timedelta(minutes=1)) == found
    assert actions.read_chat(ada.principal, found).title == "Ada, Bob, Cleo"
    actions.remove_member_of(bob.principal, found, bob.id, NOW)
    assert actions.group_of(ada.principal, [bob.id, cleo.id], NOW) != found


def test_what_is_made_is_on_record(ada: User, bob: User, product: Product) -> None:
    chat_id = make_group(ada, bob)
    [audited] = product.rows("SELECT * FROM audit_logs WHERE target_id = %s", chat_id)
    assert (audited["event_type"], audited["action"], str(audited["actor_user_id"])) == (
        "chat",
        "create",
        ada.id,
    )
    [event] = product.rows("SELECT * FROM outbox WHERE data ->> 'chat_id' = %s", chat_id)
    assert event["kind"] == "chat.create"
