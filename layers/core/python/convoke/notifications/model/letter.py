"""A notification as a letter: subject, plain text and simple HTML, its times by the reader's own clock."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from convoke.notifications.model.notification import Notification, NotificationType

# What the link in the letter does, as its words.
_ACTIONS = {
    NotificationType.INVITATION: "Open the invitation",
    NotificationType.MEETING_REMINDER: "Join the meeting",
    NotificationType.MEETING_CHANGED: "See the meeting",
    NotificationType.MEETING_CANCELLED: "See the meeting",
    NotificationType.MISSED_CALL: "Call back",
    NotificationType.MESSAGE: "Open the chat",
    NotificationType.MENTION: "Open the chat",
}
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body style="margin:0;padding:24px;background:#f4f5f7;color:#16181d;'
    'font:16px/1.5 system-ui,sans-serif"><div style="max-width:560px;margin:0 auto;padding:24px;'
    'background:#ffffff;border-radius:12px">{body}</div>'
    '<p style="max-width:560px;margin:16px auto;font-size:13px;color:#565b66">{footer}</p></body></html>'
)
_BUTTON = (
    '<p><a href="{url}" style="display:inline-block;padding:10px 18px;border-radius:8px;'
    'background:#3451c6;color:#ffffff;text-decoration:none">{words}</a></p>'
)


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Links:
    """Absolute addresses: of the thing itself, of one's wishes, and to end letters of this type."""

    action: str
    preferences: str
    unsubscribe: str


def letter(notification: Notification, name: str, zone: ZoneInfo, links: Links) -> Letter:
    when = when_of(notification, zone)
    action = _ACTIONS.get(notification.type, "Open Convoke")
    return Letter(
        subject=notification.title,
        text="\n".join(_text(notification, name, when, action, links)),
        html=_html(notification, name, when, action, links),
    )


def when_of(notification: Notification, zone: ZoneInfo) -> str | None:
    """ "Friday, 20 November 2026, 14:00 to 15:00 (Europe/Berlin)", from the instants in `data`."""
    start, end = (_instant(notification.data.get(name), zone) for name in ("starts_at", "ends_at"))
    if start is None:
        return None
    told = _moment(start)
    if end is not None and end > start:
        told += f" to {end:%H:%M}" if end.date() == start.date() else f" to {_moment(end)}"
    return f"{told} ({zone.key})"


def _text(
    notification: Notification, name: str, when: str | None, action: str, links: Links
) -> Iterator[str]:
    yield f"Hello {name},"
    yield ""
    yield notification.title
    if notification.message:
        yield ""
        yield notification.message
    if when:
        yield ""
        yield f"When: {when}"
    yield ""
    yield f"{action}: {links.action}"
    yield ""
    yield "-- "
    yield f"You can choose what you are told: {links.preferences}"
    yield f"No more mails of this kind: {links.unsubscribe}"


def _html(notification: Notification, name: str, when: str | None, action: str, links: Links) -> str:
    parts = [f"<p>Hello {escape(name)},</p>", f"<p><strong>{escape(notification.title)}</strong></p>"]
    if notification.message:
        parts.append(f'<p style="white-space:pre-line">{escape(notification.message)}</p>')
    if when:
        parts.append(f"<p>When: {escape(when)}</p>")
    parts.append(_BUTTON.format(url=escape(links.action), words=escape(action)))
    footer = (
        f'<a href="{escape(links.preferences)}">Choose what you are told</a> · '
        f'<a href="{escape(links.unsubscribe)}">No more mails of this kind</a>'
    )
    return _PAGE.format(title=escape(notification.title), body="".join(parts), footer=footer)


def _moment(instant: datetime) -> str:
    return f"{instant:%A}, {instant.day} {instant:%B %Y}, {instant:%H:%M}"


def _instant(value: object, zone: ZoneInfo) -> datetime | None:
    """None for what another noun did not write as RFC 3339: the rest of the letter is worth sending."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant.astimezone(zone) if instant is not None and instant.tzinfo else None
