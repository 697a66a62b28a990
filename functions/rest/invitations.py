"""Invitations and calendars over REST: invite, answer, and what calendar programs read."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from convoke.identity.model import Principal
from convoke.invitations import actions
from convoke.invitations.model import (
    TOKEN_FORM,
    CalendarPage,
    Feed,
    Invitation,
    InvitationPage,
    Invitations,
    InviteRequest,
    ReceivedInvitation,
    ReceivedPage,
    Status,
)
from convoke.meetings.schedule import PlannedTime
from functions import http

CALENDAR = "text/calendar; charset=utf-8"

app = http.resolver()

Reference = Annotated[str, Path(max_length=64, description="The meeting's id, code or slug.")]
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
Token = Annotated[str, Path(pattern=TOKEN_FORM, description="From the invitation's link.")]


@app.post(
    "/v1/meetings/<meeting>/invitations",
    summary="Invite people to a meeting",
    tags=["invitations"],
    status_code=201,
    responses=http.responses(201, 401, 403, 404, 409, 410),
)
def invite(meeting: Reference, request: Annotated[InviteRequest, Body()]) -> Response[Invitations]:
    """By account, by e-mail, by a link: all of the request or nothing. Who is invited already stays so."""
    made = actions.invite(http.user(app), meeting, request, http.now_utc())
    return Response(201, "application/json", made)


@app.get(
    "/v1/meetings/<meeting>/invitations",
    summary="A meeting's invitations",
    tags=["invitations"],
    responses=http.responses(200, 400, 401, 403, 404),
)
def list_invitations(
    meeting: Reference,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> InvitationPage:
    return actions.list_invitations(http.principal(app), meeting, cursor=cursor, limit=limit)


@app.delete(
    "/v1/meetings/<meeting>/invitations/<invitation_id>",
    summary="Take an invitation back",
    tags=["invitations"],
    responses=http.responses(204, 401, 403, 404),
)
def revoke_invitation(meeting: Reference, invitation_id: Id) -> Response[None]:
    """Its link is dead at once. Who has come in by it stays in."""
    actions.revoke(http.principal(app), meeting, invitation_id, http.now_utc())
    return Response(204)


@app.post(
    "/v1/meetings/<meeting>/invitations/<invitation_id>/resend",
    summary="Send an invitation again",
    tags=["invitations"],
    responses=http.responses(200, 401, 403, 404, 409, 410),
)
def resend_invitation(meeting: Reference, invitation_id: Id) -> Invitation:
    return actions.resend(http.user(app), meeting, invitation_id, http.now_utc())


@app.get(
    "/v1/invitations",
    summary="My invitations",
    tags=["invitations"],
    responses=http.responses(200, 400, 401),
)
def list_received(
    status: Annotated[Status | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
) -> ReceivedPage:
    """To meetings that are not over, newest first."""
    return actions.list_received(
        http.user(app), status=status, cursor=cursor, limit=limit, now=http.now_utc()
    )


@app.post(
    "/v1/invitations/<invitation_id>/accept",
    summary="Accept an invitation",
    tags=["invitations"],
    responses=http.responses(200, 401, 403, 404, 410),
)
def accept(invitation_id: Id) -> ReceivedInvitation:
    return actions.answer_by_id(http.user(app), invitation_id, "accepted", http.now_utc())


@app.post(
    "/v1/invitations/<invitation_id>/decline",
    summary="Decline an invitation",
    tags=["invitations"],
    responses=http.responses(200, 401, 403, 404, 410),
)
def decline(invitation_id: Id) -> ReceivedInvitation:
    return actions.answer_by_id(http.user(app), invitation_id, "declined", http.now_utc())


@app.get(
    "/v1/invitations/by-token/<token>",
    summary="An invitation, by its link",
    tags=["invitations"],
    security=http.BEARER_OR_NOBODY,
    responses=http.responses(200, 401, 404, 410),
)
def read_by_token(token: Token) -> ReceivedInvitation:
    return actions.read_by_token(_visitor(), token, http.now_utc())


@app.post(
    "/v1/invitations/by-token/<token>/accept",
    summary="Accept an invitation, by its link",
    tags=["invitations"],
    security=http.BEARER_OR_NOBODY,
    responses=http.responses(200, 401, 403, 404, 410),
)
def accept_by_token(token: Token) -> ReceivedInvitation:
    """Without an account too. To come in, join the meeting with the token."""
    return actions.answer_by_token(_visitor(), token, "accepted", http.now_utc())


@app.post(
    "/v1/invitations/by-token/<token>/decline",
    summary="Decline an invitation, by its link",
    tags=["invitations"],
    security=http.BEARER_OR_NOBODY,
    responses=http.responses(200, 401, 403, 404, 410),
)
def decline_by_token(token: Token) -> ReceivedInvitation:
    return actions.answer_by_token(_visitor(), token, "declined", http.now_utc())


@app.get(
    "/v1/meetings/<meeting>/calendar.ics",
    summary="A meeting as a calendar file",
    tags=["invitations"],
    security=http.BEARER_OR_NOBODY,
    responses=http.responses(200, 401, 404, 410),
)
def meeting_calendar(
    meeting: Reference, invitation: Annotated[str | None, Query(pattern=TOKEN_FORM)] = None
) -> Response[str]:
    """iCalendar, for the meeting's people and for whoever has an invitation to it."""
    made = actions.meeting_calendar(_visitor(), meeting, invitation, http.now_utc())
    return _file(made, "meeting.ics")


@app.post(
    "/v1/me/calendar-feed",
    summary="A calendar address of my own",
    tags=["invitations"],
    status_code=201,
    responses=http.responses(201, 401),
)
def open_feed() -> Response[Feed]:
    """Secret, for calendar programs to follow. Told this once; a new one ends the one before."""
    return Response(201, "application/json", actions.open_feed(http.user(app), http.now_utc()))


@app.delete(
    "/v1/me/calendar-feed",
    summary="End my calendar address",
    tags=["invitations"],
    responses=http.responses(204, 401),
)
def close_feed() -> Response[None]:
    actions.close_feed(http.user(app), http.now_utc())
    return Response(204)


@app.get(
    "/v1/calendar/events",
    summary="What is in my calendar",
    tags=["invitations"],
    responses=http.responses(200, 401),
)
def list_events(
    since: Annotated[PlannedTime, Query(alias="from")], until: Annotated[PlannedTime, Query(alias="to")]
) -> CalendarPage:
    """Meetings that the caller hosts, took part in or is invited to, each date of a recurring one."""
    return actions.list_events(http.user(app), since=since, until=until, now=http.now_utc())


@app.get(
    "/v1/calendar/<feed>",
    summary="A calendar to follow",
    tags=["invitations"],
    security=http.NOBODY,
    responses=http.responses(200, 404),
)
def read_feed(feed: Annotated[str, Path(max_length=80, description="The secret, and .ics")]) -> Response[str]:
    return _file(actions.read_feed(_visitor(), feed, http.now_utc()), "convoke.ics")


def _file(calendar: bytes, name: str) -> Response[str]:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(200, CALENDAR, calendar.decode(), headers=headers)


def _visitor() -> Principal:
    """Whoever asks, also when nobody is signed in."""
    return http.visitor(app) or http.anonymous(app)


handler = http.handler_of(app, idempotent=frozenset({"POST /v1/meetings/{meeting}/invitations"}))
