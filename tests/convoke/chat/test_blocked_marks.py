"""In the chat of two of whom one has blocked the other, neither learns what the other reads."""

import pytest

from convoke.chat import actions
from convoke.contacts import actions as contacts
from tests.convoke.chat.people import NOW, User, open_socket
from tests.sockets import Sockets


@pytest.fixture
def direct(ada: User, bob: User, sockets: Sockets) -> str:
    """Ada and Bob have each written once; nobody has read."""
    chat_id = actions.direct_chat(ada.principal, bob.id, NOW)
    ada.send(chat_id)
    bob.send(chat_id)
    return chat_id


@pytest.fixture(params=["reader", "other"])
def blocked(request: pytest.FixtureRequest, ada: User, bob: User, direct: str) -> str:
    """Who of them has blocked makes no difference."""
    blocker, whom = (bob, ada) if request.param == "reader" else (ada, bob)
    contacts.block(blocker.principal, whom.id, NOW)
    return direct


def marks_told_to(user: User, chat_id: str) -> list[tuple[str, int]]:
    """Where others have read to, by every way in which it can be read."""
    members = [(each.member_id, each.read_seq) for each in actions.read_chat(user.principal, chat_id).members]
    marks = actions.changes(user.principal, chat_id, after=0).marks
    told = members + [(mark.member_id, mark.read_seq) for mark in marks]
    return [(member_id, seq) for member_id, seq in told if member_id != user.id and seq > 0]


def test_the_others_devices_hear_of_no_mark(ada: User, bob: User, blocked: str, sockets: Sockets) -> None:
    open_socket(bob, "phone")
    assert bob.read(blocked, 2) == 2
    assert ada.heard(sockets, "chat.read") == []
    own = [frame["data"]["read_seq"] for frame in sockets.frames["phone"] if frame["event"] == "chat.read"]
    assert own == [2]


def test_nothing_that_is_asked_for_tells_it(ada: User, bob: User, blocked: str) -> None:
    [said, _] = actions.history(ada.principal, blocked).items
    bob.read(blocked, 2)
    assert marks_told_to(ada, blocked) == []
    assert actions.receipts(ada.principal, blocked, said.id).items == []
    [mine] = actions.changes(bob.principal, blocked, after=0).marks
    assert (mine.member_id, mine.read_seq) == (bob.id, 2)


def test_what_was_read_meanwhile_is_told_again_when_the_block_is_gone(
    ada: User, bob: User, direct: str
) -> None:
    contacts.block(bob.principal, ada.id, NOW)
    bob.read(direct, 2)
    contacts.unblock(bob.principal, ada.id, NOW)
    assert marks_told_to(ada, direct) == [(bob.id, 2), (bob.id, 2)]


def test_in_a_group_they_read_as_before(
    ada: User, bob: User, group: str, direct: str, sockets: Sockets
) -> None:
    contacts.block(bob.principal, ada.id, NOW)
    said = ada.send(group)
    bob.read(group, said.seq)
    assert [told["chat_id"] for told in ada.heard(sockets, "chat.read")] == [group]
    assert set(marks_told_to(ada, group)) == {(bob.id, said.seq)}
