"""How a person wants to be told: by which ways for each type, and in which hours not to be disturbed."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, model_validator

from convoke.notifications.model.notification import KINDS, Channel, NotificationType

_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


def _clock(value: object) -> object:
    """ "22:00", as a clock on the wall says it: no seconds, no zone."""
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return time.fromisoformat(value)
    if isinstance(value, time):
        return value
    raise ValueError("a time of day is written HH:MM")


TimeOfDay = Annotated[
    time, BeforeValidator(_clock), PlainSerializer(lambda moment: moment.strftime("%H:%M"), return_type=str)
]


class Choice(BaseModel):
    """Whether a type comes by each way."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    in_app: bool
    email: bool
    push: bool


class QuietHours(BaseModel):
    """From `start` to `end` by the clock of the account's time zone; over midnight when `end` is earlier."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    start: TimeOfDay
    end: TimeOfDay

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.start == self.end:
            raise ValueError("start and end must differ")
        return self

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When the quiet hours end in which `now` lies; None outside of them."""
        local = now.astimezone(zone)
        if not self._holds(local.time()):
            return None
        # Twice each day's end: on the night when the clock is put back, it may be passed twice.
        ends = (
            _instant(local.date() + timedelta(days=days), self.end, zone, fold)
            for days in (0, 1)
            for fold in (0, 1)
        )
        return next(end for end in ends if end > now)

    def _holds(self, moment: time) -> bool:
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


class StoredPreferences(BaseModel):
    """What the account keeps: only what its owner has chosen. Types of another version fall away."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    channels: dict[NotificationType, Choice] = {}
    quiet_hours: QuietHours | None = None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        known = {key: value for key, value in kept.get("channels", {}).items() if key in KINDS}
        return cls.model_validate({**kept, "channels": known})

    def choice(self, kind: NotificationType) -> Choice:
        return narrowed(kind, self.channels[kind]) if kind in self.channels else usual(kind)


class PreferencesUpdate(BaseModel):
    """The whole of one's wishes: types that are left out come as usual."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channels: dict[NotificationType, Choice] = {}
    quiet_hours: QuietHours | None = None


class Preferences(BaseModel):
    """With `possible`, the ways a type can come at all, and the time zone that quiet hours go by."""

    channels: dict[NotificationType, Choice]
    possible: dict[NotificationType, list[Channel]]
    quiet_hours: QuietHours | None
    timezone: str


class Unsubscribed(BaseModel):
    """Letters of this type are not sent any more."""

    type: NotificationType
    email: Literal[False] = False


def usual(kind: NotificationType) -> Choice:
    return Choice(**{channel.value: channel in KINDS[kind].usual for channel in Channel})


def narrowed(kind: NotificationType, wanted: Choice) -> Choice:
    """What is wanted, as far as it is possible."""
    possible = KINDS[kind].possible
    return Choice(
        **{channel.value: channel in possible and getattr(wanted, channel.value) for channel in Channel}
    )


def preferences(stored: StoredPreferences, timezone: str) -> Preferences:
    return Preferences(
        channels={kind: stored.choice(kind) for kind in NotificationType},
        possible={
            kind: [channel for channel in Channel if channel in KINDS[kind].possible]
            for kind in NotificationType
        },
        quiet_hours=stored.quiet_hours,
        timezone=timezone,
    )


def _instant(day: date, moment: time, zone: ZoneInfo, fold: int) -> datetime:
    return datetime.combine(day, moment.replace(fold=fold), zone).astimezone(UTC)
