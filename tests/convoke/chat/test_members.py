"""Groups: who comes, who goes, who is an admin, and what everybody hears of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from convoke.chat import actions, conversation
from convoke.chat.actions import change_members
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat
from tests.convoke.chat.people import NOW, User, block, make_group, make_user
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets

LATER = NOW + timedelta(minutes=1)


def _add(by: User, chat_id: str, *users: User) -> list[str]:
    """The names of who is in then."""
    detail = actions.add_members(by.principal, chat_id, [user.id for user in users], LATER)
    return [member.display_name for member in detail.members]


def _remove(by: User, chat_id: str, user: User) -> None:
    actions.remove_member_of(by.principal, chat_id, user.id, LATER)


def _roles(by: User, chat_id: str) -> dict[str, str]:
    return {member.display_name: member.role for member in actions.read_chat(by.principal, chat_id).members}


def test_who_is_added_gets_the_chat_and_the_others_hear_of_it(
    ada: User, bob: User, cleo: User, eve: User, sockets: Sockets
) -> None:
    chat_id = make_group(ada, bob)
    ada.send(chat_id, "before")
    assert _add(ada, chat_id, cleo, eve, bob) == ["Ada", "Bob", "Cleo", "Eve"]
    [created] = cleo.heard(sockets, "chat.created")
    assert (created["chat"]["unread"], created["chat"]["role"]) == (0, "member")
    [added] = bob.heard(sockets, "chat.member_added")
    assert [member["display_name"] for member in added["members"]] == ["Cleo", "Eve"]
    [said] = [data for data in bob.heard(sockets, "message.created") if data["message"]["type"] == "system"]
    assert said["message"]["content"] == "Ada added Cleo and Eve"
    assert said["chat_seq"] == added["chat_seq"] == 3
    # What was said before is there to be read, and is no news.
    assert [item.content for item in actions.history(eve.principal, chat_id).items][1] == "before"
    assert eve.unread(chat_id) == 0
    bob.send(chat_id, "welcome")
    assert eve.unread(chat_id) == 1


def test_adding_who_is_in_changes_nothing(ada: User, group: str, bob: User, product: Product) -> None:
    assert _add(ada, group, bob) == ["Ada", "Bob", "Cleo"]
    assert product.rows("SELECT last_seq FROM chats WHERE chat_id = %s", group) == [{"last_seq": 1}]


def test_who_is_removed_hears_of_it_and_of_nothing_after(
    ada: User, bob: User, cleo: User, group: str, sockets: Sockets
) -> None:
    _remove(ada, group, bob)
    [removed] = bob.heard(sockets, "chat.member_removed")
    assert [member["user_id"] for member in removed["members"]] == [bob.id]
    before = len(bob.heard(sockets))
    ada.send(group, "now that he is gone", at=LATER + timedelta(seconds=1))
    assert len(bob.heard(sockets)) == before
    assert [item.content for item in actions.history(bob.principal, group).items] == [
        "Ada created the group",
        "Ada removed Bob",
    ]
    assert actions.list_chats(bob.principal).items == []
    left = actions.read_chat(bob.principal, group)
    assert (left.role, left.writable, left.members, left.unread) == (None, False, [], 0)
    assert refused(bob.send, group) == "not_in_chat"


def test_who_comes_back_goes_on_as_a_member(ada: User, bob: User, group: str) -> None:
    actions.change_role(ada.principal, group, bob.id, "admin", NOW)
    _remove(bob, group, bob)
    ada.send(group, "meanwhile")
    _add(ada, group, bob)
    assert _roles(bob, group)["Bob"] == "member"
    assert bob.unread(group) == 0
    assert "meanwhile" in [item.content for item in actions.history(bob.principal, group).items]


def test_only_admins_change_who_is_in(bob: User, cleo: User, ada: User, eve: User, group: str) -> None:
    assert refused(_add, bob, group, eve) == "not_admin"
    assert refused(_remove, bob, group, cleo) == "not_admin"
    assert refused(actions.change_role, bob.principal, group, bob.id, "admin", NOW) == "not_admin"
    actions.change_role(ada.principal, group, bob.id, "admin", NOW)
    _remove(bob, group, ada)
    assert _roles(bob, group) == {"Bob": "admin", "Cleo": "member"}


def test_strangers_learn_nothing(eve: User, ada: User, group: str) -> None:
    for chat_id in (group, new_id()):
        assert refused(_add, eve, chat_id, eve) == "not_found"
        assert refused(_remove, eve, chat_id, ada) == "not_found"
        assert refused(actions.change_role, eve.principal, chat_id, eve.id, "admin", NOW) == "not_found"
        assert refused(actions.read_chat, eve.principal, chat_id) == "not_found"


def test_the_last_admin_leaves_the_group_to_who_was_in_longest(
    ada: User, bob: User, cleo: User, sockets: Sockets
) -> None:
    chat_id = make_group(ada, bob)
    _add(ada, chat_id, cleo)
    assert refused(actions.change_role, ada.principal, chat_id, ada.id, "member", NOW) == "last_admin"
    _remove(ada, chat_id, ada)
    assert _roles(bob, chat_id) == {"Bob": "admin", "Cleo": "member"}
    [updated] = cleo.heard(sockets, "chat.member_updated")
    assert [(member["display_name"], member["role"]) for member in updated["members"]] == [("Bob", "admin")]
    _remove(bob, chat_id, bob)
    _remove(cleo, chat_id, cleo)
    assert refused(_remove, cleo, chat_id, cleo) == "not_found"


def test_all_admins_leaving_at_once_leave_one_behind(
    product: Product, ada: User, bob: User, cleo: User
) -> None:
    chat_id = make_group(ada, bob, cleo)
    for user in (bob, cleo):
        actions.change_role(ada.principal, chat_id, user.id, "admin", NOW)
    dora = make_user(product, "Dora")
    _add(ada, chat_id, dora)
    with ThreadPoolExecutor(3) as threads:
        list(threads.map(lambda user: _remove(user, chat_id, user), (ada, bob, cleo)))
    assert _roles(dora, chat_id) == {"Dora": "admin"}


def test_a_group_takes_no_more_than_its_most(
    ada: User, bob: User, eve: User, group: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert conversation.MEMBERS_MOST == 1024
    monkeypatch.setattr(change_members, "MEMBERS_MOST", 3)
    assert refused(_add, ada, group, eve) == "chat_full"
    _remove(ada, group, bob)
    assert "Eve" in _add(ada, group, eve)


def test_nobody_is_brought_together_with_whom_they_blocked(
    ada: User, eve: User, group: str, product: Product
) -> None:
    block(product, eve, ada)
    assert refused(_add, ada, group, eve) == "blocked"
    assert refused(actions.add_members, ada.principal, group, [new_id()], NOW) == "validation"


def test_only_groups_have_members_who_come_and_go(ada: User, bob: User, eve: User, chat: Chat) -> None:
    direct = actions.direct_chat(ada.principal, bob.id, NOW)
    assert refused(_add, ada, direct, eve) == "not_a_group"
    assert refused(_remove, ada, direct, ada) == "not_a_group"
    assert refused(actions.add_members, chat.ada.principal, chat.id, [eve.id], NOW) == "not_a_group"


def test_membership_is_on_record(ada: User, bob: User, eve: User, group: str, product: Product) -> None:
    _add(ada, group, eve)
    actions.change_role(ada.principal, group, eve.id, "admin", NOW)
    _remove(ada, group, bob)
    _remove(eve, group, eve)
    rows = product.rows("SELECT action FROM audit_logs WHERE target_id = %s ORDER BY audit_id", group)
    assert {row["action"] for row in rows} == {
        "create",
        "add_members",
        "change_role",
        "remove_member",
        "leave",
    }


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (["Ada"], "Ada"),
        (["Ada", "Bob"], "Ada and Bob"),
        (list("ABCDE"), "A, B, C, D and E"),
        (list("ABCDEFG"), "A, B, C, D and 3 others"),
    ],
)
def test_names_are_listed_as_one_says_them(names: list[str], sentence: str) -> None:
    assert conversation.listing(names) == sentence
