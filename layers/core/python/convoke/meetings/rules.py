"""Who may do what in a meeting: pure decisions over plain values, no clock and no I/O."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from convoke.errors import Problem, conflict, forbidden, invalid
from convoke.ids import UUID_FORM
from convoke.text import line

# An admitted person has this long to enter before the seat is somebody else's.
SEAT_HOLD = timedelta(seconds=60)
# After this the ticket of an admitted person is dead, and the row only says that nobody came.
ENTRY_LIMIT = timedelta(minutes=5)
# Missed by the sweep once, and still away this long after: gone.
MISSING_LIMIT = timedelta(seconds=90)
# People in the lobby take no seat; this bounds what a flood of them may store.
LOBBY_LIMIT = 200
TAG_LENGTH = 50

CODE_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
CODE_FORM = re.compile(r"[a-z]{3}-[a-z]{4}-[a-z]{3}")
SLUG_FORM = re.compile(r"[a-z0-9](-?[a-z0-9])*")

LEADERS = frozenset({"host", "co-host"})


def clean_tags(values: list[str]) -> list[str]:
    """Tags as names in lower case, each once, in the order given."""
    return list(dict.fromkeys(line(value.lower(), TAG_LENGTH) for value in values))


def plannable(instant: datetime) -> datetime:
    """A time within a calendar's reach, in UTC: year 9999 has instants that Python reads from no database."""
    if not 2000 <= instant.year <= 2200:
        raise ValueError("must be between the years 2000 and 2200")
    return instant.astimezone(UTC)


def refuse_reserved_slug(value: str) -> str:
    """A slug must not pass for somebody's code or id: all three stand in the same place of an address."""
    if CODE_FORM.fullmatch(value) or UUID_FORM.fullmatch(value):
        raise ValueError("must not have the form of a meeting code or id")
    return value


def new_code(choice: Callable[[str], str]) -> str:
    """A code like `abc-defg-hij`: 26^10, 47 bits. `choice` is `secrets.choice`: nobody may guess codes."""
    letters = "".join(choice(CODE_ALPHABET) for _ in range(10))
    return f"{letters[:3]}-{letters[3:7]}-{letters[7:]}"


def reference_of(text: str) -> str | None:
    """An id, code or slug as it is stored; None for what can be none of them."""
    value = text.strip().lower()
    if len(value) <= 64 and SLUG_FORM.fullmatch(value):
        return value
    return None


@dataclass(frozen=True)
class Door:
    """What of a meeting decides who comes in."""

    status: str
    host_user_id: str | None
    has_password: bool
    require_auth: bool
    allow_guests: bool
    waiting_room: bool
    locked: bool
    guests_wait: bool


@dataclass(frozen=True)
class Comer:
    """Who stands at the door: a user or a guest, and the place they have had in this meeting, if any."""

    user_id: str | None
    role: str | None = None
    status: str | None = None
    must_wait: bool = False
    connection_lost: bool = False


@dataclass(frozen=True)
class Entry:
    role: str
    status: Literal["invited", "waiting", "joined"]


def ended() -> Problem:
    return Problem("meeting_ended", 410, "The meeting is over")


def require_open(status: str) -> None:
    if status in ("ended", "cancelled"):
        raise ended()


def require_welcome(door: Door, comer: Comer) -> None:
    """Raise unless this kind of person may come at all."""
    require_open(door.status)
    if comer.user_id is None and (door.require_auth or not door.allow_guests):
        raise forbidden(
            "auth_required", "This meeting is for people with an account.", title="Sign in to join"
        )


def needs_password(door: Door, comer: Comer) -> bool:
    """The host knows it, and who is inside (or was let in) has given it."""
    return door.has_password and not _leads(door, comer) and comer.status not in ("joined", "invited")


def entry(door: Door, comer: Comer) -> Entry:
    """Where somebody who is welcome and knows the password goes. Raises Problem `meeting_locked`."""
    role = "host" if _hosts(door, comer) else comer.role or "participant"
    if comer.status == "joined":
        return Entry(role, "joined")
    if _leads(door, comer) or comer.status == "invited":
        return Entry(role, "invited")
    # Who was let in before and went by nobody's will is nobody new, and does not wait for a lift or a tunnel.
    returns = comer.connection_lost and not comer.must_wait
    if door.locked and not returns:
        raise conflict("meeting_locked", "The host has locked the meeting.", title="The meeting is locked")
    new_guest = comer.user_id is None and comer.status is None
    waits = door.waiting_room or (door.guests_wait and new_guest)
    if comer.must_wait or (waits and not returns):
        return Entry(role, "waiting")
    return Entry(role, "invited")


