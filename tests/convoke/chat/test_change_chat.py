"""Title and picture of a group, and muting."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from convoke.chat import actions
from convoke.chat.conversation import ChatChange
from tests.convoke.chat.people import NOW, User
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets

PICTURE = "https://example.org/friends.png"


def _change(by: User, chat_id: str, **fields: object) -> None:
    actions.change_chat(by.principal, chat_id, ChatChange.model_validate(fields), NOW)


def test_an_admin_names_the_group_and_all_hear_of_it(
    ada: User, bob: User, group: str, sockets: Sockets
) -> None:
    _change(ada, group, title="  The  Friends ", avatar_url=PICTURE)
    chat = actions.read_chat(bob.principal, group)
    assert (chat.title, chat.avatar_url) == ("The Friends", PICTURE)
    [told] = bob.heard(sockets, "chat.updated")
    assert told == {"chat_id": group, "title": "The Friends", "avatar_url": PICTURE, "chat_seq": 2}
    assert chat.last_message is not None
    assert chat.last_message.content == "Ada named the group “The Friends”"
    _change(ada, group, avatar_url=None)
    assert actions.read_chat(bob.principal, group).avatar_url is None


def test_what_is_so_already_is_no_change(ada: User, group: str) -> None:
    _change(ada, group, title="Friends")
    assert actions.read_chat(ada.principal, group).seq == 1


def test_others_name_nothing(ada: User, bob: User, eve: User, group: str) -> None:
    assert refused(_change, bob, group, title="Mine") == "not_admin"
    assert refused(_change, eve, group, title="Mine") == "not_found"
    direct = actions.direct_chat(ada.principal, bob.id, NOW)
    assert refused(_change, ada, direct, title="Us") == "not_a_group"


def test_muting_is_ones_own(ada: User, bob: User, eve: User, group: str, sockets: Sockets) -> None:
    until = NOW + timedelta(hours=8)
    _change(bob, group, muted_until=until.isoformat())
    assert actions.read_chat(bob.principal, group).muted_until == until
    assert actions.read_chat(ada.principal, group).muted_until is None
    assert [data["chat_id"] for data in bob.heard(sockets, "chat.muted")] == [group]
    assert ada.heard(sockets, "chat.muted") == []
    _change(bob, group, muted_until=None)
    assert actions.read_chat(bob.principal, group).muted_until is None
    assert refused(_change, eve, group, muted_until=None) == "not_found"


@pytest.mark.parametrize(
    "fields",
    [
        {"title": None},
        {"title": "x" * 201},
        {"title": "\u202e"},
        {"avatar_url": "http://example.org/x.png"},
        {"avatar_url": "javascript:alert(1)"},
        {"avatar_url": "https://" + "x" * 2000},
        {"muted_until": "soon"},
        {"kind": "direct"},
    ],
)
def test_what_is_no_change_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ChatChange.model_validate(fields)
