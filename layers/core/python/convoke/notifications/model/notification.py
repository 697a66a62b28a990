"""The kinds of things that people are told, and one of them as its reader sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from convoke.cursors import invalid_cursor, pack, unpack
from convoke.ids import EPOCH
from convoke.text import line, prose

MAX_TITLE = 200
MAX_MESSAGE = 1_000
# Beyond it a count is "many": it need not be counted to the end.
MAX_UNREAD = 1_000
PAGE_DEFAULT = 30
PAGE_MAX = 100
# A path of the one origin, percent-encoded: `//host` and `/\host` are other origins to a browser.
_PATH: Final = re.compile(r"/([!-.0-\[\]-~][!-\[\]-~]{0,498})?")

Id = Annotated[
    str,
    Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        examples=["01991b6e-5c00-7a10-8000-000000000000"],
    ),
]


class Channel(StrEnum):
    IN_APP = "in_app"
    EMAIL = "email"
    PUSH = "push"


class NotificationType(StrEnum):
    INVITATION = "invitation"
    MEETING_REMINDER = "meeting_reminder"
    MEETING_CHANGED = "meeting_changed"
    MEETING_CANCELLED = "meeting_cancelled"
    INCOMING_CALL = "incoming_call"
    MISSED_CALL = "missed_call"
    MESSAGE = "message"
    MENTION = "mention"
    CONTACT = "contact"
    SYSTEM = "system"


@dataclass(frozen=True)
class Kind:
    """How a type is told: by which ways unless its reader says otherwise, and by which ways at all.

    `lifetime` is how long a mail or a push of it is worth sending; `urgency` is RFC 8030's.
    """

    usual: frozenset[Channel]
    possible: frozenset[Channel]
    lifetime: timedelta
    urgency: Literal["low", "normal", "high"] = "normal"


_ALL = frozenset(Channel)
_ON_SCREEN = frozenset({Channel.IN_APP, Channel.PUSH})
_DAY = timedelta(days=1)

KINDS: Final[Mapping[NotificationType, Kind]] = {
    NotificationType.INVITATION: Kind(_ALL, _ALL, 7 * _DAY),
    NotificationType.MEETING_REMINDER: Kind(_ON_SCREEN, _ALL, timedelta(minutes=15), "high"),
    NotificationType.MEETING_CHANGED: Kind(_ALL, _ALL, 2 * _DAY),
    NotificationType.MEETING_CANCELLED: Kind(_ALL, _ALL, 2 * _DAY),
    # It rings in an open page by itself, and a mail about it is always too late.
    NotificationType.INCOMING_CALL: Kind(
        frozenset({Channel.PUSH}), frozenset({Channel.PUSH}), timedelta(seconds=45), "high"
    ),
    NotificationType.MISSED_CALL: Kind(_ON_SCREEN, _ALL, 2 * _DAY),
    # A chat counts its own unread messages: in the list they would be told twice.
    NotificationType.MESSAGE: Kind(frozenset({Channel.PUSH}), _ALL, _DAY),
    NotificationType.MENTION: Kind(_ON_SCREEN, _ALL, _DAY),
    NotificationType.CONTACT: Kind(_ON_SCREEN, _ALL, 7 * _DAY, "low"),
    NotificationType.SYSTEM: Kind(frozenset({Channel.IN_APP, Channel.EMAIL}), _ALL, 7 * _DAY, "low"),
}


class Notification(BaseModel):
    """Something that its reader was told. `data` has the ids to act on; instants in it are RFC 3339."""

    model_config = ConfigDict(frozen=True)

    id: str
    type: NotificationType
    title: str
    message: str
    data: dict[str, Any]
    action_url: str | None
    subject: str | None
    created_at: datetime
    read_at: datetime | None


class NotificationPage(BaseModel):
    """`unread` counts all that are unread, up to 1,000."""

    items: list[Notification]
    next_cursor: str | None
    unread: int


class Unread(BaseModel):
    unread: int


class ReadAllRequest(BaseModel):
    """`until`: only those told up to then, so that what has just come stays unread."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: datetime | None = None


class NotificationCreated(BaseModel):
    """Something new, or a grouped one that has more to say: same id, new content."""

    notification: Notification
    unread: int


class NotificationsRead(BaseModel):
    """These are read now on every device; or all that were told until then."""

    ids: list[str] | Literal["all"]
    until: datetime | None = None
    unread: int


class NotificationsDeleted(BaseModel):
    ids: list[str]
    unread: int


EVENTS: Final[dict[str, type[BaseModel]]] = {
    "notification.created": NotificationCreated,
    "notification.read": NotificationsRead,
    "notification.deleted": NotificationsDeleted,
}


def title_of(text: str, kind: NotificationType) -> str:
    """One visible line; what other people have typed may be longer, and may have nothing to show."""
    try:
        return _cut(line(text, len(text) * 4), MAX_TITLE)
    except ValueError:
        return kind.value.replace("_", " ").capitalize()


def message_of(text: str) -> str:
    return _cut(prose(text, len(text) * 4), MAX_MESSAGE)


def action_of(url: str | None) -> str | None:
    """A path of this product; anything else would send people elsewhere in our name."""
    return url if url and _PATH.fullmatch(url) else None


def encode_cursor(created_at: datetime, notification_id: str) -> str:
    moment = (created_at - EPOCH) // timedelta(microseconds=1)
    return pack(moment.to_bytes(8) + UUID(notification_id).bytes)


def decode_cursor(cursor: str) -> tuple[datetime, str]:
    """When the last item of the page before was told, and its id; Problem 400 for what is no cursor."""
    raw = unpack(cursor)
    moment = int.from_bytes(raw[:8])
    # Beyond the year 2255 datetime has an end.
    if len(raw) != 24 or moment >= 1 << 53:
        raise invalid_cursor()
    return EPOCH + timedelta(microseconds=moment), str(UUID(bytes=raw[8:]))


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
