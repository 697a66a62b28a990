"""Meetings over REST: make, find, change, join and end them. What happens inside goes over the socket."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query

from convoke.identity.model import Principal
from convoke.invitations import actions as invitations
from convoke.meetings import actions
from convoke.meetings.model import (
    Joined,
    JoinRequest,
    Meeting,
    MeetingChange,
    MeetingEntrance,
    MeetingPage,
    MeetingRequest,
    MeetingStatus,
    ParticipantPage,
)
from convoke.meetings.schedule import (
    OccurrenceChange,
    OccurrenceDetail,
    OccurrencePage,
    PlannedTime,
    Preview,
    PreviewRequest,
    Scope,
    ToldOccurrence,
)
from functions import http

JSON = "application/json"

app = http.resolver()

Reference = Annotated[str, Path(max_length=64, description="The meeting's id, code or slug.")]


@app.post(
    "/v1/meetings",
    summary="Create a meeting",
    tags=["meetings"],
    status_code=201,
    responses=http.responses(201, 401, 409),
)
def create_meeting(request: Annotated[MeetingRequest, Body()]) -> Response[Meeting]:
    """The caller is its host. It starts when the first person enters."""
    meeting = actions.create_meeting(http.user(app), request, http.now_utc())
    headers = {"etag": _etag(meeting), "location": f"/v1/meetings/{meeting.id}"}
    return Response(201, JSON, meeting, headers=headers)


@app.get(
    "/v1/meetings",
    summary="My meetings, newest first",
    tags=["meetings"],
    responses=http.responses(200, 400, 401),
)
def list_meetings(
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    status: Annotated[MeetingStatus | None, Query()] = None,
) -> MeetingPage:
    """Those that the caller hosts or took part in."""
    return actions.list_meetings(http.user(app), cursor=cursor, limit=limit, status=status)


@app.get(
    "/v1/meetings/<meeting>",
    summary="A meeting",
    tags=["meetings"],
    security=http.BEARER_OR_NOBODY,
    responses=http.responses(200, 401, 404),
)
def read_meeting(meeting: Reference) -> Response[Meeting | MeetingEntrance]:
    """In full for its people, what one needs to join for everybody else who holds the id, code or slug."""
    found = actions.read_meeting(_caller(), meeting, http.now_utc())
    headers = {"etag": _etag(found)} if isinstance(found, Meeting) else {}
    return Response(200, JSON, found, headers=headers)


@app.patch(
    "/v1/meetings/<meeting>",
    summary="Change a meeting",
    tags=["meetings"],
    responses=http.responses(200, 401, 403, 404, 409, 410, 412),
)
def change_meeting(
    meeting: Reference,
    request: Annotated[MeetingChange, Body()],
    if_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response[Meeting]:
    """Host and co-hosts; only what is named changes. With If-Match: 412 when somebody was faster."""
    caller = http.principal(app)
    changed = actions.change_meeting(caller, meeting, request, if_match=if_match, now=http.now_utc())
    return Response(200, JSON, changed, headers={"etag": _etag(changed)})


@app.delete(
    "/v1/meetings/<meeting>",
    summary="Cancel a meeting that has not begun",
    tags=["meetings"],
    responses=http.responses(204, 401, 403, 404, 409, 410),
)
def cancel_meeting(meeting: Reference) -> Response[None]:
    actions.cancel_meeting(http.principal(app), meeting, http.now_utc())
    return Response(204)


@app.post(
    "/v1/meetings/<meeting>/join",
    summary="Join a meeting",
    tags=["meetings"],
    security=http.BEARER_OR_NOBODY,
    responses=http.responses(200, 401, 403, 404, 409, 410),
)
def join_meeting(meeting: Reference, request: Annotated[JoinRequest, Body()]) -> Joined:
    """With an account, as a guest, or as the guest one has been before (Bearer participant_token).

    Answers with a ticket for the socket, by which the meeting is entered; `waiting` means the lobby.
    """
    return invitations.join_meeting(_caller(), meeting, request, http.now_utc())


@app.post(
    "/v1/meetings/<meeting>/end",
    summary="End a meeting for all",
    tags=["meetings"],
    responses=http.responses(200, 401, 403, 404),
)
def end_meeting(meeting: Reference) -> Meeting:
    return actions.end_meeting(http.principal(app), meeting, http.now_utc())


@app.get(
    "/v1/meetings/<meeting>/participants",
    summary="Who is in a meeting",
    tags=["meetings"],
    responses=http.responses(200, 400, 401, 404),
)
def list_participants(
    meeting: Reference,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 500,
) -> ParticipantPage:
    """Participants see who is in; host and co-hosts see everybody who came or asked to, with addresses."""
    return actions.list_participants(http.principal(app), meeting, cursor=cursor, limit=limit)


OriginalStart = Annotated[PlannedTime, Path(description="When the occurrence would be by the rule.")]


@app.get(
    "/v1/meetings/<meeting>/occurrences",
    summary="A recurring meeting's occurrences",
    tags=["meetings"],
    responses=http.responses(200, 400, 401, 404),
)
def list_occurrences(
    meeting: Reference,
    since: Annotated[PlannedTime | None, Query(alias="from", description="Default: now.")] = None,
    until: Annotated[PlannedTime | None, Query(alias="to", description="Default: three months.")] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> OccurrencePage:
    """Those that end after `from` and begin before `to`, cancelled and past ones too."""
    return actions.list_occurrences(
        http.principal(app),
        meeting,
        since=since,
        until=until,
        cursor=cursor,
        limit=limit,
        now=http.now_utc(),
    )


@app.get(
    "/v1/meetings/<meeting>/occurrences/<original_start>",
    summary="One occurrence, and the rule it goes by",
    tags=["meetings"],
    responses=http.responses(200, 401, 404),
)
def read_occurrence(meeting: Reference, original_start: OriginalStart) -> OccurrenceDetail:
    """The rule in force at that date, which may be another than that of the next one."""
    return actions.read_occurrence(http.principal(app), meeting, original_start)


@app.patch(
    "/v1/meetings/<meeting>/occurrences/<original_start>",
    summary="Change one occurrence, or it and all that follow",
    tags=["meetings"],
    responses=http.responses(200, 401, 403, 404, 409, 410),
)
def change_occurrence(
    meeting: Reference,
    original_start: OriginalStart,
    request: Annotated[OccurrenceChange, Body()],
    scope: Annotated[Scope, Query()] = "one",
) -> ToldOccurrence:
    """Code, link and chat stay. `following` may bring another rule and time zone."""
    return actions.change_occurrence(
        http.principal(app), meeting, original_start, request, scope=scope, now=http.now_utc()
    )


@app.delete(
    "/v1/meetings/<meeting>/occurrences/<original_start>",
    summary="Cancel one occurrence, or it and all that follow",
    tags=["meetings"],
    responses=http.responses(204, 401, 403, 404, 409, 410),
)
def cancel_occurrence(
    meeting: Reference, original_start: OriginalStart, scope: Annotated[Scope, Query()] = "one"
) -> Response[None]:
    """When none is left to come, the meeting is cancelled."""
    actions.cancel_occurrence(http.principal(app), meeting, original_start, scope=scope, now=http.now_utc())
    return Response(204)


@app.post(
    "/v1/recurrence/preview",
    summary="What a recurrence rule means",
    tags=["meetings"],
    responses=http.responses(200, 401),
)
def preview_recurrence(request: Annotated[PreviewRequest, Body()]) -> Preview:
    """In words, with its first dates. Nothing is kept."""
    return actions.preview(http.user(app), request, http.now_utc())


def _caller() -> Principal:
    """Whoever asks, also when nobody is signed in."""
    return http.visitor(app) or http.anonymous(app)


def _etag(meeting: Meeting) -> str:
    return f'"{meeting.version}"'


handler = http.handler_of(app, idempotent=frozenset({"POST /v1/meetings"}))
