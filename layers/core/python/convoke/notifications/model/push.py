"""Devices that take pushes, which services may be asked to carry one, and what a push says."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from convoke.notifications.model.notification import KINDS, Notification
from convoke.text import line

# Of Chrome, Edge, Opera, Samsung and their like; Firefox; Edge on Windows; Safari. Browsers have no other.
SERVICES: Final = (
    "https://fcm.googleapis.com",
    "https://updates.push.services.mozilla.com",
    "https://*.notify.windows.com",
    "https://*.push.apple.com",
)
MAX_ENDPOINT = 2_000
MAX_SUBSCRIPTIONS = 20
# After so many pushes in a row that its service did not take, a device is not tried any more.
MAX_FAILURES = 20
# RFC 8030 section 5.2 lets a service refuse long ones; a push older than this is no news.
MAX_TTL = timedelta(days=2)
MAX_BODY = 300
_HOST: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?")


class SubscriptionKeys(BaseModel):
    """As `PushSubscription.toJSON()` has them: base64url without padding."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    p256dh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}=?$")]
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}(==)?$")]


class SubscriptionRequest(BaseModel):
    """A browser's `PushSubscription.toJSON()`, and how its owner may call the device."""

    # A browser adds `expirationTime`, and what else there may be one day.
    model_config = ConfigDict(extra="ignore", frozen=True)

    endpoint: Annotated[str, Field(min_length=10, max_length=MAX_ENDPOINT)]
    keys: SubscriptionKeys
    device_name: (
        Annotated[str, Field(min_length=1, max_length=100), AfterValidator(partial(line, most=100))] | None
    ) = None


class Subscription(BaseModel):
    id: str
    device_name: str | None
    created_at: datetime
    last_used_at: datetime | None


class Subscriptions(BaseModel):
    items: list[Subscription]
    next_cursor: str | None = None


class PushKey(BaseModel):
    """For `pushManager.subscribe({applicationServerKey})`."""

    key: str


def is_known_service(endpoint: str, services: Sequence[str]) -> bool:
    """Whether the address is one of a push service's: what a client names, this product will connect to.

    Compared as an origin, and character by character: no user, no other port, no form of the name that one
    parser reads as one host and another as another.
    """
    if not endpoint.isascii() or any(character.isspace() or character == "\\" for character in endpoint):
        return False
    try:
        parts = urlsplit(endpoint)
    except ValueError:
        # Half of an IPv6 address, for example.
        return False
    if not _HOST.fullmatch(parts.netloc) or not endpoint.startswith(f"{parts.scheme}://{parts.netloc}/"):
        return False
    return any(_covers(service, parts.scheme, parts.netloc) for service in services or SERVICES)


def time_to_live(expires_at: datetime, now: datetime) -> int:
    """Seconds for which the service keeps a push for a device that is off (RFC 8030 section 5.2)."""
    return max(0, int(min(expires_at - now, MAX_TTL).total_seconds()))


def topic(subject: str | None) -> str | None:
    """By which the service replaces what waits about the same (RFC 8030 5.4): 32 characters at most."""
    if subject is None:
        return None
    return base64.urlsafe_b64encode(hashlib.sha256(subject.encode()).digest()[:24]).decode()


def urgency(notification: Notification) -> str:
    return KINDS[notification.type].urgency


def payload(notification: Notification, unread: int) -> bytes:
    """What the service worker gets. Short: the rest is in the page that a click opens."""
    told: dict[str, Any] = {
        "id": notification.id,
        "type": notification.type.value,
        "title": notification.title,
        "body": notification.message[:MAX_BODY],
        "tag": notification.subject or notification.id,
        "url": notification.action_url or "/notifications",
        "at": int(notification.created_at.timestamp() * 1000),
        "unread": unread,
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _covers(service: str, scheme: str, netloc: str) -> bool:
    """`https://*.push.apple.com` covers `https://web.push.apple.com`, not `https://push.apple.com`."""
    allowed_scheme, _, allowed = service.partition("://")
    if scheme != allowed_scheme:
        return False
    return netloc.endswith(allowed[1:]) if allowed.startswith("*.") else netloc == allowed
