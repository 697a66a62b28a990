"""What one was told, how one wants to be told, and the devices that take pushes."""

from typing import Annotated, Any
from urllib.parse import quote

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from convoke.notifications import actions
from convoke.notifications.model.notification import (
    PAGE_DEFAULT,
    PAGE_MAX,
    Id,
    NotificationPage,
    NotificationsRead,
    NotificationType,
    ReadAllRequest,
    Unread,
)
from convoke.notifications.model.preferences import Preferences, PreferencesUpdate, Unsubscribed
from convoke.notifications.model.push import PushKey, Subscription, SubscriptionRequest, Subscriptions
from functions.http import (
    NOBODY,
    Event,
    anonymous,
    handler_of,
    now_utc,
    resolver,
    responses,
    user,
)

JSON = "application/json"
ONE_CLICK = "POST /v1/notifications/unsubscribe"

app = resolver()
_handle = handler_of(app)

NotificationId = Annotated[Id, Path()]
Token = Annotated[str, Query(max_length=2000)]


def handler(event: Event, context: Any) -> dict[str, Any]:
    """Mail programs send RFC 8058's fixed phrase as a form, which no other route takes. It says no more than
    the route does."""
    if event.get("routeKey") == ONE_CLICK:
        event = {**event, "body": None, "isBase64Encoded": False}
    return _handle(event, context)


@app.get(
    "/v1/notifications",
    summary="What I was told, newest first",
    tags=["notifications"],
    responses=responses(200, 400, 401),
)
def list_notifications(
    *,
    unread: Annotated[bool | None, Query(description="Only the unread, or only the others")] = None,
    kind: Annotated[NotificationType | None, Query(alias="type")] = None,
    cursor: Annotated[str | None, Query(max_length=64)] = None,
    limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT,
) -> NotificationPage:
    return actions.list_notifications(user(app), unread=unread, kind=kind, cursor=cursor, limit=limit)


@app.get(
    "/v1/notifications/count",
    summary="How many are unread",
    tags=["notifications"],
    responses=responses(200, 401),
)
def count_unread() -> Unread:
    return actions.count_unread(user(app))


@app.post(
    "/v1/notifications/read-all",
    summary="Mark all as read",
    tags=["notifications"],
    responses=responses(200, 401),
)
def mark_all_read(request: Annotated[ReadAllRequest | None, Body()] = None) -> NotificationsRead:
    return actions.mark_all_read(user(app), request or ReadAllRequest(), now_utc())


@app.post(
    "/v1/notifications/<notification_id>/read",
    summary="Mark one as read",
    tags=["notifications"],
    responses=responses(200, 401, 404),
)
def mark_read(notification_id: NotificationId) -> NotificationsRead:
    """`ids` is empty when it was read before."""
    return actions.mark_read(user(app), notification_id, now_utc())


@app.delete(
    "/v1/notifications/<notification_id>",
    summary="Take one off the list",
    tags=["notifications"],
    responses=responses(204, 401, 404),
)
def remove(notification_id: NotificationId) -> Response[None]:
    actions.remove(user(app), notification_id, now_utc())
    return Response(status_code=204)


@app.post(
    "/v1/notifications/unsubscribe",
    security=NOBODY,
    summary="No more letters of a kind (RFC 8058)",
    description="By the token in the letter alone. Any body is taken, as mail programs send a form.",
    tags=["notifications"],
    responses=responses(200, 401, 404),
)
def unsubscribe(token: Token) -> Unsubscribed:
    return actions.unsubscribe(anonymous(app), token, now_utc())


@app.get(
    "/v1/notifications/unsubscribe",
    security=NOBODY,
    summary="The page that asks before it unsubscribes",
    description="Mail programs and their scanners follow links: a look changes nothing.",
    tags=["notifications"],
    status_code=303,
    responses=responses(303),
)
def ask_to_unsubscribe(token: Token) -> Response[None]:
    return Response(status_code=303, headers={"location": f"/unsubscribe?token={quote(token, safe='')}"})


@app.get(
    "/v1/me/notification-preferences",
    summary="How I want to be told",
    tags=["notifications"],
    responses=responses(200, 401),
)
def read_preferences() -> Preferences:
    return actions.read_preferences(user(app))


@app.put(
    "/v1/me/notification-preferences",
    summary="Say how I want to be told",
    description="The whole of it: types that are left out come as usual, and without `quiet_hours` there are "
    "none.",
    tags=["notifications"],
    responses=responses(200, 401),
)
def change_preferences(update: Annotated[PreferencesUpdate, Body()]) -> Preferences:
    return actions.change_preferences(user(app), update, now_utc())


@app.get(
    "/v1/push/key",
    security=NOBODY,
    summary="The key to subscribe with",
    tags=["notifications"],
    responses=responses(200),
)
def push_key() -> PushKey:
    return actions.push_key()


@app.get(
    "/v1/push/subscriptions",
    summary="My devices that take pushes",
    tags=["notifications"],
    responses=responses(200, 401),
)
def list_subscriptions() -> Subscriptions:
    return actions.list_subscriptions(user(app))


@app.post(
    "/v1/push/subscriptions",
    summary="Push to this browser",
    description="200 for one that is known: it is renewed. It ends with the session that has asked for it.",
    tags=["notifications"],
    status_code=201,
    responses=responses(200, 201, 401, 409),
)
def subscribe(request: Annotated[SubscriptionRequest, Body()]) -> Response[Subscription]:
    subscription, is_new = actions.subscribe(user(app), request, now_utc())
    return Response(201 if is_new else 200, JSON, subscription)


@app.delete(
    "/v1/push/subscriptions/<subscription_id>",
    summary="Push no more to a device",
    tags=["notifications"],
    responses=responses(204, 401, 404),
)
def unsubscribe_device(subscription_id: Annotated[Id, Path()]) -> Response[None]:
    actions.unsubscribe_device(user(app), subscription_id, now_utc())
    return Response(status_code=204)
