"""One mail to SES, one push to a browser's push service, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from email.utils import parseaddr

from psycopg.rows import DictRow

from convoke.backends import mail, web_push
from convoke.identity import actions as identity
from convoke.notifications.actions.preferences import PREFERENCES_PAGE, unsubscribe_headers, unsubscribe_page
from convoke.notifications.model import push
from convoke.notifications.model.delivery import Owed
from convoke.notifications.model.letter import Links, letter
from convoke.settings import settings


@dataclass(frozen=True)
class Taken:
    """The other side has it."""


@dataclass(frozen=True)
class Retry:
    """Surely not taken; later it may be."""

    reason: str
    retry_after: int | None = None


@dataclass(frozen=True)
class Refused:
    """Never to be sent again: it will not be taken, or perhaps it was."""

    reason: str


@dataclass(frozen=True)
class Gone:
    """The browser has ended its subscription."""


Outcome = Taken | Retry | Refused | Gone


def mail_to(row: DictRow, owed: Owed, now: datetime) -> Outcome:
    kind, user_id, origin = owed.notification.type, owed.user_id, settings().public_url
    links = Links(
        action=origin + (owed.notification.action_url or "/notifications"),
        preferences=origin + PREFERENCES_PAGE,
        unsubscribe=unsubscribe_page(user_id, kind, now),
    )
    told = letter(owed.notification, row["display_name"], owed.zone, links)
    try:
        message = mail.compose(
            to=row["email"],
            to_name=row["display_name"],
            subject=told.subject,
            text=told.text,
            html=told.html,
            headers=unsubscribe_headers(user_id, kind, now),
        )
        mail.send(mail.raw(message), to=parseaddr(message["To"])[1])
    except mail.Refused as error:
        return Refused(str(error)[:200])
    except mail.Uncertain:
        return Refused("perhaps sent")
    except mail.Unavailable as error:
        return Retry(str(error)[:200])
    return Taken()


def _contact() -> str:
    """Whom a push service may turn to (RFC 8292 2.1): an https or mailto address, which a laptop's own
    origin is not."""
    origin = settings().public_url
    return origin if origin.startswith("https:") else f"mailto:{mail.sender_address()}"


def push_to(row: DictRow, owed: Owed, now: datetime) -> Outcome:
    endpoint = row["endpoint"]
    # Asked again: the list may have become shorter since the device was taken.
    if not push.is_known_service(endpoint, settings().push_services):
        return Gone()
    try:
        answer = web_push.post(
            web_push.Receiver(endpoint, row["p256dh"], row["auth"]),
            push.payload(owed.notification, row["unread"]),
            seed=identity.push_seed(),
            contact=_contact(),
            ttl=push.time_to_live(owed.expires_at, now),
            urgency=push.urgency(owed.notification),
            topic=push.topic(owed.notification.subject),
            now=now,
        )
    except web_push.Unreachable as error:
        return Retry(f"unreachable: {error}"[:200])
    except web_push.Uncertain as error:
        return Refused(f"perhaps sent: {error}"[:200])
    if answer.status in (404, 410):
        return Gone()
    if answer.status == 429 or answer.status >= 500:
        return Retry(f"status {answer.status}", answer.retry_after)
    return Taken() if 200 <= answer.status < 300 else Refused(f"status {answer.status}")
