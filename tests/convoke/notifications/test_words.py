"""What is told is text of a bounded length, and leads to this product only."""

import pytest

from convoke.backends.web_push import MAX_PLAIN
from convoke.ids import new_id
from convoke.notifications.model.notification import (
    Notification,
    NotificationType,
    action_of,
    message_of,
    title_of,
)
from convoke.notifications.model.push import payload
from tests.convoke.notifications.conftest import NOW


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("Hello", "Hello"),
        ("Two\r\nBcc: all@example.org", "Two Bcc: all@example.org"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u200b\u2800", "System"),
        ("", "System"),
        ("x" * 300, "x" * 199 + "…"),
        ("nul\0in", "nulin"),
    ],
)
def test_a_title_is_one_visible_line(given: str, kept: str) -> None:
    assert title_of(given, NotificationType.SYSTEM) == kept


def test_a_message_is_cut_and_never_refused() -> None:
    assert message_of("") == ""
    assert len(message_of("ä" * 2000)) == 1000
    assert message_of("a\0b\u202ec\nd") == "abc\nd"


@pytest.mark.parametrize("url", ["/", "/m/abc-defg-hij", "/chats/1?x=2#y"])
def test_an_action_is_a_path_of_ours(url: str) -> None:
    assert action_of(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "",
        None,
        "/a b",
        "/ä",
    ],
)
def test_nothing_else_is_an_action(url: str | None) -> None:
    assert action_of(url) is None


def test_the_longest_that_can_be_told_fits_into_a_push() -> None:
    told = Notification(
        id=new_id(),
        type=NotificationType.INVITATION,
        title=title_of("👩" * 300, NotificationType.SYSTEM),
        message=message_of('"👩' * 800),
        data={},
        action_url=action_of("/" + '"' * 498),
        subject="s" * 100,
        created_at=NOW,
        read_at=None,
    )
    assert len(payload(told, 1000)) <= MAX_PLAIN
