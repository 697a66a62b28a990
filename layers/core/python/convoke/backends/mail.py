"""SES: letters to people, written so that no title, name or address can add a header of its own."""

import unicodedata
from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from functools import cache
from typing import TYPE_CHECKING

from convoke.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

# What one letter may weigh: SES takes 40 MB, ours have words and a calendar entry.
SIZE_LIMIT = 1024 * 1024
NAME_LIMIT = 100
SUBJECT_LIMIT = 200
# SES will not take this letter at any other time either.
_FOR_GOOD = ("MessageRejected", "BadRequestException")


class Refused(Exception):  # noqa: N818 - reads as what it says
    """No server will ever take this letter, or an address in it. The text is the reason."""


class Unavailable(Exception):  # noqa: N818 - reads as what it says
    """Letters cannot be sent now, and this one surely was not; later it may be. The text says why."""


class Uncertain(Exception):  # noqa: N818 - reads as what it says
    """The connection broke after the letter was on its way: perhaps it was sent. The text says how."""


def compose(
    *,
    to: str,
    to_name: str | None = None,
    subject: str,
    text: str,
    html: str | None = None,
    from_name: str | None = None,
    calendar: bytes | None = None,
    method: str = "PUBLISH",
    headers: Mapping[str, str] | None = None,
) -> EmailMessage:
    """A letter in the product's name. `calendar` is an iCalendar object, shown by mail programs as `method`.

    Raises Refused for an address that no header can hold.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = _sender(from_name)
    message["To"] = _address(to, to_name)
    message["Subject"] = header_text(subject, SUBJECT_LIMIT)
    message["Content-Language"] = "en"
    # RFC 3834: no out-of-office answers to a machine.
    message["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        message[name] = header_text(value, 900)
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    if calendar is not None:
        _add_calendar(message, calendar, method)
    return message


def raw(message: EmailMessage) -> bytes:
    """The letter as it is sent. Headers are not folded: an address that is longer than a line, Python would
    write as RFC 2047's encoded words, which no mail program reads as one."""
    return message.as_bytes(policy=SMTP.clone(max_line_length=998))


def send(raw: bytes, *, to: str) -> str:
    """Hand a letter to SES, once; its id there. Raises Refused, Unavailable or Uncertain."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415 (only jobs)

    sender = settings().mail_from
    if sender is None:
        raise Unavailable("MAIL_FROM is not set: this deployment has no address to send from")
    if len(raw) > SIZE_LIMIT:
        raise Refused(f"the letter has {len(raw)} bytes")
    try:
        answer = _client().send_email(
            FromEmailAddress=sender,
            Destination={"ToAddresses": [_address(to, None).addr_spec]},
            Content={"Raw": {"Data": raw}},
        )
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise (Refused if code in _FOR_GOOD else Unavailable)(str(error)) from error
    except HTTPClientError as error:
        # Could not connect is no HTTPClientError; read time-outs and broken connections are.
        raise Uncertain(str(error)) from error
    except BotoCoreError as error:
        raise Unavailable(str(error)) from error
    return answer["MessageId"]


def sender_address() -> str:
    """The address, without its name, that letters come from; Unavailable where there is none."""
    address = parseaddr(settings().mail_from or "")[1]
    if not address:
        raise Unavailable("MAIL_FROM is not set: this deployment has no address to send from")
    return address


def header_text(value: str, most: int) -> str:
    """A value as a header may hold it: one line, no control characters, nothing that reads as encoded.

    Mail programs, and Python's own parser, decode "=?utf-8?q?=0D=0A?=" wherever it stands in a header.
    """
    visible = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c for c in value)
    return " ".join(visible.replace("=?", "= ?").split())[:most]


def forget() -> None:
    """Drop the client (tests, where the environment changes)."""
    _client.cache_clear()


def _sender(name: str | None) -> Address:
    own_name, address = parseaddr(settings().mail_from or "")
    if not address:
        raise Unavailable("MAIL_FROM is not set: this deployment has no address to send from")
    return _address(address, name or own_name)


def _address(address: str, name: str | None) -> Address:
    try:
        # ASCII only: SES takes no SMTPUTF8 address, and a domain in Unicode has its xn-- form.
        local, _, domain = address.rpartition("@")
        plain = f"{local}@{domain.encode('idna').decode('ascii')}"
        plain.encode("ascii")
        return Address(display_name=header_text(name or "", NAME_LIMIT), addr_spec=plain)
    except (ValueError, IndexError, MessageError) as error:
        raise Refused(f"not an address that mail can be sent to: {error}") from error


def _add_calendar(message: EmailMessage, calendar: bytes, method: str) -> None:
    """Twice, as calendar programs want it: the part that is shown (RFC 6047 2.4), and a file to open."""
    message.add_alternative(
        calendar.decode(), subtype="calendar", params={"method": method}, cte="base64", charset="utf-8"
    )
    message.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")


@cache
def _client() -> "SESV2Client":
    import boto3  # noqa: PLC0415 (62 ms; only the functions that send pay it)
    from botocore.config import Config  # noqa: PLC0415

    # Tried once: after a time-out, botocore's own second try might send a letter twice. Who sends decides.
    limits = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 1, "mode": "standard"})
    return boto3.client("sesv2", region_name=settings().region, config=limits)
