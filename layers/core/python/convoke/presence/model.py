"""Whether somebody is there: what each device tells, and what follows for the person. No I/O."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from convoke.contacts.model import UserId

# Clients ping every 20 s; the timers of a hidden tab run once a minute.
DEVICE_SECONDS = 150
KEY_SECONDS = 300
SAVE_SECONDS = 300
# A watch is renewed by its client every 5 minutes: what was lost on the way is repaired by then.
WATCH_SECONDS = 600
WATCHED_MAX = 200
WAITING_MAX = 500
TYPING_MS = 3_000
TYPING_EVERY_MS = 2_000

Activity = Literal["online", "away"]
Engagement = Literal["in_meeting", "in_call", "queuing"]


class State(StrEnum):
    ONLINE = "online"
    AWAY = "away"
    IN_MEETING = "in_meeting"
    IN_CALL = "in_call"
    QUEUING = "queuing"
    OFFLINE = "offline"


# What a person is doing on one device says more than what the others tell.
BEST_FIRST = (State.IN_CALL, State.IN_MEETING, State.QUEUING, State.ONLINE, State.AWAY)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class WatchRequest(_Asked):
    user_ids: Annotated[list[UserId], Field(min_length=1, max_length=WATCHED_MAX)]


class UpdateRequest(_Asked):
    state: Activity


class TypingRequest(_Asked):
    chat_id: UserId


class Presence(_Told):
    """presence.changed: of two for one person the one with the later `at` holds."""

    user_id: str
    state: State
    last_seen_at: datetime | None = Field(description="When offline, and not hidden by the person.")
    at: datetime


class Watched(_Told):
    """Those of the asked whom the caller may see; of the others nothing is told."""

    items: list[Presence]


class Updated(_Told):
    state: State


class Typing(_Told):
    """chat.typing"""

    chat_id: str
    user_id: str | None
    participant_id: str | None
    display_name: str


# In the scopes `presence:{user}` and `chat:{chat}`.
EVENTS: dict[str, type[_Told]] = {"presence.changed": Presence, "chat.typing": Typing}


def scope_of(user_id: str) -> str:
    """The scope under which a person's presence is told."""
    return f"presence:{user_id}"


def milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


def instant(ms: int | str) -> datetime:
    return datetime.fromtimestamp(int(ms) / 1000, UTC)


def best(states: Iterable[str]) -> State:
    present = set(states)
    return next((state for state in BEST_FIRST if state in present), State.OFFLINE)


def state_in(fields: Mapping[str, str], now: datetime) -> State:
    """What the hash of a person says: the best of the devices that were heard of lately."""
    oldest = milliseconds(now) - DEVICE_SECONDS * 1000
    devices = [value.split(",") for name, value in fields.items() if name.startswith("d:")]
    return best(engagement or activity for activity, engagement, beat in devices if int(beat) >= oldest)


def due_after(beat: datetime) -> datetime:
    """When a device counts no more of which nothing is heard after `beat`."""
    return beat + timedelta(seconds=DEVICE_SECONDS + 1)


def soon(now: datetime) -> datetime:
    """Not within the same sweep again."""
    return now + timedelta(seconds=1)


def watcher_name(viewer: str, connection_id: str) -> str:
    return f"{viewer}:{connection_id}"


def viewer_of(watcher: str) -> str:
    return watcher.partition(":")[0]
