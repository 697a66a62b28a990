"""Letters: what reaches SES is what was meant, whatever stands in names, titles and addresses."""

import socket
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convoke.backends import mail
from convoke.settings import settings
from tests.conftest import Product
from tests.mailbox import Letters

EVIL = [
    "Lunch\r\nBcc: all@example.org",
    "Lunch\nBcc: all@example.org",
    "Lunch\rBcc: all@example.org",
    "Lunch\u2028Bcc: all@example.org",
    "Lunch\x0bBcc: all@example.org",
    "=?utf-8?q?Lunch=0D=0ABcc:_all=40example.org?=",
    "=?utf-8?b?THVuY2gNCkJjYzogYWxsQGV4YW1wbGUub3Jn?=",
    'Ada" <all@example.org>, "Bob',
    "x" * 5000,
]


def parsed(message: EmailMessage) -> EmailMessage:
    return message_from_bytes(message.as_bytes(), _class=EmailMessage, policy=policy.default)


def header_names(message: EmailMessage) -> list[str]:
    """As a server reads them: lines before the first empty one that do not go on from the one before."""
    head = message.as_bytes().split(b"\r\n\r\n", 1)[0]
    return [line.split(b":")[0].decode() for line in head.split(b"\r\n") if line[:1] not in (b" ", b"\t")]


PLAIN = ["From", "To", "Subject", "Content-Language", "Auto-Submitted", "Content-Type", "MIME-Version"]


@pytest.mark.parametrize("text", EVIL)
def test_nothing_in_a_title_or_a_name_becomes_a_header(text: str, product: Product) -> None:
    message = mail.compose(to="bob@example.org", to_name=text, from_name=text, subject=text, text="Hello")
    assert set(header_names(message)) <= {*PLAIN, "Content-Transfer-Encoding"}
    again = parsed(message)
    assert [each.addr_spec for each in again["To"].addresses] == ["bob@example.org"]
    assert [each.addr_spec for each in again["From"].addresses] == ["noreply@convoke.test"]
    assert again["Bcc"] is None


@given(text=st.text(max_size=300))
def test_no_text_at_all_becomes_a_header(text: str) -> None:
    value = mail.header_text(text, 200)
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = value
    message["X-After"] = "here"
    again = parsed(message)
    assert again["X-After"] == "here"
    assert again.keys() == ["Subject", "X-After"]


@pytest.mark.parametrize(
    "address",
    [
        "bob@example.org\r\nBcc: all@example.org",
        "bob@example.org, all@example.org",
        "bob@example.org>\n",
        "<bob@example.org>",
        "bøb@example.org",
        "bob@" + "x" * 70 + ".org",
        "bob",
        "",
    ],
)
def test_an_address_that_is_none_is_refused(address: str, product: Product) -> None:
    with pytest.raises(mail.Refused):
        mail.compose(to=address, subject="Hello", text="Hello")


def test_a_domain_in_unicode_is_written_as_servers_know_it(product: Product) -> None:
    message = mail.compose(to="ada@bücher.example", subject="Grüße", text="Hallo", to_name="Ådä")
    assert parsed(message)["To"].addresses[0].addr_spec == "ada@xn--bcher-kva.example"
    assert parsed(message)["Subject"] == "Grüße"


def test_a_letter_reaches_ses_with_text_html_and_calendar(mailbox: Letters) -> None:
    calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n"
    message = mail.compose(
        to="bob@example.org",
        subject="Standup ☕",
        text="Plain",
        html="<p>Rich</p>",
        calendar=calendar,
        method="REQUEST",
    )
    assert mail.send(message.as_bytes(), to="bob@example.org")
    [letter] = mailbox.messages()
    assert letter["Subject"] == "Standup ☕"
    plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
    assert plain is not None
    assert rich is not None
    assert plain.get_content().strip() == "Plain"
    assert rich.get_content().strip() == "<p>Rich</p>"
    [shown] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert shown["Content-Type"].params["method"] == "REQUEST"
    assert shown.get_payload(decode=True) == calendar
    [file] = letter.iter_attachments()
    assert file.get_payload(decode=True) == calendar
    assert file.get_filename() == "invite.ics"


def test_what_ses_will_never_take_is_told_from_what_it_takes_later(mailbox: Letters) -> None:
    raw = mail.compose(to="bob@example.org", subject="Hello", text="Hello").as_bytes()
    mailbox.answers = [400]
    with pytest.raises(mail.Refused):
        mail.send(raw, to="bob@example.org")
    mailbox.answers = [429, 429, 429]
    with pytest.raises(mail.Unavailable):
        mail.send(raw, to="bob@example.org")
    assert mailbox.messages() == []


def test_a_connection_that_breaks_after_the_letter_was_on_its_way_is_told_apart(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            conn, _ = server.accept()
            asked.append(conn.recv(100_000))
            conn.close()

        listening = threading.Thread(target=hang_up)
        listening.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", f"http://127.0.0.1:{server.getsockname()[1]}")
        mail.forget()
        raw = mail.compose(to="bob@example.org", subject="Hello", text="Hello").as_bytes()
        with pytest.raises(mail.Uncertain):
            mail.send(raw, to="bob@example.org")
        listening.join()
    assert len(asked) == 1
    # Nobody listens there any more: surely nothing was sent.
    with pytest.raises(mail.Unavailable):
        mail.send(raw, to="bob@example.org")
    mail.forget()


def test_an_address_in_a_header_stays_in_one_piece(product: Product) -> None:
    address = f"<https://convoke.test/v1/notifications/unsubscribe?token={'a' * 400}>"
    message = mail.compose(
        to="bob@example.org", subject="Hi", text="Hi", headers={"List-Unsubscribe": address}
    )
    assert f"\r\nList-Unsubscribe: {address}\r\n".encode() in mail.raw(message)


def test_a_deployment_without_an_address_sends_nothing(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAIL_FROM")
    settings.cache_clear()
    with pytest.raises(mail.Unavailable, match="MAIL_FROM"):
        mail.compose(to="bob@example.org", subject="Hello", text="Hello")
    with pytest.raises(mail.Unavailable, match="MAIL_FROM"):
        mail.send(b"Subject: x\r\n\r\n", to="bob@example.org")
