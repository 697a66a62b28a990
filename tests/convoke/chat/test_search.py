"""Search finds every form of a word in what the caller may read, by an index, and in nothing else."""

from datetime import timedelta
from typing import Any

import pytest

from convoke.backends.postgres import transaction
from convoke.chat import actions
from convoke.chat.search import Found
from convoke.errors import Problem
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.chat.house import NOW, House


@pytest.fixture
def house(product: Product) -> House:
    return House(product)


def find(who: Principal, asked: str, **more: Any) -> list[Found]:
    return actions.search(who, asked, NOW, **more).items


def texts(who: Principal, asked: str, **more: Any) -> list[str]:
    return [found.message.content for found in find(who, asked, **more)]


def marked(found: Found) -> list[str]:
    return [found.message.content[start:end] for start, end in found.highlights]


def test_every_form_of_a_word_is_found_in_the_language_of_who_wrote_it(house: House) -> None:
    ada, berta = house.person("en-GB"), house.person("de")
    chat_id = house.chat(ada, berta)
    house.say(chat_id, ada, "We were running late")
    house.say(chat_id, berta, "Die Häuser am See")
    # Who searches need not write in the language.
    assert texts(berta, "runs") == ["We were running late"]
    assert texts(ada, "Haus") == ["Die Häuser am See"]
    [found] = find(ada, "haus see")
    assert marked(found) == ["Häuser", "See"]
    # "die" is no word to look for in German, but one in English.
    assert texts(ada, "die") == []


def test_a_language_that_is_not_known_is_searched_by_whole_words(house: House) -> None:
    eva = house.person("cs")
    chat_id = house.chat(eva)
    house.say(chat_id, eva, "dobrý den running")
    assert texts(eva, "dobrý") == ["dobrý den running"]
    assert texts(eva, "run") == []


def test_it_is_written_as_web_searches_are(house: House) -> None:
    ada = house.person()
    chat_id = house.chat(ada)
    for content in ("red apples and pears", "green apples", "pears, red"):
        house.say(chat_id, ada, content)
    assert texts(ada, "apple") == ["green apples", "red apples and pears"]
    assert texts(ada, "red pear") == ["pears, red", "red apples and pears"]
    assert texts(ada, '"red apples"') == ["red apples and pears"]
    assert texts(ada, "apples -green") == ["red apples and pears"]
    assert texts(ada, "green or pears") == ["pears, red", "green apples", "red apples and pears"]


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "   ",
        "-apples",
        "the",
        '"',
        "((((",
        "&|!<->:*",
        "' OR 1=1 --",
        "\0",
        "%",
        "\\",
        "or",
        "🎉",
        "a" * 5000,
    ],
)
def test_what_cannot_be_understood_finds_nothing_and_is_no_error(asked: str, house: House) -> None:
    ada = house.person()
    house.say(house.chat(ada), ada, "apples and the rest")
    assert texts(ada, asked) == []


def test_places_are_told_in_characters_and_the_text_is_left_as_it_is(house: House) -> None:
    ada = house.person()
    chat_id = house.chat(ada)
    content = "🎉 <b>Apples</b>\n\tof http://x.org/apples & an apple-tree"
    house.say(chat_id, ada, content)
    [found] = find(ada, "apple")
    assert found.message.content == content
    assert set(marked(found)) <= {"Apples", "apples", "apple"}
    assert "Apples" in marked(found)
    assert found.highlights[0] == (5, 11)


def test_deleted_messages_and_those_of_the_product_are_not_found(house: House) -> None:
    ada = house.person()
    chat_id = house.chat(ada)
    house.say(chat_id, ada, "apple one", deleted_at=NOW)
    house.say(chat_id, ada, "apple two", type="system", sender_id=None, sender_user_id=None)
    house.say(chat_id, ada, "apple three")
    assert texts(ada, "apple") == ["apple three"]


def test_an_edited_message_is_found_by_what_it_says_now(product: Product, house: House) -> None:
    ada = house.person("de")
    message_id = house.say(house.chat(ada), ada, "Äpfel")
    product.owner.execute("UPDATE messages SET content = 'Birnen' WHERE message_id = %s", (message_id,))
    assert texts(ada, "Apfel") == []
    assert texts(ada, "Birne") == ["Birnen"]


def test_only_chats_that_one_is_in_are_searched(house: House) -> None:
    ada, bob, eve = house.person(), house.person(), house.person()
    shared, own = house.chat(ada, bob), house.chat(ada)
    house.say(shared, ada, "apple shared")
    house.say(own, ada, "apple own")
    assert texts(ada, "apple") == ["apple own", "apple shared"]
    assert texts(ada, "apple", chat_id=shared) == ["apple shared"]
    assert texts(bob, "apple") == ["apple shared"]
    assert texts(bob, "apple", chat_id=own) == []
    assert texts(eve, "apple") == []
    assert texts(eve, "apple", chat_id=shared) == []
    assert texts(Principal(None, new_id(), new_id(), None, "guest", "basic"), "apple") == []


def test_who_has_left_finds_what_was_said_before_and_nothing_later(house: House) -> None:
    ada, bob = house.person(), house.person()
    chat_id = house.chat(ada, bob)
    house.say(chat_id, ada, "apple before", at=NOW)
    house.leave(chat_id, bob, NOW + timedelta(minutes=1))
    house.say(chat_id, ada, "apple after", at=NOW + timedelta(minutes=2))
    assert texts(bob, "apple") == ["apple before"]
    assert texts(ada, "apple") == ["apple after", "apple before"]


def test_a_private_message_is_found_by_its_two(house: House) -> None:
    ada, bob, eve = house.person(), house.person(), house.person()
    chat_id = house.chat(ada, bob, eve, kind="meeting")
    private = {"recipient_participant_id": new_id(), "recipient_user_id": bob.user_id}
    house.say(chat_id, ada, "apple between us", **private)
    assert texts(ada, "apple") == texts(bob, "apple") == ["apple between us"]
    assert texts(eve, "apple") == []


def test_a_guest_finds_what_is_in_the_chat_of_the_meeting(house: House) -> None:
    ada = house.person()
    guest = Principal(None, new_id(), new_id(), None, "guest", "basic")
    chat_id = house.chat(ada, guest, kind="meeting")
    house.say(chat_id, ada, "apple for all")
    house.say(chat_id, ada, "apple for another", recipient_participant_id=new_id())
    assert texts(guest, "apple") == ["apple for all"]


def test_pages_go_from_new_to_old_and_each_message_comes_once(house: House) -> None:
    ada = house.person()
    chats = [house.chat(ada), house.chat(ada)]
    said = [house.say(chats[i % 2], ada, f"apple {i}") for i in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = actions.search(ada, "apple", NOW, cursor=cursor, limit=3)
        seen += [found.message.id for found in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == said[::-1]


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "AAAA", "A" * 60])
def test_a_cursor_that_is_none_is_refused(cursor: str, house: House) -> None:
    if cursor:
        with pytest.raises(Problem, match="invalid_cursor"):
            find(house.person(), "apple", cursor=cursor)


def test_the_search_itself_reads_no_row_past_row_security(product: Product, house: House) -> None:
    """What the function names is read by the caller; another's ids would show nothing."""
    ada, eve = house.person(), house.person()
    house.say(house.chat(ada), ada, "apple")
    with transaction(eve) as conn:
        places = conn.execute("SELECT * FROM search_messages('apple', NULL, NULL, 10)").fetchall()
    assert places == []
