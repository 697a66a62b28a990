"""Reactions: one of each kind a person, under a message that they can see."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from convoke.chat import actions
from convoke.chat.emoji import emoji
from convoke.chat.model import REACTIONS_MOST, React
from tests.conftest import Product
from tests.convoke.chat.conftest import Chat, Send
from tests.convoke.chat.people import NOW, User, make_group, make_user
from tests.convoke.chat.refusals import refused
from tests.sockets import Sockets

FACES = [chr(0x1F600 + number) for number in range(REACTIONS_MOST + 2)]


def test_reactions_are_listed_in_the_order_in_which_they_came(
    ada: User, bob: User, cleo: User, group: str, sockets: Sockets
) -> None:
    said = ada.send(group)
    bob.react(said, "👎", at=NOW + timedelta(seconds=1))
    cleo.react(said, "👍", at=NOW + timedelta(seconds=2))
    message = ada.react(said, "👎", at=NOW + timedelta(seconds=3))
    assert list(message.reactions.items()) == [("👎", [bob.id, ada.id]), ("👍", [cleo.id])]
    assert message.changed_seq == 5
    assert cleo.heard(sockets, "message.updated")[-1]["message"] == message.model_dump(mode="json")
    message = bob.react(said, "👎", on=False)
    assert message.reactions == {"👎": [ada.id], "👍": [cleo.id]}
    assert [item.reactions for item in actions.history(bob.principal, group).items][1] == message.reactions


def test_the_same_reaction_twice_is_one_and_no_change(ada: User, group: str) -> None:
    said = ada.send(group)
    first = ada.react(said, "❤️")
    assert ada.react(said, "❤") == first
    taken = ada.react(said, "❤", on=False)
    assert taken.reactions == {}
    assert ada.react(said, "❤", on=False).changed_seq == taken.changed_seq


def test_strangers_and_who_left_do_not_react(ada: User, bob: User, eve: User, group: str) -> None:
    said = ada.send(group)
    assert refused(eve.react, said, "👍") == "not_found"
    actions.remove_member_of(ada.principal, group, bob.id, NOW + timedelta(minutes=1))
    assert refused(bob.react, said, "👍") == "not_in_chat"


def test_a_message_takes_so_many_different_ones(ada: User, bob: User, group: str) -> None:
    said = ada.send(group)
    for face in FACES[:REACTIONS_MOST]:
        ada.react(said, face)
    assert refused(bob.react, said, FACES[-1]) == "too_many_reactions"
    assert bob.react(said, FACES[0]).reactions[FACES[0]] == [ada.id, bob.id]
    ada.react(said, FACES[1], on=False)
    assert FACES[-1] in bob.react(said, FACES[-1]).reactions


def test_all_at_once_lose_none_and_number_each(product: Product, sockets: Sockets) -> None:
    users = [make_user(product, f"User{number}") for number in range(10)]
    chat_id = make_group(*users)
    said = users[0].send(chat_id)
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda user: [user.react(said, face) for face in ("👍", "🎉")], users))
    [message] = [item for item in actions.history(users[3].principal, chat_id).items if item.id == said.id]
    assert message.reactions.keys() == {"👍", "🎉"}
    for members in message.reactions.values():
        assert sorted(members) == sorted(user.id for user in users)
    assert message.changed_seq == actions.read_chat(users[0].principal, chat_id).seq == 22


def test_two_last_places_are_not_taken_by_three(
    ada: User, bob: User, cleo: User, group: str, product: Product
) -> None:
    said = ada.send(group)
    for face in FACES[: REACTIONS_MOST - 1]:
        ada.react(said, face)

    def take(place: tuple[User, str]) -> str:
        try:
            place[0].react(said, place[1])
        except Exception as error:
            return str(getattr(error, "slug", error))
        return "taken"

    with ThreadPoolExecutor(3) as threads:
        answers = list(threads.map(take, [(ada, "🚀"), (bob, "🎉"), (cleo, "👍")]))
    assert sorted(answers) == ["taken", "too_many_reactions", "too_many_reactions"]
    rows = product.rows("SELECT DISTINCT emoji FROM message_reactions WHERE message_id = %s", said.id)
    assert len(rows) == REACTIONS_MOST


def test_in_a_meeting_a_reaction_is_the_participants(chat: Chat, send: Send) -> None:
    said = send(chat.ada, "Hi")
    request = React(chat_id=chat.id, message_id=said.id, emoji="👋", on=True)
    message = actions.react(chat.guest.principal, chat.guest.participant_id, request, NOW)
    assert message.reactions == {"👋": [chat.guest.participant_id]}
    message = actions.react(chat.bob.principal, None, request, NOW + timedelta(seconds=1))
    assert message.reactions == {"👋": [chat.guest.participant_id, chat.bob.participant_id]}
    private = send(chat.ada, "psst", recipient_participant_id=chat.guest.participant_id)
    request = React(chat_id=chat.id, message_id=private.id, emoji="👋", on=True)
    assert refused(actions.react, chat.bob.principal, None, request, NOW) == "not_found"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("👍", "👍"),
        ("👍🏽", "👍🏽"),
        ("👍\ufe0f", "👍"),
        ("❤", "❤\ufe0f"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("🤷🏽\u200d♂", "🤷🏽\u200d♂\ufe0f"),
        ("🇩🇪", "🇩🇪"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",) * 2,
        ("👩🏿\u200d❤\u200d💋\u200d👨🏻", "👩🏿\u200d❤\ufe0f\u200d💋\u200d👨🏻"),
    ],
)
def test_an_emoji_has_one_spelling(typed: str, kept: str) -> None:
    assert emoji(typed) == kept
    assert emoji(kept) == kept


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            " ",
            "a",
            "1",
            "#",
            "👍👍",
            "👍a",
            " 👍",
            "👍\n",
            "🏽",
            "🇩",
            "🇩🇪🇫🇷",
            "\u200d",
            "👍\u200d",
            "\ufe0f",
        ),
        *(
            "❤\ufe0e",
            "<b>",
            "👍\u202e",
            "x" * 40,
            "👍\u0335",
            "👩\u200d" * 12 + "👩",
            "\U000e0067",
            "1\u20e3\u20e3",
        ),
    ],
)
def test_nothing_else_is_one_emoji(typed: str) -> None:
    with pytest.raises(ValueError, match="one emoji"):
        emoji(typed)
