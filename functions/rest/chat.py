"""Chat over REST: chats and their members, messages, and what was read. The socket has what happens live."""

from typing import Annotated
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import AfterValidator, BeforeValidator

from convoke.calls import actions as calls
from convoke.chat import actions
from convoke.chat.conversation import (
    LIST_DEFAULT,
    LIST_MOST,
    Changes,
    ChatChange,
    ChatDetail,
    ChatPage,
    ChatRequest,
    Kind,
    Member,
    MemberChange,
    NewMembers,
    ReadMark,
    ReadUpTo,
    Receipts,
)
from convoke.chat.emoji import emoji as one_emoji
from convoke.chat.model import (
    PAGE_DEFAULT,
    PAGE_MAX,
    PAGE_MIN,
    Direction,
    EditMessage,
    Id,
    Message,
    MessageChange,
    MessagePage,
    MessageRequest,
    MessageTarget,
    React,
    SendMessage,
    Seq,
)
from convoke.chat.search import PAGE_DEFAULT as SEARCH_PAGE
from convoke.chat.search import PAGE_MAX as SEARCH_MOST
from convoke.chat.search import QUERY_MOST, FoundPage
from functions.http import handler_of, now_utc, principal, resolver, responses, user

JSON = "application/json"

app = resolver()
handler = handler_of(app, idempotent=frozenset({"POST /v1/chats"}))

ChatId = Annotated[Id, Path(description="A meeting's chat has the meeting's id.")]
MessageId = Annotated[Id, Path()]
UserId = Annotated[Id, Path()]
Emoji = Annotated[str, Path(description="One emoji."), BeforeValidator(unquote), AfterValidator(one_emoji)]


@app.get(
    "/v1/chats", summary="My chats, latest activity first", tags=["chat"], responses=responses(200, 400, 401)
)
def list_chats(
    kind: Annotated[Kind | None, Query(description="Without it, all but those of meetings.")] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=LIST_MOST)] = LIST_DEFAULT,
) -> ChatPage:
    return actions.list_chats(user(app), kind=kind, cursor=cursor, limit=limit)


@app.post(
    "/v1/chats",
    summary="Open the chat with somebody, or make a group",
    description="Two people have one chat: 200 where it was there.",
    tags=["chat"],
    status_code=201,
    responses=responses(200, 201, 401, 403, 404),
)
def open_chat(request: Annotated[ChatRequest, Body()]) -> Response[ChatDetail]:
    chat, made = actions.open_chat(user(app), request, now_utc())
    return Response(201 if made else 200, JSON, chat, headers={"location": f"/v1/chats/{chat.id}"})


@app.get(
    "/v1/chats/<chat_id>",
    summary="A chat and who is in it",
    tags=["chat"],
    responses=responses(200, 401, 404),
)
def read_chat(chat_id: ChatId) -> ChatDetail:
    return actions.read_chat(principal(app), chat_id)


@app.patch(
    "/v1/chats/<chat_id>",
    summary="Change a group, or mute a chat for oneself",
    tags=["chat"],
    responses=responses(200, 401, 403, 404, 409),
)
def change_chat(chat_id: ChatId, request: Annotated[ChatChange, Body()]) -> ChatDetail:
    """Title and picture are for admins; `muted_until` is one's own, null ends it."""
    return actions.change_chat(user(app), chat_id, request, now_utc())


@app.post(
    "/v1/chats/<chat_id>/members",
    summary="Add people to a group",
    tags=["chat"],
    responses=responses(200, 401, 403, 404, 409),
)
def add_members(chat_id: ChatId, request: Annotated[NewMembers, Body()]) -> ChatDetail:
    return actions.add_members(user(app), chat_id, request.user_ids, now_utc())


@app.patch(
    "/v1/chats/<chat_id>/members/<user_id>",
    summary="Make somebody an admin, or no admin any more",
    tags=["chat"],
    responses=responses(200, 401, 403, 404, 409),
)
def change_member(chat_id: ChatId, user_id: UserId, request: Annotated[MemberChange, Body()]) -> Member:
    return actions.change_role(user(app), chat_id, user_id, request.role, now_utc())


