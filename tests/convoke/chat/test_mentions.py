"""Who is called by name: as the sender has chosen them, whether they have a user name or not."""

from contextlib import nullcontext

import pytest
from pydantic import ValidationError

from convoke.chat import actions
from convoke.chat.model import MENTIONS_MOST, MessageChange, MessageRequest, SendMessage
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat
from tests.convoke.chat.people import NOW, User
from tests.sockets import Sockets


def _called(chat_id: str) -> dict[str, bool]:
    return {each.user_id: each.mentioned for each in actions.missed(chat_id, NOW)}


def test_who_is_chosen_is_called_though_without_a_user_name(
    ada: User, bob: User, group: str, product: Product, sockets: Sockets
) -> None:
    product.owner.execute("UPDATE users SET username = NULL")
    said = ada.send(group, "@Bob, please", mentions=[bob.id])
    assert said.mentions == [bob.id]
    called = _called(group)
    assert called.pop(bob.id)
    assert list(called.values()) == [False]
    [event] = bob.heard(sockets, "message.created")[-1:]
    assert event["message"]["mentions"] == [bob.id]
    assert actions.history(bob.principal, group).items[-1].mentions == [bob.id]


def test_who_is_not_in_the_chat_is_left_out(ada: User, bob: User, eve: User, group: str) -> None:
    actions.remove_member_of(ada.principal, group, bob.id, NOW)
    said = ada.send(group, "@Bob @Eve @Ada", mentions=[bob.id, eve.id, new_id(), ada.id, ada.id])
    assert said.mentions == [ada.id]


def test_sent_again_it_calls_the_same(ada: User, bob: User, cleo: User, group: str) -> None:
    first = ada.send(group, "@Bob", client_id="one", mentions=[bob.id])
    again = ada.send(group, "@Cleo", client_id="one", mentions=[cleo.id])
    assert (again.id, again.mentions) == (first.id, [bob.id])


def test_another_wording_calls_whom_it_names(ada: User, bob: User, cleo: User, group: str) -> None:
    said = ada.send(group, "@Bob", mentions=[bob.id])
    changed = ada.edit(said, "@Cleo", mentions=[cleo.id, new_id()])
    assert changed.mentions == [cleo.id]
    assert _called(group) == {bob.id: False, cleo.id: True}
    assert ada.edit(said, "Nobody").mentions == []


def test_of_a_deleted_message_nobody_knows_whom_it_called(ada: User, bob: User, group: str) -> None:
    said = ada.send(group, "@Bob", mentions=[bob.id])
    assert ada.delete(said).mentions == []
    assert actions.history(bob.principal, group).items[-1].mentions == []


def test_in_a_meeting_participants_are_called_guests_too(chat: Chat) -> None:
    request = SendMessage(
        chat_id=chat.id, client_id="c", content="@Gus", mentions=[chat.guest.participant_id, new_id()]
    )
    said = actions.send(chat.ada.principal, chat.ada.participant_id, request, NOW)
    assert said.mentions == [chat.guest.participant_id]
    recent = actions.history(chat.guest.principal, chat.id)
    assert recent.items[-1].mentions == [chat.guest.participant_id]


def test_a_message_calls_only_so_many() -> None:
    many = [new_id() for _ in range(MENTIONS_MOST + 1)]
    for mentions, taken in ((many[:-1], True), (many, False), (["bob"], False)):
        for shape, rest in ((MessageRequest, {"client_id": "c"}), (MessageChange, {})):
            with nullcontext() if taken else pytest.raises(ValidationError):
                shape.model_validate({**rest, "content": "x", "mentions": mentions})


def test_members_have_user_names_but_in_meetings(ada: User, bob: User, group: str, chat: Chat) -> None:
    found = actions.read_chat(bob.principal, group).members
    names = {member.display_name: member.username for member in found}
    assert names["Ada"] == f"ada-{ada.id[-12:]}"
    members = actions.read_chat(chat.ada.principal, chat.id).members
    assert {member.username for member in members} == {None}
