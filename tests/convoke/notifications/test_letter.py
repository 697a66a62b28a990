"""Letters: what is in them, whose clock they go by, and that what people type becomes no more than text."""

from datetime import timedelta
from email.message import EmailMessage
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convoke.backends import mail
from convoke.ids import new_id
from convoke.notifications.model.letter import Links, letter, when_of
from convoke.notifications.model.notification import Notification, NotificationType
from tests.convoke.notifications.conftest import NOW, NewReader, Tell, Waiting
from tests.mailbox import Letters

LINKS = Links("https://convoke.test/m/x", "https://convoke.test/account", "https://convoke.test/unsubscribe")
EVIL = 'Lunch\r\nBcc: all@example.org\r\n\r\n<script>alert("x")</script>'


def _told(title: str = "Standup", message: str = "", data: dict[str, object] | None = None) -> Notification:
    return Notification(
        id=new_id(),
        type=NotificationType.INVITATION,
        title=title,
        message=message,
        data=data or {},
        action_url="/m/x",
        subject=None,
        created_at=NOW,
        read_at=None,
    )


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    text: str = part.get_content()
    return text


def test_a_letter_says_what_when_and_how_to_end_it(
    new_reader: NewReader, tell: Tell, mailbox: Letters, waiting: Waiting
) -> None:
    ada = new_reader("Ada", timezone="Europe/Berlin")
    starts = NOW + timedelta(hours=3)
    data = {"starts_at": starts.isoformat(), "ends_at": (starts + timedelta(hours=1)).isoformat()}
    tell(
        ada, type="invitation", title="Bob invites you", message="Bring cake", data=data, action_url="/m/abc"
    )
    waiting.work_off(NOW)
    [message] = mailbox.messages()
    text, html = _body(message, "plain"), _body(message, "html")
    for body in (text, html):
        assert "Bring cake" in body
        assert "Friday, 20 November 2026, 16:00 to 17:00 (Europe/Berlin)" in body
        assert "https://convoke.test/m/abc" in body
        assert "https://convoke.test/account#notifications" in body
        assert "https://convoke.test/unsubscribe?token=" in body
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = message["List-Unsubscribe"]
    assert address.startswith("<https://convoke.test/v1/notifications/unsubscribe?token=")
    assert address.endswith(">")
    assert message["Auto-Submitted"] == "auto-generated"


def test_no_title_or_name_adds_a_header_or_a_script(
    new_reader: NewReader, tell: Tell, mailbox: Letters, waiting: Waiting
) -> None:
    ada = new_reader("Ada")
    ada.product.owner.execute("UPDATE users SET display_name = %s WHERE user_id = %s", (EVIL, ada.id))
    tell(ada, type="system", title=EVIL, message=EVIL)
    waiting.work_off(NOW)
    [message] = mailbox.messages()
    assert message["Bcc"] is None
    assert [address.addr_spec for address in message["To"].addresses] == [ada.email]
    assert "\n" not in message["Subject"]
    assert "<script" not in _body(message, "html")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({}, None),
        ({"starts_at": "2026-11-20T12:00:00Z"}, "Friday, 20 November 2026, 13:00 (Europe/Berlin)"),
        ({"starts_at": "2026-07-01T12:00:00Z"}, "Wednesday, 1 July 2026, 14:00 (Europe/Berlin)"),
        (
            {"starts_at": "2026-11-20T22:30:00Z", "ends_at": "2026-11-20T23:30:00Z"},
            "Friday, 20 November 2026, 23:30 to Saturday, 21 November 2026, 00:30 (Europe/Berlin)",
        ),
        (
            {"starts_at": "2026-11-20T12:00:00Z", "ends_at": "2026-11-20T11:00:00Z"},
            "Friday, 20 November 2026, 13:00 (Europe/Berlin)",
        ),
        ({"starts_at": "tomorrow"}, None),
        ({"starts_at": "2026-11-20T12:00:00"}, None),
        ({"starts_at": 5}, None),
    ],
)
def test_times_are_told_by_the_readers_clock(data: dict[str, object], told: str | None) -> None:
    assert when_of(_told(data=data), ZoneInfo("Europe/Berlin")) == told


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, tuple(name for name, _ in attrs)))


def _tags(html: str) -> list[tuple[str, tuple[str, ...]]]:
    parser = _Tags()
    parser.feed(html)
    return parser.tags


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1), st.text())
def test_whatever_people_type_is_text_in_the_html(title: str, message: str, name: str) -> None:
    plain = letter(_told("x", "x"), "x", ZoneInfo("UTC"), LINKS)
    typed = letter(_told(title, message), name, ZoneInfo("UTC"), LINKS)
    assert _tags(typed.html) == _tags(plain.html)


@settings(deadline=None)
@given(st.text(max_size=400), st.text(max_size=400))
def test_whatever_people_type_the_letters_headers_stay_the_same(title: str, name: str) -> None:
    told = letter(_told(title), name, ZoneInfo("UTC"), LINKS)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mail, "settings", _Sender)
        message = mail.compose(
            to="ada@example.org", to_name=name, subject=told.subject, text=told.text, html=told.html
        )
        head = mail.raw(message).partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]
    assert names.count(b"To") == names.count(b"Subject") == names.count(b"From") == 1
    assert b"Bcc" not in names


class _Sender:
    mail_from = "Convoke <noreply@convoke.test>"