@app.delete(
    "/v1/chats/<chat_id>/members/<user_id>",
    summary="Take somebody out of a group, or leave it",
    description="Out of the call that goes on in it too.",
    tags=["chat"],
    responses=responses(204, 401, 403, 404, 409),
)
def remove_member(chat_id: ChatId, user_id: UserId) -> Response[None]:
    now = now_utc()
    actions.remove_member_of(user(app), chat_id, user_id, now)
    # Here, because calls stand above chat.
    calls.member_left(chat_id, now)
    return Response(204)


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
    responses=responses(201, 401, 403, 404, 409),
)
def send_message(chat_id: ChatId, request: Annotated[MessageRequest, Body()]) -> Response[Message]:
    message = SendMessage(chat_id=chat_id, **request.model_dump())
    return Response(201, JSON, actions.send(principal(app), None, message, now_utc()))


@app.patch(
    "/v1/chats/<chat_id>/messages/<message_id>",
    summary="Change what one's own message says",
    tags=["chat"],
    responses=responses(200, 401, 403, 404, 409),
)
def edit_message(
    chat_id: ChatId, message_id: MessageId, request: Annotated[MessageChange, Body()]
) -> Message:
    change = EditMessage(chat_id=chat_id, message_id=message_id, **request.model_dump())
    return actions.edit(principal(app), None, change, now_utc())


@app.delete(
    "/v1/chats/<chat_id>/messages/<message_id>",
    summary="Delete a message",
    description="One's own; anybody's as an admin of the group or a leader of the meeting.",
    tags=["chat"],
    responses=responses(200, 401, 403, 404),
)
def delete_message(chat_id: ChatId, message_id: MessageId) -> Message:
    target = MessageTarget(chat_id=chat_id, message_id=message_id)
    return actions.delete(principal(app), None, target, now_utc())


@app.put(
    "/v1/chats/<chat_id>/messages/<message_id>/reactions/<emoji>",
    summary="React to a message",
    tags=["chat"],
    responses=responses(200, 401, 403, 404, 409),
)
def add_reaction(chat_id: ChatId, message_id: MessageId, emoji: Emoji) -> Message:
    return _react(chat_id, message_id, emoji, on=True)


@app.delete(
    "/v1/chats/<chat_id>/messages/<message_id>/reactions/<emoji>",
    summary="Take a reaction back",
    tags=["chat"],
    responses=responses(200, 401, 403, 404, 409),
)
def remove_reaction(chat_id: ChatId, message_id: MessageId, emoji: Emoji) -> Message:
    return _react(chat_id, message_id, emoji, on=False)


@app.get(
    "/v1/chats/<chat_id>/messages/<message_id>/receipts",
    summary="Who has read a message",
    tags=["chat"],
    responses=responses(200, 401, 404),
)
def list_receipts(chat_id: ChatId, message_id: MessageId) -> Receipts:
    return actions.receipts(principal(app), chat_id, message_id)


@app.post(
    "/v1/chats/<chat_id>/read",
    summary="Say up to where one has read",
    description="Marks only move forward; a number beyond the chat's stands for all of it.",
    tags=["chat"],
    responses=responses(200, 401, 404),
)
def mark_read(chat_id: ChatId, request: Annotated[ReadUpTo, Body()]) -> ReadMark:
    return actions.mark_read(principal(app), None, chat_id, request.seq, now_utc())


@app.get(
    "/v1/chats/<chat_id>/changes",
    summary="What has changed in a chat after a number",
    description="For a device that was away: each message once, as it is now.",
    tags=["chat"],
    responses=responses(200, 401, 404),
)
def list_changes(
    chat_id: ChatId,
    after: Annotated[Seq, Query()],
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_MAX,
) -> Changes:
    return actions.changes(principal(app), chat_id, after=after, limit=limit)


@app.get(
    "/v1/messages/search",
    summary="Find words in messages",
    description="In all chats or in one, newest first; written as web searches are: `word other`, "
    '`"a phrase"`, `this or that`, `-not`. What cannot be understood finds nothing.',
    tags=["chat"],
    responses=responses(200, 400, 401),
)
def search_messages(
    q: Annotated[str, Query(max_length=QUERY_MOST)],
    chat_id: Annotated[Id | None, Query()] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=SEARCH_MOST)] = SEARCH_PAGE,
) -> FoundPage:
    return actions.search(principal(app), q, now_utc(), chat_id, cursor, limit)


def _react(chat_id: str, message_id: str, emoji: str, *, on: bool) -> Message:
    request = React(chat_id=chat_id, message_id=message_id, emoji=emoji, on=on)
    return actions.react(principal(app), None, request, now_utc())
