"""Contacts, blocks and the search for people."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from convoke.contacts import actions
from convoke.contacts.model import (
    PAGE_DEFAULT,
    PAGE_MAX,
    Block,
    BlockPage,
    Contact,
    ContactChange,
    ContactPage,
    ContactRequest,
    People,
    UserId,
)
from convoke.notifications import actions as notifications
from convoke.presence import actions as presence
from functions.http import handler_of, now_utc, resolver, responses, user

JSON = "application/json"

app = resolver()
handler = handler_of(app, idempotent=frozenset({"POST /v1/contacts"}))

Whom = Annotated[UserId, Path()]
Cursor = Annotated[str | None, Query(max_length=2000)]
Limit = Annotated[int, Query(ge=1, le=PAGE_MAX)]


@app.get(
    "/v1/contacts",
    summary="My contacts, by name",
    tags=["contacts"],
    responses=responses(200, 400, 401),
)
def list_contacts(cursor: Cursor = None, limit: Limit = PAGE_DEFAULT) -> ContactPage:
    return actions.list_contacts(user(app), cursor=cursor, limit=limit)


@app.post(
    "/v1/contacts",
    summary="Add a contact",
    description="By e-mail, user name or id. 200 for who is in the list already; an alias that is sent "
    "replaces the one before.",
    tags=["contacts"],
    status_code=201,
    responses=responses(200, 201, 401, 404, 409),
)
def add_contact(request: Annotated[ContactRequest, Body()]) -> Response[Contact]:
    caller, now = user(app), now_utc()
    contact, is_new = actions.add_contact(caller, request, now)
    if is_new:
        # Here, because both stand above contacts; below too.
        notifications.contact_added(caller, contact.person.user_id, now)
        presence.introduce(caller.key, contact.person.user_id, now)
    return Response(201 if is_new else 200, JSON, contact)


@app.patch(
    "/v1/contacts/<user_id>",
    summary="Name a contact as I like",
    tags=["contacts"],
    responses=responses(200, 401, 404),
)
def change_contact(user_id: Whom, change: Annotated[ContactChange, Body()]) -> Contact:
    return actions.change_contact(user(app), user_id, change, now_utc())


@app.delete(
    "/v1/contacts/<user_id>",
    summary="Remove a contact",
    tags=["contacts"],
    responses=responses(204, 401),
)
def remove_contact(user_id: Whom) -> Response[None]:
    actions.remove_contact(user(app), user_id, now_utc())
    return Response(status_code=204)


@app.get(
    "/v1/people",
    summary="Find people",
    description="Whose e-mail or user name it is exactly; then contacts and people in common chats, by the "
    "beginning of a name. There is no directory of others.",
    tags=["contacts"],
    responses=responses(200, 401),
)
def find_people(q: Annotated[str, Query(min_length=1, max_length=320)]) -> People:
    return actions.find_people(user(app), q, now_utc())


@app.get(
    "/v1/blocks",
    summary="Whom I have blocked",
    tags=["contacts"],
    responses=responses(200, 400, 401),
)
def list_blocks(cursor: Cursor = None, limit: Limit = PAGE_DEFAULT) -> BlockPage:
    return actions.list_blocks(user(app), cursor=cursor, limit=limit)


@app.get(
    "/v1/blocks/<user_id>",
    summary="Whether I have blocked somebody",
    tags=["contacts"],
    responses=responses(200, 401, 404),
)
def read_block(user_id: Whom) -> Block:
    return actions.read_block(user(app), user_id)


@app.put(
    "/v1/blocks/<user_id>",
    summary="Block somebody",
    description="They can neither find nor reach the caller, nor see whether the caller is there, and are "
    "not told so.",
    tags=["contacts"],
    responses=responses(200, 401, 404, 409),
)
def block(user_id: Whom) -> Block:
    caller, now = user(app), now_utc()
    made = actions.block(caller, user_id, now)
    # Neither sees any more whether the other is there.
    presence.recheck([caller.key, user_id], now)
    return made


@app.delete(
    "/v1/blocks/<user_id>",
    summary="Unblock somebody",
    tags=["contacts"],
    responses=responses(204, 401),
)
def unblock(user_id: Whom) -> Response[None]:
    caller, now = user(app), now_utc()
    actions.unblock(caller, user_id, now)
    presence.introduce(caller.key, user_id, now)
    presence.introduce(user_id, caller.key, now)
    return Response(status_code=204)
