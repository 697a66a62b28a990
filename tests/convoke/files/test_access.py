"""Whose a file is, with which message it goes, and who may have it: the owner, and who reads that message."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.errors import InsufficientPrivilege

from convoke.backends.postgres import System, transaction
from convoke.chat import actions as chat
from convoke.chat.model import Breakout
from convoke.errors import Problem
from convoke.files import actions, model
from convoke.identity.model import Principal
from convoke.ids import new_id
from tests.conftest import Product
from tests.convoke.files.conftest import (
    NOW,
    Send,
    Sign,
    a_chat,
    ask,
    attach,
    check,
    delete_message,
    now,
    picture,
    say,
)


@pytest.fixture
def sent(product: Product, person: Sign, uploaded: Send) -> tuple[Principal, Principal, str, str, str]:
    """Ada, Bob, their chat, and Ada's message with a checked picture."""
    ada, bob = person("Ada"), person("Bob")
    chat_id = a_chat(product, ada, bob)
    file = uploaded(ada, picture())
    assert check(file.id) == "ready"
    message_id = say(product, chat_id, ada)
    attach(ada, [file.id], chat_id, message_id)
    return ada, bob, chat_id, message_id, file.id


def may_have(who: Principal, file_id: str) -> bool:
    try:
        link = actions.content(who, file_id, "original", now())
    except Problem as problem:
        if problem.slug != "not_found":
            raise
        return False
    return ask("GET", link.url).status == 200


def test_who_is_in_the_chat_may_have_it_and_nobody_else(
    sent: tuple[Principal, Principal, str, str, str], person: Sign
) -> None:
    ada, bob, _, _, file_id = sent
    assert may_have(ada, file_id)
    assert may_have(bob, file_id)
    assert not may_have(person("Eve"), file_id)
    assert not may_have(Principal(None, new_id(), new_id(), None, "guest", "basic"), file_id)


def test_before_it_is_sent_it_is_the_owners_alone(product: Product, person: Sign, uploaded: Send) -> None:
    ada, bob = person("Ada"), person("Bob")
    a_chat(product, ada, bob)
    file = uploaded(ada, picture())
    check(file.id)
    assert may_have(ada, file.id)
    assert not may_have(bob, file.id)


def test_who_has_left_keeps_what_was_sent_before_and_gets_nothing_later(
    sent: tuple[Principal, Principal, str, str, str], product: Product, uploaded: Send
) -> None:
    ada, bob, chat_id, _, file_id = sent
    product.owner.execute(
        "UPDATE chat_members SET left_at = %s WHERE chat_id = %s AND user_id = %s",
        (NOW + timedelta(minutes=1), chat_id, bob.user_id),
    )
    later = uploaded(ada, picture())
    check(later.id)
    message_id = say(product, chat_id, ada, seq=2, at=NOW + timedelta(minutes=2))
    attach(ada, [later.id], chat_id, message_id)
    assert may_have(bob, file_id)
    assert not may_have(bob, later.id)
    assert may_have(ada, later.id)


def test_a_private_messages_file_is_for_the_two(product: Product, person: Sign, uploaded: Send) -> None:
    ada, bob, eve = person("Ada"), person("Bob"), person("Eve")
    chat_id = a_chat(product, ada, bob, eve)
    file = uploaded(ada, picture())
    check(file.id)
    private: dict[str, Any] = {"recipient_participant_id": new_id(), "recipient_user_id": bob.user_id}
    attach(ada, [file.id], chat_id, say(product, chat_id, ada, **private))
    assert may_have(bob, file.id)
    assert not may_have(eve, file.id)


def test_a_file_in_a_breakout_room_is_for_who_is_there(
    product: Product, person: Sign, uploaded: Send
) -> None:
    ada, bob, eve = person("Ada"), person("Bob"), person("Eve")
    chat_id, room = a_chat(product, ada, bob, eve), Breakout(new_id(), "Red")
    with transaction(System()) as conn:
        chat.move_members(conn, chat_id, {str(one.user_id): room for one in (ada, bob)}, now())
    file = uploaded(ada, picture())
    check(file.id)
    attach(ada, [file.id], chat_id, say(product, chat_id, ada, breakout_id=room.id, breakout_name="Red"))
    assert may_have(bob, file.id)
    assert not may_have(eve, file.id)


def test_a_deleted_message_takes_its_files_along(
    sent: tuple[Principal, Principal, str, str, str],
) -> None:
    ada, bob, chat_id, message_id, file_id = sent
    delete_message(message_id, chat_id, now())
    assert not may_have(bob, file_id)
    assert not may_have(ada, file_id)
    with transaction(System()) as conn:
        assert actions.of_messages(conn, [message_id]) == {}


def test_files_of_a_message_that_stands_are_not_forgotten(
    sent: tuple[Principal, Principal, str, str, str],
) -> None:
    ada, bob, chat_id, message_id, file_id = sent
    with transaction(bob) as conn:
        actions.forget(conn, chat_id, message_id, now())
    assert may_have(ada, file_id)


def test_a_link_is_for_saving_under_the_files_name_and_no_page(
    sent: tuple[Principal, Principal, str, str, str],
) -> None:
    ada, *_, file_id = sent
    link = actions.content(ada, file_id, "original", now())
    headers = ask("GET", link.url).headers
    assert headers["content-disposition"] == "attachment; filename=\"a.png\"; filename*=UTF-8''a.png"
    assert headers["content-type"] == "image/png"
    assert link.expires_at - now() <= timedelta(minutes=5)


