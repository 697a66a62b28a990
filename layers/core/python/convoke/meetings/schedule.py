"""The shapes in which recurring meetings and their occurrences are asked for and told."""

from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from convoke.identity.model import time_zone
from convoke.meetings.recurrence import MAX_DURATION, Occurrence, Segment, plan
from convoke.meetings.rrule import MAX_LENGTH
from convoke.meetings.rule_words import summary
from convoke.meetings.rules import plannable
from convoke.text import line, prose

MAX_EXCEPTIONS = 200
# A page of occurrences, and how far apart its ends may be.
MAX_WINDOW = timedelta(days=731)
PAGE = 50

PlannedTime = Annotated[AwareDatetime, AfterValidator(plannable)]
TimeZoneName = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(time_zone)]
RuleText = Annotated[
    str, Field(min_length=1, max_length=MAX_LENGTH, description="RFC 5545: FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10")
]
OccurrenceTitle = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(partial(line, most=200))]
OccurrenceDescription = Annotated[str, Field(max_length=5000), AfterValidator(partial(prose, most=5000))]
Scope = Literal["one", "following"]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Recurrence(_Asked):
    """How a meeting comes again: a rule on the clock of a time zone, without some starts."""

    rule: RuleText
    timezone: TimeZoneName
    exceptions: Annotated[list[PlannedTime], Field(max_length=MAX_EXCEPTIONS)] = Field(default_factory=list)

    def planned(self, start: datetime, end: datetime) -> Segment:
        """Raises BadRule, which is a ValueError."""
        return plan(self.rule, self.timezone, start=start, end=end, exceptions=self.exceptions)


class PreviewRequest(Recurrence):
    """Body of `POST /v1/recurrence/preview`."""

    start: PlannedTime
    end: PlannedTime


class OccurrenceChange(_Asked):
    """What becomes different of one occurrence, or of it and all that follow."""

    start: PlannedTime | None = None
    end: PlannedTime | None = None
    title: OccurrenceTitle | None = None
    description: OccurrenceDescription | None = None
    rule: RuleText | None = Field(default=None, description="Only with scope=following.")
    timezone: TimeZoneName | None = Field(default=None, description="Only with scope=following.")

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        if self.start and self.end and not timedelta() < self.end - self.start <= MAX_DURATION:
            raise ValueError("an occurrence ends after its start, within a day")
        return self

    @property
    def moves(self) -> bool:
        """It is not only what they are called and about."""
        return any((self.start, self.end, self.rule, self.timezone))


class ToldRecurrence(BaseModel):
    """A rule that a meeting has; `summary` says it in words."""

    rule: str
    timezone: str
    exceptions: list[datetime]
    ends_at: datetime | None = Field(description="No start is later than this; null: it never ends.")
    summary: str


class NextOccurrence(BaseModel):
    """The one that is going on, or comes next."""

    original_start: datetime
    start: datetime
    end: datetime
    status: Literal["scheduled", "active"]
    title: str


class ToldOccurrence(BaseModel):
    """One meeting of a series. `original_start` is its name: when it would be by the rule."""

    original_start: datetime
    start: datetime
    end: datetime
    status: Literal["scheduled", "cancelled", "active", "ended"]
    title: str
    description: str | None
    started_at: datetime | None
    ended_at: datetime | None
    duration_seconds: int | None
    total_participants: int | None
    changed: bool = Field(description="It differs from what the rule says.")


class OccurrenceDetail(ToldOccurrence):
    recurrence: ToldRecurrence = Field(description="In force at that date.")


class OccurrencePage(BaseModel):
    items: list[ToldOccurrence]
    next_cursor: str | None


class PreviewedOccurrence(BaseModel):
    start: datetime
    end: datetime


class Preview(BaseModel):
    """What a rule means, before a meeting has it."""

    rule: str
    summary: str
    items: list[PreviewedOccurrence]
    ends_at: datetime | None


def told_occurrence(each: Occurrence, *, title: str, description: str | None) -> ToldOccurrence:
    """`title` and `description` are the meeting's, for an occurrence without its own."""
    return ToldOccurrence(
        **{
            **{name: getattr(each, name) for name in ToldOccurrence.model_fields},
            "title": each.title or title,
            "description": each.description or description,
        }
    )


def told_recurrence(segment: Segment) -> ToldRecurrence:
    return ToldRecurrence(
        rule=segment.rule.text(),
        timezone=segment.timezone,
        exceptions=sorted(segment.exceptions),
        ends_at=segment.valid_until,
        summary=summary(segment.rule, segment.local_start, segment.timezone),
    )
