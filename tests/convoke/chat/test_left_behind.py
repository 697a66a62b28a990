"""Who has left a chat reads what was said until then, and not what was made of it since."""

from datetime import timedelta

import pytest

from convoke.chat import actions
from tests.convoke.chat.people import NOW, User
from tests.convoke.chat.refusals import refused

LATER = NOW + timedelta(minutes=5)


def texts(user: User, chat_id: str) -> list[str]:
    page = actions.history(user.principal, chat_id)
    return [item.content for item in page.items if item.type == "text"]


def test_an_edit_after_one_has_left_is_not_read(ada: User, bob: User, cleo: User, group: str) -> None:
    kept, edited = ada.send(group, "Hello"), ada.send(group, "See you there")
    actions.remove_member_of(ada.principal, group, bob.id, NOW + timedelta(minutes=1))
    ada.edit(edited, "The door code is 4711", at=LATER)
    assert texts(cleo, group) == ["Hello", "The door code is 4711"]
    assert texts(bob, group) == ["Hello"]
    seen = actions.changes(bob.principal, group, after=0).items
    assert kept.id in {item.id for item in seen}
    assert not [item for item in seen if "4711" in item.content]
    assert actions.search(bob.principal, "door code", LATER).items == []
    assert actions.search(cleo.principal, "door code", LATER).items != []
    assert refused(actions.receipts, bob.principal, group, edited.id) == "not_found"


def test_who_comes_back_reads_what_it_has_become(ada: User, bob: User, group: str) -> None:
    edited = ada.send(group, "See you there")
    actions.remove_member_of(ada.principal, group, bob.id, NOW + timedelta(minutes=1))
    ada.edit(edited, "The door code is 4711", at=LATER)
    actions.add_members(ada.principal, group, [bob.id], LATER)
    assert texts(bob, group) == ["The door code is 4711"]


@pytest.mark.parametrize("minutes", [0, 1])
def test_an_edit_before_one_left_stays(ada: User, bob: User, group: str, minutes: int) -> None:
    edited = ada.send(group, "Hello")
    ada.edit(edited, "Hello you", at=NOW + timedelta(minutes=minutes))
    actions.remove_member_of(ada.principal, group, bob.id, NOW + timedelta(minutes=1))
    assert texts(bob, group) == ["Hello you"]
