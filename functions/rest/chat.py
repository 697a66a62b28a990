"""Chat over REST: read back and send. What is said live arrives over the socket."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from convoke.chat import actions
from convoke.chat.model import (
    PAGE_DEFAULT,
    PAGE_MAX,
    PAGE_MIN,
    Direction,
    Id,
    Message,
    MessagePage,
    MessageRequest,
    SendMessage,
)
from functions.http import handler_of, now_utc, principal, resolver, responses

app = resolver()
handler = handler_of(app)

ChatId = Annotated[Id, Path(description="A meeting's chat has the meeting's id.")]


@app.get(
    "/v1/chats/<chat_id>/messages",
    summary="Messages of a chat, oldest first",
    description="Without a cursor the newest page; `direction=after` goes on from there to later messages.",
    tags=["chat"],
    responses=responses(200, 400, 401, 404),
)
def list_messages(
    chat_id: ChatId,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=PAGE_MIN, le=PAGE_MAX)] = PAGE_DEFAULT,
    direction: Annotated[Direction, Query()] = "before",
) -> MessagePage:
    return actions.history(principal(app), chat_id, cursor=cursor, limit=limit, direction=direction)


@app.post(
    "/v1/chats/<chat_id>/messages",
    summary="Send a message",
    description="Sending again with the same `client_id` stores nothing and answers with the first message.",
    tags=["chat"],
    status_code=201,
    responses=responses(201, 401, 403, 404, 429),
)
def send_message(chat_id: ChatId, request: Annotated[MessageRequest, Body()]) -> Response[Message]:
    message = SendMessage(chat_id=chat_id, **request.model_dump())
    sent = actions.send(principal(app), None, message, now_utc())
    return Response(status_code=201, content_type="application/json", body=sent)
