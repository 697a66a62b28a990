"""Meetings as iCalendar objects (RFC 5545, RFC 5546): what mail and calendar programs make entries of.

A rule's occurrences are one entry with exceptions; "this and all following" begins an entry of its own, as
calendars do, because one UID has one rule.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from convoke.invitations.time_zones import component
from convoke.meetings.actions.agenda import Entry
from convoke.meetings.recurrence import Occurrence, Segment
from convoke.settings import settings

if TYPE_CHECKING:
    from icalendar import Event

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]
PRODUCT = "-//Convoke//Convoke//EN"


@dataclass(frozen=True)
class Participant:
    """An address in a calendar entry."""

    email: str
    name: str | None = None
    answer: str = "NEEDS-ACTION"


def calendar(
    entries: Iterable[Entry],
    *,
    method: Method,
    now: datetime,
    organizer: Participant | None = None,
    attendee: Participant | None = None,
    name: str | None = None,
) -> bytes:
    """The meetings with their time zones. With an attendee it is meant for that one's calendar."""
    from icalendar import Calendar  # noqa: PLC0415 (50 ms, for what shows calendars)

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", method)
    if name is not None:
        made.add("name", name)
        made.add("x-wr-calname", name)
        made.add("refresh-interval", timedelta(hours=1))
    shown = list(entries)
    for zone, year in _zones(shown).items():
        made.add_component(component(zone, year))
    for entry in shown:
        for event in _events(entry, cancelled=method == "CANCEL" or entry.status == "cancelled"):
            event.add("dtstamp", now)
            for role, person in (("organizer", organizer), ("attendee", attendee)):
                if person is not None:
                    event.add(role, _address(person, role), encode=False)
            made.add_component(event)
    written: bytes = made.to_ical()
    return written


def _zones(entries: Iterable[Entry]) -> dict[str, int]:
    """The time zones that the entries are told in, each with its first year."""
    found: dict[str, int] = {}
    for entry in entries:
        for segment in entry.series.segments if entry.series else ():
            year = segment.local_start.year
            found[segment.timezone] = min(year, found.get(segment.timezone, year))
    return found


def uid_of(entry: Entry, segment: Segment | None) -> str:
    """The same for ever: by it calendars know an entry again."""
    host = urlsplit(settings().public_url).hostname or "convoke"
    first = entry.series.segments[0] if entry.series else None
    if segment is None or segment is first:
        return f"{entry.id}@{host}"
    return f"{entry.id}-{segment.valid_from:%Y%m%dT%H%M%SZ}@{host}"


def _events(entry: Entry, *, cancelled: bool) -> "Iterator[Event]":
    if entry.series is None:
        once = entry.once()
        if once is not None:
            yield _event(entry, once, uid_of(entry, None), zone=None, cancelled=cancelled)
        return
    for segment in entry.series.segments:
        start = segment.valid_from
        whole = Occurrence(start, start, start + segment.duration, title=segment.title)
        event = _event(entry, whole, uid_of(entry, segment), zone=segment, cancelled=cancelled)
        event.add("rrule", _rule(segment))
        known = [
            each for name, each in entry.series.known.items() if entry.series.segment_of(name) is segment
        ]
        left_out = {each.original_start for each in known if each.status == "cancelled"} | segment.exceptions
        if left_out:
            event.add("exdate", [each.astimezone(segment.zone) for each in sorted(left_out)])
        yield event
        for each in known:
            if each.status != "cancelled" and _differs(each, segment):
                single = _event(entry, each, uid_of(entry, segment), zone=segment, cancelled=cancelled)
                single.add("recurrence-id", each.original_start.astimezone(segment.zone))
                yield single


def _event(entry: Entry, each: Occurrence, uid: str, *, zone: Segment | None, cancelled: bool) -> "Event":
    from icalendar import Event  # noqa: PLC0415

    event = Event()
    in_zone = zone.zone if zone else UTC
    said = each.description or entry.description
    event.add("uid", uid)
    event.add("sequence", entry.sequence)
    event.add("dtstart", each.start.astimezone(in_zone))
    event.add("dtend", each.end.astimezone(in_zone))
    event.add("summary", each.title or entry.title)
    event.add("description", f"{said}\n\n{entry.join_url}" if said else entry.join_url)
    event.add("location", entry.join_url)
    event.add("url", entry.join_url)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("created", entry.created_at)
    event.add("last-modified", entry.changed_at)
    return event


def _rule(segment: Segment) -> Any:
    from icalendar import vRecur  # noqa: PLC0415

    # RFC 5545 section 3.3.10: beside a start with a time zone, UNTIL is an instant.
    rule = segment.rule if segment.rule.until is None else segment.rule.ending(segment.valid_until)
    return vRecur.from_ical(rule.text())


def _differs(each: Occurrence, segment: Segment) -> bool:
    plain = (each.original_start, each.original_start + segment.duration)
    return (each.start, each.end) != plain or bool(each.title or each.description)


def _address(person: Participant, role: str) -> Any:
    from icalendar import vCalAddress  # noqa: PLC0415

    address = vCalAddress(f"mailto:{person.email}")
    if person.name:
        # RFC 6868 has a form for them that few programs read.
        address.params["CN"] = person.name.replace('"', "'")
    if role == "attendee":
        address.params |= {"ROLE": "REQ-PARTICIPANT", "PARTSTAT": person.answer, "RSVP": "FALSE"}
    return address