def test_what_is_no_medium_is_only_bytes_to_a_browser(person: Sign, uploaded: Send) -> None:
    ada = person()
    file = uploaded(ada, b"hello <b>there</b>", 'say "hi" – ä.txt', "text/plain")
    assert check(file.id) == "ready"
    headers = ask("GET", actions.content(ada, file.id, "original", now()).url).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"] == (
        "attachment; filename=\"say _hi_ _ _.txt\"; filename*=UTF-8''say%20%22hi%22%20%E2%80%93%20%C3%A4.txt"
    )


def test_an_old_link_is_refused_by_the_store(
    sent: tuple[Principal, Principal, str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, *_, file_id = sent
    url = actions.content(ada, file_id, "original", now()).url
    assert ask("GET", url).status == 200
    assert ask("GET", url.replace("X-Amz-Expires=300", "X-Amz-Expires=604800")).status == 403
    monkeypatch.setattr(model, "DOWNLOAD_SECONDS", 0)
    assert ask("GET", actions.content(ada, file_id, "original", now()).url).status in (400, 403)


def test_a_link_leads_to_its_own_file_alone(
    sent: tuple[Principal, Principal, str, str, str], uploaded: Send
) -> None:
    ada, *_, file_id = sent
    other = uploaded(ada, picture((9, 9)))
    check(other.id)
    url = actions.content(ada, file_id, "original", now()).url
    assert ask("GET", url.replace(file_id, other.id)).status == 403


# -- attaching ------------------------------------------------------------------------------------------


def test_files_come_in_the_order_asked_for_and_each_once(
    product: Product, person: Sign, uploaded: Send
) -> None:
    ada = person()
    chat_id = a_chat(product, ada)
    first, second = uploaded(ada, picture()), uploaded(ada, b"hello", "b.txt", "text/plain")
    check(first.id)
    check(second.id)
    message_id = say(product, chat_id, ada)
    refs = attach(ada, [second.id, first.id, second.id], chat_id, message_id)
    assert [ref.id for ref in refs] == [second.id, first.id]
    assert model.message_type(refs) == "file"
    assert model.message_type(refs[1:]) == "image"
    with transaction(ada) as conn:
        shown = actions.of_messages(conn, [message_id])[message_id]
    assert [ref.id for ref in shown] == [first.id, second.id]


def test_a_file_goes_with_one_message(
    sent: tuple[Principal, Principal, str, str, str], product: Product
) -> None:
    ada, _, chat_id, message_id, file_id = sent
    again = say(product, chat_id, ada, seq=2)
    with pytest.raises(Problem, match="file_attached"):
        attach(ada, [file_id], chat_id, again)
    with transaction(ada) as conn:
        assert list(actions.of_messages(conn, [message_id, again])) == [message_id]


def test_what_is_anothers_missing_refused_or_not_uploaded_is_not_sent(
    product: Product, person: Sign, uploaded: Send
) -> None:
    ada, eve = person("Ada"), person("Eve")
    chat_id = a_chat(product, ada, eve)
    message_id = say(product, chat_id, eve)
    own = uploaded(eve, picture())
    check(own.id)
    others, refused = uploaded(ada, picture()), uploaded(eve, b"%PDF-1.7")
    check(others.id)
    check(refused.id)
    waiting = actions.start_upload(
        eve, model.FileRequest(name="a.png", size=5, content_type="image/png"), datetime.now(UTC)
    ).file
    face = uploaded(eve, picture(), purpose="avatar")
    check(face.id)
    for bad in (others.id, refused.id, new_id(), face.id):
        with pytest.raises(Problem, match="validation"):
            attach(eve, [own.id, bad], chat_id, message_id)
    with pytest.raises(Problem, match="not_uploaded"):
        attach(eve, [own.id, waiting.id], chat_id, message_id)
    guest = Principal(None, new_id(), chat_id, None, "guest", "basic")
    with pytest.raises(Problem, match="validation"):
        attach(guest, [own.id], chat_id, message_id)
    # None of them has taken the good one along.
    assert attach(eve, [own.id], chat_id, message_id)


def test_the_owner_drops_what_was_not_sent_and_nothing_else(
    sent: tuple[Principal, Principal, str, str, str], person: Sign, uploaded: Send
) -> None:
    ada, bob, *_, file_id = sent
    with pytest.raises(Problem, match="file_attached"):
        actions.delete(ada, file_id, now())
    with pytest.raises(Problem, match="not_found"):
        actions.delete(bob, file_id, now())
    other = uploaded(ada, picture())
    with pytest.raises(Problem, match="not_found"):
        actions.delete(bob, other.id, now())
    actions.delete(ada, other.id, now())
    with pytest.raises(Problem, match="not_found"):
        actions.read(ada, other.id)


@pytest.mark.parametrize(
    "change",
    [
        "status = 'ready'",
        "reason = 'x', status = 'refused'",
        "size = 1",
        "content_type = 'text/html'",
        "name = 'a.exe'",
        "has_thumbnail = true",
        "created_at = now()",
        "uploaded_size = 1",
        "deaths = -9",
    ],
)
def test_an_owner_cannot_pass_over_the_check_by_a_query_of_ours_either(
    change: str, person: Sign, uploaded: Send
) -> None:
    ada = person()
    file = uploaded(ada, b"%PDF-1.7")
    with pytest.raises(InsufficientPrivilege), transaction(ada) as conn:
        conn.execute(f"UPDATE files SET {change} WHERE file_id = %s".encode(), (file.id,))  # noqa: S608


def test_a_file_stays_with_its_message(sent: tuple[Principal, Principal, str, str, str]) -> None:
    ada, *_, file_id = sent
    with pytest.raises(InsufficientPrivilege), transaction(ada) as conn:
        conn.execute("UPDATE files SET chat_id = NULL, message_id = NULL WHERE file_id = %s", (file_id,))