def _hosts(door: Door, comer: Comer) -> bool:
    return comer.user_id is not None and comer.user_id == door.host_user_id


def _leads(door: Door, comer: Comer) -> bool:
    return _hosts(door, comer) or (comer.role in LEADERS and not comer.must_wait)


def require_leader(role: str) -> None:
    if role not in LEADERS:
        raise forbidden("not_host", "Only the host and co-hosts may do this.")


def require_host(role: str) -> None:
    if role != "host":
        raise forbidden("not_host", "Only the host may do this.")


def require_power(actor: str, target: str, *, what: str) -> None:
    """A leader over somebody of lower rank: nobody over the host, only the host over a co-host."""
    require_leader(actor)
    if target == "host" or (target == "co-host" and actor != "host"):
        raise forbidden("not_allowed_on_role", f"A {actor} may not {what} a {target}.")


def require_promotion(actor: str, target: str, wanted: str) -> None:
    """The host makes and unmakes co-hosts; a co-host moves people between participant and viewer."""
    require_power(actor, target, what="change the role of")
    if wanted == "host":
        raise invalid("the host's role passes by meeting.transfer", field="role")
    if wanted == "co-host" and actor != "host":
        raise forbidden("not_allowed_on_role", "Only the host may name co-hosts.")


def require_state(
    changes: dict[str, bool], *, role: str, allow_screen_share: bool, was_sharing: bool
) -> None:
    """What a participant may turn on in its own state."""
    if role == "viewer" and (
        changes.get("muted") is False or changes.get("video_on") or changes.get("screen_sharing")
    ):
        raise forbidden("viewer", "A viewer may not publish.")
    starts = changes.get("screen_sharing") and not was_sharing
    if starts and not allow_screen_share and role not in LEADERS:
        raise forbidden("screen_share_not_allowed", "The host does not allow sharing a screen.")


def media_room(row: Mapping[str, Any]) -> str:
    """The room on a media node where somebody's media is: their breakout room, or the meeting's own."""
    return str(row["breakout_id"] or row["meeting_id"])


def may_publish(role: str, *, allow_screen_share: bool) -> list[str]:
    """Types of streams (convoke.media.model.StreamType) that the node takes from somebody of this role."""
    if role == "viewer":
        return []
    if allow_screen_share or role in LEADERS:
        return ["microphone", "camera", "screen", "screen_audio"]
    return ["microphone", "camera"]


def state_lost(role: str, *, allow_screen_share: bool) -> dict[str, bool]:
    """What of their state somebody who gets this role cannot keep."""
    rights = may_publish(role, allow_screen_share=allow_screen_share)
    lost = {"muted": ("microphone", True), "video_on": ("camera", False), "screen_sharing": ("screen", False)}
    return {name: value for name, (stream, value) in lost.items() if stream not in rights}


def same_rights(before: str, after: str, *, allow_screen_share: bool) -> bool:
    """Whether a node takes the same from somebody after a change of role."""
    rights = [may_publish(role, allow_screen_share=allow_screen_share) for role in (before, after)]
    return rights[0] == rights[1]


def state_events(before: dict[str, bool], after: dict[str, bool]) -> list[str]:
    """The kinds of event that tell how one state became another."""
    names = {
        "muted": ("participant.muted", "participant.unmuted"),
        "video_on": ("participant.video_started", "participant.video_stopped"),
        "screen_sharing": ("participant.screen_share_started", "participant.screen_share_stopped"),
        "hand_raised": ("participant.hand_raised", "participant.hand_lowered"),
    }
    return [on if after[key] else off for key, (on, off) in names.items() if before[key] != after[key]]


# What may stand in an emoji beside its symbols: joiner, variation selector, keycap, and what is under it.
_EMOJI_PARTS = frozenset("\u200d\ufe0f\u20e30123456789#*")


def require_emoji(text: str) -> None:
    """A reaction is one emoji, never a word: category So, with its joiners, skin tones (Sk) and tags."""
    symbols = sum(unicodedata.category(c) == "So" or c == "\u20e3" for c in text)
    others = all(
        unicodedata.category(c) in ("So", "Sk") or c in _EMOJI_PARTS or 0xE0020 <= ord(c) <= 0xE007F
        for c in text
    )
    if not symbols or not others:
        raise invalid("must be an emoji", field="emoji")


def not_own_participant() -> Problem:
    return forbidden("not_own_participant", "This participant is somebody else.")


def within_capacity(waiting: Sequence[str], *, taken: int, capacity: int) -> list[str]:
    """Who of the waiting (longest first) still has a seat."""
    return list(waiting[: max(0, capacity - taken)])


def is_gone(missing_since: datetime, now: datetime) -> bool:
    return now - missing_since > MISSING_LIMIT
