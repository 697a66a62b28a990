"""Calls over REST: start, answer, decline, look back. Inside, a call is a meeting and uses the socket."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from convoke.calls import actions
from convoke.calls.model import (
    PAGE_DEFAULT,
    PAGE_MAX,
    CallHistory,
    CallPage,
    CallReply,
    CallRequest,
    CallState,
    CallStatus,
    Direction,
    InCall,
    InviteRequest,
    MediaType,
)
from convoke.chat.model import Id
from functions import http

app = http.resolver()

CallId = Annotated[Id, Path()]
Filter = Annotated[str | None, Query(max_length=64)]


@app.post(
    "/v1/calls",
    summary="Call people",
    tags=["calls"],
    status_code=201,
    responses=http.responses(201, 401, 403, 404, 409, 429),
)
def start_call(request: Annotated[CallRequest, Body()]) -> Response[InCall]:
    """Rings all devices of everybody in the chat for 45 seconds.

    Where a call goes on there already, the caller comes into that one: two who call each other at the same
    moment are in one call.
    """
    started = actions.start(http.user(app), request, http.now_utc())
    return Response(201, "application/json", started, headers={"location": f"/v1/calls/{started.call.id}"})


@app.get(
    "/v1/calls",
    summary="My calls, newest first",
    tags=["calls"],
    responses=http.responses(200, 400, 401),
)
def list_calls(  # noqa: PLR0917 (each is a query parameter)
    cursor: Filter = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
    status: Annotated[CallStatus | None, Query()] = None,
    state: Annotated[CallState | None, Query()] = None,
    direction: Annotated[Direction | None, Query()] = None,
    media_type: Annotated[MediaType | None, Query()] = None,
    chat_id: Annotated[Id | None, Query()] = None,
) -> CallPage:
    """`status` is the call's, `state` one's own part in it: `state=missed` are those one did not take."""
    wanted = actions.Wanted(status, state, direction, media_type, chat_id)
    return actions.list_calls(http.user(app), wanted, cursor=cursor, limit=limit)


@app.get(
    "/v1/calls/<call_id>",
    summary="A call with what happened in it",
    tags=["calls"],
    responses=http.responses(200, 401, 404),
)
def read_call(call_id: CallId) -> CallHistory:
    return actions.read_call(http.user(app), call_id)


@app.post(
    "/v1/calls/<call_id>/answer",
    summary="Answer a call",
    tags=["calls"],
    responses=http.responses(200, 401, 404, 409, 410),
)
def answer_call(call_id: CallId) -> InCall:
    """On one device; all hear `call.answered_elsewhere`, and get 409 if they answer too."""
    return actions.answer(http.user(app), call_id, http.now_utc())


@app.post(
    "/v1/calls/<call_id>/join",
    summary="Come into a call that goes on, or back into it",
    tags=["calls"],
    responses=http.responses(200, 401, 404, 409, 410),
)
def join_call(call_id: CallId) -> InCall:
    """For who was called, and for every member of the call's chat."""
    return actions.come_in(http.user(app), call_id, http.now_utc())


@app.post(
    "/v1/calls/<call_id>/decline",
    summary="Decline a call",
    tags=["calls"],
    responses=http.responses(200, 401, 404),
)
def decline_call(call_id: CallId) -> CallReply:
    return actions.decline(http.user(app), call_id, http.now_utc())


@app.post(
    "/v1/calls/<call_id>/cancel",
    summary="Stop calling",
    tags=["calls"],
    responses=http.responses(200, 401, 403, 404, 409),
)
def cancel_call(call_id: CallId) -> CallReply:
    """By who calls, while nobody has answered."""
    return actions.cancel(http.user(app), call_id, http.now_utc())


@app.post(
    "/v1/calls/<call_id>/leave",
    summary="Hang up",
    tags=["calls"],
    responses=http.responses(200, 401, 404),
)
def leave_call(call_id: CallId) -> CallReply:
    """One to one that ends the call; a group call ends when the last one leaves."""
    return actions.leave_call(http.user(app), call_id, http.now_utc())


@app.post(
    "/v1/calls/<call_id>/invite",
    summary="Ring more people into a call",
    tags=["calls"],
    responses=http.responses(200, 401, 403, 404, 409, 410),
)
def invite_to_call(call_id: CallId, request: Annotated[InviteRequest, Body()]) -> CallReply:
    """By anybody in it, of people they know. A call between two becomes a group call by that."""
    return actions.invite(http.user(app), call_id, request.user_ids, http.now_utc())


handler = http.handler_of(app, idempotent=frozenset({"POST /v1/calls"}))
