"""The devices that take pushes: this product's key for them, joining, listing, leaving."""

from datetime import datetime

from convoke.backends import web_push
from convoke.backends.postgres import System, transaction
from convoke.errors import Problem, conflict, invalid, not_found
from convoke.identity import actions as identity
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.notifications.model.push import (
    MAX_SUBSCRIPTIONS,
    PushKey,
    Subscription,
    SubscriptionRequest,
    Subscriptions,
    is_known_service,
)
from convoke.notifications.store import subscriptions
from convoke.operations.actions import audit, limit
from convoke.settings import settings


def push_key() -> PushKey:
    return PushKey(key=web_push.application_key(identity.push_seed()))


def subscribe(principal: Principal, request: SubscriptionRequest, now: datetime) -> tuple[Subscription, bool]:
    """Push to this browser from now on; True when it is new. Whoever was signed in there before loses it.

    It ends with the session that asks for it: a device one has signed out must not go on showing messages.
    """
    limit("push_subscribe", principal.key, per_minute=20, now=now)
    _check(request)
    row = {
        "id": new_id(now),
        "user_id": principal.key,
        "session_id": principal.session_id,
        "endpoint": request.endpoint,
        "p256dh": request.keys.p256dh,
        "auth": request.keys.auth,
        "device_name": request.device_name,
    }
    with transaction(principal) as conn:
        others = subscriptions.count_others(conn, principal.key, request.endpoint)
        subscriptions.free_endpoint(conn, principal.key, request.endpoint)
        if _number(others) >= MAX_SUBSCRIPTIONS:
            raise conflict("too_many_devices", f"At most {MAX_SUBSCRIPTIONS} devices: remove one first.")
        kept = subscriptions.put(conn, row, now).fetchone()
        if kept is None:
            # Between the two statements somebody else has taken this browser.
            raise conflict("browser_in_use", "Somebody else is joining with this browser: try again.")
        if kept["is_new"]:
            _note(conn, principal, "subscribe", kept["id"], now)
    return Subscription.model_validate(kept), kept["is_new"]


def list_subscriptions(principal: Principal) -> Subscriptions:
    with transaction(principal) as conn:
        found = subscriptions.of_user(conn, principal.key)
    return Subscriptions(items=[Subscription.model_validate(row) for row in found.fetchall()])


def unsubscribe_device(principal: Principal, subscription_id: str, now: datetime) -> None:
    limit("push_subscribe", principal.key, per_minute=20, now=now)
    with transaction(principal) as conn:
        removed = subscriptions.remove(conn, principal.key, subscription_id)
        if removed.fetchone() is None:
            raise not_found()
        _note(conn, principal, "unsubscribe", subscription_id, now)


def forget_session(user_id: str, session_id: str) -> None:
    """No more pushes to a device on which somebody has signed out, or was signed out."""
    # As the system: it may be another device's owner, or nobody any more, who has ended it.
    with transaction(System()) as conn:
        subscriptions.remove_of_session(conn, user_id, session_id)


def _check(request: SubscriptionRequest) -> None:
    if not is_known_service(request.endpoint, settings().push_services):
        raise Problem(
            "push_service_unknown",
            422,
            "Not a known push service",
            "Pushes go to browsers' own services only.",
        )
    try:
        web_push.public_key(request.keys.p256dh)
        web_push.secret_of(request.keys.auth)
    except ValueError as error:
        raise invalid("The keys are not those of a push subscription.", field="keys") from error


def _number(cursor: subscriptions.Cursor) -> int:
    [row] = cursor.fetchall()
    return int(row["others"])


def _note(
    conn: subscriptions.Connection, principal: Principal, action: str, target: str, now: datetime
) -> None:
    audit(
        conn,
        principal,
        event_type="push_subscription",
        action=action,
        target_type="push_subscription",
        target_id=target,
        now=now,
    )
