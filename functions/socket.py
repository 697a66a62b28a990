"""The socket: API Gateway's lifecycle events, and every action to the function that does it.

The returned body goes back to the sender (each route has a route response), so a failure is a body too.
"""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger
from pydantic import ValidationError

from convoke.errors import Problem
from convoke.meetings import actions as meetings
from convoke.operations.actions import limit
from convoke.settings import settings
from functions.actions import ACTIONS
from functions.body import is_outage, parse_json

logger = Logger()

# All actions of a connection together: a person clicks, a client that floods is cut off by its replies.
MESSAGES_PER_MINUTE = 300
MAX_ID = 64


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One event of the WebSocket API (payload 1.0)."""
    now = datetime.now(UTC)
    request = event["requestContext"]
    connection_id: str = request["connectionId"]
    if request["eventType"] == "CONNECT":
        return _connect(connection_id, event, now)
    if request["eventType"] == "DISCONNECT":
        meetings.lose_connection(connection_id, now)
        return {"statusCode": 200}
    reply = _answer(connection_id, event.get("body") or "", now)
    return {"statusCode": 200, "body": json.dumps(reply, ensure_ascii=False)}


def _connect(connection_id: str, event: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Let in who has a ticket. A browser's Origin must be ours: cookies play no part, but tickets leak."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    origin = headers.get("origin")
    if origin is not None and not _is_ours(origin):
        return {"statusCode": 403}
    ticket = (event.get("queryStringParameters") or {}).get("ticket") or ""
    try:
        meetings.open_socket(connection_id, ticket, now)
    except Problem as problem:
        return {"statusCode": problem.status}
    return {"statusCode": 200}


def _is_ours(origin: str) -> bool:
    ours, theirs = urlsplit(settings().public_url), urlsplit(origin)
    return (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)


def _answer(connection_id: str, body: str, now: datetime) -> dict[str, Any]:
    reply_to: str | None = None
    try:
        message = _parse(body)
        reply_to = message["id"]
        action = ACTIONS.get(message["action"])
        # First the sender: of a connection that is not known nothing else is worth an answer.
        caller = meetings.caller_of(connection_id, now)
        limit("socket", connection_id, per_minute=MESSAGES_PER_MINUTE, now=now)
        if action is None:
            raise Problem("unknown_action", 400, "There is no such action", str(message["action"])[:64])
        limit(f"socket_{message['action']}", connection_id, per_minute=action.per_minute, now=now)
        request = action.request.model_validate(message.get("data") or {})
        data = action.perform(caller, request).model_dump(mode="json", by_alias=True)
    except Problem as problem:
        return _failed(reply_to, problem)
    except ValidationError as error:
        return _failed(reply_to, _invalid(error))
    except Exception as error:
        logger.exception("action failed", extra={"connection_id": connection_id})
        return _failed(reply_to, _unexpected(error))
    return {"reply_to": reply_to, "ok": True, "data": data}


def _parse(body: str) -> dict[str, Any]:
    try:
        message = parse_json(body)
    except ValueError as error:
        raise malformed("Not valid JSON.") from error
    if not isinstance(message, dict) or not isinstance(message.get("action"), str):
        raise malformed("A message is an object with an action.")
    known = message.get("id")
    if not isinstance(known, str) or not 0 < len(known) <= MAX_ID:
        raise malformed(f"A message has an id of 1 to {MAX_ID} characters.")
    if not isinstance(message.get("data") or {}, dict):
        raise malformed("data must be an object.")
    return message


def malformed(detail: str) -> Problem:
    return Problem("malformed_message", 400, "The message cannot be read", detail)


def _failed(reply_to: str | None, problem: Problem) -> dict[str, Any]:
    return {"reply_to": reply_to, "ok": False, "error": problem.document()}


def _invalid(error: ValidationError) -> Problem:
    # Never the input itself: it may be what somebody typed.
    errors = [
        {"loc": ["data", *item["loc"]], "msg": item["msg"], "type": item["type"]} for item in error.errors()
    ]
    return Problem("validation", 422, "The request is not valid", errors=errors)


def _unexpected(error: Exception) -> Problem:
    if is_outage(error):
        return Problem("unavailable", 503, "Try again in a moment")
    return Problem("internal", 500, "Something went wrong on our side")
