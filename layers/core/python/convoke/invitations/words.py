"""What letters about meetings say. Times are those of the reader's clock, HTML is escaped here."""

from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Literal
from zoneinfo import ZoneInfo

from convoke.meetings.actions.agenda import Entry

LetterKind = Literal["invitation", "update", "cancellation", "reminder"]
_DAY = "{0:%A}, {0.day} {0:%B %Y}, {0:%H:%M}"


@dataclass(frozen=True)
class Letter:
    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Facts:
    """What a letter tells of. `page` is where one answers; None for who is not invited any more."""

    kind: LetterKind
    entry: Entry
    inviter: str
    timezone: str
    page: str | None
    message: str | None = None
    start: datetime | None = None


def letter(facts: Facts) -> Letter:
    title = facts.entry.title
    lead = {
        "invitation": f"{facts.inviter} invites you to “{title}”.",
        "update": f"“{title}” has changed. This is how it is now.",
        "cancellation": f"“{title}” is cancelled."
        if facts.page
        else f"You are no longer invited to “{title}”.",
        "reminder": f"“{title}” begins soon.",
    }[facts.kind]
    subject = {
        "invitation": f"Invitation: {title}",
        "update": f"Changed: {title}",
        "cancellation": f"Cancelled: {title}",
        "reminder": f"Soon: {title}",
    }[facts.kind]
    said = [line for line in (facts.message,) if line and facts.kind == "invitation"]
    rows = _rows(facts)
    links = _links(facts)
    text = [lead, *said, "\n".join(f"{name}: {value}" for name, value in rows)]
    text += [f"{name}:\n{url}" for name, url in links]
    return Letter(subject, "\n\n".join(part for part in text if part) + "\n", _html(lead, said, rows, links))


def when(start: datetime, end: datetime | None, timezone: str) -> str:
    """ "Monday, 23 November 2026, 09:00 to 10:00 (Europe/Berlin)"."""
    zone = _zone(timezone)
    first = start.astimezone(zone)
    told = _DAY.format(first)
    if end is not None:
        last = end.astimezone(zone)
        told += f" to {last:%H:%M}" if last.date() == first.date() else f" to {_DAY.format(last)}"
    return f"{told} ({zone.key})"


def _rows(facts: Facts) -> list[tuple[str, str]]:
    entry = facts.entry
    rows: list[tuple[str, str]] = []
    start = facts.start or entry.start
    if start is not None:
        # A reminder may be read when the meeting has gone on to its next date.
        end = entry.end if start == entry.start else None
        rows.append(("When", when(start, end, facts.timezone)))
    else:
        rows.append(("When", "now, or whenever its host starts it"))
    if entry.rule_in_words and facts.kind != "reminder":
        rows.append(("Repeats", entry.rule_in_words))
    if entry.host_name:
        rows.append(("Host", entry.host_name))
    if entry.description and facts.kind in ("invitation", "update"):
        rows.append(("About", entry.description))
    return rows


def _links(facts: Facts) -> list[tuple[str, str]]:
    if facts.page is None or facts.kind == "cancellation":
        return []
    if facts.kind == "reminder":
        return [("Join", facts.page)]
    return [("Accept or decline", facts.page)]


def _html(lead: str, said: list[str], rows: list[tuple[str, str]], links: list[tuple[str, str]]) -> str:
    def lines(text: str) -> str:
        return escape(text).replace("\n", "<br>")

    body = [f"<p><strong>{escape(lead)}</strong></p>"]
    body += [f"<blockquote>{lines(part)}</blockquote>" for part in said]
    cells = "".join(
        f'<tr><th align="left" valign="top" style="padding:2px 12px 2px 0">{escape(name)}</th>'
        f"<td>{lines(value)}</td></tr>"
        for name, value in rows
    )
    body.append(f"<table>{cells}</table>")
    body += [
        f'<p><a href="{escape(url)}" style="display:inline-block;padding:10px 18px;border-radius:6px;'
        f'background:#2f5bea;color:#fff;text-decoration:none">{escape(name)}</a></p>'
        for name, url in links
    ]
    return (
        '<!doctype html><html lang="en"><body style="font-family:sans-serif;line-height:1.5">'
        + "".join(body)
        + "</body></html>"
    )


def _zone(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(str(UTC))
