"""A group may hold two of whom one has blocked the other: that one is not troubled by what they write."""

import pytest

from convoke.chat import actions
from convoke.chat.actions.typing import typist
from convoke.contacts import actions as contacts
from tests.convoke.chat.people import NOW, User


@pytest.fixture
def bob_has_blocked_ada(ada: User, bob: User, group: str) -> None:
    contacts.block(bob.principal, ada.id, NOW)


@pytest.fixture
def bobs_name(bob: User) -> str:
    """By which he is called in a message."""
    return f"@bob-{bob.id[-12:]}"


@pytest.mark.usefixtures("bob_has_blocked_ada")
def test_what_they_write_is_missed_by_the_others_alone(
    ada: User, bob: User, cleo: User, group: str, bobs_name: str
) -> None:
    ada.send(group, f"{bobs_name} you fool", mentions=[bob.id])
    assert {each.user_id for each in actions.missed(group, NOW)} == {cleo.id}
    assert bob.unread(group) == 1  # it is there when he looks


@pytest.mark.usefixtures("bob_has_blocked_ada")
def test_what_others_write_is_told_without_theirs(
    ada: User, bob: User, cleo: User, group: str, bobs_name: str
) -> None:
    said = cleo.send(group, "Lunch?")
    ada.send(group, f"{bobs_name} you fool")
    [missed] = [each for each in actions.missed(group, NOW) if each.user_id == bob.id]
    assert (missed.unread, missed.mentioned, missed.message_id) == (1, False, said.id)
    cleo.send(group, f"Hello {bobs_name}.")
    [missed] = [each for each in actions.missed(group, NOW) if each.user_id == bob.id]
    assert (missed.unread, missed.mentioned) == (2, True)


@pytest.mark.usefixtures("bob_has_blocked_ada")
def test_neither_is_shown_typing_to_the_other(ada: User, bob: User, cleo: User, group: str) -> None:
    assert typist(ada.principal, None, group).others == (cleo.id,)
    assert typist(bob.principal, None, group).others == (cleo.id,)
    assert set(typist(cleo.principal, None, group).others) == {ada.id, bob.id}


def test_names_of_a_message_that_calls_a_crowd_are_read_to_a_bound(ada: User, bob: User, group: str) -> None:
    crowd = " ".join(f"@somebody.{number}" for number in range(100))
    ada.send(group, f"{crowd} @bob-{bob.id[-12:]}")
    [missed] = [each for each in actions.missed(group, NOW) if each.user_id == bob.id]
    assert (missed.unread, missed.mentioned) == (1, False)
