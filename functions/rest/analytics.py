"""Statistics over REST: usage for admins, one meeting's story and quality for its host. JSON or CSV."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from pydantic import AfterValidator, BaseModel

from convoke.analytics.actions import read_meeting, read_usage
from convoke.analytics.model.looks import MeetingQuality, QualityPoint, Timeline
from convoke.analytics.model.table import Cell, table
from convoke.analytics.model.usage import Dimension, Metric, Usage
from convoke.identity.model import time_zone
from functions import http

JSON = "application/json"
CSV = "text/csv; charset=utf-8"
USUAL_DAYS = 30

app = http.resolver()

Reference = Annotated[str, Path(max_length=64, description="The meeting's id, code or slug.")]
Format = Annotated[
    Literal["json", "csv"] | None, Query(description="Instead of `Accept: text/csv`, for plain links.")
]
Zone = Annotated[
    str,
    AfterValidator(time_zone),
    Query(max_length=64, description="IANA time zone by whose clock the words tell times."),
]


@app.get(
    "/v1/analytics/usage",
    summary="Usage by day (admins)",
    tags=["analytics"],
    responses=http.responses(200, 401, 403, 503),
)
def usage(
    *,
    metric: Annotated[Metric, Query()] = Metric.MEETINGS,
    dimension: Annotated[Dimension, Query()] = Dimension.TOTAL,
    first: Annotated[date | None, Query(alias="from", description="Without: 30 days ago")] = None,
    last: Annotated[date | None, Query(alias="to", description="Without: today, in UTC")] = None,
    value: Annotated[str | None, Query(max_length=100, description="Only this value")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="The so many largest values")] = 10,
    format: Format = None,  # noqa: A002 (its name in the address)
) -> Response[Usage | str]:
    """A number for each UTC day and value of the dimension. A year at most, three months by user.

    Today's numbers are an hour old at most; events that come late change a day up to three days after.
    """
    last = last or http.now_utc().date()
    first = first or last - timedelta(days=USUAL_DAYS - 1)
    found = read_usage.read_usage(
        http.user(app), metric, dimension, first=first, last=last, value=value, limit=limit
    )
    rows = (
        (point.date, found.metric.value, found.dimension.value, series.value, series.label, point.value)
        for series in found.series
        for point in series.points
    )
    columns = ("date", "metric_name", "dimension_key", "dimension_value", "name", "metric_value")
    return _answer(found, format, f"usage-{metric.value}-{first}-{last}", columns, rows)


@app.get(
    "/v1/meetings/<meeting>/timeline",
    summary="What happened in a meeting (its host, admins)",
    tags=["analytics"],
    responses=http.responses(200, 401, 403, 404, 503),
)
def timeline(
    meeting: Reference,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    format: Format = None,  # noqa: A002
) -> Response[Timeline | str]:
    """Newest first; kept for a year. An event is here within a minute or two."""
    found = read_meeting.read_timeline(http.user(app), meeting, cursor=cursor, limit=limit)
    rows = ((item.at, item.type, item.name, item.words, item.participant_id) for item in found.items)
    columns = ("time", "event_type", "name", "words", "participant_id")
    return _answer(found, format, f"timeline-{meeting}", columns, rows)


@app.get(
    "/v1/meetings/<meeting>/quality",
    summary="How media fared in a meeting (its host, admins)",
    tags=["analytics"],
    responses=http.responses(200, 401, 403, 404, 503),
)
def quality(
    *,
    meeting: Reference,
    participant: Annotated[
        str | None, Query(max_length=64, description="Only this one, with the points of the charts")
    ] = None,
    cursor: Annotated[str | None, Query(max_length=100)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    timezone: Zone = "UTC",
    format: Format = None,  # noqa: A002
) -> Response[MeetingQuality | str]:
    """What went wrong in words, for each participant; kept for 30 days."""
    caller, zone = http.user(app), ZoneInfo(timezone)
    if participant is None:
        found = read_meeting.read_quality(caller, meeting, cursor=cursor, limit=limit, zone=zone)
        return _answer(found, format, f"quality-{meeting}", SUMMARY, _summaries(found))
    raw = _wants_csv(format)
    found = read_meeting.read_participant_quality(caller, meeting, participant, zone=zone, raw=raw)
    return _answer(found, format, f"quality-{meeting}-{participant}", POINTS, _points(found))


SUMMARY = (
    *("participant_id", "name", "joined_at", "left_at", "rating", "reports", "uplink_packet_loss"),
    *("downlink_packet_loss", "round_trip", "network_type", "findings"),
)
POINTS = ("participant_id", "name", *QualityPoint.model_fields)


def _summaries(found: MeetingQuality) -> Iterable[Sequence[Cell]]:
    for item in found.items:
        yield (
            item.participant_id,
            item.display_name,
            item.joined_at,
            item.left_at,
            item.rating,
            item.reports,
            item.uplink_packet_loss,
            item.downlink_packet_loss,
            item.round_trip,
            item.network_type,
            "; ".join(finding.words for finding in item.findings),
        )


def _points(found: MeetingQuality) -> Iterable[Sequence[Cell]]:
    for item in found.items:
        for point in item.points:
            yield item.participant_id, item.display_name, *point.model_dump().values()


def _wants_csv(wanted: Literal["json", "csv"] | None) -> bool:
    if wanted is not None:
        return wanted == "csv"
    accepted = str(app.current_event.raw_event.get("headers", {}).get("accept", ""))
    return accepted.split(",", maxsplit=1)[0].partition(";")[0].strip().lower() == "text/csv"


def _answer(
    found: BaseModel,
    wanted: Literal["json", "csv"] | None,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
) -> Response:  # type: ignore[type-arg] # a model or a text: the routes name the model
    if not _wants_csv(wanted):
        return Response(200, JSON, found)
    file = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
    headers = {"content-disposition": f'attachment; filename="{file}.csv"'}
    return Response(200, CSV, table(columns, rows), headers=headers)


handler = http.handler_of(app)
