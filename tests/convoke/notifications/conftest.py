"""People with open sockets and with devices that take pushes, what the product tells them, and the job."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from convoke.backends import web_push
from convoke.backends.postgres import System, transaction
from convoke.delivery import actions as delivery
from convoke.identity.model import Principal
from convoke.ids import new_id
from convoke.notifications import actions
from convoke.notifications.model.push import SubscriptionRequest
from convoke.settings import settings
from tests.conftest import Product
from tests.push_service import Device, PushService
from tests.sockets import Sockets

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Reader:
    """An account with one open socket."""

    id: str
    principal: Principal
    connection: str
    email: str
    product: Product

    def events(self, sockets: Sockets, name: str) -> list[dict[str, Any]]:
        return [frame["data"] for frame in sockets.frames[self.connection] if frame["event"] == name]

    def open_device(self, name: str) -> str:
        """Another socket; its connection."""
        connection = f"{name}-{self.id}"
        delivery.open_connection(connection, self.principal, NOW - timedelta(minutes=5))
        return connection

    def wish(self, kind: str, **ways: bool) -> None:
        """As `PUT /v1/me/notification-preferences` keeps it."""
        choice = {"in_app": False, "email": False, "push": False, **ways}
        self.keep({"channels": {kind: choice}})

    def keep(self, preferences: dict[str, Any]) -> None:
        self.product.owner.execute(
            "UPDATE users SET notification_preferences = notification_preferences || %s WHERE user_id = %s",
            (Jsonb(preferences), self.id),
        )

    def subscribe(self, device: Device, session_id: str | None = None) -> str:
        """Push to this browser; the subscription's id."""
        request = SubscriptionRequest.model_validate(device.subscription())
        principal = Principal(self.id, None, None, session_id, "user", "basic")
        return actions.subscribe(principal, request, NOW)[0].id

    def owed(self, product: Product) -> list[tuple[str, str]]:
        """Channel and status of what was to be sent, in the order of telling."""
        found = product.rows(
            "SELECT d.channel, d.status FROM notification_deliveries d JOIN notifications n"
            " USING (notification_id) WHERE n.user_id = %s ORDER BY n.created_at, d.channel, d.revision",
            self.id,
        )
        return [(row["channel"], row["status"]) for row in found]


def run(product: Product, now: datetime = NOW) -> actions.Delivered:
    """The job, for everything there is."""
    ids = [str(row["notification_id"]) for row in product.rows("SELECT notification_id FROM notifications")]
    return actions.deliver(ids, announce_them=False, clock=lambda: now)


def states(product: Product) -> list[tuple[str, str | None, int]]:
    """Status, reason and attempts of all that was to be sent."""
    rows = product.rows("SELECT status, reason, attempts FROM notification_deliveries ORDER BY changed_at")
    return [(row["status"], row["reason"], row["attempts"]) for row in rows]


NewReader = Callable[..., Reader]
Tell = Callable[..., None]


@dataclass(frozen=True)
class Waiting:
    """The queue of the test's own."""

    product: Product
    url: str

    def orders(self) -> list[dict[str, Any]]:
        """Takes what can be seen in it."""
        sqs, url = self.product.stores.aws.client("sqs"), self.url
        found: list[dict[str, Any]] = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def visible(self) -> int:
        """How many can be seen in it."""
        return self._count("ApproximateNumberOfMessages")

    def delayed(self) -> int:
        """How many are not to be seen yet."""
        return self._count("ApproximateNumberOfMessagesDelayed")

    def _count(self, name: str) -> int:
        sqs = self.product.stores.aws.client("sqs")
        return int(sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=[name])["Attributes"][name])

    def work_off(self, now: datetime) -> actions.Delivered:
        """What the job does with everything that is in it."""
        done = actions.Delivered()
        for order in self.orders():
            if ids := order.get("notifications"):
                each = actions.deliver(ids, announce_them=order["announce"], clock=lambda: now)
                for name, number in vars(each).items():
                    setattr(done, name, getattr(done, name) + number)
        return done


@pytest.fixture
def waiting(product: Product, monkeypatch: pytest.MonkeyPatch) -> Waiting:
    url = product.stores.aws.client("sqs").create_queue(QueueName=new_id())["QueueUrl"]
    monkeypatch.setenv("NOTIFICATIONS_QUEUE_URL", url)
    settings.cache_clear()
    return Waiting(product, url)


@pytest.fixture
def nothing_told(product: Product) -> None:
    """Tests of a module share its database: `run` and `states` look at all of it."""
    product.owner.execute("TRUNCATE notifications CASCADE")


@pytest.fixture
def new_reader(product: Product, sockets: Sockets) -> NewReader:
    """`new_reader("Ada", timezone="Europe/Berlin", is_online=False)`"""

    def make(name: str = "Ada", *, timezone: str = "UTC", is_online: bool = True) -> Reader:
        user_id = new_id()
        email = f"{name.lower()}-{user_id}@example.org"
        product.owner.execute(
            "INSERT INTO users (user_id, email, display_name, timezone, created_at, updated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (user_id, email, name, timezone, NOW, NOW),
        )
        principal = Principal(user_id, None, None, None, "user", "basic", name)
        connection = f"{name}-{user_id}"
        if is_online:
            delivery.open_connection(connection, principal, NOW - timedelta(minutes=5))
        return Reader(user_id, principal, connection, email, product)

    return make


@pytest.fixture
def ada(new_reader: NewReader) -> Reader:
    return new_reader("Ada")


@pytest.fixture
def tell(product: Product, sockets: Sockets, waiting: Waiting) -> Tell:
    """`tell(ada, type="system", event_key="e-1")`: as another noun does, in a transaction and after it."""

    def say(*readers: Reader, now: datetime = NOW, **wanted: Any) -> None:
        asked = {"type": "contact", "title": "Bob added you", "event_key": new_id(), **wanted}
        with transaction(System()) as conn:
            pending = actions.notify(conn, user_ids=[reader.id for reader in readers], now=now, **asked)
        actions.dispatch(pending, now)

    return say


@pytest.fixture
def service(product: Product, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """A push service that this deployment knows, and whose clock stands at `NOW`."""
    with PushService(clock=NOW.timestamp) as running:
        monkeypatch.setenv("PUSH_SERVICES", running.origin)
        settings.cache_clear()
        yield running
    web_push.forget()
